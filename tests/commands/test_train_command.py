"""`train` and `evaluate`: results, output, files written."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer import artifacts, load
from tests import ROOT

USERS, FILMS = 40, 24


@pytest.fixture(scope="module")
def movielens(tmp_path_factory) -> Path:
    """A MovieLens folder: half of the users like only comedies, half like all other films."""
    folder = tmp_path_factory.mktemp("data") / "ml-tiny"
    folder.mkdir()
    rng = np.random.default_rng(0)
    films = [
        f'{film},"Film {film:02d}, The (19{50 + film})",{"Comedy" if film % 2 else "Drama|War"}'
        for film in range(FILMS)
    ]
    ratings = [
        f"{user},{film},{4.5 if user % 2 == film % 2 else 1.5},{1_000_000_000 + film}"
        for user in range(USERS)
        for film in rng.permutation(FILMS)[: FILMS - 4]
        if film != FILMS - 1 or user < 5
    ]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]) + "\n")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n")
    return folder


def n_ratings(folder: Path) -> int:
    return len((folder / "ratings.csv").read_text().splitlines()) - 1


def test_evaluate_reports_every_fold_and_the_mean(ask, answer, movielens):
    words = ["evaluate", "movielens", "--data", movielens, "--model", "item-mean", "--split"]
    document = answer(*words, "5fold")
    assert len(document["folds"]) == 5
    assert {"rmse", "mae", "seconds", "ratings_per_second"} <= document["mean"].keys()
    # half rate each film 4.5 and half 1.5, so the item mean is off by 1.5
    assert document["mean"]["rmse"] == pytest.approx(1.5, abs=0.1)
    assert document["mean"]["mae"] == pytest.approx(np.mean([fold["mae"] for fold in document["folds"]]))
    status, out, _ = ask(*words, "90/10")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == ["fold", "1", "mean"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--split", "3fold"], "no split '3fold'; choose one of 5fold"),
        (["--split", "u1-u5"], "no split 'u1'"),
        (["--model", "magic"], "no model 'magic'"),
    ],
)
def test_invalid_evaluation_exits_with_2(ask, movielens, words, message):
    status, out, err = ask("evaluate", "movielens", "--data", movielens, "--model", "bias", *words)
    assert (status, out) == (2, "")
    assert message in err.splitlines()[-1]


def test_train_separates_the_two_groups(ask, movielens, tmp_path):
    out = tmp_path / "films"
    mf = ["--model", "mf", "--size", 4, "--rate", 0.05, "--seed", 5]
    status, text, err = ask("train", "movielens", "--data", movielens, "--out", out, *mf)
    assert status == 0, err
    assert f"ml-tiny: {n_ratings(movielens)} ratings, {USERS} users, {FILMS} items" in err
    assert all(word in text for word in ("mf", "item-mean", "global-mean", "RMSE", "MAE"))
    films = load(out)
    assert len(films) == FILMS - 1  # one film has fewer than 20 ratings
    assert films.vectors.shape[1] == 4
    assert films.users.shape == (USERS, 5)
    assert {"key", "item_id", "title", "year", "genres", "n_ratings", "mean_rating", "bias"} <= set(films.items.columns)
    assert films.items.key[0] == "The Film 00"
    comedies = films.neighbors("The Film 01", k=8)
    assert all(have == ["Comedy"] for have in comedies.genres)
    assert films.layout("pca").shape == (FILMS - 1, 2)


def test_manifest_and_card_name_the_source(answer, movielens, tmp_path):
    answer("train", "movielens", "--data", movielens, "--model", "item-mean", "--out", tmp_path / "a", "--seed", 7)
    manifest = artifacts.check(tmp_path / "a")
    counts = {"ratings": n_ratings(movielens), "users": USERS, "items": FILMS}
    assert manifest["dataset"] == {"name": "ml-tiny", **counts}
    assert (manifest["kind"], manifest["model"], manifest["seed"], manifest["min_ratings"]) == (
        "movielens", "item-mean", 7, 20,
    )  # fmt: skip
    assert {"rmse", "mae", "baselines"} <= manifest["metrics"].keys()
    assert manifest["scale"] == [0.5, 5.0]
    assert manifest["mean"] == pytest.approx(3, abs=0.2)
    card = (tmp_path / "a" / "DATA_CARD.md").read_text()
    assert "Harper" in card
    assert "commercial" in card
    assert f"{manifest['metrics']['rmse']:.4f}" in card


def test_models_without_vectors_store_the_bias_as_vector(answer, movielens, tmp_path):
    for model in ("global-mean", "item-mean"):
        answer("train", "movielens", "--data", movielens, "--model", model, "--out", tmp_path / model)
        films = load(tmp_path / model)
        np.testing.assert_array_equal(films.vectors[:, 0], films.items.bias.astype(np.float32))
        assert films.users.shape == (USERS, 2)
        assert not films.users[:, 0].any()
        assert "no vectors of its own" in films.manifest["vectors"]
    means = load(tmp_path / "item-mean")
    np.testing.assert_allclose(means.items.bias + means.manifest["mean"], means.items.mean_rating, atol=1e-5)


def test_baselines_are_trained_without_tensorflow(movielens, tmp_path):
    command = ["train", "movielens", "--data", str(movielens), "--model", "item-mean", "--out", str(tmp_path / "a")]
    script = f"import sys; from explorer.cli import main; main({command}); assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
    assert artifacts.check(tmp_path / "a")


def test_tensorflow_prints_nothing_to_stderr(movielens, tmp_path):
    command = ["train", "movielens", "--data", str(movielens), "--model", "dot", "--out", str(tmp_path / "a")]
    script = f"""
