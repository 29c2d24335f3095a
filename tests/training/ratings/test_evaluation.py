"""Evaluation splits: disjoint, deterministic, without leakage."""

import numpy as np
import pytest

from explorer import BadRequest
from explorer.training.ratings.evaluation import evaluate, folds


def test_five_folds_test_every_rating_once(checkerboard):
    parts = list(folds(checkerboard, "5fold", seed=3))
    tested = np.concatenate([test for _, _, test in parts])
    assert np.array_equal(np.sort(tested), np.arange(checkerboard.n_ratings))
    for _, training, test in parts:
        assert np.array_equal(np.sort(np.r_[training, test]), np.arange(checkerboard.n_ratings))


def test_seed_determines_the_90_10_split(checkerboard):
    (first,), (again,), (other,) = (list(folds(checkerboard, "90/10", seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(first[2], again[2])
    assert not np.array_equal(first[2], other[2])
    assert len(first[2]) == round(checkerboard.n_ratings / 10)


def test_model_is_evaluated_fold_by_fold(checkerboard):
    found = evaluate(checkerboard, "item-mean", "5fold")
    assert [fold["fold"] for fold in found["folds"]] == ["1", "2", "3", "4", "5"]
    assert found["mean"]["rmse"] == pytest.approx(np.mean([fold["rmse"] for fold in found["folds"]]))
    assert set(found["mean"]) == {"rmse", "mae", "seconds", "ratings_per_second", "n_train", "n_test"}


def test_baseline_is_fitted_on_the_training_part(checkerboard):
    ((_, training, test),) = folds(checkerboard, "90/10")
    sums = np.bincount(checkerboard.item[training], weights=checkerboard.rating[training])
    means = sums / np.bincount(checkerboard.item[training])
    by_hand = np.sqrt(np.mean((means[checkerboard.item[test]] - checkerboard.rating[test]) ** 2))
    assert evaluate(checkerboard, "item-mean", "90/10")["mean"]["rmse"] == pytest.approx(by_hand, abs=1e-6)


def test_test_ratings_do_not_affect_the_training(checkerboard, make_world):
    """If only the test ratings differ, every epoch of the training is the same."""
    ((_, _, test),) = folds(checkerboard, "90/10")
    turned = checkerboard.rating.copy()
    turned[test] = 3.0
    seen: list[list] = []
    for ratings in (checkerboard, make_world(checkerboard.user, checkerboard.item, turned)):
        seen.append([])
        evaluate(ratings, "mf", "90/10", size=2, epochs=2, progress=lambda state: seen[-1].append(state.get("loss")))
    assert len(seen[0]) >= 6
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"split": "80/20"}, "no split '80/20'"), ({"split": "u1..u5"}, "ML-100K"), ({"model": "guess"}, "no model")],
)
def test_invalid_requests_are_refused(checkerboard, options, message):
    with pytest.raises(BadRequest, match=message):
        evaluate(checkerboard, **options)


def test_published_splits_are_read(tmp_path):
    from explorer.datasets import movielens

    rows = [f"{user}\t{item}\t{1 + (user * item) % 5}\t0" for user in range(1, 7) for item in range(1, 6)]
    (tmp_path / "u.data").write_text("\n".join(rows) + "\n")
    (tmp_path / "u.item").write_text(
        "".join(f"{item}|Film {item} (1990)|01-Jan-1990||http://x|" + "|".join("0" * 19) + "\n" for item in range(1, 6))
    )
    (tmp_path / "u.genre").write_text("".join(f"genre{number}|{number}\n" for number in range(19)))
    (tmp_path / "u1.test").write_text("\n".join(rows[::5]) + "\n")
    ratings = movielens.load(tmp_path)
    ((name, training, test),) = folds(ratings, "u1", data=tmp_path)
    assert (name, len(training), len(test)) == ("u1", 24, 6)
    assert set(ratings.items["item_id"].iloc[ratings.item[test]]) == {1}
