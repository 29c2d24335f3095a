"""Registry of the kinds of columns; a new kind is a module in `kinds` and a line here."""

from __future__ import annotations

import pandas as pd

from explorer.core.columns.kind import Kind
from explorer.core.columns.kinds.boolean import Boolean
from explorer.core.columns.kinds.category import Category
from explorer.core.columns.kinds.date import Date
from explorer.core.columns.kinds.image import Image
from explorer.core.columns.kinds.labels import Labels
from explorer.core.columns.kinds.link import Link
from explorer.core.columns.kinds.number import Number
from explorer.core.columns.kinds.text import Text
from explorer.errors import BadRequest

KINDS: dict[str, type[Kind]] = {
    kind.name: kind
    for kind in (
        Category,
        Labels,
        Number,
        Date,
        Boolean,
        Text,
        Link,
        Image,
    )
}


def guess(values: pd.Series) -> str:
    """Name of the most likely kind of a column; `text` if none fits. values: with the column's name."""
    known = values.dropna()
    sure = {name: kind.guess(known) for name, kind in KINDS.items()}
    best = max(sure, key=sure.__getitem__)
    return best if sure[best] > 0 else "text"


def kind_named(name: str) -> type[Kind]:
    """The class of a kind. Raises BadRequest, which names the known kinds."""
    if name not in KINDS:
        raise BadRequest(f"There is no kind of column {name!r}; choose one of {', '.join(KINDS)}.")
    return KINDS[name]
