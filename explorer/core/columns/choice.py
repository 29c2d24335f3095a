"""Filters of one column, as values that can be written into a URL."""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, Self, get_args

from explorer.errors import BadRequest

Mode = Literal["any", "all", "only"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A filter of one column.

    known: whether items with a value may pass. unknown: whether items without a value pass; None: they pass unless the
    filter tests values. `Choice(unknown=False)` selects all known, `Choice(known=False)` all unknown items.
    """

    known: bool = True
    unknown: bool | None = None

    def asks(self) -> bool:
        """Whether the filter tests values."""
        tests = (field for field in fields(self) if field.name not in _ABOUT_UNKNOWN)
        return any(getattr(self, field.name) != field.default for field in tests)

    def __bool__(self) -> bool:
        """Whether the filter can exclude an item."""
        return self.asks() or not self.known or self.unknown is False

    def to_json(self) -> str:
        """Write the filter as one compact JSON object, without defaults."""
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        changed = {name: value for name, (value, default) in values.items() if value != default}
        return json.dumps(changed, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the filter that `to_json` wrote. Raises BadRequest for any other text."""
        try:
            found = json.loads(text)
            if not isinstance(found, dict):
                raise TypeError("not an object")
            values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in found.items()}
            return cls(**values)
        except (ValueError, TypeError, RecursionError) as error:
            names = ", ".join(field.name for field in fields(cls))
            raise BadRequest(f"{text[:200]!r} is not a filter: write a JSON object with some of {names}.") from error

    def __post_init__(self) -> None:
        for field in fields(self):
            value, default = getattr(self, field.name), field.default
            if default is not MISSING and not self._fits(field.name, value):
                raise BadRequest(f"{field.name} of a filter cannot be {str(value)[:100]!r}.")

    def _fits(self, name: str, value: Any) -> bool:
        return isinstance(value, bool) or (name == "unknown" and value is None)


_ABOUT_UNKNOWN = ("known", "unknown", "mode")


@dataclass(frozen=True)
class OneOf(Choice):
    """Items with some values of a category or some labels. mode: any of them, all of them, or only them."""

    values: tuple[str, ...] = ()
    mode: Mode = "any"

    def _fits(self, name: str, value: Any) -> bool:
        if name == "values":
            return isinstance(value, tuple) and all(isinstance(part, str) for part in value)
        return value in MODES if name == "mode" else super()._fits(name, value)


@dataclass(frozen=True)
class Range(Choice):
    """Items from `low` to `high`, both included; None means no limit. Dates are ISO 8601 text."""

    low: float | str | None = None
    high: float | str | None = None

    def _fits(self, name: str, value: Any) -> bool:
        if name not in ("low", "high"):
            return super()._fits(name, value)
        number = isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
        return value is None or isinstance(value, str) or number


@dataclass(frozen=True)
class Contains(Choice):
    """Items whose text contains a text, ignoring case, or matches a regular expression (RE2)."""

    text: str = ""
    regex: bool = False

    def asks(self) -> bool:
        return bool(self.text)

    def _fits(self, name: str, value: Any) -> bool:
        return isinstance(value, str) if name == "text" else super()._fits(name, value)
