"""Options of a training: fields with a help text, and the ranges of their values."""

from dataclasses import field
from typing import Any

from explorer.errors import BadRequest


def option(default: Any, text: str, kind: type = str) -> Any:
    """A field of Options with its help text. kind: the type of a field whose default is None."""
    return field(default=default, metadata={"help": text, "type": kind})


def check_range(options: object, name: str, least: float, most: float) -> None:
    """Raise BadRequest unless the option is between `least` and `most`; NaN never is."""
    value = getattr(options, name)
    if not least <= value <= most:
        raise BadRequest(f"{name} is {value:,}; it must be between {least:,} and {most:,}")


def check_fraction(options: object, name: str, most: float = 1.0) -> None:
    """Raise BadRequest unless the option is above 0 and at most `most`; NaN never is."""
    value = getattr(options, name)
    if not 0 < value <= most:
        raise BadRequest(f"{name} is {value}; it must be above 0 and at most {most:g}")
