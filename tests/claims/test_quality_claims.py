"""Quality card: "unusual" and "good" against noise of the same size, and the interval of shared genres."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer import Embedding
from explorer.core.search.knn import all_neighbors
from explorer.quality.quality_card import Card, column_figures, quality
from explorer.quality.reference_ranges import Figure

GEOMETRY = ("hubness, cosine", "hubness, euclidean", "hubness, dot", "anti-hubs", "top axis", "effective dimensions",
            "effective rank", "near-duplicates", "agreement, cosine and dot", "agreement, cosine and euclidean",
            "agreement, dot and euclidean")  # fmt: skip


def _card(vectors: np.ndarray, k: int = 10, **columns: object) -> Card:
    items = pd.DataFrame({"key": [str(row) for row in range(len(vectors))], **columns})
    return quality(Embedding(vectors.astype(np.float32), items, {"name": "world"}), k)


@pytest.mark.parametrize(("n", "d"), [(60, 2), (60, 300), (400, 8), (400, 64), (2000, 32), (3000, 64)])
def test_noise_is_not_called_unusual(n, d):
    """Claim: "unusual". Null: standard normal vectors of any number of items and dimensions."""
    worlds = 20 if n < 1000 else 2
    called = [_card(np.random.default_rng(seed + 1).normal(size=(n, d))) for seed in range(worlds)]
    for name in GEOMETRY:
        share = np.mean([card[name].verdict == "unusual" for card in called])
        assert share <= 0.05, (name, share, [card[name].text for card in called][:5])


@pytest.mark.parametrize(
    ("names", "change"),
    [
        (("hubness, dot",), lambda x, rng: np.vstack([x[:-5], 8 * x[-5:]]) + 1),
        (("hubness, cosine", "anti-hubs"), lambda x, rng: np.vstack([x[:-30], x[-30:] / 9]) + 1),
        (("top axis", "effective dimensions", "effective rank"), lambda x, rng: x[:, :1] @ rng.normal(size=(1, 32))),
        (("top axis",), lambda x, rng: x * np.r_[6, np.ones(31)]),
        (("near-duplicates",), lambda x, rng: np.vstack([x[: len(x) // 2]] * 2)),
        (("agreement, cosine and dot",), lambda x, rng: x * np.exp(2 * rng.normal(size=(len(x), 1)))),
    ],
)
def test_clouds_that_differ_from_noise_are_called_unusual(names, change):
    """Claim: "unusual". Alternative: hubs, one axis, duplicates, very different lengths."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        card = _card(change(rng.normal(size=(600, 32)), rng))
        for name in names:
            assert card[name].verdict == "unusual", (name, card[name].text)


def _world(seed: int, n: int, strength: float) -> tuple[np.ndarray, list[list[str]]]:
    """Items around 6 centers of different density; each has its center's genre with chance `strength`, else any."""
    rng = np.random.default_rng(seed)
    centers = np.random.default_rng(99).normal(size=(6, 10)) * 1.2
    group = rng.choice(6, n, p=[0.35, 0.25, 0.15, 0.1, 0.1, 0.05])
    genre = np.where(rng.random(n) < strength, group % 3, rng.integers(0, 3, n))
    return centers[group] + rng.normal(size=(n, 10)), [[f"genre {g}"] for g in genre]


def _shared_genres(seed: int, strength: float) -> Figure:
    vectors, genres = _world(seed, 150, strength)
    embedding = Embedding(vectors, pd.DataFrame({"key": [str(row) for row in range(150)], "genres": genres}))
    return next(column_figures(embedding, all_neighbors(vectors, 11)[0], 10, seed))


@pytest.mark.parametrize("strength", [0.0, 0.5, 0.9])
def test_interval_of_shared_genres_covers(strength):
    """Claim: "95% interval". Items are resampled from one population; the expected share lies in the interval in at
    least 93% of worlds. A bootstrap over items, which assumes independent lists, covered 67 to 74%.
    """
    figures = [_shared_genres(seed, strength) for seed in range(200)]
    expected = np.mean([figure.value for figure in figures])
    covered = np.mean([figure.interval[0] <= expected <= figure.interval[1] for figure in figures])
    assert covered >= 0.93
    widths = np.mean([figure.interval[1] - figure.interval[0] for figure in figures])
    assert widths < 2.5 * 3.92 * np.std([figure.value for figure in figures])  # and not by being far too wide


def test_shared_genres_are_called_good_only_where_they_are():
    """Claim: "good" of shared genres. Null: random genres; alternative: most items have their group's genre."""
    verdicts = {
        strength: [_shared_genres(1000 + seed, strength).verdict for seed in range(100)] for strength in (0.0, 0.9)
    }
    assert np.mean(np.array(verdicts[0.0]) == "good") <= 0.05
    assert np.mean(np.array(verdicts[0.9]) == "good") >= 0.95
