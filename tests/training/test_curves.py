"""Every kind of training reports a learning curve with one point per epoch, and a baseline where there is one."""

import numpy as np
import pytest

from explorer.figures.charts import CURVES, curves_figure
from explorer.training import registry

EPOCHS = 3


def _interactions(path, rng):
    rows = [f"u{u},i{i}" for u in range(40) for i in range(20) if u % 2 == i % 2 and rng.random() < 0.6]
    path.write_text("\n".join(["user,item", *rows]) + "\n")


def _sequences(path, rng):
    rows = (2 * rng.permutation(10)[:6] + n % 2 for n in range(40))
    path.write_text("\n".join(" ".join(f"i{i}" for i in row) for row in rows) + "\n")


def _graph(path, rng):
    edges = [f"n{a} n{b}" for a in range(30) for b in range(a) if a % 2 == b % 2 and rng.random() < 0.5]
    path.write_text("\n".join(edges) + "\n")


def _categories(path, rng):
    rows = [f"c{n % 6},d{n % 5},{n % 6 + 0.1 * rng.random():.3f}" for n in range(300)]
    path.write_text("\n".join(["color,size,price", *rows]) + "\n")


@pytest.mark.parametrize(
    ("kind", "write", "name", "options", "measure"),
    [
        ("interactions", _interactions, "t.csv", {"model": "ials"}, "recall@10"),
        ("interactions", _interactions, "t.csv", {"model": "item2vec"}, "recall@10"),
        ("interactions", _interactions, "t.csv", {"model": "hybrid"}, "RMSE"),
        ("sequences", _sequences, "t.txt", {}, "recall@10"),
        ("graph", _graph, "t.txt", {}, "AUC"),
        ("categories", _categories, "t.csv", {"target": "price"}, "loss"),
    ],
)
def test_each_epoch_is_a_point_of_the_curve(tmp_path, kind, write, name, options, measure):
    write(tmp_path / name, np.random.default_rng(0))
    told: list[dict] = []
    registry.train(kind, str(tmp_path / name), registry.options(kind, {"epochs": EPOCHS, **options}), 0, told.append)
    curve = [state for state in told if state.get("fraction") == 1.0 and state["phase"] == "measuring"]
    assert [point["epoch"] for point in curve] == list(range(1, len(curve) + 1))
    assert 1 <= len(curve) <= EPOCHS
    assert all(CURVES[measure][0] in point and point["epochs"] == EPOCHS for point in curve)
    figure = curves_figure({"a": curve})
    assert figure.layout.yaxis.title.text == measure
    assert list(figure.data[0].y) == [point[CURVES[measure][0]] for point in curve]
    if measure in ("recall@10", "AUC"):
        (baseline,) = [state["baseline"] for state in told if "baseline" in state]
        assert 0 <= baseline <= 1


def test_early_stopping_of_a_network_over_categories(tmp_path):
    rng = np.random.default_rng(0)
    rows = [f"c{n % 40},{rng.random():.3f}" for n in range(120)]  # the color is random, so the network can only overfit
    (tmp_path / "t.csv").write_text("\n".join(["color,price", *rows]) + "\n")
    epochs = []
    for patience in (1, 10_000):
        chosen = registry.options("categories", {"target": "price", "epochs": 12, "patience": patience, "rate": 0.1})
        result = registry.train("categories", str(tmp_path / "t.csv"), chosen, 0)
        epochs.append(len(result.manifest["curve"]))
    assert epochs[0] < epochs[1] == 12
