"""Train: "better than the best baseline (item-mean) (0.969) by 17%" of held-out errors."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.webapp.views.train.results import held_out_sentence

WORLDS = 1000


def _sentence(rng: np.random.Generator, n: int, ours: float, theirs: float) -> str:
    """Comparison sentence for two models with these true errors, on n ratings with half of the error shared."""
    common = rng.normal(size=n)
    errors = [scale * (common + rng.normal(size=n)) / np.sqrt(2) for scale in (ours, theirs)]
    rmse = [float(np.sqrt(np.mean(np.square(error)))) for error in errors]
    metrics = {"rmse": rmse[0], "n_test": n, "baselines": {"item-mean": {"rmse": rmse[1]}}}
    return held_out_sentence({"model": "mf", "metrics": metrics})


def _share(rng: np.random.Generator, n: int, ours: float, theirs: float) -> str:
    found = {"recall@10": rng.binomial(n, ours) / n, "recall@10_popularity": rng.binomial(n, theirs) / n, "n_test": n}
    return held_out_sentence({"metrics": found})


@pytest.mark.parametrize("n", [20, 200, 2000])
@pytest.mark.parametrize("sentence", [_sentence, _share])
def test_equal_model_is_rarely_called_better(sentence, n):
    """Null: equal true errors. "Better" in at most 5%; comparing the numbers alone would say it in half."""
    rng = np.random.default_rng(n)
    said = ["better than" in sentence(rng, n, 0.4, 0.4).replace("no better", "") for _ in range(WORLDS)]
    assert np.mean(said) <= 0.05


@pytest.mark.parametrize(("sentence", "ours", "theirs"), [(_sentence, 0.8, 0.9), (_share, 0.3, 0.2)])
def test_better_model_is_called_better(sentence, ours, theirs):
    """Alternative: a tenth less error, or half as many more hits, on 1,000 held-out ratings."""
    rng = np.random.default_rng(0)
    said = ["better than" in sentence(rng, 1000, ours, theirs).replace("no better", "") for _ in range(200)]
    assert np.mean(said) > 0.9


def test_too_few_held_out_ratings_are_reported():
    metrics = {"rmse": 0.6, "n_test": 10, "baselines": {"bias": {"rmse": 0.8}}}
    assert "too few examples were held out" in held_out_sentence({"model": "mf", "metrics": metrics})
