"""Whether an embedding leans to the well known: how popular neighbors are, by how popular the item is itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from explorer.errors import BadRequest
from explorer.quality import metrics
from explorer.quality.comparison import Comparison

DECILES = 10
MIDDLE = (4, 7)  # deciles, both included
FACTORIZATIONS = ("mf", "hybrid", "svdpp")  # models of ratings


@dataclass(frozen=True, eq=False)
class PopularityBias:
    """How popular the neighbors of an item are in two embeddings, and how well the middle is served."""

    names: tuple[str, str]
    deciles: pd.DataFrame  # `decile` (1: the least known), `items`, `own`, and for each of the two its median neighbor
    genres: pd.DataFrame | None  # `decile` and for each of the two the share of neighbors that share a genre
    ratio: tuple[float, float]  # how much better known a typical neighbor is in the first, 95% confidence
    away: tuple[float, float]  # by what factor neighbors are typically better or less known than the item itself
    middle: tuple[float, float] | None  # by how much more of the neighbors share a genre in the first, 95% confidence
    sentences: tuple[str, ...]


def popularity_bias(comparison: Comparison) -> PopularityBias:
    """Median popularity of neighbors by decile of the items' own popularity, and what follows from it.

    Deciles are of equal size, by the number of ratings. The middle is deciles 4 to 7; that it is served well is
    measured by neighbors that share a genre, which no training knew of. Raises BadRequest where no counts are known.
    """
    counts = comparison.counts
    if counts is None or np.isnan(counts).all():
        one, other = comparison.names
        raise BadRequest(f"Neither {one} nor {other} tells how often its items were rated.")
    counts = np.nan_to_num(counts)
    decile = _deciles(counts)
    names = comparison.names
    around = [np.median(counts[near], axis=1) for near in comparison.near]
    rows = pd.DataFrame({"decile": decile, "own": counts} | dict(zip(names, around, strict=True)))
    table = rows.groupby("decile").median().reset_index()
    table.insert(1, "items", rows.groupby("decile").size().to_numpy())
    own, first, second = (np.log2(np.maximum(values, 1)) for values in (counts, *around))
    low, high = metrics.interval(first - second)
    away = (float(2 ** np.median(abs(first - own))), float(2 ** np.median(abs(second - own))))
    genres, middle = _genres(comparison, decile)
    found = PopularityBias(names, table, genres, (2**low, 2**high), away, middle, ())
    return replace(found, sentences=_sentences(comparison, found, rows))


def _deciles(counts: np.ndarray) -> np.ndarray:
    """1 for the least known tenth to 10 for the best known, (m,) int64; fewer where there are fewer items."""
    m = len(counts)
    order = np.empty(m, np.int64)
    order[np.argsort(counts, kind="stable")] = np.arange(m)
    return 1 + order * min(DECILES, m) // m


def _genres(comparison: Comparison, decile: np.ndarray) -> tuple[pd.DataFrame | None, tuple[float, float] | None]:
    bits = metrics.genre_bits(comparison.items["genres"].tolist() if "genres" in comparison.items else [])
    if not bits.any():
        return None, None
    shares = [metrics.genre_agreement(bits, near)[0] for near in comparison.near]
    table = pd.DataFrame({"decile": decile} | dict(zip(comparison.names, shares, strict=True)))
    difference = (shares[0] - shares[1])[(decile >= MIDDLE[0]) & (decile <= MIDDLE[1])]
    if np.isnan(difference).all():
        return None, None
    return table.groupby("decile").mean().reset_index(), metrics.interval(difference)


def _sentences(comparison: Comparison, found: PopularityBias, rows: pd.DataFrame) -> tuple[str, ...]:
    names, ratio = found.names, found.ratio
    one, other = (rows[name].median() for name in names)
    more = _which(names, ratio, 1.0)
    told = [
        f"Half of the items have {rows['own'].median():,.0f} ratings or fewer; a typical neighbor has {one:,.0f} in "
        f"{names[0]} and {other:,.0f} in {names[1]}.",
        f"Item by item, neighbors in {names[0]} are {ratio[0]:.2f} to {ratio[1]:.2f} times as well known as in "
        f"{names[1]} (95% confidence), so {f'{more} leans more to the popular' if more else 'neither leans more'}"
        f"{_at_the_top(found, more)}.",
        f"Neighbors are typically better or less known than the item itself by a factor of {found.away[0]:.1f} in "
        f"{names[0]} and {found.away[1]:.1f} in {names[1]}.",
    ]
    if found.genres is None or found.middle is None:
        return (*told, *_as_is_said(comparison, more, None))
    served = _which(names, found.middle, 0.0)
    share = found.genres[found.genres["decile"].between(*MIDDLE)][list(names)].mean()
    told.append(
        f"Of items of middling popularity (deciles {MIDDLE[0]} to {MIDDLE[1]}), {share.iloc[0]:.0%} of the neighbors "
        f"share a genre in {names[0]} and {share.iloc[1]:.0%} in {names[1]}: "
        f"{f'{served} serves the middle better' if served else 'no difference that chance would not show'}."
    )
    return (*told, *_as_is_said(comparison, more, served))


def _at_the_top(found: PopularityBias, more: str | None) -> str:
    """Where it is the other way round for the best known tenth, that it is."""
    top = found.deciles.iloc[-1]
    less = next((name for name in found.names if name != more), "")
    if more is None or top[more] >= top[less]:
        return ""
    return (
        f", but not for the best known tenth, whose neighbors have {top[more]:,.0f} ratings there and {top[less]:,.0f} "
        f"in {less}"
    )


def _which(names: tuple[str, str], between: tuple[float, float], same: float) -> str | None:
    """The one that has more, if chance alone would not show as much."""
    return names[0] if between[0] > same else names[1] if between[1] < same else None


def _as_is_said(comparison: Comparison, more: str | None, served: str | None) -> tuple[str, ...]:
    """What becomes of the saying about matrix factorization and item2vec, where these two are compared."""
    both = list(zip(comparison.names, (comparison.a.manifest, comparison.b.manifest), strict=True))
    factors = [name for name, manifest in both if manifest.get("model") in FACTORIZATIONS]
    sequences = [name for name, manifest in both if manifest.get("model") == "item2vec"]
    if not factors or not sequences:
        return ()
    halves = [more == factors[0], served == sequences[0]]
    holds = "holds here" if all(halves) else "holds here in part" if any(halves) else "does not hold here"
    return (
        "It is often said that matrix factorization leans to the popular and item2vec serves the middle better: "
        f"that {holds}.",
    )
