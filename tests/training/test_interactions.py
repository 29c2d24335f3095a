"""Interaction models recover planted groups and beat popularity."""

from pathlib import Path

import numpy as np
import pytest

from explorer import BadRequest, artifacts, load
from explorer.core import recommend
from explorer.datasets import made_up
from explorer.datasets.interactions import load_interactions
from explorer.jobs import training_job
from explorer.jobs.training_job import TrainRequest
from explorer.training import Cancelled, registry
from explorer.training.interactions.train import MODELS, choose, train


@pytest.fixture(scope="module")
def plays(tmp_path_factory):
    """The generated table of plays and its item table."""
    data, metadata = made_up.write_world("interactions", tmp_path_factory.mktemp("world"))
    return str(data), str(metadata)


@pytest.mark.parametrize("model", MODELS)
def test_each_model_recovers_the_groups_and_beats_popularity(plays, model):
    data, metadata = plays
    reports: list[dict] = []
    options = registry.options("interactions", {"model": model, "size": 16, "epochs": 8, "items": metadata})
    result = train(data, options, 0, reports.append)
    share, chance = made_up.group_share(result.vectors, result.items["key"].tolist())
    assert share > 0.9 > 3 * chance
    metrics = result.manifest["metrics"]
    assert metrics["recall@10"] > 1.5 * metrics["recall@10_popularity"]
    assert metrics["n_test"] == 1000
    assert result.items[made_up.GROUP].tolist() == [made_up.item_group(key) for key in result.items["key"]]
    (examples,) = (report["examples"] for report in reports if "examples" in report)
    assert [row["rank"].split(",")[0] for row in examples] == ["chosen"] * 3 + [str(n) for n in range(1, 11)]
    assert len({row["title"] for row in examples}) == 13
    assert {report["phase"] for report in reports if "phase" in report} == {
        "reading",
        "measuring",
        "training",
        "likely",
    }


@pytest.mark.parametrize("model", MODELS)
def test_seed_determines_the_vectors(plays, tmp_path, model):
    few = tmp_path / Path(plays[0]).name
    few.write_text("".join(Path(plays[0]).read_text().splitlines(keepends=True)[:4_001]))
    options = registry.options("interactions", {"model": model, "size": 4, "epochs": 2})
    first, again = (train(str(few), options, 3).vectors for _ in range(2))
    assert np.array_equal(first, again)


@pytest.mark.parametrize("model", MODELS)
def test_progress_is_reported_per_epoch_and_can_stop_the_training(plays, tmp_path, model):
    few = tmp_path / Path(plays[0]).name
    few.write_text("".join(Path(plays[0]).read_text().splitlines(keepends=True)[:4_001]))
    options = registry.options("interactions", {"model": model, "size": 4, "epochs": 3})
    epochs = []

    def refuse(state):
        if state.get("fraction") == 1.0:
            epochs.append(state["epoch"])
            if state["epoch"] == 2:
                raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        train(str(few), options, 0, refuse)
    assert epochs == [1, 2]


@pytest.mark.parametrize("model", MODELS)
def test_two_users_and_two_items_are_trained_or_refused(tmp_path, model):
    (tmp_path / "c.csv").write_text("user,item\na,x\na,y\nb,x\nb,z\n")
    options = registry.options("interactions", {"model": model, "size": 2, "epochs": 1, "min_count": 1})
    try:
        result = train(str(tmp_path / "c.csv"), options, 0)
    except BadRequest as error:
        assert str(error).endswith(".")
    else:
        assert np.isfinite(result.vectors).all() and len(result.vectors) == 3


def test_artifact_has_item_columns_and_a_card(plays, tmp_path):
    data, metadata = plays
    request = TrainRequest(
        "interactions", data, str(tmp_path / "a"), options={"size": 4, "epochs": 1, "items": metadata}
    )
    training_job.train_other(request)
    manifest = artifacts.check(tmp_path / "a")
    assert manifest["dataset"] == {"name": "plays", "interactions": 40_000, "users": 1000, "items": 200}
    assert made_up.GROUP in load(tmp_path / "a").items
    assert "was held out before training" in (tmp_path / "a" / "DATA_CARD.md").read_text()


def test_likely_order_recommends_items_of_the_liked_group(plays, tmp_path):
    """Without ratings, `likely` is the default order; liking two Jazz items recommends Jazz."""
    data, metadata = plays
    request = TrainRequest(
        "interactions", data, str(tmp_path / "a"), options={"size": 4, "epochs": 1, "items": metadata}
    )
    embedding = load(training_job.train_other(request)[0])
    user = recommend.user_without_model(embedding, [("Jazz 01", 5.0), ("Jazz 02", 5.0), ("Opera 01", 1.0)])
    assert recommend.orders_for(embedding, user) == ["likely", "near"]
    found = recommend.recommend(embedding, user, 10, order="likely")
    assert (found[made_up.GROUP] == "Jazz").mean() >= 0.9
    parts = recommend.contributions(embedding, user, found["key"][0], "likely")
    assert parts["contribution"].sum() == pytest.approx(found["score"][0], abs=1e-4)
    assert parts.set_index("key")["contribution"]["Opera 01"] == 0


def test_rare_items_and_users_with_one_item_are_dropped(tmp_path):
    rows = "a,x\na,y\nb,x\nb,y\nc,x\nc,rare\nd,x\n"
    (tmp_path / "c.csv").write_text(f"user,item\n{rows}")
    found = load_interactions(tmp_path / "c.csv")
    choices = choose(found, 2)
    assert found.items["key"].to_numpy()[choices.rows].tolist() == ["x", "y"]
    assert len(choices.corpus) == 2
    assert choices.matrix(np.ones(4, bool)).toarray().tolist() == [[1, 1], [1, 1]]
    with pytest.raises(
        BadRequest, match="No user chose two items that 5 users chose; the most popular was chosen by 4"
    ):
        choose(found, 5)


def test_weights_count_by_their_logarithm(tmp_path):
    (tmp_path / "c.csv").write_text("user,item,clicks\na,x,3\na,y,1\nb,x,7\nb,y,1\n")
    matrix = choose(load_interactions(tmp_path / "c.csv"), 1).matrix(np.ones(4, bool))
    assert sorted(matrix.data.tolist()) == [1, 1, 2, 3]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"model": "magic"}, "no model 'magic' for interactions"),
        ({"size": 0}, "size is 0"),
        ({"epochs": 0}, "epochs is 0"),
    ],
)
def test_options_out_of_range_are_refused(wrong, message):
    with pytest.raises(BadRequest, match=message):
        registry.options("interactions", wrong)


def test_data_larger_than_memory_are_refused_before_training(plays, monkeypatch):
    from explorer.training.ratings import hyperparameters

    monkeypatch.setattr(hyperparameters, "available", lambda: 1000)
    with pytest.raises(BadRequest, match="training needs about"):
        train(plays[0], registry.options("interactions"), 0)
