"""Strip bidirectional control characters and isolate right-to-left text (UAX 9)."""

from __future__ import annotations

import unicodedata

TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])  # overrides, embeddings, isolates
LEFTWARDS = ("R", "AL", "AN")


def strip_bidi_controls(text: str) -> str:
    """Remove bidirectional control characters, such as the right-to-left override (U+202E).

    What is written from right to left, as Hebrew and Arabic are, stays so: that lies in the letters.
    """
    return text.translate(TURNS)


def isolate_rtl(text: str) -> str:
    """Remove control characters and wrap right-to-left text in isolates (U+2068, U+2069: UAX 9)."""
    text = strip_bidi_controls(text)
    turned = not text.isascii() and any(unicodedata.bidirectional(sign) in LEFTWARDS for sign in text)
    return f"\u2068{text}\u2069" if turned else text
