"""Bidirectional text: control characters are removed, right-to-left text is isolated."""

import pytest

from explorer.core.text.bidirectional import isolate_rtl, strip_bidi_controls

HEBREW = "\u05d0\u05d1\u05d2"


@pytest.mark.parametrize("sign", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))])
def test_bidi_control_characters_are_removed(sign):
    assert strip_bidi_controls(f"a{sign}b") == "ab"
    assert isolate_rtl(f"a{sign}b") == "ab"


@pytest.mark.parametrize("text", ["", "Alien", "Amélie", "七人の侍", "👩‍👩‍👧", "\u200fmark"[1:]])
def test_left_to_right_text_is_unchanged(text):
    assert strip_bidi_controls(text) == isolate_rtl(text) == text


def test_right_to_left_text_is_isolated():
    assert strip_bidi_controls(HEBREW) == HEBREW
    assert isolate_rtl(f"{HEBREW} (2001)") == f"\u2068{HEBREW} (2001)\u2069"


def test_isolate_cannot_be_closed_by_its_content():
    assert isolate_rtl(f"\u2069\u202e{HEBREW}").count("\u2069") == 1
