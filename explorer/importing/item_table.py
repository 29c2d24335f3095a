"""The table of items, by the names that the pages know: key, title, year, genres, n_ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from explorer.formats.parsed_file import cell_text
from explorer.importing import column_types

if TYPE_CHECKING:
    from explorer.importing.plan import Plan

LARGEST = 2**53  # count that float64 holds exactly


def item_table(facts: pd.DataFrame, keys: pd.Series, plan: Plan) -> pd.DataFrame:
    """The items of an embedding: key and title first, then the facts as the plan has them.

    keys: (n,) text, none empty; made unique here. The first column of labels, else of categories, becomes `genres`, the
    first of years `year`, the popularity `n_ratings`, unless there is a column of that name.
    """
    made: dict[str, Any] = {"key": numbered(keys.astype(str).tolist())}
    if plan.title is not None and plan.title in facts:
        titles = facts[plan.title].map(cell_text, na_action="ignore").astype(object)
        made["title"] = titles.fillna(keys).astype(str).tolist()
    guessed = {name: column_types.guess(facts[name]) for name in facts}
    kinds = {name: plan.kinds.get(name, kind) for name, (kind, _) in guessed.items()}
    renamed = _renamed(kinds)
    for name in facts:
        kind, target = kinds[name], renamed.get(name, name)
        if kind == "skip" or target in ("key", "title") or name == plan.popularity:
            continue
        kind = {"genres": "labels", "year": "year"}.get(target, kind)
        made[target] = column_types.convert(facts[name], kind, plan.separators.get(name, guessed[name][1]))
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
    counts = column_types.convert(column, "number").astype("float64").fillna(0)
    return counts.clip(0, LARGEST).round().astype("int64")
