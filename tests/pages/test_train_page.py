"""Train page: data sources, form, diagram, trainings, invalid input."""

import io
import time

import pytest

from explorer import artifacts
from explorer.datasets import made_up
from explorer.errors import BadData, ExplorerError
from explorer.jobs import launcher, training_job
from explorer.jobs.download_job import DownloadRequest
from explorer.jobs.job import list_jobs
from explorer.jobs.training_job import TrainRatingsRequest, TrainRequest
from explorer.training import MODELS
from explorer.training.ratings import hyperparameters
from explorer.webapp.views.train import data as train_data
from explorer.webapp.views.train import download as train_download
from tests import PATIENCE


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder with a tiny MovieLens release, a table of clicks, and links that point outside it."""
    root = tmp_path / "data"
    folder = root / "movielens" / "ml-tiny"
    folder.mkdir(parents=True)
    films = [f"{film},Film {film} (1990),Drama" for film in range(6)]
    ratings = [f"{user},{film},{1 + (user * film) % 5},{user}" for user in range(30) for film in range(6)]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]) + "\n")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n")
    clicks = [f"u{user},SKU-{item},{1 + user % 3}" for user in range(30) for item in range(8) if (user + item) % 2]
    (root / "clicks.csv").write_text("\n".join(["visitor,sku,clicks", *clicks]) + "\n")
    (tmp_path / "secret.csv").write_text("user,item,rating\n1,2,3\n")
    (root / "leak.csv").symlink_to(tmp_path / "secret.csv")
    (root / "leaks").symlink_to(tmp_path)
    (root / ".hidden.csv").write_text("user,item,rating\n1,2,3\n")
    monkeypatch.setenv("EXPLORER_DATA", str(root))
    monkeypatch.chdir(tmp_path / "data")
    return root


def press(screen, label):
    next(button for button in screen.at.button if button.label == label).click()
    return screen.run()


def choose(screen, label, value):
    next(box for box in screen.at.selectbox if box.label == label).set_value(value)
    return screen.run()


def number(screen, label):
    return next(box for box in screen.at.number_input if box.label == label)


def named(screen, name):
    next(box for box in screen.at.text_input if box.label == "Name").set_value(name)
    return screen


def finished(job):
    deadline = time.monotonic() + PATIENCE
    while job.running and time.monotonic() < deadline:
        time.sleep(0.1)
    return job


def layers(screen):
    (drawn,) = screen.components("architecture")
    return {layer["name"]: layer for stage in drawn["stages"] for layer in stage}


@pytest.mark.parametrize("model", ["mf", "dot", "deep", "hybrid"])
def test_diagram_follows_the_settings(world, data, visit, model):
    screen = visit("Train", model=model)
    size = number(screen, "Dimensions").value
    assert layers(screen)["item vectors"]["shape"] == f"200 × {size}"
    number(screen, "Dimensions").set_value(16)
    screen.run()
    assert layers(screen)["item vectors"]["shape"] == "200 × 16"
    assert layers(screen)["user vectors"]["shape"] == "1,000 × 16"
    assert "40,000 ratings, 1,000 users, 200 items" in screen.notes


def test_release_in_the_data_folder_is_shown_with_its_counts(world, data, visit):
    screen = choose(visit("Train", data="server"), "File or folder", "movielens/ml-tiny")
    assert layers(screen)["user vectors"]["shape"] == "30 × 32"
    assert "180 ratings, 30 users, 6 items" in screen.notes


def test_each_model_is_described_with_its_defaults(world, data, visit):
    screen = visit("Train", model="svdpp")
    assert f"svdpp: {MODELS['svdpp']}" in screen.notes
    assert number(screen, "Dimensions").value == 32
    assert number(screen, "L2").value == 0.08


@pytest.mark.parametrize("kind", train_data.KINDS)
def test_only_regular_files_below_the_data_folders_are_offered(world, data, kind):
    files = train_data.server_files(kind)
    assert not any("leak" in name or "hidden" in name or "secret" in name for name in files)
    assert all(path.resolve().is_relative_to(data) for path in files.values())
    assert ("clicks.csv" in files) == (kind != "books")
    assert ("movielens/ml-tiny" in files) == (kind in train_data.WITH_RELEASES)


@pytest.mark.parametrize("kind", train_data.KINDS)
def test_every_kind_can_be_trained_on_generated_data(world, data, visit, monkeypatch, kind):
    started = []
    monkeypatch.setattr(launcher, "start", started.append)
    model = {"model": "item-mean"} if kind == "ratings" else {}
    press(named(visit("Train", learn=kind, **model), "mine"), "Train")
    (request,) = started
    request.validate()
    assert isinstance(request, TrainRatingsRequest if kind == "ratings" else TrainRequest)
    assert made_up.is_made_up(request.data)
    items = (request.source if kind == "ratings" else request.options).get("items")
    assert bool(items) == (kind in ("ratings", "interactions"))


def test_training_runs_in_a_worker_and_shows_its_result(world, data, visit):
    screen = named(visit("Train", learn="interactions"), "mine")
    number(screen, "Epochs").set_value(3)
    press(screen, "Train")
    (job,) = list_jobs()
    assert finished(job).state == "done", job.message
    assert artifacts.check("mine")["kind"] == "interactions"
    screen.run()
    assert {"Open", "Map"} <= {link.proto.label for link in screen.at.get("page_link")}
    assert "held-out examples recall@10 is" in screen.notes.replace("\u2060", "")
    assert "of the 10 nearest items" in screen.notes
    assert any(trace.get("name") == "Jazz" for figure in screen.figures for trace in figure["data"])


def test_table_of_clicks_is_trained_with_the_guessed_columns(world, data, visit, monkeypatch):
    started = []
    monkeypatch.setattr(launcher, "start", started.append)
    screen = choose(visit("Train", learn="interactions", data="server"), "File or folder", "clicks.csv")
    assert {box.label: box.value for box in screen.at.selectbox if box.label in ("User", "Item", "Weight", "Time")} == {
        "User": "visitor", "Item": "sku", "Weight": "clicks", "Time": None,
    }  # fmt: skip
    press(named(screen, "mine"), "Train")
    assert {name: started[0].options[name] for name in ("user", "item", "weight")} == {
        "user": "visitor", "item": "sku", "weight": "clicks",
    }  # fmt: skip


def test_early_stopping_can_be_switched_off(world, data, visit, monkeypatch):
    started = []
    monkeypatch.setattr(launcher, "start", started.append)
    screen = named(visit("Train", model="dot"), "mine")
    screen.at.toggle[0].set_value(False)
    screen.run()
    press(screen, "Train")
    assert started[0].options["patience"] == train_data_patience()
    started[0].validate()


def train_data_patience() -> int:
    from explorer.webapp.views.train.model import NEVER_STOP

    return NEVER_STOP


@pytest.mark.parametrize(
    ("name", "said"), [("../up", "is not a valid"), ("reds", "There is an artifact 'reds' already")]
)
def test_invalid_name_is_refused_before_training_starts(world, data, visit, name, said):
    screen = press(named(visit("Train", model="item-mean"), name), "Train")
    assert any(said in error for error in screen.errors)
    assert list_jobs() == []


def test_model_larger_than_memory_is_refused_before_training_starts(world, data, visit, monkeypatch):
    monkeypatch.setattr(hyperparameters, "available", lambda: 1_000_000)
    screen = press(named(visit("Train", model="dot"), "mine"), "Train")
    assert any("training needs about" in error for error in screen.errors)
    assert list_jobs() == []


def test_failed_training_says_why_without_server_paths(world, data, visit):
    file = data / "clicks.csv"
    file.write_text(file.read_text() + "u1,SKU-1,many\n")
    request = TrainRequest("interactions", str(file), str(artifacts.root() / "broken"), options={"min_count": 1})
    assert finished(launcher.start(request)).state == "failed"
    (error,) = visit("Train").errors
    assert error == "clicks.csv, line 122: clicks 'many' is not a number"


PAIRS = [(f"u{user}", f"i{item}") for user in range(12) for item in range(6) if (user + item) % 3]


@pytest.mark.parametrize("kind", ["ratings", "interactions"])
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [*((*pair, 3) for pair in PAIRS[:4]), ("u1", "i2", "good")],
            r"t.csv, line 6: (rating|clicks) 'good' is not a",
        ),
        ([(*pair, 3) for pair in PAIRS if pair[0] == "u1"], "only one user, 'u1'; at least two"),
        ([(*pair, 3) for pair in PAIRS if pair[1] == "i1"], "only one item, 'i1'; at least two"),
        ([(f"u{n // 5}", f"i{n % 5}", 4) for n in range(30)], "all 30 ratings are 4|6 users chose all 5 items"),
    ],
)
def test_table_without_signal_is_refused_by_the_worker_too(world, data, visit, monkeypatch, kind, rows, said):
    """The page shows the message of the command line; nothing is written."""
    started = []
    monkeypatch.setattr(launcher, "start", started.append)
    value = "rating" if kind == "ratings" else "clicks"
    (data / "t.csv").write_text("\n".join([f"user,item,{value}", *(",".join(map(str, row)) for row in rows)]) + "\n")
    screen = choose(visit("Train", learn=kind, data="server"), "File or folder", "t.csv")
    press(named(screen, "mine"), "Train")
    run = training_job.train_ratings if kind == "ratings" else training_job.train_other
    with pytest.raises(ExplorerError, match=said):
        run(started[0])
    assert "mine" not in artifacts.list_artifacts()
    assert not (artifacts.root() / "mine").exists()


def test_unrecognized_columns_must_be_chosen(world, data, visit):
    """Only existing columns are offered; training needs a user and an item column."""
    (data / "t.csv").write_text("a,b,c\n1,2,3\n4,5,6\n")
    screen = choose(visit("Train", data="server"), "File or folder", "t.csv")
    assert any("Choose the columns of the user and the item" in info.value for info in screen.at.info)
    assert next(button for button in screen.at.button if button.label == "Train").disabled


def test_killed_worker_is_reported(world, data, visit):
    request = TrainRatingsRequest(str(data / "movielens" / "ml-tiny"), str(artifacts.root() / "a"), "item-mean")
    job = launcher.start(request)
    finished(job)
    (job.folder / "end.json").unlink()
    assert any("was killed" in error for error in visit("Train").errors)


class Upload(io.BytesIO):
    """The interface of Streamlit's uploaded files."""

    def __init__(self, name: str, content: bytes, size: int | None = None) -> None:
        super().__init__(content)
        self.name, self.size, self.file_id = name, size or len(content), name


