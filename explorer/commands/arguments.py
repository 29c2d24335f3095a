"""Types of command-line arguments."""

from __future__ import annotations

import argparse


def seed(text: str) -> int:
    """A seed that every generator of random numbers takes. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; give a whole number from 0 to {2**32 - 1:,}")
    return int(text)
