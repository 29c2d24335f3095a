"""Strip bidirectional control characters and isolate right-to-left text (UAX 9)."""

from __future__ import annotations

import unicodedata

CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])  # overrides, embeddings, isolates
RIGHT_TO_LEFT = ("R", "AL", "AN")  # bidirectional classes


def strip_bidi_controls(text: str) -> str:
    """Remove bidirectional control characters, such as the right-to-left override (U+202E).

    Hebrew and Arabic are still displayed from right to left, which follows from their letters.
    """
    return text.translate(CONTROLS)


def isolate_rtl(text: str) -> str:
    """Remove control characters and wrap right-to-left text in isolates (U+2068, U+2069: UAX 9)."""
    text = strip_bidi_controls(text)
    right_to_left = not text.isascii() and any(unicodedata.bidirectional(char) in RIGHT_TO_LEFT for char in text)
    return f"\u2068{text}\u2069" if right_to_left else text
