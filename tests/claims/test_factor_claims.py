"""Factors: "Highest: Horror, AUC 0.78", "Lowest: late years, correlation -0.40"."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer import Embedding
from explorer.core.directions.factors import factors

GENRES = ("Drama", "Comedy", "Horror", "War", "Musical")


def _embedding(seed: int, strength: float) -> Embedding:
    """Vectors with one strong axis: horror films at its low end and late years at its high end, with `strength`."""
    rng = np.random.default_rng(seed)
    axis = rng.normal(size=300)
    genres = [[name for name in GENRES if rng.random() < 0.2] or ["Drama"] for _ in range(300)]
    horror = np.array(["Horror" in names for names in genres])
    axis = axis - 2 * strength * horror
    year = 1990 + np.round(10 * (strength * axis + rng.normal(size=300)))
    vectors = np.column_stack([3 * axis, rng.normal(size=(300, 5))])
    columns = {"year": year.astype(int), "n_ratings": rng.integers(20, 900, 300), "genres": genres}
    return Embedding(vectors.astype(np.float32), pd.DataFrame({"key": [str(n) for n in range(300)], **columns}))


def test_factors_of_unrelated_vectors_correlate_with_nothing():
    """Null: years, ratings and genres are independent of the vectors. At most 8% of factors get a name (5% meant)."""
    found = [factors(_embedding(seed, 0.0), n_factors=3) for seed in range(50)]
    named = [len(one.goes_with(number)) > 0 for one in found for number in (1, 2, 3)]
    assert np.mean(named) <= 0.08


def test_correlated_columns_are_named_with_their_end():
    """Alternative: horror at one end, late years at the other, for either sign of the factor."""
    right = []
    for seed in range(30):
        found = factors(_embedding(seed, 0.5))
        table = found.goes_with(1).set_index("what")
        late = found.items["year"] > found.items["year"].median()
        high = found.column(1)[late].mean() > found.column(1)[~late].mean()
        ends = ("high", "low") if high else ("low", "high")
        right.append({"year", "Horror"} <= set(table.index) and (table["end"]["year"], table["end"]["Horror"]) == ends)
    assert np.mean(right) > 0.95
