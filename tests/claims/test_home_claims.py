"""Home: "Of its 30 nearest: 7 Fantasy (2.1 times the usual share)"."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.maps.neighborhood import common_values

N, K = 3000, 30
SHARES = (0.5, 0.4, 0.25, 0.2, 0.18, 0.15, 0.12, 0.1, 0.1, 0.09, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01)


@pytest.fixture(scope="module")
def have() -> np.ndarray:
    """Genre membership of 3,000 items in 18 genres, with the frequencies of film genres."""
    return np.random.default_rng(0).random((N, len(SHARES))) < SHARES


def _said(have: np.ndarray, rows: np.ndarray):
    names = [f"genre {n}" for n in range(have.shape[1])]
    return common_values(names, have[rows].sum(axis=0), have.sum(axis=0), len(rows), N)


def test_random_sets_rarely_share_a_genre(have):
    """Null: 30 random items. At most 5% of the sets name a genre; a threshold on the ratio alone (1.5) named one in
    half.
    """
    rng = np.random.default_rng(1)
    draws = [rng.choice(N, K, replace=False) for _ in range(1000)]
    assert np.mean([len(_said(have, rows)) > 0 for rows in draws]) <= 0.05
    lift = [(have[rows].mean(axis=0) / have.mean(axis=0))[have[rows].sum(axis=0) >= 6].max() for rows in draws]
    assert np.mean(np.array(lift) >= 1.5) > 0.3


def test_shared_genre_is_named(have):
    """Alternative: each neighbor has a rare genre with probability 1/3 instead of 1/10."""
    rng, named = np.random.default_rng(2), []
    for _ in range(200):
        weight = np.where(have[:, 7], 4.5, 1.0)
        rows = rng.choice(N, K, replace=False, p=weight / weight.sum())
        named.append("genre 7" in set(_said(have, rows)["name"]))
    assert np.mean(named) > 0.7


def test_ratio_compares_shares(have):
    rows = np.flatnonzero(have[:, 12])[:K]
    first = _said(have, rows).iloc[0]
    assert (first["name"], first["count"]) == ("genre 12", K)
    assert first["lift"] == pytest.approx(1 / have[:, 12].mean())


def test_items_without_values_give_no_sentence():
    assert common_values([], np.zeros(0, int), np.zeros(0, int), 10, 100).empty
