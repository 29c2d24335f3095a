"""Tests of how a selection differs from the rest: one row per comparison, not corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = ("column", "kind", "what", "inside", "outside", "lift", "log_odds", "auc", "effect", "p")
CHANCE = 0.05
MOST = 500_000  # numbers of each side that are compared; of more, a random sample of so many


def effect_of_shares(inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Cohen's h of two shares, positive if the share inside is larger. Any shape, float64 (Cohen 1988)."""
    return 2 * np.arcsin(np.sqrt(inside)) - 2 * np.arcsin(np.sqrt(outside))


def compare_shares(
    column: str, kind: str, names: Sequence[str], inside: np.ndarray, outside: np.ndarray, size: tuple[int, int]
) -> pd.DataFrame:
    """One row per value: its share among the selected items against its share among the rest.

    inside, outside: (m,) int64, selected and other items with each value. size: number of selected and other items. p:
    Fisher's exact test, twice the smaller tail, at most 1. Values for which no selection of this size could be
    significant at 0.05 are left out (Tarone 1990); they need no correction. effect: absolute Cohen's h. log_odds:
    natural logarithm, with half an item added to each count (Haldane 1956).
    """
    from scipy.stats import hypergeom

    ins, outs = size
    total = inside + outside
    if not ins or not outs:
        return empty()
    n = ins + outs
    most, least = np.minimum(total, ins), np.maximum(total - outs, 0)
    least_p = 2 * np.minimum(hypergeom.pmf(most, n, total, ins), hypergeom.pmf(least, n, total, ins))
    tested = np.flatnonzero((total > 0) & (total < n) & (least_p <= CHANCE))
    a, b, total = inside[tested], outside[tested], total[tested]
    tails = np.minimum(hypergeom.sf(a - 1, n, total, ins), hypergeom.cdf(a, n, total, ins))
    share, rest = a / ins, b / outs
    with np.errstate(divide="ignore"):
        lift = share / rest
    odds = np.log((a + 0.5) / (ins - a + 0.5)) - np.log((b + 0.5) / (outs - b + 0.5))
    return pd.DataFrame(
        {
            "column": column, "kind": kind, "what": np.array(names, object)[tested], "inside": share, "outside": rest,
            "lift": lift, "log_odds": odds, "auc": np.nan, "effect": np.abs(effect_of_shares(share, rest)),
            "p": np.minimum(2 * tails, 1),
        }
    )  # fmt: skip


def compare_numbers(column: str, kind: str, selected: np.ndarray, rest: np.ndarray) -> pd.DataFrame:
    """One row: the known numbers of the selected items against those of the rest; no row if all are equal.

    Of more than MOST numbers a random sample of MOST is compared, which moves an AUC by less than .001.

    inside, outside: medians. auc: the chance that a selected item has a larger number than another, ties counting half.
    p: Mann-Whitney U test. effect: d = |sqrt(2) Phi^-1(AUC)|, read as Cohen's d.
    """
    from scipy.stats import mannwhitneyu, norm

    selected, rest = (_sample(numbers) for numbers in (selected, rest))
    if not len(selected) or not len(rest) or max(np.ptp(selected), np.ptp(rest), abs(selected[0] - rest[0])) == 0:
        return empty()
    test = mannwhitneyu(selected, rest)
    auc = float(test.statistic) / (len(selected) * len(rest))
    surest = 1 - 0.5 / min(len(selected), len(rest))  # keeps the effect finite for a perfect AUC
    effect = abs(float(np.sqrt(2) * norm.ppf(np.clip(auc, 1 - surest, surest))))
    row: dict[str, Any] = {"column": column, "kind": kind, "what": column, "auc": auc, "effect": effect}
    row |= {"inside": float(np.median(selected)), "outside": float(np.median(rest)), "p": float(test.pvalue)}
    return pd.DataFrame([{name: row.get(name, np.nan) for name in COLUMNS}])


def _sample(numbers: np.ndarray) -> np.ndarray:
    return numbers if len(numbers) <= MOST else np.random.default_rng(0).choice(numbers, MOST, replace=False)


def auc_of_members(ranks: np.ndarray, members: np.ndarray) -> float:
    """AUC of membership: the chance that a member ranks above another item, ties counting half.

    ranks: (n,) float, mid-ranks from 1 (pandas.Series.rank). members: (n,) bool, neither all nor none.
    """
    inside = int(members.sum())
    outside = len(members) - inside
    return float((ranks[members].sum() - inside * (inside + 1) / 2) / (inside * outside))


def empty() -> pd.DataFrame:
    """A table without comparisons."""
    return pd.DataFrame(columns=list(COLUMNS))


def percent(share: float) -> str:
    """A share as text; only exact 0 and 1 become "none" and "all", a small share "under 1%"."""
    hundred = 100 * share
    return "none" if share == 0 else "all" if share == 1 else "under 1%" if hundred < 1 else f"{min(hundred, 99):.0f}%"
