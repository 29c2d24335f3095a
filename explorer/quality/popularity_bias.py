"""Popularity bias: popularity of neighbors in two embeddings, by decile of the item's popularity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.core.columns import Columns
from explorer.core.embedding import Embedding
from explorer.errors import BadRequest
from explorer.quality.comparison import Comparison

DECILES = 10
FEWEST = 30  # items a decile needs for a statement
# Thresholds above the differences between seeds of the same model: at most a factor of 1.12 and 7 points in any decile
# of ml-latest-small, over 63 pairs of trainings of mf, hybrid and item2vec (benchmarks/seeds.py).
RATIO, POINTS = 1.25, 0.1
TELLS_NO_SEED = ("seed", "epochs_kept", "epochs")  # parameters that another seed may change


@dataclass(frozen=True, eq=False)
class PopularityBias:
    """Popularity of neighbors in two trainings, decile by decile.

    All numbers describe these two trainings, not their models in general. Both tables have the columns `decile` (1: the
    least known), one for each embedding by its name, and `more`: the name of the one with the clearly higher number, ""
    if the difference could be due to the seed.
    """

    names: tuple[str, str]
    deciles: pd.DataFrame  # with `items`, `own` (median popularity), `ratio` (median over items, first over second)
    shared: pd.DataFrame | None  # share of neighbors that agree with the item in the group column
    measure: str  # name of that share
    unit: str  # unit of the popularity: "ratings"
    away: tuple[float, float]  # typical factor between the popularity of an item and its neighbors, in each
    sentences: tuple[str, ...]


def popularity_bias(comparison: Comparison) -> PopularityBias:
    """Compare the popularity of neighbors, and their agreement, in two embeddings by decile of popularity.

    Agreement is measured in the column with the role group. Deciles are cut between different popularities, so they may
    differ in size and be fewer than ten. An embedding is named for a decile only if its neighbors are 1.25 times as
    popular, or 10 points more of them agree; never if both are trainings of one model on the same data. Raises
    BadRequest if no popularity is known.
    """
    counts = comparison.counts
    names = comparison.names
    if counts is None or np.isnan(counts).all():
        raise BadRequest(f"Neither {names[0]} nor {names[1]} has a popularity column.")
    counts = np.nan_to_num(counts)
    decile = deciles(counts)
    alike = same_training(comparison.a, comparison.b)
    around = [np.median(counts[near], axis=1) for near in comparison.near]
    rows = pd.DataFrame({"decile": decile, "own": counts} | dict(zip(names, around, strict=True)))
    table = rows.groupby("decile").median().reset_index()
    table.insert(1, "items", rows.groupby("decile").size().to_numpy())
    own, first, second = (np.log2(np.maximum(values, 1)) for values in (counts, *around))
    table["ratio"] = 2 ** pd.Series(first - second).groupby(decile).median().to_numpy()
    table["more"] = _clearly_more(names, np.log2(table["ratio"]), np.log2(RATIO), table["items"], alike)
    shared, measure = _shared(comparison, decile, alike)
    away = (float(2 ** np.median(abs(first - own))), float(2 ** np.median(abs(second - own))))
    sentences = _sentences(names, table, shared, measure, away, rows, alike, comparison.unit)
    return PopularityBias(names, table, shared, measure, comparison.unit, away, sentences)


def deciles(counts: np.ndarray) -> np.ndarray:
    """Decile of each item by popularity, (m,) int64 from 1; items with equal counts are in the same decile."""
    edges = np.quantile(counts, np.arange(1, DECILES) / DECILES)
    return 1 + np.unique(np.searchsorted(edges, counts), return_inverse=True)[1]


def same_training(a: Embedding, b: Embedding) -> bool:
    """Whether two embeddings have the same model, data and parameters, apart from the seed."""

    def key(embedding: Embedding) -> tuple[object, ...]:
        manifest = embedding.manifest
        params = {name: value for name, value in manifest.get("params", {}).items() if name not in TELLS_NO_SEED}
        return manifest.get("model"), manifest.get("dataset"), params

    return key(a)[0] is not None and key(a) == key(b)


def _clearly_more(
    names: tuple[str, str], difference: pd.Series, margin: float, items: pd.Series, alike: bool
) -> np.ndarray:
    """The embedding whose number is higher by more than `margin`, (deciles,) str; "" for neither, or if not allowed."""
    enough = (items.to_numpy() >= FEWEST) & (not alike)
    difference = difference.to_numpy()
    return np.select([enough & (difference > margin), enough & (difference < -margin)], list(names), "")


def _shared(comparison: Comparison, decile: np.ndarray, alike: bool) -> tuple[pd.DataFrame | None, str]:
    """Share of neighbors that agree in the group column, and the name of that share."""
    column = comparison.a.schema.by_role("group")
    values = Columns(comparison.items, comparison.a.schema)[column.name] if column else None
    measures = [values.agreement(near)[:1] for near in comparison.near] if values is not None else []
    if values is None or not values.known.any() or not all(measures):
        return None, ""
    names = comparison.names
    shares = [np.where(values.known, found[0].pairs.mean(axis=1), np.nan) for found in measures]
    rows = pd.DataFrame({"decile": decile} | dict(zip(names, shares, strict=True))).dropna()
    table = rows.groupby("decile").mean().reset_index()
    items = rows.groupby("decile").size().reset_index(drop=True)
    more = _clearly_more(names, table[names[0]] - table[names[1]], POINTS, items, alike)
    return table.assign(more=more), measures[0][0].name


def _sentences(
    names: tuple[str, str],
    table: pd.DataFrame,
    shared: pd.DataFrame | None,
    measure: str,
    away: tuple[float, float],
    rows: pd.DataFrame,
    alike: bool,
    unit: str,
) -> tuple[str, ...]:
    first, second = (rows[name].median() for name in names)
    sentences = [
        f"Half of the items have {rows['own'].median():,.0f} {unit} or fewer; a typical neighbor has {first:,.0f} in "
        f"{names[0]} and {second:,.0f} in {names[1]}.",
        f"The popularity of neighbors typically differs from that of the item by a factor of {away[0]:.1f} in "
        f"{names[0]} and {away[1]:.1f} in {names[1]}.",
    ]
    if alike:
        return (
            *sentences,
            "Both are trainings of the same model on the same data, so differences are due to the seed.",
        )
    parts = []
    for name, sign in zip(names, (1, -1), strict=True):
        mine = table[table["more"] == name]
        if len(mine):
            ratio = mine["ratio"] ** sign
            times = _range(f"{ratio.min():.1f}", f"{ratio.max():.1f}")
            parts.append(f"more popular in {name} for {_listed(mine['decile'])} ({times} times)")
    sentences.append(
        f"By popularity decile (1: the least popular), neighbors are {', and '.join(parts)}."
        if parts
        else f"In no popularity decile are the neighbors in one embedding {RATIO:g} times as popular as in the other."
    )
    if shared is not None:
        parts = []
        for name, sign in zip(names, (1, -1), strict=True):
            mine = shared[shared["more"] == name]
            if len(mine):
                points = 100 * sign * (mine[names[0]] - mine[names[1]])
                more = _range(f"{points.min():.0f}", f"{points.max():.0f}")
                parts.append(f"in {name} for {_listed(mine['decile'])} ({more} points)")
        sentences.append(
            f"More {measure} {', and '.join(parts)}."
            if parts
            else f"In no popularity decile does one embedding have {100 * POINTS:.0f} points more {measure}."
        )
    sentences.append(
        "This describes these two trainings. Smaller differences, which may be due to the seed, are not listed."
    )
    return tuple(sentences)


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _listed(numbers: pd.Series) -> str:
    """Deciles as text: runs of consecutive numbers, as in "deciles 1 to 6 and 8"."""
    runs = [part.tolist() for _, part in numbers.groupby(numbers - np.arange(len(numbers)))]
    texts = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"decile{'s' if len(numbers) > 1 else ''} {' and '.join(texts)}"
