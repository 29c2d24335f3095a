"""What sets a selection apart from the rest: genres, years, popularity, ratings, each in one plain sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from explorer.core.filters import all_genres
from explorer.errors import BadRequest

COLUMNS = ("what", "kind", "inside", "outside", "lift", "log_odds", "auc", "effect", "p", "sentence")
ERRORS = 0.05  # share of rows that may be chance
# What more and what less of a number means, and how the number is written.
WORDS = {
    "year": ("Later", "Earlier", "{:.0f}"),
    "n_ratings": ("Better known", "Less known", "{:,.0f} ratings"),
    "mean_rating": ("Rated higher", "Rated lower", "{:.1f} stars"),
    "bias": ("Liked more than their raters' habits explain", "Liked less than their raters' habits explain", "{:+.2f}"),
}


def enrichment(items: pd.DataFrame, selected: np.ndarray, among: np.ndarray | None = None) -> pd.DataFrame:
    """What sets some items apart from the rest, the strongest first; nothing that chance would show as well.

    selected: (n,) bool. among: (n,) bool, the items that count at all; by default all. One row for each genre and
    each column of numbers (ids left out): `what`, `kind` (`genre` or `number`), `inside` and `outside` (share of the
    genre, or median), for genres `lift` (inside / outside) and `log_odds` (natural, half an item added to each count,
    as Haldane 1956), for numbers `auc` (the chance that a selected item has more than another), `effect` (0 or more),
    `p`, `sentence`. effect: Cohen's h = |2 asin √p - 2 asin √q| of two shares, and d = √2 Φ⁻¹(AUC) for numbers, which
    are read alike (0.2 small, 0.5 medium, 0.8 large; Cohen 1988). p: Fisher's exact test and the Mann-Whitney U test,
    adjusted together as Benjamini & Hochberg 1995; rows with p above 0.05 are left out, so a selection of very few
    items may have none. Raises BadRequest when nothing is selected, or everything.
    """
    selected, rest = _checked(items, selected, among)
    rows = [*_of_genres(items, selected, rest), *_of_numbers(items, selected, rest)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    if table.empty:
        return table
    from scipy.stats import false_discovery_control

    table["p"] = false_discovery_control(table["p"])
    table = table[table["p"] <= ERRORS]
    return table.sort_values("effect", ascending=False, kind="stable", ignore_index=True)


def members(items: pd.DataFrame) -> pd.DataFrame:
    """Which item has which genre: a table of truth values, (n, genres), the most frequent genre first."""
    names = all_genres(items)
    table = np.zeros((len(items), len(names)), bool)
    if names:
        exploded = items["genres"].reset_index(drop=True).explode().dropna()
        table[exploded.index, pd.Index(names).get_indexer(pd.Index(exploded))] = True
    return pd.DataFrame(table, columns=names)


def difference(inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Cohen's h of shares, signed: above 0 where there are more inside. Any shape, float64."""
    return 2 * np.arcsin(np.sqrt(inside)) - 2 * np.arcsin(np.sqrt(outside))


def _of_genres(items: pd.DataFrame, selected: np.ndarray, rest: np.ndarray) -> Iterator[dict[str, Any]]:
    from scipy.stats import fisher_exact

    table = members(items)
    ins, outs = int(selected.sum()), int(rest.sum())
    for genre, have in table.items():
        a, b = int(have[selected].sum()), int(have[rest].sum())
        if not 0 < a + b < ins + outs:
            continue
        inside, outside = a / ins, b / outs
        yield {
            "what": genre, "kind": "genre", "inside": inside, "outside": outside,
            "lift": inside / outside if outside else np.inf,
            "log_odds": np.log((a + 0.5) / (ins - a + 0.5)) - np.log((b + 0.5) / (outs - b + 0.5)),
            "effect": abs(float(difference(np.array(inside), np.array(outside)))),
            "p": float(fisher_exact([[a, ins - a], [b, outs - b]]).pvalue),
            "sentence": f"{genre}: {_percent(inside)} of these, {_percent(outside)} of the rest",
        }  # fmt: skip


def _of_numbers(items: pd.DataFrame, selected: np.ndarray, rest: np.ndarray) -> Iterator[dict[str, Any]]:
    from scipy.stats import mannwhitneyu, norm

    numbers = [c for c in items.select_dtypes("number") if not c.endswith("id")]
    for name in numbers:
        values = items[name].to_numpy(dtype=float, na_value=np.nan)
        ours, theirs = (values[mask & np.isfinite(values)] for mask in (selected, rest))
        if not len(ours) or not len(theirs) or np.ptp(np.r_[ours, theirs]) == 0:
            continue
        test = mannwhitneyu(ours, theirs)
        auc = float(test.statistic) / (len(ours) * len(theirs))
        surest = 1 - 0.5 / min(len(ours), len(theirs))  # a perfect AUC of few items is no infinite effect
        inside, outside = float(np.median(ours)), float(np.median(theirs))
        yield {
            "what": name, "kind": "number", "inside": inside, "outside": outside, "auc": auc,
            "effect": abs(float(np.sqrt(2) * norm.ppf(np.clip(auc, 1 - surest, surest)))), "p": float(test.pvalue),
            "sentence": _sentence(name, auc, inside, outside),
        }  # fmt: skip


def _sentence(name: str, auc: float, inside: float, outside: float) -> str:
    more, less, written = WORDS.get(name, (f"More {name}", f"Less {name}", "{:.3g}"))
    return f"{more if auc > 0.5 else less}: median {written.format(inside)}, the rest {written.format(outside)}"


def _percent(share: float) -> str:
    percent = 100 * share
    return "none" if share == 0 else "all" if share == 1 else "under 1%" if percent < 1 else f"{min(percent, 99):.0f}%"


def _checked(items: pd.DataFrame, selected: np.ndarray, among: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    among = np.ones(len(items), bool) if among is None else np.asarray(among)
    selected = np.asarray(selected)
    for mask in (selected, among):
        if mask.shape != (len(items),) or mask.dtype != bool:
            raise BadRequest(f"A selection is {len(items):,} truth values; this is {mask.dtype} of shape {mask.shape}.")
    selected, rest = selected & among, among & ~selected
    if not selected.any() or not rest.any():
        raise BadRequest(
            f"{'Everything' if selected.any() else 'Nothing'} is selected, so there is nothing to compare."
        )
    return selected, rest
