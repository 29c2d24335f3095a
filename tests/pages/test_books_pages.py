"""A books embedding on every page: no ratings needed, and items are called books."""

import pandas as pd
import pytest

from explorer import artifacts


@pytest.fixture
def shelf(root, colours):
    """24 books in three colors by three authors, as a training on links writes them."""
    items = colours.items[["key", "title", "genres"]].assign(
        item_id=colours.items["key"],
        author=[f"Author {key.split()[0]}" for key in colours.items["key"]],
        series=None,
        country="Iceland",
        year=pd.array([None, *range(1901, 1924)], "Int64"),
        pages=pd.array([None, *range(101, 124)], "Int64"),
        n_links=5,
    )
    manifest = {
        "kind": "books",
        "model": "links",
        "dataset": {"name": "shelf", "books": 24, "links": 30, "pairs": 120},
        "metrics": {"auc": 0.9, "auc_popularity": 0.6, "recall@10": 0.5, "recall@10_popularity": 0.1, "n_test": 12},
        "curve": [{"epoch": 1, "loss": 0.5}],
        "licence": "CC BY-SA",
    }
    artifacts.save(root / "books", colours.vectors, items, manifest, layouts=colours.layouts)
    return artifacts.load("books")


def test_page_opens_without_film_words(shelf, visit, page):
    screen = visit(page, artifact="books")
    assert not screen.errors
    assert "24 books" in screen.notes
    assert page == "Learn" or "films" not in screen.notes  # counts items of MovieLens


def test_source_is_named(shelf, visit):
    screen = visit("Home", artifact="books")
    assert "learned from 120 links of 24 books to 30 pages" in screen.notes
    about = {row["name"]: row["value"] for row in screen.components("value_list")[0]["rows"]}
    assert "120 links of 24 books to 30 pages" in about["Data"]
    assert "90%" in about["Held-out links"] and "60%" in about["Held-out links"]


def test_lists_show_the_author(shelf, visit):
    rows = visit("Neighbors", artifact="books", items="Red 3").components("item_list")[0]["rows"]
    assert all("Author Red" in [value["text"] for value in row["values"]] for row in rows[:7])


def test_card_shows_the_columns_and_links_to_the_article(shelf, visit):
    (card,) = visit("Home", artifact="books", item="Red 3").components("item_card")
    attributes = {part["label"]: part["text"] for part in card["attributes"]}
    assert [attributes[label] for label in ("Author", "Country", "Pages")] == ["Author Red", "Iceland", "103"]
    assert card["links"] == {"Wikipedia": "https://en.wikipedia.org/wiki/Red_3"}
    (card,) = visit("Home", artifact="books", item="Red 0").components("item_card")
    assert card["beside"] == "" and "Pages" not in {part["label"] for part in card["attributes"]}


def test_books_are_recommended_without_ratings(shelf, visit):
    screen = visit("Recommend", artifact="books", rated=["Red 0=5"])
    assert screen.lists[-1] and "Red 0" not in screen.lists[-1]
    assert screen.lists[-1][0].startswith("Red")


def test_pages_that_need_ratings_say_so(shelf, visit):
    assert "no item bias" in visit("Factors", artifact="books", view="bias").notes


def test_filters_are_offered_for_existing_columns(shelf, visit):
    screen = visit("Neighbors", artifact="books").open_filters()
    shown = [data["label"] for data in screen.components("column_filter")]
    assert {"Year", "Genres", "Author", "Pages"} <= set(shown) and "Number of ratings" not in shown
    assert visit("Factors", artifact="books").has("n")


@pytest.mark.parametrize("name", ["books", "books-links"])
def test_shipped_books_open(monkeypatch, visit, page, name):
    monkeypatch.delenv("EXPLORER_ARTIFACTS")
    assert name in artifacts.list_artifacts(), "artifacts/books is part of the repository; `make artifacts` trains it"
    assert not visit(page, artifact=name).errors


def test_every_example_exists_in_the_shipped_artifact(monkeypatch):
    from explorer.webapp import examples

    monkeypatch.delenv("EXPLORER_ARTIFACTS")
    books, films = artifacts.load("books"), artifacts.load("movielens")
    for key in examples.ITEMS:
        assert key in books or key in films
    for title in [title for sides in examples.EQUATIONS.values() for side in sides for title in side]:
        assert title in books or (films.items["title"] == title).any(), title
    for pair in examples.ENDS:
        assert all(key in books for key in pair) or all(key in films for key in pair)
