"""Compare page: two embeddings of the same items."""

import io

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from explorer import Embedding, artifacts
from explorer.datasets.wikipedia.item_schemas import BOOKS
from explorer.quality.comparison import compare_embeddings
from explorer.quality.quality_card import quality


@pytest.fixture
def moved(root, world) -> Embedding:
    """The colors artifact with Red 5 moved among the blue shades."""
    vectors = np.array(world.vectors)
    vectors[5] = vectors[21]
    artifacts.save(root / "moved", vectors, world.items, {"kind": "movielens"}, layouts=world.layouts)
    return artifacts.load("moved")


def test_neighbors_in_both_are_shown_with_common_ones_marked(world, moved, visit):
    screen = visit("Compare", **{"with": "moved", "item": "Red 4", "k": "5"})
    found = compare_embeddings(world, moved, 5)
    a, b = found.neighbors("Red 4")
    assert screen.lists[:2] == [a["key"].tolist(), b["key"].tolist()]
    for data, table in zip(screen.components("item_list")[:2], (a, b), strict=True):
        assert [row["marked"] == "in both" for row in data["rows"]] == table["in_both"].tolist()
        assert [row["number"] for row in data["rows"]] == [f"{score:.2f}" for score in table["score"]]
    assert [data["artifact"] for data in screen.components("item_list")[:2]] == ["movielens", "moved"]
    assert f"Of the 5 nearest films, {a['in_both'].sum()} are in both lists" in screen.notes


def test_state_is_in_the_url(world, moved, visit):
    screen = visit("Compare").set("with", "reds").set("item", "Red 2").set("k", 5)
    assert (screen.url["with"], screen.url["item"], screen.url["k"]) == ("reds", "Red 2", "5")
    again = visit("Compare", **screen.at.query_params)
    assert again.control("with").value == "reds"
    assert again.lists == screen.lists
    assert all(key.startswith("Red") for key in again.lists[0])  # only items that are in both


def test_items_with_the_least_overlap_are_listed(world, moved, visit):
    screen = visit("Compare", **{"with": "moved", "k": "5"})
    found = compare_embeddings(world, moved, 5)
    assert screen.lists[2][0] == "Red 5"
    assert screen.lists[2] == found.changed(8)["key"].tolist()
    assert screen.lists[3] == found.changed(8, most=False)["key"].tolist()
    facts = {row["name"]: row["value"] for row in screen.components("value_list")[0]["rows"]}
    assert facts["Jaccard"].startswith(f"{found.jaccard.mean():.3f}")
    assert facts["Rank-biased overlap"].startswith(f"{found.rbo.mean():.3f}")
    assert f"{found.alignment.disparity:.0%}" in facts["Procrustes"]
    value = found.correlations["overlap"]
    more = "share more neighbors" if value > 0 else "share fewer neighbors"
    meant = f"more popular films {more}" if abs(value) >= 0.1 else "no clear relation"
    assert facts["Popularity and overlap"] == f"rank correlation {value:+.2f}: {meant}"
    assert "Number: rank-biased overlap" in screen.notes


def test_figures_show_the_computed_values(world, moved, visit):
    screen = visit("Compare", **{"with": "moved", "item": "Red 4", "k": "5"})
    found = compare_embeddings(world, moved, 5)
    one, other, overlap, popularity, genres = screen.figures
    for figure, xy in ((one, world.layouts["pca"]), (other, moved.layouts["pca"])):
        rings = [trace for trace in figure["data"] if len(trace.get("x", [])) == 1]
        assert any(np.allclose([ring["x"][0], ring["y"][0]], xy[4], atol=1e-5) for ring in rings)
    (bars,) = overlap["data"]
    assert sum(bars["y"]) == pytest.approx(100)
    assert bars["y"][5] == pytest.approx(100 * (found.shared == 5).mean())
    assert [trace["name"] for trace in popularity["data"]] == ["movielens", "moved", "as popular as the item"]
    assert len(genres["data"]) == 2
    assert "In no popularity decile" in screen.notes


def test_default_item_is_in_both(root, world, visit):
    artifacts.save(root / "blues", world.vectors[16:], world.items.tail(8), {"kind": "movielens"})
    screen = visit("Compare", **{"with": "blues"})
    assert screen.control("with").label == "Compare movielens with"
    assert screen.control("item").value == "Blue 0" and "item" not in screen.url
    assert len(screen.lists) == 4 and not screen.at.info
    assert visit("Compare", **{"with": "reds"}).control("item").value == "Red 0"


def test_item_that_is_only_in_one_is_reported(world, moved, visit):
    screen = visit("Compare", **{"with": "reds", "item": "Blue 3"})
    assert not screen.errors
    assert any("Blue 3 is not among the 8" in info.value.replace("\\", "") for info in screen.at.info)
    assert screen.lists  # everything else is shown


