"""Training jobs: progress reports, and requests refused before data are read."""

from pathlib import Path

import pytest

from explorer import BadData, BadRequest, artifacts
from explorer.jobs import training_job
from explorer.jobs.training_job import TrainRatingsRequest

FILMS = 6


@pytest.fixture
def data(tmp_path) -> str:
    """30 users, 6 films; each user gives film f f / 2 + 1 stars. User 0 has rated film 0 twice."""
    folder = tmp_path / "ml-made-up"
    folder.mkdir()
    films = [f"{film},Film {film} (1990),Drama" for film in range(FILMS)]
    ratings = [f"{user},{film},{film / 2 + 1},{user}" for user in range(30) for film in range(FILMS)] + ["0,0,1.0,99"]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]) + "\n")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n")
    return str(folder)


def test_training_reports_counts_and_progress(data, tmp_path):
    reports: list[dict] = []
    path = training_job.train_ratings(TrainRatingsRequest(data, str(tmp_path / "a"), "item-mean"), reports.append)
    assert path == tmp_path / "a"
    assert artifacts.check(path)["metrics"]["rmse"] == pytest.approx(0, abs=1e-6)
    assert {"name": "ml-made-up", "duplicates": 1, "ratings": 180, "users": 30, "items": 6} in [
        report.get("read") for report in reports
    ]
    assert {report["phase"] for report in reports if "phase" in report} == {"reading"}
    # each film has the same rating from all users, so the item mean has no error
    assert [report["baseline"] for report in reports if "baseline" in report] == [pytest.approx(0, abs=1e-6)]


def test_final_training_on_all_data_is_reported(data, tmp_path):
    reports: list[dict] = []
    request = TrainRatingsRequest(data, str(tmp_path / "a"), "mf", layouts=("pca",), options={"size": 2, "epochs": 3})
    training_job.train_ratings(request, reports.append)
    phases = list(dict.fromkeys(report["phase"] for report in reports if "phase" in report))
    assert phases[:3] == ["reading", "measuring", "training"]
    for phase in ("measuring", "training"):
        done = [(report["done"], report["total"]) for report in reports if report.get("phase") == phase]
        assert done == sorted(done)
        assert done[-1][0] == done[-1][1] or phase == "measuring"  # which may stop early


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": "magic"}, "no model 'magic'; choose one of"),
        ({"layouts": ("mds",)}, "no layout method 'mds'"),
        ({"options": {"size": 0}}, "size is 0; it must be between 1 and 512"),
        ({"options": {"size": 100_000}}, "size is 100,000"),
        ({"options": {"epochs": 0}}, "epochs is 0"),
        ({"options": {"rate": -1.0}}, "rate is -1"),
        ({"out": str(Path(__file__))}, "left unchanged"),
    ],
)
def test_invalid_request_is_refused_before_reading(tmp_path, wrong, said):
    request = TrainRatingsRequest(**{"data": "nowhere", "out": str(tmp_path / "a"), "model": "mf", **wrong})
    with pytest.raises(BadRequest, match=said):
        training_job.train_ratings(request)
    assert not list(tmp_path.iterdir())


def test_data_of_unknown_layout_are_refused_and_nothing_is_written(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("dear")
    with pytest.raises(BadData, match="Known layouts"):
        training_job.train_ratings(TrainRatingsRequest(str(tmp_path / "data"), str(tmp_path / "a")))
    assert not (tmp_path / "a").exists()


def test_insufficient_memory_is_reported_before_training(data, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.training.ratings.hyperparameters.available", lambda: 1000)
    reports: list[dict] = []
    with pytest.raises(BadRequest, match=r"needs about .* GB of memory and 0.0 GB are free"):
        training_job.train_ratings(TrainRatingsRequest(data, str(tmp_path / "a"), "mf"), reports.append)
    assert {report.get("phase", "reading") for report in reports} == {"reading"}
    assert not (tmp_path / "a").exists()
