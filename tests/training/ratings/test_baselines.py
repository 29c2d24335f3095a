"""Baselines compared with means computed by hand."""

import numpy as np
import pytest

from explorer.training.ratings.models.baselines import baseline
from explorer.training.ratings.train import train


@pytest.fixture
def three(make_world):
    return make_world([0, 0, 1, 1], [0, 1, 0, 2], [5, 3, 4, 2])


def test_global_mean_predicts_the_mean_rating(three):
    assert baseline("global-mean", three).predict([0, 1], [2, 1]).tolist() == [3.5, 3.5]


def test_item_mean_predicts_each_items_mean(three):
    assert baseline("item-mean", three).predict([0, 0, 0], [0, 1, 2]).tolist() == [4.5, 3.0, 2.0]


def test_item_without_ratings_has_the_global_mean(make_world):
    ratings = make_world([0, 1], [0, 0], [5, 4], n_items=2)
    assert baseline("item-mean", ratings).predict([0], [1]).tolist() == [4.5]


def test_bias_is_shrunk_towards_the_mean(make_world):
    ratings = make_world(np.arange(9), np.repeat([0, 1, 2], 3), np.repeat([5, 3, 1], 3).astype(float))
    fitted = baseline("bias", ratings)
    assert 0 < fitted.item_bias[0] < 2
    assert fitted.item_bias[0] == pytest.approx(-fitted.item_bias[2])


def test_train_measures_a_baseline_on_held_out_ratings(checkerboard):
    trained = train(checkerboard, "item-mean", holdout=0.25)
    assert trained.metrics["n_test"] == round(checkerboard.n_ratings / 4)
    assert trained.metrics["rmse"] == trained.metrics["baselines"]["item-mean"]["rmse"]
