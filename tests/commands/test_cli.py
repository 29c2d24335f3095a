"""The command line: output, exit status, files written."""

import subprocess
import sys

import numpy as np
import pytest

from explorer import __version__, artifacts, load
from tests import ROOT


def test_neighbors_prints_the_nearest_items(answer, colours_path):
    document = answer("neighbors", colours_path, "Red 0", "--k", 2)
    assert document.keys() == {"artifact", "key", "metric", "results"}
    assert (document["artifact"], document["key"], document["metric"]) == ("colours", "Red 0", "cosine")
    assert [found["key"] for found in document["results"]] == ["Red 1", "Red 2"]
    first = document["results"][0]
    assert list(first)[:2] == ["key", "score"]
    assert first["score"] == pytest.approx(np.cos(np.deg2rad(3)), abs=1e-5)
    assert (first["item_id"], first["year"], first["genres"], first["n_ratings"]) == (1, 1981, ["Red"], 900)


def test_neighbors_with_metric_and_min_ratings(answer, colours_path):
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
def test_analogy_accepts_several_keys_and_repeated_options(answer, colours_path, words):
    document = answer("analogy", colours_path, *words, "--k", 1)
    assert document["positive"] == ["Green 0", "Red 7"]
    assert document["negative"] == ["Red 0"]
    assert [found["key"] for found in document["results"]] == ["Green 7"]


def test_between_prints_the_items_between_two(answer, colours_path):
    document = answer("between", colours_path, "Red 1", "Red 5", "--k", 1)
    assert document["results"][0]["key"] == "Red 3"
    assert {"to_a", "to_b"} <= document["results"][0].keys()


def test_factors_prints_both_ends_of_each_factor(answer, colours_path):
    document = answer("factors", colours_path, "--n", 24, "--factors", 3, "--k", 3)
    assert document["items"] == 24
    assert [axis["factor"] for axis in document["factors"]] == [1, 2, 3]
    first = document["factors"][2]
    assert first.keys() == {"factor", "explained", "low", "high", "goes_with"}
    assert len(first["low"]) == len(first["high"]) == 3
    assert first["goes_with"][0].keys() == {"what", "measure", "value", "strength", "end", "p"}


def test_factors_name_their_correlates_with_end_and_measure(answer, ask, colours_path):
    words = ["factors", colours_path, "--factors", 3]
    axis = answer(*words)["factors"][2]
    assert axis["goes_with"]
    out = ask(*words)[1]
    for found in axis["goes_with"][:3]:
        high = found["value"] > (0.5 if found["measure"] == "AUC" else 0)
        assert found["end"] == ("high" if high else "low")
        assert f"{found['end']}est: {found['what']} ({found['measure']} {found['value']:.2f})" in " ".join(out.split())


def test_list_includes_unreadable_artifacts(answer, ask, colours_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(colours_path.parent))
    (colours_path.parent / "broken").mkdir()
    (colours_path.parent / "broken" / "manifest.json").write_text("{")
    broken, whole = answer("list")["artifacts"]
    assert broken["name"] == "broken"
    assert "is not a manifest" in broken["error"]
    assert (whole["name"], whole["items"], whole["dimensions"], whole["model"]) == ("colours", 24, 4, "made up")
    assert "colours" in ask("list")[1]


def test_project_stores_layouts_of_different_settings_separately(answer, colours_path):
    def project(*words: object) -> str:
        document = answer("project", colours_path, "--method", "tsne", *words)
        metadata = load(colours_path).manifest["layouts"][document["layout"]]
        assert metadata["trustworthiness"] == document["trustworthiness"]
        assert load(colours_path).layout(document["layout"]).shape == (24, metadata["dimensions"])
        return document["layout"]

    assert project() == "tsne"
    usual = load(colours_path).layout("tsne").copy()
    names = [project("--perplexity", 4), project("--seed", 1), project("--perplexity", 4, "--seed", 1)]
    assert len({"tsne", *names}) == 4
    assert all(name.startswith("tsne-") for name in names)
    np.testing.assert_array_equal(load(colours_path).layout("tsne"), usual)
    assert project("--perplexity", 4) == names[0]  # the same settings replace the layout
    assert project("--steady") == "tsne"
    assert set(load(colours_path).layouts) == {"pca", "tsne", *names}
    artifacts.check(colours_path)


def test_project_keeps_a_foreign_layout_named_like_the_method(answer, colours_path):
    mine = load(colours_path).layout("pca").copy()  # its metadata do not say how it was made
    assert answer("project", colours_path, "--method", "pca")["layout"].startswith("pca-")
    np.testing.assert_array_equal(load(colours_path).layout("pca"), mine)


def test_check_accepts_an_intact_artifact_and_refuses_an_incomplete_one(answer, ask, colours_path):
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
def test_text_output_is_a_table_with_titles(ask, colours_path, words):
    status, out, err = ask(*(word.format(colours_path) for word in words))
    assert (status, err) == (0, "")
    output = " ".join(out.split())  # long paths wrap
    assert ("whole: 24 items" if words[0] == "check" else "Red 1") in output


def test_brackets_in_titles_are_not_markup(ask, colours, tmp_path):
    items = colours.items.assign(key=[f"[REC]{row} [/]" for row in range(24)])
    artifacts.save(tmp_path / "a", colours.vectors, items, {})
    status, out, _ = ask("neighbors", tmp_path / "a", "[REC]0 [/]")
    assert status == 0
    assert "[REC]1 [/]" in out


def test_version_is_printed(ask):
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
def test_bad_request_exits_with_2_and_one_line(ask, colours_path, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    status, out, err = ask(*(word.format(colours_path) for word in words))
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_internal_error_is_not_reported_as_a_bad_request(colours_path):
    script = "from explorer import cli, queries; queries.neighbors = None; cli.main(['neighbors', {!r}, 'Red 0'])"
    done = subprocess.run(
        [sys.executable, "-c", script.format(str(colours_path))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
