"""Signs that turn text are taken out; letters from right to left stay, and stand apart."""

import pytest

from explorer.core.unicode_text import isolate_rtl, strip_bidi_controls

HEBREW = "\u05d0\u05d1\u05d2"


@pytest.mark.parametrize("sign", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))])
def test_signs_that_turn_what_follows_are_taken_out(sign):
    assert strip_bidi_controls(f"a{sign}b") == "ab"
    assert isolate_rtl(f"a{sign}b") == "ab"


@pytest.mark.parametrize("text", ["", "Alien", "Amélie", "七人の侍", "👩‍👩‍👧", "\u200fmark"[1:]])
def test_text_from_left_to_right_stays_as_it_is(text):
    assert strip_bidi_controls(text) == isolate_rtl(text) == text


def test_letters_from_right_to_left_stay_and_stand_apart():
    assert strip_bidi_controls(HEBREW) == HEBREW
    assert isolate_rtl(f"{HEBREW} (2001)") == f"\u2068{HEBREW} (2001)\u2069"


def test_an_isolate_of_ones_own_cannot_be_closed_from_within():
    assert isolate_rtl(f"\u2069\u202e{HEBREW}").count("\u2069") == 1
