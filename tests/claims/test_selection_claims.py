"""Map page: "Better known", "Rated higher", "Comedy: 40% of these, 20% of the rest" about a selection of items."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.core.columns import Columns
from explorer.maps.enrichment import enrichment

N, WORLDS = 1500, 300


@pytest.fixture(scope="module")
def films() -> pd.DataFrame:
    """Film-like items: popular ones are rated higher; the less popular 40% are hidden on the Map page."""
    rng = np.random.default_rng(0)
    n_ratings = np.exp(rng.normal(4.2, 1, N)).astype(int) + 1
    mean_rating = 3 + 0.25 * np.log(n_ratings / 60) + rng.normal(0, 0.4, N)
    genres = [[name for name, share in (("Drama", 0.5), ("Comedy", 0.3), ("War", 0.05)) if rng.random() < share]
              for _ in range(N)]  # fmt: skip
    return pd.DataFrame(
        {"key": map(str, range(N)), "n_ratings": n_ratings, "mean_rating": mean_rating, "genres": genres}
    )


@pytest.fixture(scope="module")
def columns(films) -> Columns:
    return Columns.of(films)


def _said(
    films: pd.DataFrame, columns: Columns, among: np.ndarray, size: int, seed: int, weight: np.ndarray | None = None
) -> set[str]:
    rng = np.random.default_rng(seed)
    shown = np.flatnonzero(films["n_ratings"] >= 50)
    p = None if weight is None else weight[shown] / weight[shown].sum()
    selected = np.zeros(N, bool)
    selected[rng.choice(shown, size, replace=False, p=p)] = True
    return set(enrichment(columns, selected, among)["what"])


@pytest.mark.parametrize("size", [30, 300])
def test_random_selections_of_shown_items_are_rarely_called_different(films, columns, size):
    """Null: random selections of the items shown. At most 8% give a finding (5% intended, FDR)."""
    among = films["n_ratings"].to_numpy() >= 50
    said = [bool(_said(films, columns, among, size, seed)) for seed in range(WORLDS)]
    assert np.mean(said) <= 0.08


def test_comparison_with_hidden_items_would_be_wrong(films, columns):
    """Guards against comparing with all items: nearly every selection is then "better known"."""
    said = [_said(films, columns, np.ones(N, bool), 300, seed) for seed in range(20)]
    assert np.mean(["n_ratings" in names for names in said]) > 0.9


def test_selections_that_differ_are_called_different(films, columns):
    """Alternative: selections that prefer popular items, and war films."""
    among = films["n_ratings"].to_numpy() >= 50
    weight = films["n_ratings"].to_numpy(float) ** 0.5
    weight = weight * np.where(films["genres"].map(lambda names: "War" in names), 4, 1)
    said = [_said(films, columns, among, 200, seed, weight) for seed in range(50)]
    assert np.mean(["n_ratings" in names for names in said]) > 0.9
    assert np.mean(["War" in names for names in said]) > 0.9
