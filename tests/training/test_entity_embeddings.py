"""Entity embeddings of tables with a known rule."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer import BadData, BadRequest, artifacts
from explorer.datasets import categorical_table
from explorer.jobs import training_job
from explorer.training import entity_embeddings, registry
from explorer.training.entity_embeddings import Options, measure, train
from explorer.training.entity_network import Network

QUICK = Options(epochs=12, batch=64, rate=0.01, hidden="16", holdout=0.2)


def told(_: dict) -> None:
    pass


def shops(path, rows: int = 2000, noise: bool = False) -> str:
    """Sales by weekday and shop: three types of shop, two of weekday; color is random."""
    rng = np.random.default_rng(0)
    shop, day, colour = rng.integers(12, size=rows), rng.integers(7, size=rows), rng.integers(4, size=rows)
    sales = 10 * (shop % 3) + 5 * (day >= 5) * (1 + shop % 3) + rng.normal(0, 0.5, rows)
    table = pd.DataFrame(
        {"shop": shop, "day": day, "colour": colour, "sales": rng.permutation(sales) if noise else sales}
    )
    table["shop"] = "shop " + table["shop"].astype(str)
    table.round(3).to_csv(path / "shops.csv", index=False)
    return str(path / "shops.csv")


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    return train(shops(tmp_path_factory.mktemp("shops")), QUICK, 0, told)


def test_values_with_the_same_effect_are_near(learnt):
    assert learnt.items["key"].str.startswith("shop ").all()  # the column with the most values comes first
    assert learnt.vectors.shape == (12, 6)
    kind = learnt.items["key"].str.removeprefix("shop ").astype(int).to_numpy() % 3
    far = np.linalg.norm(learnt.vectors[:, None] - learnt.vectors, axis=2)
    np.fill_diagonal(far, np.inf)
    assert (kind[far.argsort(axis=1)[:, :3]] == kind[:, None]).all()


def test_every_column_has_an_embedding_sized_by_its_values(learnt):
    assert {name: more.vectors.shape for name, more in learnt.companions.items()} == {"day": (7, 4), "colour": (4, 2)}
    day = learnt.companions["day"]
    assert set(day.items["key"]) == set("0123456")
    assert day.manifest["column"] == "day"
    assert day.items["count"].sum() == 2000
    assert day.items.set_index("key")["mean_target"]["6"] > day.items.set_index("key")["mean_target"]["0"] + 5


def test_prediction_error_is_near_the_noise_as_for_one_hot(learnt):
    metrics = learnt.manifest["metrics"]
    assert metrics["n_test"] == 400
    assert 0.45 < metrics["rmse"] < 0.8  # the noise is 0.5
    assert metrics["rmse_one_hot"] < 1.0
    assert metrics["rmse_mean"] > 8
    one_hot = 16 * (12 + 7 + 4) + 16 + 1
    assert metrics["parameters_one_hot"] == one_hot
    assert metrics["parameters"] == 12 * 6 + 7 * 4 + 4 * 2 + (12 * 16 + 16) + 16 + 1


def test_noise_is_predicted_no_better_than_by_the_mean(tmp_path):
    table = categorical_table.read_table(shops(tmp_path, noise=True))
    metrics, _, _ = measure(table, [6, 4, 2], replace(QUICK, rate=0.001), 0, told)
    assert metrics["rmse"] > 0.97 * metrics["rmse_mean"]


def test_seed_determines_the_vectors(tmp_path):
    table, found = categorical_table.read_table(shops(tmp_path, 300)), []
    for seed in (1, 1, 2):
        network = Network(table, [3, 3, 3], [8], 0.01, seed)
        network.fit(np.arange(300), None, 1, 64, told, "x")
        found.append(network.vectors(table.columns[0]))
    assert np.array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])


def test_held_out_rows_do_not_affect_the_training(tmp_path):
    table = categorical_table.read_table(shops(tmp_path, 300), "sales", ["shop", "day"], ",")
    rows, told_by = np.arange(200), []
    for held_out in (table.target[200:], 1000 * table.target[200:] + 7):
        altered = replace(table, target=np.r_[table.target[:200], held_out])
        network = Network(altered, [3, 3], [8], 0.01, 0)
        network.fit(rows, None, 2, 64, told, "learning")
        told_by.append(network.predict(np.arange(300)))
    assert np.array_equal(*told_by)
    assert (network.mean, network.scale) == pytest.approx((table.target[:200].mean(), table.target[:200].std()))


def test_classes_are_predicted_better_than_by_frequency(tmp_path):
    rng = np.random.default_rng(0)
    a, b = rng.integers(6, size=(2, 1200))
    names = np.array(["no", "yes", "maybe"])[(a + b) % 3]
    pd.DataFrame({"a": a, "b": b, "answer": names}).to_csv(tmp_path / "t.csv", index=False)
    options = replace(QUICK, epochs=25, rate=0.02)
    metrics, _, _ = measure(categorical_table.read_table(tmp_path / "t.csv"), [3, 3], options, 0, told)
    assert metrics["accuracy"] > 0.97
    assert metrics["accuracy_frequency"] < 0.65
    assert metrics["log_loss"] < 0.3 < metrics["log_loss_frequency"]


def test_lookup_equals_one_hot_inputs_times_the_first_layer(tmp_path):
    """A cell with several values is the mean of their one-hot vectors."""
    (tmp_path / "t.csv").write_text(
        "a,tags,t\n" + "".join(f"{r % 3},{'x|y' if r % 2 else 'z'},{r}\n" for r in range(30))
    )
    table = categorical_table.read_table(tmp_path / "t.csv")
    network = Network(table, None, [5], 0.01, 0)
    network.fit(np.arange(30), None, 1, 10, told, "x")
    first = np.concatenate([network.vectors(column) for column in table.columns])
    one_hot = np.zeros((30, len(first)))
    start = 0
    for column in table.columns:
        for row, cell in enumerate(column.codes):
            values = cell[cell >= 0]
            one_hot[row, start + values] = 1 / len(values)
        start += len(column.values)
    weights, bias = network.model.layers[-1].get_weights()
    by_hand = np.maximum(one_hot @ first, 0) @ weights + bias
    expected = by_hand[:, 0] * table.target.std() + table.target.mean()
    assert network.predict(np.arange(30)) == pytest.approx(expected, abs=1e-3)


def test_each_column_becomes_an_artifact(tmp_path):
    options = {"epochs": 2, "batch": 64, "column": "day", "sizes": "shop=3, colour=1"}
    reports: list[dict] = []
    paths = training_job.train_other(
        training_job.TrainRequest("categories", shops(tmp_path), str(tmp_path / "s"), options=options), reports.append
    )
    assert [path.name for path in paths] == ["s", "s-shop", "s-colour"]
    shapes = [artifacts.load(path).vectors.shape for path in paths]
    assert shapes == [(7, 4), (12, 3), (4, 1)]
    manifest = artifacts.check(paths[0])
    assert (manifest["kind"], manifest["column"], manifest["dataset"]["rows"]) == ("categories", "day", 2000)
    assert "baselines" not in manifest["metrics"]
    assert {"message": "shop: 12 values in 3 dimensions"} in reports
    assert {report["phase"] for report in reports if "phase" in report} >= {"measuring", "one-hot", "training"}


@pytest.mark.parametrize(
    ("text", "options", "error", "message"),
    [
        ("a,t\nx,1\nx,2\nx,3\n", {}, BadData, "column 'a' has one value"),
        ("a,t\nx,1\ny,nan\nx,3\n", {}, BadData, "target 't' is 'nan' in row 2"),
        ("a,t\nx,1\ny,2\n", {"target": "z"}, BadRequest, "no column 'z'; there are a, t"),
        ("a,t\nx,1\ny,2\n", {}, BadData, "has 2 rows"),
        ("a,t\nx,1\ny,2\nx,3\n", {"sizes": "b=2"}, BadRequest, "sizes names an unknown column 'b'; there are a"),
        ("a,t\nx,1\ny,2\nx,3\n", {"column": "b"}, BadRequest, "column is 'b'; there are a"),
    ],
)
def test_data_without_signal_are_refused(tmp_path, text, options, error, message):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(error, match=message):
        training_job.train_other(
            training_job.TrainRequest("categories", str(tmp_path / "t.csv"), str(tmp_path / "a"), options=options)
        )
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def a_table(values: int, rows: int) -> categorical_table.CategoricalTable:
    column = categorical_table.Column("zip", np.zeros((rows, 1), np.int32), range(values))  # type: ignore[arg-type]
    return categorical_table.CategoricalTable("t", [column], "t", np.arange(rows, dtype=np.float32), None)


def test_table_larger_than_memory_names_both_numbers_and_the_column(monkeypatch):
    monkeypatch.setattr(entity_embeddings, "available", lambda: 8_000_000_000)
    with pytest.raises(BadRequest, match=r"23\.0 GB of memory and 8\.0 GB .* 'zip', has 10,000,000"):
        entity_embeddings._check_memory(a_table(10_000_000, 30_000_000), [50], Options())
    entity_embeddings._check_memory(a_table(1000, 30_000), [50], Options())


def test_id_column_is_refused():
    with pytest.raises(BadData, match="'zip' has 10,000,000 values in 10,000,000 rows"):
        entity_embeddings._check_memory(a_table(10_000_000, 10_000_000), [50], Options())


def test_column_names_become_folder_names():
    every = dict.fromkeys(["Zip / Code", "zip code", "??", "größe"])
    assert list(entity_embeddings._unique_names(every)) == ["zip-code", "zip-code-2", "column", "größe"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": "zip"}, "sizes: 'zip' is not a whole number"),
        ({"sizes": "zip=0"}, "sizes: '0'"),
        ({"sizes": "zip=100000"}, "between 1 and 512"),
        ({"hidden": "a"}, "hidden: 'a'"),
        ({"epochs": 0}, "epochs is 0"),
        ({"rate": 0.0}, "rate is 0"),
        ({"holdout": 1.0}, "holdout is 1"),
        ({"digits": 0}, "digits is 0"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(BadRequest, match=message):
        registry.options("categories", options)