import sys
from explorer import cli
from explorer.training.ratings import hyperparameters
hyperparameters.available = lambda: 1000
status = cli.main({command})
assert "tensorflow" in sys.modules
sys.exit(status)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    counts, error = done.stderr.splitlines()
    assert counts.startswith("ml-tiny:")
    assert error.startswith("explorer: training needs about")


def test_min_ratings_that_excludes_all_items_suggests_a_value(ask, movielens, tmp_path):
    common = ["train", "movielens", "--data", movielens, "--model", "item-mean", "--out", tmp_path / "a"]
    assert ask(*common, "--min-ratings", 1)[0] == 0
    assert len(load(tmp_path / "a")) == FILMS
    status, _, err = ask(*common, "--min-ratings", 1000)
    assert status == 2
    assert "No item has 1,000 ratings; the most-rated has" in err
    assert len(load(tmp_path / "a")) == FILMS


@pytest.fixture
def ctrl_c():
    """Send Ctrl-C as a terminal does: to the process group, with SIGINT not ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_exits_with_130_and_keeps_the_old_artifact(ctrl_c, ask, movielens, colours_path, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    for step in (
        "explorer.training.ratings.train.train",
        "explorer.maps.projection.project",
        "explorer.artifacts.folder_writer.write_manifest",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(step, interrupted)
            words = ["--model", "item-mean", "--out", colours_path]
            if step == "explorer.maps.projection.project":
                words += ["--layouts", "tsne"]
            status, out, err = ask("train", "movielens", "--data", movielens, *words)
        assert (status, out) == (130, "")
        assert err.splitlines()[-1] == "explorer: stopped; nothing was written"
        assert "Traceback" not in err
    assert artifacts.check(colours_path)["model"] == "made up"
    assert [file.name for file in colours_path.parent.iterdir()] == ["colours"]


def test_train_and_evaluate_on_a_table_of_ratings(answer, ask, tmp_path):
    rows = [f"u{user};SKU-{item};{1 + (user * item) % 5}" for user in range(30) for item in range(6)]
    (tmp_path / "shop.csv").write_text("\n".join(["customer;sku;stars", *rows]) + "\n")
    (tmp_path / "facts.csv").write_text("sku,name\n" + "".join(f"SKU-{n},Chair {n}\n" for n in range(6)))
    data = ("--data", tmp_path / "shop.csv", "--model", "item-mean", "--items", tmp_path / "facts.csv")
    found = answer("train", "ratings", *data, "--out", tmp_path / "shop")
    assert found["dataset"] == {"name": "shop", "ratings": 180, "users": 30, "items": 6}
    assert load(tmp_path / "shop").items["key"].tolist() == [f"Chair {n}" for n in range(6)]
    assert "MovieLens" not in (tmp_path / "shop" / "DATA_CARD.md").read_text()
    assert answer("evaluate", "ratings", *data, "--split", "90/10")["mean"]["rmse"] > 0
    status, out, err = ask("evaluate", "ratings", *data, "--split", "90/10")
    assert "Read as text separated by ;: user = customer, item = sku, rating = stars; no time." in err
    assert "shop: 180 ratings, 30 users, 6 items" in err
    status, out, err = ask("train", "ratings", *data, "--out", tmp_path / "x", "--rating", "star")
    assert (status, out) == (2, "")
    assert "there is no column 'star'; there are 'customer', 'sku', 'stars'. Did you mean 'stars'?" in err
    assert not (tmp_path / "x").exists()


def test_interactions_are_trained_and_evaluated(answer, tmp_path):
    rows = [f"u{user}\tSKU-{item}\t{1 + item}" for user in range(30) for item in range(8) if (user + item) % 2]
    (tmp_path / "clicks.tsv").write_text("\n".join(["visitor\tproduct\tclicks", *rows]) + "\n")
    found = answer(
        "train", "interactions", "--data", tmp_path / "clicks.tsv", "--out", tmp_path / "shop", "--size", "4",
        "--epochs", "2", "--weight", "clicks",
    )  # fmt: skip
    assert found["dataset"] == {"name": "clicks", "interactions": 120, "users": 30, "items": 8}
    assert {"recall@10", "recall@10_popularity", "n_test"} <= found["metrics"].keys()


def test_bare_name_is_written_to_the_artifacts_folder(answer, ratings, monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    words = ("train", "movielens", "--data", ratings, "--model", "global-mean", "--min-ratings", 1, "--out")
    assert answer(*words, "mine")["artifact"] == str(tmp_path / "artifacts" / "mine")
    assert answer(*words, tmp_path / "there")["artifact"] == str(tmp_path / "there")
    assert [one["name"] for one in answer("list")["artifacts"]] == ["mine"]
