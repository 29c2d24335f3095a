"""Compare: "more popular in A for deciles ...", "share a genre in A", "neighbors in both" of two trainings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer import Embedding
from explorer.maps.trustworthiness import chance
from explorer.quality.comparison import compare_embeddings
from explorer.quality.popularity_bias import popularity_bias

N, D = 1200, 100


def _training(seed: int, pull: float = 0.0, name: str = "a") -> Embedding:
    """Training with a shared structure and its own seed. pull: how strongly vectors are drawn to the popular items."""
    truth, rng = np.random.default_rng(7), np.random.default_rng(100 + seed)
    counts = np.sort(np.exp(truth.normal(4.5, 1.1, N)).astype(int) + 20)
    group = truth.integers(0, 12, N)
    vectors = truth.normal(size=(12, D))[group] * 0.5 + truth.normal(size=(N, D))
    vectors = vectors + rng.normal(0, 0.35, (N, D))
    if pull:  # a common direction, pure in the most popular items
        vectors[-N // 15 :] *= 0.15
        vectors += pull * truth.normal(size=D)
    genres = [[f"genre {g}"] for g in group]
    items = pd.DataFrame({"key": [str(n) for n in range(N)], "n_ratings": counts, "genres": genres})
    return Embedding(vectors.astype(np.float32), items, {"name": name, "model": name})


def test_two_seeds_of_one_training_rarely_differ():
    """Null: trainings that differ only in seed, labelled as different models. At most 2% of the popularity deciles are
    attributed to one of them.
    """
    trainings = [_training(seed, name=f"seed {seed}") for seed in range(7)]
    told = []
    for a in range(7):
        for b in range(a):
            found = popularity_bias(compare_embeddings(trainings[a], trainings[b]))
            told += [*(found.deciles["more"] != ""), *(found.shared["more"] != "")]
    assert np.mean(told) <= 0.02


def test_training_that_prefers_popular_items_is_detected_by_decile():
    """Alternative: every item is drawn to the popular ones. The less popular half is attributed to that training; the
    most popular tenth, whose neighbors were popular already, is not.
    """
    right = []
    for seed in range(5):
        found = popularity_bias(compare_embeddings(_training(seed, 1.0, "pulled"), _training(50 + seed, name="fair")))
        assert not (found.deciles["more"] == "fair")[:5].any()
        right += (found.deciles["more"] == "pulled")[:5].tolist()
        assert "pulled" in found.sentences[2]
    assert np.mean(right) > 0.95


@pytest.mark.parametrize(("n", "k"), [(50, 10), (300, 10), (1000, 3)])
def test_unrelated_embeddings_overlap_as_much_as_chance(n, k):
    """Claim: "by chance ..." beside the neighbor overlap. Unrelated clouds have that overlap."""
    items = pd.DataFrame({"key": [str(row) for row in range(n)]})
    shares = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        a, b = (Embedding(rng.normal(size=(n, 8)).astype(np.float32), items, {"name": name}) for name in "ab")
        shares.append(compare_embeddings(a, b, k).shared.mean() / k)
    assert np.mean(shares) == pytest.approx(chance(n, k), rel=0.15)


def test_changed_most_reports_ties():
    """Claim: "Changed most". Unrelated clouds tie at an overlap of 0; the page then says that it lists the most popular
    of the tied items, and says nothing when the overlap decides the order.
    """
    items = pd.DataFrame({"key": [str(row) for row in range(400)], "n_ratings": np.arange(400)})
    rng = np.random.default_rng(0)
    a, b = (Embedding(rng.normal(size=(400, 8)).astype(np.float32), items, {"name": name}) for name in "ab")
    found = compare_embeddings(a, b)
    zero = int((found.rbo.round(9) == 0).sum())
    assert found.ties(10) == (
        f"{zero:,} items share an overlap of 0.00; listed are the 10 of them that are best known."
    )
    assert found.ties(1, most=False) == ""
