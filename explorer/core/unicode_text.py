"""Text of either direction among other text: its signs may turn itself, never what stands beside it."""

from __future__ import annotations

import unicodedata

TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])  # overrides, embeddings, isolates
LEFTWARDS = ("R", "AL", "AN")


def strip_bidi_controls(text: str) -> str:
    """A text without the signs that turn what follows them: right-to-left override (U+202E) and its kind.

    What is written from right to left, as Hebrew and Arabic are, stays so: that lies in the letters.
    """
    return text.translate(TURNS)


def isolate_rtl(text: str) -> str:
    """A steady text; one with letters from right to left stands between isolates (U+2068, U+2069: UAX 9)."""
    text = strip_bidi_controls(text)
    turned = not text.isascii() and any(unicodedata.bidirectional(sign) in LEFTWARDS for sign in text)
    return f"\u2068{text}\u2069" if turned else text
