"""Train page: learning curves and sentences about the result of a training."""

import numpy as np
import pytest

from explorer import artifacts
from explorer.datasets import made_up
from explorer.webapp.views.train.results import held_out_sentence, stopping_sentence


def test_learning_curves_are_drawn_together_with_the_best_baseline(world, visit, root):
    curve = [{"epoch": n, "rmse": 1 / n, "val_rmse": 1.1 / n} for n in (1, 2, 3)]
    metrics = {"rmse": 0.4, "mae": 0.3, "baselines": {"item-mean": {"rmse": 0.9}, "bias": {"rmse": 0.8}}}
    for name in ("one", "two"):
        artifacts.save(root / name, world.vectors, world.items, {"curve": curve, "metrics": metrics})
    screen = visit("Train")
    (figure,) = screen.figures
    assert {trace["name"] for trace in figure["data"]} == {
        f"{name}, {what}" for name in ("one", "two") for what in ("validation", "training")
    }
    assert list(figure["data"][0]["y"]) == pytest.approx([1.1, 0.55, 1.1 / 3])
    assert {shape["y0"] for shape in figure["layout"]["shapes"]} == {0.8}
    artifacts.save(root / "three", world.vectors, world.items, {"curve": curve, "metrics": metrics})
    assert "three" in screen.run().control("curves").value  # a model trained meanwhile is added to the figure


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ({"rmse": 0.6, "n_test": 1000, "baselines": {"bias": {"rmse": 0.8}}}, "better than the best baseline (bias) (0.800) by 25%."),  # noqa: E501
        ({"rmse": 0.8, "n_test": 1000, "baselines": {"bias": {"rmse": 0.8}}}, "that is no better than the best baseline (bias) (0.800)."),  # noqa: E501
        ({"recall@10": 0.3, "recall@10_popularity": 0.2, "n_test": 500}, "better than the 10 most popular (0.200) by"),
        ({"auc": 0.4, "auc_degree_product": 0.5, "n_test": 500}, "no better than the product of degrees"),
        ({"rmse": 2.1, "rmse_mean": 5.0, "rmse_one_hot": 2.0, "n_test": 900}, "no better than the same network"),
        ({}, "No data were held out"),
    ],
)  # fmt: skip
def test_sentence_says_whether_the_model_is_better(metrics, said):
    assert said in held_out_sentence({"metrics": metrics, "model": "mf"})


def test_reason_a_training_stopped_is_shown():
    curve = [{"epoch": n, "val_rmse": v} for n, v in ((1, 3.0), (2, 1.0), (3, 1.1), (4, 1.2))]
    early = stopping_sentence({"curve": curve, "params": {"epochs": 40, "patience": 2, "epochs_kept": 2}})
    assert early.startswith("Stopped after epoch 4: the validation error did not improve for 2 epochs.")
    whole = stopping_sentence({"curve": curve, "params": {"epochs": 4, "patience": 10_000, "epochs_kept": 2}})
    assert whole.startswith("All 4 epochs were run. The validation error was lowest after epoch 2.")
    assert stopping_sentence({"curve": []}) == ""


def test_group_agreement_is_shown_with_chance():
    keys = [f"{group} {n}" for group in made_up.GROUPS[:4] for n in range(11)]
    share, chance = made_up.group_share(np.repeat(np.eye(4), 11, axis=0) + 1e-3, keys)
    assert (share, chance) == (1.0, pytest.approx(10 / 43))
    noise = np.random.default_rng(0).normal(size=(44, 20))
    assert made_up.group_share(noise, keys)[0] == pytest.approx(chance, abs=0.1)