def test_embeddings_without_common_items_are_named_with_their_counts(world, root, visit):
    items = pd.DataFrame({"key": [f"other {row}" for row in range(5)]})
    artifacts.save(root / "others", world.vectors[:5], items, {})
    screen = visit("Compare", **{"with": "others"})
    (error,) = screen.errors
    assert "movielens (24 items) and others (5 items) have none in common" in error
    assert screen.components("quality_card")  # the quality of each can still be shown
    assert visit("Compare").control("with").value == "reds"  # the default is one with common items


def test_default_is_the_embedding_with_most_common_items(root, world, visit):
    artifacts.save(root / "all", world.vectors, world.items, {"kind": "movielens"})
    titles = world.items[["key", "title"]].head(20)
    artifacts.save(root / "a-novel", world.vectors[:20], titles, {**BOOKS.document()})
    assert visit("Compare").control("with").value == "all"  # not `reds`, with 8
    assert visit("Compare", artifact="a-novel").control("with").value is None


def test_single_embedding_shows_its_quality(root, colours, visit):
    artifacts.save(root / "movielens", colours.vectors, colours.items, {}, layouts=colours.layouts)
    screen = visit("Compare")
    assert not screen.errors
    assert any("only embedding" in info.value.replace("\\", "") for info in screen.at.info)
    (card,) = screen.components("quality_card")
    assert card["names"] == ["movielens"]


def test_quality_card_equals_the_library(world, moved, visit):
    (card,) = visit("Compare", **{"with": "moved"}).components("quality_card")
    assert card["names"] == ["movielens", "moved"]
    figures = quality(world).figures
    assert [row["name"] for row in card["rows"]] == [figure.name for figure in figures]
    assert [row["values"][0] for row in card["rows"]] == [{"text": f.text, "verdict": f.verdict} for f in figures]
    assert all(row["meaning"] and row["normal"] for row in card["rows"])


def test_uploaded_groups_are_measured(world, moved, visit):
    screen = visit("Compare", **{"with": "moved"})
    screen.at.file_uploader[0].upload("series.csv", b"group,title\nred,Red 4\nred,Red 5\n", "text/csv")
    (card,) = screen.run().components("quality_card")
    hits = next(row for row in card["rows"] if row["name"] == "groups: hit")
    assert [value["text"] for value in hits["values"]] == ["100.0%", "0.0%"]
    screen.at.file_uploader[0].upload("series.csv", b"name\nRed 4\n", "text/csv")
    screen.run()
    assert screen.errors == ["series.csv, line 1: the columns are name; there must be group, and item_id or title."]
    (card,) = screen.components("quality_card")
    assert not any(row["name"].startswith("groups") for row in card["rows"])


def test_quality_card_can_be_hidden(world, moved, visit):
    assert not visit("Compare", quality="0").components("quality_card")


def test_suggested_pairs_are_offered_if_they_exist(root, world, moved, visit):
    for name in ("movielens-deep", "movielens-item2vec"):
        artifacts.save(root / name, moved.vectors, moved.items, {}, layouts=moved.layouts)
    screen = visit("Compare", item="Red 1")
    assert screen.control("with").value == "movielens-item2vec"
    pairs = {button.key: button for button in screen.at.button if button.key and button.key.startswith("pair:")}
    assert list(pairs) == ["pair:movielens:movielens-deep", "pair:movielens-deep:movielens-item2vec"]
    pairs["pair:movielens-deep:movielens-item2vec"].click()
    screen.run()
    assert (screen.control("artifact").value, screen.control("with").value) == ("movielens-deep", "movielens-item2vec")
    assert screen.url["item"] == "Red 1"
    one, other = screen.lists[:2]
    assert one == other


def test_lists_can_be_downloaded(world, moved, visit, files):
    visit("Compare", **{"with": "moved", "item": "Red 4", "k": "5"})
    tables = {name: pd.read_csv(io.StringIO(text)) for name, text in files.items()}
    assert tables["Red 4 in moved.csv"]["key"].tolist() == moved.neighbors("Red 4", 5)["key"].tolist()
    assert len(tables["overlap of all.csv"]) == 24


@pytest.mark.parametrize(("agent", "folded"), [("Mozilla/5.0 (Linux; Android 15) Mobile Safari/537.36", 3), ("X11", 0)])
def test_on_a_phone_only_the_neighbors_are_expanded(moved, visit, monkeypatch, agent, folded):
    monkeypatch.setattr(type(st.context), "headers", {"User-Agent": agent})
    screen = visit("Compare", **{"with": "moved"})
    assert not screen.errors
    assert len(screen.at.expander) == folded
    assert "Popularity bias" in [heading.value for heading in screen.at.header]
