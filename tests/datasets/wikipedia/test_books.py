"""Books from JSON Lines: parsed fields, counts of dropped books and links, errors."""

import gzip
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets.movielens import data_root
from explorer.datasets.wikipedia import books, infobox
from explorer.datasets.wikipedia.book_genres import PLAIN, RULES, genres
from explorer.errors import BadData, BadRequest

LINES = [
    ["Jaws (novel)",
     {"author": "Peter Benchley", "genre": "Thriller", "release_date": "February 1974", "pages": "278 pp"},
     ["Shark", "shark", "Shark#Diet", "Hardcover", "File:Jaws.jpg", "Category:1974 novels", "Amity_Island"], [],
     "2018-01-01T00:00:00Z", 10],
    ["Beast", {"author": "Peter Benchley"}, ["Squid", "SHARK", "Wikipedia:WikiProject Books", "fr:Bête", "Beast"]],
    ["Empty", {}, []],
    ["Talk:Jaws", {}, ["Shark"]],
    ["Only a picture", {}, ["Image:Nothing.png", ":Category:Pictures"]],
]  # fmt: skip


def write(folder, lines, name="made_up.ndjson"):
    file = folder / name
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"
    file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return file


def linked(found):
    """title -> linked pages, by name."""
    keys, pages = found.items["key"].tolist(), found.links["key"].tolist()
    return {key: {pages[p] for p in found.link[found.book == row]} for row, key in enumerate(keys)}


def test_page_counts_once_per_book_ignoring_case_and_section(tmp_path):
    found = books.load(write(tmp_path, LINES))
    assert linked(found) == {"Jaws (novel)": {"Shark", "Amity Island"}, "Beast": {"Shark", "Squid"}}
    assert found.items["n_links"].tolist() == [2, 2]
    assert dict(zip(found.links["key"], found.links["n_books"], strict=True)) == {
        "Shark": 2,
        "Amity Island": 1,
        "Squid": 1,
    }
    assert found.name == "made_up"


def test_dropped_books_and_links_are_counted(tmp_path):
    assert books.load(write(tmp_path, LINES)).left_out == {
        "links to bindings": 1, "file links": 2, "category links": 2, "project links": 1, "other wiki links": 1,
        "links to the book itself": 1, "pages that are not articles": 1, "books without links": 2,
    }  # fmt: skip


def test_categories_are_pages_when_requested(tmp_path):
    found = books.load(write(tmp_path, LINES), categories=True)
    assert "Category:1974 novels" in linked(found)["Jaws (novel)"]
    assert "category links" not in found.left_out


def test_columns_come_from_the_infobox(tmp_path):
    jaws = books.load(write(tmp_path, LINES)).items.iloc[0]
    assert jaws[["title", "author", "year", "pages", "genres"]].tolist() == [
        "Jaws",
        "Peter Benchley",
        1974,
        278,
        ["Thriller"],
    ]


def test_last_edition_of_a_repeated_book_is_kept(tmp_path):
    lines = [["A", {}, [page], [], time] for page, time in (("old", "2001"), ("new", "2003"), ("middle", "2002"))]
    found = books.load(write(tmp_path, lines))
    assert linked(found) == {"A": {"new"}}
    assert found.left_out["books listed twice"] == 2
    assert found.links["key"].tolist() == ["new"]


@pytest.mark.parametrize("name", ["books.ndjson", "books.ndjson.gz"])
def test_compressed_file_and_folder(tmp_path, name):
    file = write(tmp_path, LINES, name)
    told = []
    assert linked(books.load(file)) == linked(books.load(tmp_path, progress=lambda *state: told.append(state)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('["A", {}, ["x"]', "not JSON .*column 16"),
        ('{"title": "A"}', "dict found"),
        ('["A", {}]', "an array of 2 found"),
        ('["", {}, ["x"]]', "title"),
        ("[7, {}, []]", "title, first in the array, is 7"),
        ('["A", [], ["x"]]', "infobox"),
        ('["A", {}, "x"]', "links"),
        ('["A", {}, [1]]', "links"),
        ("[" * 100_000, "not JSON"),
        ('["A", {}, ' + "9" * 5000 + "]", "not JSON"),
    ],
)
def test_invalid_line_is_named(tmp_path, line, message):
    with pytest.raises(BadData, match=message) as error:
        books.load(write(tmp_path, [LINES[0], "", line]))
    assert "made_up.ndjson, line 3" in str(error.value)


def test_file_without_books_is_refused(tmp_path):
    with pytest.raises(BadData, match="no such file"):
        books.load(tmp_path / "absent.ndjson")
    with pytest.raises(BadData, match="there is none"):
        books.load(tmp_path)
    with pytest.raises(BadData, match="no book in it"):
        books.load(write(tmp_path, []))
    with pytest.raises(BadData, match="none of its 2 books links"):
        books.load(write(tmp_path, [LINES[2], LINES[4]]))
    (tmp_path / "cut.ndjson.gz").write_bytes(gzip.compress(json.dumps(LINES[0]).encode() * 9)[:-12])
    with pytest.raises(BadData, match="damaged"):
        books.load(tmp_path / "cut.ndjson.gz")


