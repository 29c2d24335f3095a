"""`columns` shows and corrects column kinds; `--where` filters the items of a query."""

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts, load


def test_columns_are_listed(answer, colours_path):
    document = answer("columns", colours_path)
    kinds = {column["name"]: column["kind"] for column in document["columns"]}
    assert kinds["genres"] == "labels" and kinds["n_ratings"] == "number" and kinds["item_id"] == "text"
    assert next(column["role"] for column in document["columns"] if column["name"] == "genres") == "group"


def test_correction_changes_only_the_manifest(ask, answer, colours_path):
    vectors = (colours_path / "vectors.npy").stat().st_ino
    before = artifacts.digest(colours_path)
    document = answer(
        "columns", colours_path, "--set", "bias=number:Item bias", "--set", "year=category", "--role", "year=group",
        "--at-least", "n_ratings=500", "--noun", "shade/shades",
    )  # fmt: skip
    assert document["noun"] == ["shade", "shades"]
    schema = load(colours_path).schema
    assert schema["bias"].label == "Item bias" and schema["year"].kind == "category"
    assert schema.by_role("group").name == "year" and schema["genres"].role == ""
    assert schema.default_filters()["n_ratings"].low == 500
    assert artifacts.digest(colours_path) != before
    assert (colours_path / "vectors.npy").stat().st_ino == vectors
    artifacts.check(colours_path)
    answer("columns", colours_path, "--at-least", "n_ratings=", "--role", "year=")
    assert load(colours_path).schema.default_filters() == {} and load(colours_path).schema.by_role("group") is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "yera=number"], "Did you mean 'year'"),
        (["--set", "year"], "write NAME=KIND"),
        (["--set", "year=hologram"], "choose one of category"),
        (["--role", "genres=popularity"], "needs a number"),
        (["--at-least", "year=old"], "write a number"),
        (["--noun", "shade"], "chair/chairs"),
    ],
)
def test_invalid_correction_is_refused_and_changes_nothing(ask, colours_path, options, message):
    before = artifacts.digest(colours_path)
    status, out, err = ask("columns", colours_path, *options)
    assert (status, out) == (2, "") and message in err and err.count("\n") == 1
    assert artifacts.digest(colours_path) == before


def test_where_filters_the_results(answer, colours_path):
    blue = "list_contains(genres, 'Blue') and year < 2005"
    found = answer("neighbors", colours_path, "Red 0", "--k", 50, "--where", blue)["results"]
    assert {item["key"] for item in found} == {f"Blue {shade}" for shade in range(5)}
    for command in (
        ("analogy", colours_path, "--positive", "Red 0", "--where", blue),
        ("between", colours_path, "Red 0", "Green 0", "--where", blue),
        ("recommend", colours_path, "--rate", "Red 0=5", "--where", blue),
    ):
        assert all(item["key"].startswith("Blue") for item in answer(*command)["results"]), command
    factors = answer("factors", colours_path, "--where", "list_contains(genres, 'Blue')", "--factors", 1, "--k", 50)
    assert factors["items"] == 8
    assert {item["key"] for item in factors["factors"][0]["low"]} == {f"Blue {shade}" for shade in range(8)}


def test_where_and_min_ratings_combine(answer, colours_path):
    found = answer("neighbors", colours_path, "Red 0", "--k", 50, "--min-ratings", 900, "--where", "year >= 1990")
    assert {item["key"] for item in found["results"]} == {"Green 0", "Blue 0"}


def test_export_where_writes_only_matching_items(answer, colours_path, tmp_path):
    document = answer("export", colours_path, "--format", "npy", "--out", tmp_path, "--where", "year < 1984")
    assert document["items"] == 4
    rows = np.flatnonzero(load(colours_path).items["year"] < 1984)
    assert np.array_equal(np.load(tmp_path / "vectors.npy"), load(colours_path).vectors[rows])


@pytest.mark.parametrize("command", ["neighbors", "export"])
def test_where_with_an_unknown_column_names_the_closest(ask, colours_path, tmp_path, command):
    rest = ["Red 0"] if command == "neighbors" else ["--format", "npy", "--out", tmp_path / "x"]
    status, out, err = ask(command, colours_path, *rest, "--where", "n_rating > 3")
    assert (status, out) == (2, "") and "Did you mean 'n_ratings'" in err
    assert not (tmp_path / "x").exists()


def test_neighbors_without_a_column_differ_in_it(answer, tmp_path):
    rng = np.random.default_rng(0)
    price, style = np.repeat([0.0, 1.0], 40), np.tile(np.arange(4), 20)
    vectors = np.column_stack([3 * price, 2 * np.eye(4)[style]]) + 0.05 * rng.normal(size=(80, 5))
    items = pd.DataFrame(
        {"key": [f"chair {n}" for n in range(80)], "price": price + rng.random(80) / 10, "style": style}
    )
    path = artifacts.save(tmp_path / "chairs", vectors.astype(np.float32), items, {})
    own = answer("neighbors", path, "chair 0", "--k", 9)["results"]
    less = answer("neighbors", path, "chair 0", "--k", 19, "--without", "price")["results"]
    assert all(item["price"] < 0.5 for item in own) and {item["style"] for item in less} == {0}
    assert sum(item["price"] > 0.5 for item in less) >= 8  # of 10 with this style


def test_without_a_column_that_has_no_direction_is_refused(ask, colours_path):
    for column, message in (
        ("yera", "Did you mean 'year'"),
        ("title", "no direction"),
        ("genres=Rde", "choose one of Even"),
    ):
        status, _, err = ask("neighbors", colours_path, "Red 0", "--without", column)
        assert status == 2 and message in err, err