def test_upload_is_saved_under_a_safe_name(world):
    file = train_data.save_upload(Upload("../../étc/my ratings.csv", b"user,item\n"))
    assert file.read_bytes() == b"user,item\n"
    assert file.parent.parent == artifacts.root().resolve() / ".uploads"
    assert file.name == "my ratings.csv"


def test_upload_over_the_limit_is_refused_and_nothing_is_written(world, monkeypatch):
    monkeypatch.setenv("EXPLORER_MAX_UPLOAD", "1")
    with pytest.raises(BadData, match=r"big\.csv: 2\.0 MB; the limit is 1 MB"):
        train_data.save_upload(Upload("big.csv", b"", 2**21))
    assert not (artifacts.root() / ".uploads").exists()


def test_download_shows_its_licence_and_starts_with_one_click(world, data, visit, monkeypatch):
    started = []
    monkeypatch.setattr(launcher, "start", started.append)
    screen = visit("Train", data="download")
    assert train_download.LICENCE in screen.notes
    press(screen, "Download ml-latest-small")
    assert started == [DownloadRequest("ml-latest-small", "data")]


def test_failed_download_says_why(world, data, visit):
    job = launcher.start(DownloadRequest("ml-latest-small", "data", "http://127.0.0.1:9/nothing"))
    assert finished(job).state == "failed"
    assert any("cannot be reached" in error for error in visit("Train", data="download").errors)
