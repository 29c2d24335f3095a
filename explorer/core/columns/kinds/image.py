"""Image: a picture, given as bytes, a web address, or a path below the artifact."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import pandas as pd
import pyarrow as pa

from explorer.core.columns.kind import FIRST, sample, share, shorten, stringy, unknown_cell
from explorer.core.columns.kinds.category import objects
from explorer.core.columns.kinds.link import ADDRESS, Link

ENDING = re.compile(r"\.(?:png|jpe?g|gif|webp|bmp|avif)(?:\?\S*)?\s*$", re.IGNORECASE)
NAMED = re.compile(r"(^|[_ ])(image|img|photo|picture|poster|cover|thumb|thumbnail|icon)s?([_ ]|$)", re.IGNORECASE)
BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")


class Image(Link):
    """A picture for each item."""

    name = "image"

    @staticmethod
    def guess(values: pd.Series) -> float:
        if not len(values):
            return 0.0
        if stringy(values):
            texts = sample(values)
            some = any(_reference(text) is not None for text in sample(texts, FIRST))
            pictures = some and texts.map(lambda text: _reference(text) is not None).mean() >= 0.95
            links = share(texts, ADDRESS) >= 0.95
            return 0.98 if pictures or (links and NAMED.search(str(values.name))) else 0.0
        if values.dtype != object:
            return 0.0
        return 1.0 if all(_picture(cell) is not None for cell in objects(values)[:200]) else 0.0

    @staticmethod
    def parse(values: pd.Series, separator: str = "") -> pd.Series:
        if values.dtype == object:
            return values.map(lambda cell: None if unknown_cell(cell) or cell == "" else cell)
        return Link.parse(values)

    @property
    def arrow(self) -> pa.Array:
        return pa.array([None if unknown_cell(cell) else _source_text(cell) for cell in self.values], pa.large_string())

    def source(self, row: int) -> str | bytes | None:
        """Source of the picture: its bytes, a web address, or a path below the artifact; None if there is none.

        A path that leads out of the artifact is ignored.
        """
        cell = self.values.iloc[row]
        if unknown_cell(cell):
            return None
        if not isinstance(cell, str):
            return _picture(cell)
        return cell.strip() if ADDRESS.match(cell) else _reference(cell)

    def long_text(self, row: int) -> str:
        cell = self.values.iloc[row]
        return "" if unknown_cell(cell) else _source_text(cell)

    def text(self, row: int) -> str:
        return shorten(self.long_text(row))


def _reference(text: str) -> str | None:
    """A text that is a web address or a path of an image below the artifact; None for any other."""
    if not ENDING.search(text):
        return None
    if ADDRESS.match(text):
        return text.strip()
    path = PurePosixPath(text.strip().replace("\\", "/"))
    outside = path.is_absolute() or ".." in path.parts or ":" in path.parts[0]
    return None if outside else str(path)


def _picture(cell: Any) -> bytes | None:
    """Bytes of the image in a cell, also as Hugging Face stores them (`{"bytes": ...}`)."""
    found = cell.get("bytes") if isinstance(cell, dict) else cell
    return found if isinstance(found, bytes) and found.startswith(BEGINNINGS) else None


def _source_text(cell: Any) -> str:
    found = cell.get("path") if isinstance(cell, dict) else cell
    return found if isinstance(found, str) else "image"
