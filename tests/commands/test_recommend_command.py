"""`recommend`: results, explanations, invalid ratings."""

from pathlib import Path

import pytest

from explorer import artifacts


@pytest.fixture
def rated_path(colours, tmp_path) -> Path:
    """The colors artifact as a rating model; one title contains an equals sign."""
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
def test_recommend_lists_items_with_explanations(answer, rated_path, words):
    document = answer("recommend", rated_path, *words, "--k", 6)
    assert document["rated"] == {"Red 0": 5, "1 = 1": 4.5, "Blue 0": 1}
    first = document["results"][0]
    assert list(first)[:5] == ["key", "predicted", "mean_rating", "delta", "score"]
    assert {found["key"].split()[0] for found in document["results"]} == {"Red"}
    assert first["delta"] == pytest.approx(first["predicted"] - first["mean_rating"], abs=1e-6)
    assert {reason["key"] for reason in first["because"]} == {"Red 0", "1 = 1"}
    most, second = first["because"]
    assert most["contribution"] >= second["contribution"] > 0


def test_recommend_text_output_and_popularity(ask, answer, rated_path):
    assert "because you rated" in ask("recommend", rated_path, "--rate", "Red 0=5")[1]
    few = answer("recommend", rated_path, "--rate", "Red 0=5", "--min-ratings", 950, "--popularity", 0)
    assert [found["key"][-1] for found in few["results"]] == ["0", "0"]  # Green and Blue; Red 0 was rated
    assert answer("recommend", rated_path, "--rate", "Red 0=5", "--min-ratings", 5000)["results"] == []
    best = answer("recommend", rated_path, "--rate", "Red 0=5", "--order", "stars", "--k", 24)["results"]
    assert [found["predicted"] for found in best] == sorted((found["predicted"] for found in best), reverse=True)


def test_recommend_without_likes_ranks_by_prediction(ask, answer, rated_path):
    words = ["recommend", rated_path, "--rate", "Red 0=0.5", "1 = 1=0.5"]
    document = answer(*words)
    assert (document["liked"], document["order"]) == (0, "stars")
    assert len(document["results"]) == 10
    assert not any(found["key"].startswith("Red") for found in document["results"])
    assert [found["because"] for found in document["results"]] == [[]] * 10  # both ratings are below the mean
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
def test_invalid_ratings_exit_with_2_and_one_line(ask, rated_path, words, message):
    status, out, err = ask("recommend", rated_path, *words)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
