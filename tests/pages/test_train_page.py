"""Train: what is asked is drawn before it is learned, a worker learns it, and what is wrong is said beside the form."""

import time

import pytest

from explorer import artifacts
from explorer.jobs import launcher
from explorer.jobs.job import list_jobs
from explorer.jobs.training_job import TrainRatingsRequest
from explorer.training import MODELS
from explorer.training.registry import KINDS


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A tiny MovieLens release in the data folder: 30 people, 6 films."""
    folder = tmp_path / "data" / "movielens" / "ml-tiny"
    folder.mkdir(parents=True)
    films = [f"{film},Film {film} (1990),Drama" for film in range(6)]
    ratings = [f"{user},{film},{1 + (user * film) % 5},{user}" for user in range(30) for film in range(6)]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]) + "\n")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    return folder


def press(screen, label):
    next(button for button in screen.at.button if button.label == label).click()
    return screen.run()


def named(screen, name):
    next(box for box in screen.at.text_input if box.label == "Name").set_value(name)
    return screen


def finished(job):
    deadline = time.monotonic() + 120
    while job.running and time.monotonic() < deadline:
        time.sleep(0.1)
    return job


def test_the_model_is_drawn_with_its_shapes_and_counts(world, data, visit):
    screen = visit("Train", model="mf")
    (drawn,) = screen.components("architecture")
    layers = {layer["name"]: layer for stage in drawn["stages"] for layer in stage}
    assert layers["user vectors"]["shape"] == "30 × 32" and layers["item vectors"]["parameters"] == "192"
    assert f"{30 * 33 + 6 * 33:,} parameters" in screen.notes
    assert "180 ratings, 30 users, 6 items" in screen.notes


def test_each_model_and_what_else_there_is_to_learn_from_is_told(world, data, visit):
    screen = visit("Train", model="svdpp")
    assert f"svdpp: {MODELS['svdpp']}" in screen.notes
    (told,) = screen.components("fact_list")
    assert {row["title"]: row["year"] for row in told["rows"]} == KINDS


def test_a_training_is_carried_out_by_a_worker_and_can_be_opened(world, data, visit):
    screen = named(visit("Train", model="item-mean"), "mine")
    press(screen, "Train")
    (job,) = list_jobs()
    assert finished(job).state == "done", job.message
    assert artifacts.check("mine")["model"] == "item-mean"
    screen.run()
    assert any(link.proto.label == "Open it" for link in screen.at.get("page_link"))


@pytest.mark.parametrize(("name", "said"), [("../up", "is no name"), ("reds", "There is an artifact 'reds' already")])
def test_a_name_that_will_not_do_is_refused_before_anything_starts(world, data, visit, name, said):
    screen = press(named(visit("Train", model="item-mean"), name), "Train")
    assert any(said in error for error in screen.errors)
    assert list_jobs() == []


def test_a_training_that_fails_says_why(world, data, visit):
    request = TrainRatingsRequest(str(data), str(artifacts.root() / "broken"), "item-mean", min_ratings=10_000)
    assert finished(launcher.start(request)).state == "failed"
    assert any("No item has 10,000 ratings" in error for error in visit("Train").errors)


def test_curves_lie_over_each_other_with_the_best_baseline(world, visit, root):
    curve = [{"epoch": n, "rmse": 1 / n, "val_rmse": 1.1 / n} for n in (1, 2, 3)]
    metrics = {"rmse": 0.4, "mae": 0.3, "baselines": {"item-mean": {"rmse": 0.9}, "bias": {"rmse": 0.8}}}
    for name in ("one", "two"):
        artifacts.save(root / name, world.vectors, world.items, {"curve": curve, "metrics": metrics})
    (figure,) = visit("Train").figures
    assert [trace["name"] for trace in figure["data"]] == [
        f"{name}, {what}" for name in ("one", "two") for what in ("kept apart", "learned from")
    ]
    assert list(figure["data"][0]["y"]) == pytest.approx([1.1, 0.55, 1.1 / 3])
    assert {shape["y0"] for shape in figure["layout"]["shapes"]} == {0.8}
