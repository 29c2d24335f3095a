"""Checks of every page: it opens, restores its state from the URL, and tolerates any URL."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts
from tests.pages.conftest import Screen

TITLES = (
    "<b>bold</b><img src=x onerror=alert(1)>",
    "**strong** [link](https://example.org) `code`",
    ":material/home: :red[red]",
    "$x^2$ and {n} {items} 👩‍👩‍👧",
    "# heading",
    "\u202eright to left \u2067\u05d0\u05d1",
    "long " * 2_000,
)
RAW = re.compile(r"(?<!\\)(<b|<img|\*\*strong|\[link|`code|:material/home|\$x|# heading|[\u202a-\u202e\u2067])")


def test_page_opens_and_choosing_another_embedding_changes_the_url(world, visit, page):
    screen = visit(page)
    assert not screen.errors
    assert screen.at.title[0].value
    assert screen.control("artifact").value == "movielens"
    screen.set("artifact", "reds")
    assert not screen.errors
    assert screen.url["artifact"] == "reds"
    assert "artifact" not in screen.set("artifact", "movielens").url


def test_url_opens_another_embedding(world, visit, page):
    screen = visit(page, artifact="reds")
    assert not screen.errors
    assert screen.control("artifact").value == "reds"
    assert screen.url["artifact"] == "reds"
    assert "8 films" in screen.notes
    assert all(key.startswith("Red") for keys in screen.lists for key in keys)


UNKNOWN = {"item": "Mauve 1", "items": ["Mauve 1", "Red 1"], "plus": "Mauve 1", "from": "Mauve 1", "genres": "Mauve"}
BAD_NUMBERS = {"metric": "taxicab", "k": "-1", "min_ratings": "lots", "years": ["1", "x"], "factor": "99", "n": "NaN"}
OUT_OF_RANGE = {"x": "0", "y": "1e9", "at": "-5", "k": "1000000000000", "years": ["1", "2", "3"]}
EMPTY = dict.fromkeys(("item", "items", "plus", "minus", "genres", "years", "artifact", "k", "view", "mode"), "")


@pytest.mark.parametrize(
    "query",
    [
        {"mode": "between", **UNKNOWN, **BAD_NUMBERS},
        {"view": "two", "method": "isomap", "genre_mode": "none", **OUT_OF_RANGE},
        EMPTY,
    ],
    ids=["unknown names", "out of range", "empty"],
)
def test_unknown_values_in_the_url_fall_back_to_defaults(world, visit, page, query):
    screen = visit(page, **query)
    assert not screen.errors
    assert screen.control("artifact").value == "movielens"


@pytest.mark.parametrize(
    "query",
    [{"artifact": "no such"}, {"item": "<script>alert(1)</script>", "artifact": "../movielens", "\x00": "\x00"}],
    ids=["no such", "a path"],
)
def test_unknown_artifact_in_the_url_is_named_with_the_existing_ones(world, visit, query):
    screen = visit("Home", **query)  # every page chooses the artifact in the same way
    (error,) = screen.errors
    assert repr(query["artifact"]) in error
    assert "Did you mean: movielens" in error
    assert screen.lists == []


def test_embedding_with_only_keys_opens(root, colours, visit, page):
    artifacts.save(root / "bare", colours.vectors, colours.items[["key"]], {})
    views = {"Analogies": {"mode": "between"}, "Factors": {"view": "bias"}, "Map": {"view": "two"}}
    for query in ({}, views.get(page)):
        if query is not None:
            screen = visit(page, **query)
            assert screen.at.title[0].value
    missing = {"Map": "no map yet", "Factors": "no item bias"}
    if page in missing:
        assert missing[page] in " ".join([*screen.errors, screen.notes])


def test_embedding_of_one_item_opens(root, colours, visit, page):
    artifacts.save(root / "one", colours.vectors[:1], colours.items.head(1), {}, layouts={"pca": np.zeros((1, 2))})
    assert visit(page).at.title[0].value


def test_items_with_missing_values_open(root, colours, visit, page):
    items = colours.items.assign(
        year=pd.array([None, *colours.items["year"][1:]], "Int64"),
        mean_rating=np.where(np.arange(24) == 0, np.nan, colours.items["mean_rating"]),
        genres=[[], *colours.items["genres"][1:]],
    )
    artifacts.save(root / "movielens", colours.vectors, items, {}, layouts=colours.layouts)
    assert not visit(page, item="Red 0", items="Red 0").errors


@pytest.fixture
def hostile(root, colours) -> None:
    """The first films, and the genre of the last, contain markup of every kind."""
    items = colours.items.copy()
    for row, title in enumerate(TITLES):
        items.loc[row, ["key", "title"]] = title
    items["genres"] = [*items["genres"][:-1], [*TITLES]]
    artifacts.save(root / "movielens", colours.vectors, items, {"licence": TITLES[0]}, layouts=colours.layouts)


def test_titles_and_genres_are_shown_as_plain_text(hostile, visit, page):
    asked = [{"item": title} for title in TITLES] if page in ("Home", "Map") else [{"items": TITLES, "plus": TITLES}]
    for query in [*asked, {"mode": "between", "view": "two", "from": TITLES[0], "items": TITLES[:2]}]:
        screen = visit(page, **query)
        assert not screen.errors
        assert not [text for text in screen.markdown if RAW.search(text)]
        for figure in screen.figures:
            assert not re.search(r"<img|<b>bold", json.dumps(figure, default=np.ndarray.tolist))


def test_titles_reach_the_lists_unescaped(hostile, visit):
    for screen in (visit("Home", item="Red 7"), visit("Neighbors", items="Red 7"), visit("Analogies", plus="Red 7")):
        titles = [row["title"] for row in screen.components("item_list")[0]["rows"]]
        assert set(TITLES) <= set(titles)
    assert visit("Home", item=TITLES[0]).components("item_card")[0]["title"] == TITLES[0]


def test_long_title_is_shortened_in_headings_and_file_names(hostile, visit):
    screen = visit("Neighbors", items=TITLES[-1:])
    (heading,) = screen.at.header
    assert heading.value.startswith("long long") and heading.value.endswith("…") and len(heading.value) < 400


def test_right_to_left_title_is_isolated_in_a_heading(hostile, visit):
    screen = visit("Neighbors", items=[TITLES[5], "Red 7"])
    assert screen.at.header[0].value == "\u2068right to left \u05d0\u05d1\u2069"


def test_no_artifacts_says_how_to_make_one(root, visit, page):
    (error,) = visit(page).errors
    assert str(root) in error
    assert "explorer train" in error


def test_damaged_artifact_is_reported_on_every_page(world, root, visit, page):
    (root / "movielens" / "vectors.npy").unlink()
    screen = visit(page)
    (error,) = screen.errors
    assert "movielens" in error
    assert screen.control("artifact").value == "movielens"
    assert not screen.set("artifact", "reds").errors  # and another can be chosen


@pytest.mark.parametrize("fault", ["not a manifest", "newer schema", "other row count", "not a table"], ids=str)
def test_each_kind_of_damage_is_reported(world, root, visit, fault):
    folder = root / "movielens"
    manifest = json.loads((folder / "manifest.json").read_text())
    if fault == "not a manifest":
        (folder / "manifest.json").write_text("{")
    elif fault == "newer schema":
        (folder / "manifest.json").write_text(json.dumps({**manifest, "schema": 99}))
    elif fault == "other row count":
        np.save(folder / "vectors.npy", world.vectors[:5])
    else:
        (folder / "items.parquet").write_bytes(b"PAR1")
    (error,) = visit("Home").errors
    assert "movielens" in error


@pytest.mark.parametrize(
    ("where", "query"),
    [
        ("Home", {"columns": "year", "named": "genres"}),
        ("Recommend", {"rated": "Red 0=5", "columns": "year", "more": "year", "popularity": "0.5"}),
        ("Map", {"colour": "Year"}),
    ],
)
def test_controls_in_closed_containers_are_not_drawn_and_their_values_count(world, where, query):
    opened, closed = Screen(where, query), Screen(where, query, opened=())
    drawn = {name for name in ("columns", "named", "more", "less", "popularity") if closed.has(name)}
    assert drawn == ({"named"} if where == "Map" else set())
    assert len(list(closed.markdown)) < len(list(opened.markdown))
    assert closed.url == opened.url
    assert closed.lists == opened.lists
    assert closed.components("item_list") == opened.components("item_list")