def test_rare_and_common_pages_and_books_with_few_links_are_dropped_repeatedly(tmp_path):
    # Every book links to `all`. `rare` is linked once; without it E has one page, and `a third` two books.
    wanted = {"A": "pq", "B": "pq", "C": "pqe", "D": "pqe", "E": "er"}
    names = {"p": "p", "q": "q", "e": "a third", "r": "rare"}
    lines = [[book, {}, ["all", *(names[c] for c in pages)]] for book, pages in wanted.items()]
    every = books.load(write(tmp_path, lines))
    some = books.filter_books(every, min_books=3, max_share=0.9, min_links=2)
    assert linked(some) == {book: {"p", "q"} for book in "ABCD"}
    assert some.links["n_books"].tolist() == [4, 4]
    assert some.left_out["too common pages"] == 1
    assert some.left_out["links to too common pages"] == 5
    assert some.left_out["books with too few links left"] == 1
    assert some.left_out["links to too rare pages, and of those books"] == 4
    assert linked(books.filter_books(every, 1, 1.0, 1)) == linked(every)
    with pytest.raises(BadRequest, match="--min-books"):
        books.filter_books(every, 6, 1.0, 1)


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("File:A.jpg", "file"), ("image:a.png", "file"), ("Category:X", "category"), ("Template:Y", "template"),
        ("Wikipedia:Z", "project"), ("User talk:Z", "project"), ("User_talk:Z", "project"), ("wikt:word", "other wiki"),
        ("fr:Livre", "other wiki"), ("Star Trek: The Motion Picture", ""), ("S: A Novel", ""), ("RI: Tom", ""),
        ("2001: A Space Odyssey", ""), ("Shark", ""), ("Capital: Critique", ""), ("Foo:", ""),
    ],
)  # fmt: skip
def test_namespace_of_a_page_is_recognized(page, kind):
    assert books.namespace(page) == kind


@pytest.mark.parametrize(
    ("box", "known"),
    [
        ({"country": "UK, US"}, {"country": "United Kingdom"}),
        ({"country": "Berkeley, California, USA"}, {"country": "United States"}),
        ({"country": "Germany country of origin -- >"}, {"country": "Germany"}),
        ({"country": "Rome"}, {"country": None}),
        ({"language": "Dutch, later English"}, {"language": "Dutch"}),
        ({"language": "Early Modern English"}, {"language": "English"}),
        ({"release_date": "1998 (1999)", "pub_date": "1990"}, {"year": 1998}),
        ({"published": "12345678"}, {"year": None}),
        ({"release_date": "< !-- 1950 -- > 1951 < ref >1999< /ref >"}, {"year": 1951}),
        ({"pages": "1987, 402 pages"}, {"pages": 402}),
        ({"pages": "1,119 (paperback)"}, {"pages": 1119}),
        ({"pages": "< !-- First edition -- >"}, {"pages": None}),
        ({"author": "John Lloyd < br / > John Mitchinson"}, {"author": "John Lloyd, John Mitchinson"}),
        ({"author": "edited by [Joshua Mowll]"}, {"author": "Joshua Mowll"}),
        ({"author": "Harper & amp; Brothers"}, {"author": "Harper & Brothers"}),
        ({"series": "Animorphs #14"}, {"series": "Animorphs"}),
        ({"genre": 7, "author": None}, {"genres": [], "author": None}),
    ],
    ids=str,
)
def test_free_text_infobox_values_become_columns(box, known):
    found = infobox.attributes(box)
    assert {name: found[name] for name in known} == known


def test_categories_complete_year_and_genres():
    found = infobox.attributes({"genre": "Novel"}, ["1951 American novels", "Science fiction novels"])
    assert (found["year"], found["genres"]) == (1951, ["Sci-Fi"])
    assert infobox.attributes({}, ["Books about apples"])["genres"] == []


@given(st.dictionaries(st.sampled_from(["author", "genre", "pages", "release_date", "country"]), st.text()))
def test_any_infobox_can_be_parsed(box):
    found = infobox.attributes(box)
    json.dumps(found).encode()
    assert found["year"] is None or 1000 <= found["year"] < 2100


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Science fiction novel", ["Sci-Fi"]),
        ("Children's fantasy, short stories", ["Fantasy", "Children", "Short stories"]),
        ("Alternate history", ["Historical"]),
        ("Political science", ["Politics"]),
        ("Popular science", ["Science"]),
        ("Role-playing games", ["Role-playing"]),
        ("novel", ["Fiction"]),
        ("Non-fiction", ["Non-fiction"]),
        ("Autobiography", ["Biography"]),
        ("warm", []),
        ("", []),
    ],
)
def test_genres_are_found_in_free_text(text, found):
    assert genres(text) == found


def test_first_text_with_a_specific_genre_is_used():
    assert genres("Novel", "Poker", "Horror") == ["Leisure"]
    assert genres("Novel", "about apples") == ["Fiction"]


def test_most_genres_of_37_000_books_are_recognized():
    file = data_root() and data_root() / "books" / "book_info.tsv"
    if not file or not file.exists():
        pytest.skip("needs book_info.tsv in the data folder (EXPLORER_DATA)")
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    texts = [text for row in rows if (text := infobox.cleaned(row[2]))]
    found = [genres(text) for text in texts]
    assert np.mean([bool(one) for one in found]) > 0.97
    assert np.mean([bool(set(one) - set(PLAIN)) for one in found]) > 0.8
    assert {genre for one in found for genre in one} == {*RULES, *PLAIN}


def test_memory_does_not_grow_with_unused_fields(tmp_path):
    import tracemalloc

    line = json.dumps(["A", {"plot": "x" * 20_000}, ["p"]])

    def peak(lines: int) -> int:
        file = write(tmp_path, [line.replace('"A"', f'"A{n}"') for n in range(lines)])
        tracemalloc.start()
        books.load(file)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(2)  # imports of the first call do not count
    assert peak(400) - peak(100) < 300 * len(line) / 10
