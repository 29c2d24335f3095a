"""Compare: two embeddings of the same items side by side."""

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
    """The colours once more, Red 5 among the blue ones."""
    vectors = np.array(world.vectors)
    vectors[5] = vectors[21]
    artifacts.save(root / "moved", vectors, world.items, {"kind": "movielens"}, layouts=world.layouts)
    return artifacts.load("moved")


def test_neighbors_in_both_with_those_in_common_marked(world, moved, visit):
    screen = visit("Compare", **{"with": "moved", "item": "Red 4", "k": "5"})
    found = compare_embeddings(world, moved, 5)
    a, b = found.neighbors("Red 4")
    assert screen.lists[:2] == [a["key"].tolist(), b["key"].tolist()]
    for data, table in zip(screen.components("item_list")[:2], (a, b), strict=True):
        assert [row["marked"] == "in both" for row in data["rows"]] == table["in_both"].tolist()
        assert [row["number"] for row in data["rows"]] == [f"{score:.2f}" for score in table["score"]]
    assert [data["artifact"] for data in screen.components("item_list")[:2]] == ["movielens", "moved"]
    assert f"Of the 5 nearest films, {a['in_both'].sum()} are in both lists" in screen.notes


def test_what_is_on_screen_is_in_the_link(world, moved, visit):
    screen = visit("Compare").set("with", "reds").set("item", "Red 2").set("k", 5)
    assert (screen.url["with"], screen.url["item"], screen.url["k"]) == ("reds", "Red 2", "5")
    again = visit("Compare", **screen.at.query_params)
    assert again.control("with").value == "reds"
    assert again.lists == screen.lists
    assert all(key.startswith("Red") for key in again.lists[0])  # only those in both


def test_the_items_whose_company_changed(world, moved, visit):
    screen = visit("Compare", **{"with": "moved", "k": "5"})
    found = compare_embeddings(world, moved, 5)
    assert screen.lists[2][0] == "Red 5"
    assert screen.lists[2] == found.changed(8)["key"].tolist()
    assert screen.lists[3] == found.changed(8, most=False)["key"].tolist()
    facts = {row["name"]: row["value"] for row in screen.components("fact_list")[0]["rows"]}
    assert facts["Jaccard"].startswith(f"{found.jaccard.mean():.3f}")
    assert facts["Rank-biased overlap"].startswith(f"{found.rbo.mean():.3f}")
    assert f"{found.alignment.disparity:.0%}" in facts["Procrustes"]
    value = found.correlations["overlap"]
    more = "share more neighbors" if value > 0 else "share fewer neighbors"
    meant = f"more popular films {more}" if abs(value) >= 0.1 else "no clear relation"
    assert facts["Popularity and overlap"] == f"rank correlation {value:+.2f}: {meant}"
    assert "Number: rank-biased overlap" in screen.notes


def test_the_figures_hold_what_was_found(world, moved, visit):
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
    assert "In no decile of popularity" in screen.notes


def test_it_begins_with_an_item_that_is_in_both(root, world, visit):
    artifacts.save(root / "blues", world.vectors[16:], world.items.tail(8), {"kind": "movielens"})
    screen = visit("Compare", **{"with": "blues"})
    assert screen.control("with").label == "Compare movielens with"
    assert screen.control("item").value == "Blue 0" and "item" not in screen.url
    assert len(screen.lists) == 4 and not screen.at.info
    assert visit("Compare", **{"with": "reds"}).control("item").value == "Red 0"


def test_an_item_that_is_only_in_one_is_told(world, moved, visit):
    screen = visit("Compare", **{"with": "reds", "item": "Blue 3"})
    assert not screen.errors
    assert any("Blue 3 is not among the 8" in info.value.replace("\\", "") for info in screen.at.info)
    assert screen.lists  # all the rest is there


def test_nothing_in_common_names_both_and_how_many(world, root, visit):
    items = pd.DataFrame({"key": [f"other {row}" for row in range(5)]})
    artifacts.save(root / "others", world.vectors[:5], items, {})
    screen = visit("Compare", **{"with": "others"})
    (error,) = screen.errors
    assert "movielens (24 items) and others (5 items) have none in common" in error
    assert screen.components("quality_card")  # each by itself can be judged
    assert visit("Compare").control("with").value == "reds"  # by default one with items in common


def test_it_opens_on_the_same_kind_of_items_with_most_in_common(root, world, visit):
    artifacts.save(root / "all", world.vectors, world.items, {"kind": "movielens"})
    titles = world.items[["key", "title"]].head(20)
    artifacts.save(root / "a-novel", world.vectors[:20], titles, {**BOOKS.document()})
    assert visit("Compare").control("with").value == "all"  # not `reds`, with 8
    assert visit("Compare", artifact="a-novel").control("with").value is None


def test_a_single_embedding_is_judged_by_itself(root, colours, visit):
    artifacts.save(root / "movielens", colours.vectors, colours.items, {}, layouts=colours.layouts)
    screen = visit("Compare")
    assert not screen.errors
    assert any("only embedding" in info.value.replace("\\", "") for info in screen.at.info)
    (card,) = screen.components("quality_card")
    assert card["names"] == ["movielens"]


def test_the_quality_card_says_what_the_library_does(world, moved, visit):
    (card,) = visit("Compare", **{"with": "moved"}).components("quality_card")
    assert card["names"] == ["movielens", "moved"]
    figures = quality(world).figures
    assert [row["name"] for row in card["rows"]] == [figure.name for figure in figures]
    assert [row["values"][0] for row in card["rows"]] == [{"text": f.text, "verdict": f.verdict} for f in figures]
    assert all(row["meaning"] and row["normal"] for row in card["rows"])


def test_groups_that_somebody_brings_are_looked_for(world, moved, visit):
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


def test_the_quality_card_can_be_left_out(world, moved, visit):
    assert not visit("Compare", quality="0").components("quality_card")


def test_ready_pairs_are_offered_where_they_are(root, world, moved, visit):
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


def test_the_lists_download(world, moved, visit, files):
    visit("Compare", **{"with": "moved", "item": "Red 4", "k": "5"})
    tables = {name: pd.read_csv(io.StringIO(text)) for name, text in files.items()}
    assert tables["Red 4 in moved.csv"]["key"].tolist() == moved.neighbors("Red 4", 5)["key"].tolist()
    assert len(tables["overlap of all.csv"]) == 24


@pytest.mark.parametrize(("agent", "folded"), [("Mozilla/5.0 (Linux; Android 15) Mobile Safari/537.36", 3), ("X11", 0)])
def test_on_a_phone_all_but_the_neighbors_is_folded(moved, visit, monkeypatch, agent, folded):
    monkeypatch.setattr(type(st.context), "headers", {"User-Agent": agent})
    screen = visit("Compare", **{"with": "moved"})
    assert not screen.errors
    assert len(screen.at.expander) == folded
    assert "Popularity bias" in [heading.value for heading in screen.at.header]
