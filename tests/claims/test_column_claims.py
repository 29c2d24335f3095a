"""Columns page: "AUC: linear 0.81 (0.76 to 0.86), neighbors ..., guessing 0.50" and "no better than guessing"."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer import Embedding
from explorer.quality.probe import Probe, probe

N, WORLDS = 250, 150


def _probe(seed: int, kind: str, strength: float) -> Probe:
    """Items around five centers; the column depends on the center, or on the first dimension, with `strength`."""
    rng = np.random.default_rng(seed)
    centers = np.random.default_rng(99).normal(size=(5, 8))
    group = rng.integers(0, 5, N)
    vectors = centers[group] + rng.normal(size=(N, 8))
    if kind == "number":
        values: object = strength * vectors[:, 0] + rng.normal(size=N)
    else:
        own = np.where(rng.random(N) < strength, group % 3, rng.integers(0, 3, N))
        names = np.array(["red", "green", "blue"])[own]
        values = [[name, "any"] if rng.random() < 0.3 else [name] for name in names] if kind == "labels" else names
    items = pd.DataFrame({"key": [f"item {n}" for n in range(N)], "fact": values})
    return probe(Embedding(vectors.astype(np.float32), items, {"name": "world"}), ["fact"], seed)[0]


@pytest.mark.parametrize("kind", ["category", "labels", "number"])
def test_confidence_intervals_cover(kind):
    """Claim: 95% intervals. Items are resampled from one population; the expected score of either probe lies in its
    interval in at least 92% of 150 worlds (standard error 1.8 points).
    """
    found = [_probe(seed, kind, 0.6) for seed in range(WORLDS)]
    for reader in ("linear", "neighbors"):
        expected = np.mean([getattr(one, reader) for one in found])
        ends = [getattr(one, f"{reader}_interval") for one in found]
        covered = np.mean([low <= expected <= high for low, high in ends])
        assert covered >= 0.92, (reader, covered)


@pytest.mark.parametrize("kind", ["category", "labels", "number"])
def test_random_columns_are_rarely_called_predictable(kind):
    """Null: random values are "no better than guessing" in at least 92% of worlds. Alternative: a column that follows
    the vectors is called predictable in at least 95%.
    """
    assert np.mean([_probe(seed, kind, 0.0).known for seed in range(WORLDS)]) <= 0.08
    assert np.mean([_probe(seed, kind, 0.8).known for seed in range(40)]) >= 0.95
