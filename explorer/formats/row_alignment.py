"""Facts in the order of the vectors, row by row; a header mistaken for a row is put right."""

from __future__ import annotations

import pandas as pd

from explorer.errors import BadData
from explorer.formats.delimited import unique
from explorer.formats.parsed_file import ParsedFile, cell_text
from explorer.formats.vector_columns import WORDS, is_number


def align_rows(metadata: ParsedFile, n: int, name: str) -> tuple[pd.DataFrame, list[str]]:
    """The facts of n vectors by position, a header put right, and what was. name: of the vectors. Raises BadData."""
    facts, has = metadata.items.reset_index(drop=True), len(metadata.items)
    if has == n:
        return facts, []
    if has == n + 1 and metadata.format in ("csv", "tsv"):
        names = ["" if pd.isna(cell) else cell_text(cell) for cell in facts.iloc[0]]
        made = facts.iloc[1:].reset_index(drop=True).set_axis(unique(names, "column"), axis=1)
        return made.infer_objects(), [f"row of {metadata.name} is taken for its header, as there are fewer vectors"]
    if has == n - 1 and metadata.format in ("csv", "tsv") and not _names(facts):
        first = pd.DataFrame([list(facts.columns)], columns=facts.columns)
        made = pd.concat([first.astype(object), facts.astype(object)], ignore_index=True)
        names = ["key", *(f"column {place}" for place in range(2, len(facts.columns) + 1))]
        made = made.set_axis(names, axis=1).map(cell_text, na_action="ignore").astype("str")
        return made, [f"header of {metadata.name} is taken for its first row, as there are more vectors"]
    raise BadData(f"{metadata.name} has {has:,} rows and {name} {n:,} vectors; join them by a key, or give all rows.")


def _names(facts: pd.DataFrame) -> bool:
    """Whether what the columns are called can be no row: words that name columns, or a word above numbers."""
    numbers = [name for name in facts if pd.api.types.is_numeric_dtype(facts[name])]
    return any(str(name).lower() in WORDS for name in facts) or not all(map(is_number, numbers))
