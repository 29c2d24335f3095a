"""The table of items, by the names that the pages know: key, title, year, genres, n_ratings."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from explorer.importing import columns

if TYPE_CHECKING:
    from explorer.importing.plans import Plan

LARGEST = 2**53  # count that float64 holds exactly


def read(file: Path | IO[bytes]) -> pd.DataFrame:
    """The table of an artifact from its parquet file; rows with the same genres share one list.

    A million lists would take a second to make. Raises pyarrow.ArrowException for a file that is no such table.
    """
    table = pq.read_table(file)
    if "genres" not in table.column_names:
        return table.to_pandas()
    place = table.column_names.index("genres")
    items = table.remove_column(place).to_pandas()
    items.insert(place, "genres", _lists(table["genres"].combine_chunks()))
    return items


def item_table(facts: pd.DataFrame, keys: pd.Series, plan: Plan) -> pd.DataFrame:
    """The items of an embedding: key and title first, then the facts as the plan has them.

    keys: (n,) text, none empty; made unique here. The first column of labels, else of categories, becomes `genres`, the
    first of years `year`, the popularity `n_ratings`, unless there is a column of that name.
    """
    made: dict[str, Any] = {"key": numbered(keys.astype(str).tolist())}
    if plan.title is not None and plan.title in facts:
        titles = facts[plan.title].map(columns.text, na_action="ignore").astype(object)
        made["title"] = titles.fillna(keys).astype(str).tolist()
    guessed = {name: columns.guess(facts[name]) for name in facts}
    kinds = {name: plan.kinds.get(name, kind) for name, (kind, _) in guessed.items()}
    renamed = _renamed(kinds)
    for name in facts:
        kind, target = kinds[name], renamed.get(name, name)
        if kind == "skip" or target in ("key", "title") or name == plan.popularity:
            continue
        kind = {"genres": "labels", "year": "year"}.get(target, kind)
        made[target] = columns.convert(facts[name], kind, plan.separators.get(name, guessed[name][1]))
    counts = plan.popularity if plan.popularity in facts else "n_ratings"
    if counts in facts and kinds[counts] != "skip":
        made["n_ratings"] = _counts(facts[counts])
    return pd.DataFrame(made)


def numbered(keys: list[str]) -> list[str]:
    """Keys made unique, the first of each left as it is: `a`, `a (2)`."""
    taken, counts = set(keys), dict[str, int]()
    made = []
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
        name = key
        while counts[key] > 1:
            name = f"{key} ({counts[key]})"
            if name not in taken:
                taken.add(name)
                break
            counts[key] += 1
        made.append(name)
    return made


def _renamed(kinds: dict[str, str]) -> dict[str, str]:
    lists = [name for name, kind in kinds.items() if kind == "labels"]
    lists = lists or [name for name, kind in kinds.items() if kind == "category"]
    years = [name for name, kind in kinds.items() if kind == "year"]
    firsts = {"genres": lists, "year": years}
    return {names[0]: target for target, names in firsts.items() if names and target not in kinds}


def _counts(column: pd.Series) -> pd.Series:
    counts = columns.convert(column, "number").astype("float64").fillna(0)
    return counts.clip(0, LARGEST).round().astype("int64")


def _lists(column: pa.ListArray) -> np.ndarray:
    joined = pc.binary_join(column, "\n")
    if joined.null_count or pc.any(pc.match_substring(column.flatten(), "\n")).as_py():
        made = column.to_pylist()
        codes = np.arange(len(made))
    else:
        codes = joined.dictionary_encode().indices.to_numpy()
        made = column.take(pa.array(np.unique(codes, return_index=True)[1])).to_pylist()
    lists = np.empty(len(made), object)
    lists[:] = made
    return lists[codes]
