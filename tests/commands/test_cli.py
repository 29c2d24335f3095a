"""The command line: what it prints, how it ends, and what it leaves behind."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer import __version__, artifacts, load
from tests import ROOT

USERS, FILMS = 40, 24


@pytest.fixture(scope="module")
def movielens(tmp_path_factory) -> Path:
    """A MovieLens folder: half of the users like only the comedies, half only the rest."""
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


def test_neighbors(answer, colours_path):
    document = answer("neighbors", colours_path, "Red 0", "--k", 2)
    assert document.keys() == {"artifact", "key", "metric", "results"}
    assert (document["artifact"], document["key"], document["metric"]) == ("colours", "Red 0", "cosine")
    assert [found["key"] for found in document["results"]] == ["Red 1", "Red 2"]
    first = document["results"][0]
    assert list(first)[:2] == ["key", "score"]
    assert first["score"] == pytest.approx(np.cos(np.deg2rad(3)), abs=1e-5)
    assert (first["item_id"], first["year"], first["genres"], first["n_ratings"]) == (1, 1981, ["Red"], 900)


def test_neighbors_with_metric_and_popularity(answer, colours_path):
    document = answer("neighbors", colours_path, "Red 7", "--metric", "euclidean", "--min-ratings", 800, "--k", 50)
    assert document["results"][0]["key"] == "Red 2"
    assert all(found["n_ratings"] >= 800 for found in document["results"])
    assert answer("neighbors", colours_path, "Red 7", "--min-ratings", 5000)["results"] == []


@pytest.mark.parametrize(
    "words",
    [
        ["--positive", "Green 0", "Red 7", "--negative", "Red 0"],
        ["--positive", "Green 0", "--positive", "Red 7", "--negative", "Red 0"],
    ],
)
def test_analogy_takes_many_keys_and_repeated_flags(answer, colours_path, words):
    document = answer("analogy", colours_path, *words, "--k", 1)
    assert document["positive"] == ["Green 0", "Red 7"]
    assert document["negative"] == ["Red 0"]
    assert [found["key"] for found in document["results"]] == ["Green 7"]


def test_between(answer, colours_path):
    document = answer("between", colours_path, "Red 1", "Red 5", "--k", 1)
    assert document["results"][0]["key"] == "Red 3"
    assert {"to_a", "to_b"} <= document["results"][0].keys()


def test_factors(answer, colours_path):
    document = answer("factors", colours_path, "--n", 24, "--factors", 3, "--k", 3)
    assert document["items"] == 24
    assert [axis["factor"] for axis in document["factors"]] == [1, 2, 3]
    first = document["factors"][2]
    assert first.keys() == {"factor", "explained", "low", "high", "goes_with"}
    assert len(first["low"]) == len(first["high"]) == 3
    assert first["goes_with"][0].keys() == {"what", "measure", "value", "strength", "end", "p"}


def test_factors_say_which_end_and_which_measure(answer, ask, colours_path):
    words = ["factors", colours_path, "--factors", 3]
    axis = answer(*words)["factors"][2]
    assert axis["goes_with"]
    told = ask(*words)[1]
    for found in axis["goes_with"][:3]:
        high = found["value"] > (0.5 if found["measure"] == "AUC" else 0)
        assert found["end"] == ("high" if high else "low")
        assert f"{found['end']}est: {found['what']} ({found['measure']} {found['value']:.2f})" in " ".join(told.split())


@pytest.fixture
def rated_path(colours, tmp_path) -> Path:
    """The colours as if learned from ratings; one title holds an equals sign."""
    keys = colours.items["key"].replace("Red 1", "1 = 1")
    return artifacts.save(
        tmp_path / "rated", colours.vectors, colours.items.assign(key=keys, bias=0.0), {"mean": 3.0, "scale": [0.5, 5]}
    )


@pytest.mark.parametrize(
    "words",
    [
        ["--rate", "Red 0=5", "1 = 1=4.5", "Blue 0=1"],
        ["--rate", "Red 0=5", "--rate", "1 = 1=4.5", "--rate", "Blue 0=1"],
    ],
)
def test_recommend_says_what_and_why(answer, rated_path, words):
    document = answer("recommend", rated_path, *words, "--k", 6)
    assert document["rated"] == {"Red 0": 5, "1 = 1": 4.5, "Blue 0": 1}
    first = document["results"][0]
    assert list(first)[:5] == ["key", "predicted", "mean_rating", "delta", "score"]
    assert {found["key"].split()[0] for found in document["results"]} == {"Red"}
    assert first["delta"] == pytest.approx(first["predicted"] - first["mean_rating"], abs=1e-6)
    assert {reason["key"] for reason in first["because"]} == {"Red 0", "1 = 1"}
    most, second = first["because"]
    assert most["contribution"] >= second["contribution"] > 0


def test_recommend_for_people_and_by_popularity(ask, answer, rated_path):
    assert "because you rated" in ask("recommend", rated_path, "--rate", "Red 0=5")[1]
    few = answer("recommend", rated_path, "--rate", "Red 0=5", "--min-ratings", 950, "--popularity", 0)
    assert [found["key"][-1] for found in few["results"]] == ["0", "0"]  # Green and Blue; Red 0 was rated
    assert answer("recommend", rated_path, "--rate", "Red 0=5", "--min-ratings", 5000)["results"] == []
    best = answer("recommend", rated_path, "--rate", "Red 0=5", "--order", "stars", "--k", 24)["results"]
    assert [found["predicted"] for found in best] == sorted((found["predicted"] for found in best), reverse=True)


def test_recommend_where_nothing_is_liked_says_so_and_predicts(ask, answer, rated_path):
    words = ["recommend", rated_path, "--rate", "Red 0=0.5", "1 = 1=0.5"]
    document = answer(*words)
    assert (document["liked"], document["order"]) == (0, "stars")
    assert len(document["results"]) == 10
    assert not any(found["key"].startswith("Red") for found in document["results"])
    assert [found["because"] for found in document["results"]] == [[]] * 10  # two ratings below the mean speak for none
    out = ask(*words)[1]
    assert "No item is rated 4 or more" in out
    assert "You would like" not in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rate", "Red 0=3", "--order", "near"], "No item is rated 4 or more"),
        ([], "Nothing is rated yet"),
        (["--rate", "Red 0"], "'Red 0' is not a rating; write KEY=STARS"),
        (["--rate", "Red 0=many"], "'Red 0=many' is not a rating"),
        (["--rate", "Rde 0=5"], "Did you mean: 'Red 0'"),
        (["--rate", "Red 0=6"], "'Red 0' is rated 6; ratings here go from 0.5 to 5"),
        (["--rate", "Red 0=nan"], "is rated nan"),
        (["--rate", "Red 0=5", "Red 0=4"], "'Red 0' is rated twice"),
        (["--rate", "Red 0=5", "--popularity", "nan"], "popularity is nan"),
        (["--rate", "Red 0=5", "--order", "fame"], "There is no order 'fame'"),
        (["--rate", "Red 0=5", "--k", "0"], "k is 0"),
    ],
)
def test_wrong_ratings_end_with_2_and_one_line(ask, rated_path, words, message):
    status, out, err = ask("recommend", rated_path, *words)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_evaluate_measures_every_fold_and_the_mean(ask, answer, movielens):
    words = ["evaluate", "movielens", "--data", movielens, "--model", "item-mean", "--split"]
    document = answer(*words, "5fold")
    assert len(document["folds"]) == 5
    assert {"rmse", "mae", "seconds", "ratings_per_second"} <= document["mean"].keys()
    # half give 4.5 and half 1.5 to every film, so its mean is 1.5 off
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
def test_what_cannot_be_evaluated_ends_with_2(ask, movielens, words, message):
    status, out, err = ask("evaluate", "movielens", "--data", movielens, "--model", "bias", *words)
    assert (status, out) == (2, "")
    assert message in err.splitlines()[-1]


def test_list_also_shows_what_cannot_be_read(answer, ask, colours_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(colours_path.parent))
    (colours_path.parent / "broken").mkdir()
    (colours_path.parent / "broken" / "manifest.json").write_text("{")
    broken, whole = answer("list")["artifacts"]
    assert broken["name"] == "broken"
    assert "is not a manifest" in broken["error"]
    assert (whole["name"], whole["items"], whole["dimensions"], whole["model"]) == ("colours", 24, 4, "made up")
    assert "colours" in ask("list")[1]


def test_project_keeps_layouts_of_other_settings_apart(answer, colours_path):
    def project(*words: object) -> str:
        document = answer("project", colours_path, "--method", "tsne", *words)
        facts = load(colours_path).manifest["layouts"][document["layout"]]
        assert facts["trustworthiness"] == document["trustworthiness"]
        assert load(colours_path).layout(document["layout"]).shape == (24, facts["dimensions"])
        return document["layout"]

    assert project() == "tsne"
    usual = load(colours_path).layout("tsne").copy()
    names = [project("--perplexity", 4), project("--seed", 1), project("--perplexity", 4, "--seed", 1)]
    assert len({"tsne", *names}) == 4
    assert all(name.startswith("tsne-") for name in names)
    np.testing.assert_array_equal(load(colours_path).layout("tsne"), usual)
    assert project("--perplexity", 4) == names[0]  # asked again it takes the place of the same
    assert project("--steady") == "tsne"
    assert set(load(colours_path).layouts) == {"pca", "tsne", *names}
    artifacts.check(colours_path)


def test_project_leaves_a_layout_alone_that_has_the_methods_name_by_chance(answer, colours_path):
    mine = load(colours_path).layout("pca").copy()  # made up: its facts do not say how
    assert answer("project", colours_path, "--method", "pca")["layout"].startswith("pca-")
    np.testing.assert_array_equal(load(colours_path).layout("pca"), mine)


def test_check(answer, ask, colours_path):
    document = answer("check", colours_path)
    assert (document["whole"], document["items"]) == (True, 24)
    (colours_path / "vectors.npy").unlink()
    assert ask("check", colours_path)[0] == 2


@pytest.mark.parametrize(
    "words",
    [
        ["neighbors", "{}", "Red 0"],
        ["analogy", "{}", "--positive", "Red 0"],
        ["between", "{}", "Red 0", "Blue 0"],
        ["factors", "{}"],
        ["check", "{}"],
    ],
)
def test_people_get_a_table_with_the_titles_in_it(ask, colours_path, words):
    status, out, err = ask(*(word.format(colours_path) for word in words))
    assert (status, err) == (0, "")
    said = " ".join(out.split())  # lines wrap where the path is long
    assert ("whole: 24 items" if words[0] == "check" else "Red 1") in said


def test_titles_with_brackets_are_no_markup(ask, colours, tmp_path):
    items = colours.items.assign(key=[f"[REC]{row} [/]" for row in range(24)])
    artifacts.save(tmp_path / "a", colours.vectors, items, {})
    status, out, _ = ask("neighbors", tmp_path / "a", "[REC]0 [/]")
    assert status == 0
    assert "[REC]1 [/]" in out


def test_version(ask):
    assert ask("--version") == (0, f"explorer {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["neighbors", "{}", "Rde 1"], "There is no item 'Rde 1' among the 24 of colours. Did you mean: 'Red 1'"),
        (["neighbors", "nowhere", "Red 1"], "no artifact 'nowhere'"),
        (["neighbors", "{}", "Red 1", "--metric", "taxi"], "no metric 'taxi'"),
        (["neighbors", "{}", "Red 1", "--k", "0"], "k is 0"),
        (["neighbors", "{}", "Red 1", "--k", "many"], "invalid int value: 'many'"),
        (["neighbors", "{}"], "required: KEY"),
        (["analogy", "{}"], "at least one item"),
        (["factors", "{}", "--n", "2"], "at least 3 items"),
        (["project", "{}", "--method", "mds"], "no layout method 'mds'"),
        (["project", "{}", "--perplexity", "20"], "too large for 24 points"),
        (["check", "nowhere"], "no artifact 'nowhere'"),
        (["train", "movielens", "--data", "nowhere", "--out", "a"], "nowhere"),
        (["train", "movielens", "--data", "nowhere", "--out", "{}/vectors.npy"], "left unchanged"),
        (
            ["train", "movielens", "--data", "nowhere", "--out", "a", "--model", "magic"],
            "no model 'magic'; choose one of",
        ),
        (["train", "movielens", "--data", "nowhere", "--out", "a", "--layouts", "mds"], "no layout method 'mds'"),
        (["train", "movielens", "--data", "nowhere", "--out", "a", "--size", "0"], "size is 0; it must be between"),
        (["train", "movielens", "--data", "nowhere", "--out", "a", "--size", "100000"], "size is 100,000"),
        (["train", "wine", "--data", "nowhere", "--out", "a"], "invalid choice: 'wine'"),
        (["download", "ml-7m"], "no data set 'ml-7m'"),
        (["sing"], "invalid choice: 'sing'"),
        ([], "required: COMMAND"),
    ],
)
def test_a_wrong_request_ends_with_2_and_one_line(ask, colours_path, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    status, out, err = ask(*(word.format(colours_path) for word in words))
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_bug_of_ours_is_no_wrong_request(colours_path):
    script = "from explorer import cli, queries; queries.neighbors = None; cli.main(['neighbors', {!r}, 'Red 0'])"
    done = subprocess.run(
        [sys.executable, "-c", script.format(str(colours_path))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_train_finds_the_two_tastes(ask, movielens, tmp_path):
    out = tmp_path / "films"
    mf = ["--model", "mf", "--size", 4, "--rate", 0.05, "--seed", 5]
    status, text, err = ask("train", "movielens", "--data", movielens, "--out", out, *mf)
    assert status == 0, err
    assert f"ml-tiny: {n_ratings(movielens)} ratings, {USERS} users, {FILMS} items" in err
    assert all(word in text for word in ("mf", "item-mean", "global-mean", "RMSE", "MAE"))
    films = load(out)
    assert len(films) == FILMS - 1  # one has fewer than 20 ratings
    assert films.vectors.shape[1] == 4
    assert films.users.shape == (USERS, 5)
    assert {"key", "item_id", "title", "year", "genres", "n_ratings", "mean_rating", "bias"} <= set(films.items.columns)
    assert films.items.key[0] == "The Film 00"
    comedies = films.neighbors("The Film 01", k=8)
    assert all(have == ["Comedy"] for have in comedies.genres)
    assert films.layout("pca").shape == (FILMS - 1, 2)


def test_the_manifest_and_the_card_say_where_it_comes_from(answer, movielens, tmp_path):
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


def test_models_without_vectors_have_the_bias_for_one(answer, movielens, tmp_path):
    for model in ("global-mean", "item-mean"):
        answer("train", "movielens", "--data", movielens, "--model", model, "--out", tmp_path / model)
        films = load(tmp_path / model)
        np.testing.assert_array_equal(films.vectors[:, 0], films.items.bias.astype(np.float32))
        assert films.users.shape == (USERS, 2)
        assert not films.users[:, 0].any()
        assert "no vectors of its own" in films.manifest["vectors"]
    means = load(tmp_path / "item-mean")
    np.testing.assert_allclose(means.items.bias + means.manifest["mean"], means.items.mean_rating, atol=1e-5)


def test_means_are_trained_without_tensorflow(movielens, tmp_path):
    command = ["train", "movielens", "--data", str(movielens), "--model", "item-mean", "--out", str(tmp_path / "a")]
    script = f"import sys; from explorer.cli import main; main({command}); assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True)
    assert artifacts.check(tmp_path / "a")


def test_tensorflow_says_nothing_so_that_an_error_stands_alone(movielens, tmp_path):
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


def test_train_keeps_no_item_below_min_ratings_and_says_what_would_do(ask, movielens, tmp_path):
    common = ["train", "movielens", "--data", movielens, "--model", "item-mean", "--out", tmp_path / "a"]
    assert ask(*common, "--min-ratings", 1)[0] == 0
    assert len(load(tmp_path / "a")) == FILMS
    status, _, err = ask(*common, "--min-ratings", 1000)
    assert status == 2
    assert "No item has 1,000 ratings; the most-rated has" in err
    assert len(load(tmp_path / "a")) == FILMS


@pytest.fixture
def ctrl_c():
    """Ctrl-C as at a terminal: what a script starts in the background ignores it, and so does all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_with_130_and_leaves_the_old_artifact(ctrl_c, ask, movielens, colours_path, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    for step in (
        "explorer.training.ratings.train.train",
        "explorer.maps.projection.project",
        "explorer.artifacts.folder.write_manifest",
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


def test_any_table_of_ratings_is_trained_on_and_evaluated(answer, ask, tmp_path):
    rows = [f"u{user};SKU-{item};{1 + (user * item) % 5}" for user in range(30) for item in range(6)]
    (tmp_path / "shop.csv").write_text("\n".join(["customer;sku;stars", *rows]) + "\n")
    (tmp_path / "facts.csv").write_text("sku,name\n" + "".join(f"SKU-{n},Chair {n}\n" for n in range(6)))
    data = ("--data", tmp_path / "shop.csv", "--model", "item-mean", "--items", tmp_path / "facts.csv")
    found = answer("train", "ratings", *data, "--out", tmp_path / "shop")
    assert found["dataset"] == {"name": "shop", "ratings": 180, "users": 30, "items": 6}
    assert load(tmp_path / "shop").items["key"].tolist() == [f"Chair {n}" for n in range(6)]
    assert "MovieLens" not in (tmp_path / "shop" / "DATA_CARD.md").read_text()
    assert answer("evaluate", "ratings", *data, "--split", "90/10")["mean"]["rmse"] > 0
    status, out, err = ask("train", "ratings", *data, "--out", tmp_path / "x", "--rating", "star")
    assert (status, out) == (2, "")
    assert "there is no column 'star'; there are 'customer', 'sku', 'stars'. Did you mean 'stars'?" in err
    assert not (tmp_path / "x").exists()


def test_interactions_are_trained_on(answer, tmp_path):
    rows = [f"u{user}\tSKU-{item}\t{1 + item}" for user in range(30) for item in range(8) if (user + item) % 2]
    (tmp_path / "clicks.tsv").write_text("\n".join(["visitor\tproduct\tclicks", *rows]) + "\n")
    found = answer(
        "train", "interactions", "--data", tmp_path / "clicks.tsv", "--out", tmp_path / "shop", "--size", "4",
        "--epochs", "2", "--weight", "clicks",
    )  # fmt: skip
    assert found["dataset"] == {"name": "clicks", "interactions": 120, "users": 30, "items": 8}
    assert {"recall@10", "recall@10_popularity", "n_test"} <= found["metrics"].keys()


def test_a_bare_name_is_written_beside_the_other_artifacts(answer, ratings, monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    words = ("train", "movielens", "--data", ratings, "--model", "global-mean", "--min-ratings", 1, "--out")
    assert answer(*words, "mine")["artifact"] == str(tmp_path / "artifacts" / "mine")
    assert answer(*words, tmp_path / "there")["artifact"] == str(tmp_path / "there")
    assert [one["name"] for one in answer("list")["artifacts"]] == ["mine"]
