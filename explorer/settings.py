"""Numbers that environment variables set."""

from __future__ import annotations

import os

from explorer.errors import BadRequest


def positive_number(name: str, default: int, unit: str) -> int:
    """A whole number from an environment variable, or the default. Raises BadRequest for anything else.

    unit: what it counts, for the message.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or not int(text):
        raise BadRequest(f"{name} is {text!r}; it must be a whole number of {unit}, at least 1.")
    return int(text)


def switched_on(name: str) -> bool:
    """Whether an environment variable is `1`."""
    return os.environ.get(name) == "1"
