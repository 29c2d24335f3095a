"""Vectors and item tables become embeddings: columns, joins, fixes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts
from explorer.errors import BadData, BadRequest
from explorer.formats.parsed_file import ParsedFile
from explorer.importing.build import build, inspect, publish_import
from explorer.importing.plan import Plan, guess

N = 12


def vectors(n: int = N) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((n, 4)).astype(np.float32)


def bare(array: np.ndarray | None = None) -> ParsedFile:
    array = vectors() if array is None else array
    return ParsedFile(array, pd.DataFrame(index=pd.RangeIndex(len(array))), "numbers", "npy")


def keyed(keys: list[str]) -> ParsedFile:
    return ParsedFile(vectors(len(keys)), pd.DataFrame({"key": keys}), "words", "glove")


def metadata(**columns: list) -> ParsedFile:
    return ParsedFile(None, pd.DataFrame(columns), "metadata", "csv")


@pytest.fixture
def films() -> ParsedFile:
    return metadata(
        id=list(range(100, 100 + N)),
        title=[f"Film {n}" for n in range(N)],
        tags=["Drama|War", "Comedy"] * (N // 2),
        year=[1990 + n for n in range(N)],
        votes=list(range(N, 0, -1)),
        page=[f"https://example.org/{n}" for n in range(N)],
        country=["FR", "DE", "IT"] * (N // 3),
    )


def test_columns_get_their_kinds(films):
    plan = guess(bare(), films)
    assert plan.kinds == {
        "id": "text", "title": "text", "tags": "labels", "year": "year", "votes": "number", "page": "link",
        "country": "category",
    }  # fmt: skip
    assert plan.separators["tags"] == "|"
    assert (plan.key, plan.title, plan.popularity, plan.join) == ("title", "title", "votes", "position")


def test_item_table_joined_by_position(films):
    embedding = build(bare(), films)
    np.testing.assert_array_equal(embedding.vectors, vectors())
    first = embedding.items.iloc[0]
    assert (first["key"], first["title"], first["year"], first["votes"]) == ("Film 0", "Film 0", 1990, N)
    assert first["tags"] == ["Drama", "War"]
    roles = {column.role: name for name, column in embedding.schema.items() if column.role}
    assert roles == {"key": "key", "title": "title", "popularity": "votes", "year": "year", "group": "tags"}
    assert first["country"] == "FR"


def test_kind_can_be_changed(films):
    plan = guess(bare(), films)
    built = build(bare(), films, replace(plan, kinds={**plan.kinds, "tags": "text", "votes": "skip"}, popularity=None))
    assert built.items["tags"].iloc[0] == "Drama|War"
    assert "votes" not in built.items and built.schema.by_role("popularity") is None
    assert built.schema.by_role("group").name == "country"  # the first category column
    with pytest.raises(BadRequest, match="'colour'"):
        build(bare(), films, replace(plan, kinds={**plan.kinds, "tags": "colour"}))


def test_join_by_key_ignores_order_and_counts_missing_items():
    read = keyed(["a", "b", "c", "d"])
    about = metadata(word=["d", "x", "b", "a", "a"], title=["Dee", "Ex", "Bee", "Ay", "Again"])
    plan = guess(read, about)
    assert (plan.join, plan.on, plan.key, plan.title) == ("key", "word", "key", "title")
    found = inspect(read, about, plan)
    assert (found.get("unmatched").count, found.get("unmatched").examples) == (1, ["c"])
    assert (found.get("unused").count, found.get("unused").examples) == (1, ["x"])
    assert any("another order" in note for note in found.notes)
    assert any("'a'" in note for note in found.notes)
    joined = build(read, about, plan).items
    assert (joined["key"].tolist(), joined["title"].tolist()) == (["a", "b", "c", "d"], ["Ay", "Bee", "c", "Dee"])
    assert any("3 of 4 vectors matched" in note for note in found.notes)
    dropped = build(read, about, replace(plan, decisions={"unmatched": "drop"}))
    assert dropped.items["title"].tolist() == ["Ay", "Bee", "Dee"]
    np.testing.assert_array_equal(dropped.vectors, read.vectors[[0, 1, 3]])
    with pytest.raises(BadData, match="1 row has no metadata"):
        build(read, about, replace(plan, decisions={"unmatched": "stop"}))


def test_numeric_keys_match_text_keys():
    read = keyed(["3", "1", "2"])
    embedding = build(read, metadata(id=[1, 2, 3], title=["One", "Two", "Three"]))
    assert embedding.items["key"].tolist() == ["Three", "One", "Two"]


def test_ids_beside_the_vectors_are_joined_under_any_column_name():
    read = replace(bare(vectors(4)), items=pd.DataFrame({"id": [10, 20, 30, 40], "year": [1990] * 4}))
    about = metadata(movie=[40, 20, 10], title=["Forty", "Twenty", "Ten"], year=[1, 2, 3])
    plan = guess(read, about)
    assert (plan.join, plan.on) == ("key", "movie")
    assert inspect(read, about, plan).get("unmatched").examples == ["30"]
    joined = build(read, about, plan).items
    assert joined["title"].tolist() == ["Ten", "Twenty", "30", "Forty"]
    assert joined["key"].tolist() == ["10", "20", "30", "40"]


def test_rows_without_keys_are_joined_by_number():
    about = metadata(index=[3, 1, 2], title=["three", "one", "two"])  # row 0 of the layer is the out-of-vocabulary row
    plan = guess(bare(vectors(4)), about)
    assert (plan.join, plan.on) == ("key", "index")
    assert build(bare(vectors(4)), about, plan).items["key"].tolist() == ["0", "one", "two", "three"]


def test_key_column_that_matches_nothing_is_ignored_at_equal_row_counts():
    read = replace(bare(vectors(3)), items=pd.DataFrame({"rank": [1, 2, 3]}))
    assert guess(read, metadata(place=[3, 2, 1], title=["a", "b", "c"])).join == "position"
    assert guess(read, metadata(rank=[3, 2, 1], title=["a", "b", "c"])).on == "rank"


def test_header_taken_for_a_row_is_corrected():
    about = replace(metadata(key=["word", "a", "b", "c"]), header="none")
    embedding = build(bare(vectors(3)), about)
    assert embedding.items["word"].tolist() == ["a", "b", "c"]
    assert embedding.items["key"].tolist() == ["a", "b", "c"]
    assert "header" in embedding.manifest["source"]["notes"][-1]
    with pytest.raises(
        BadData, match=r"1 row of metadata is taken for its header.*the first: 'a', 'b', 'c'.*--on-header fix"
    ):
        build(bare(vectors(3)), about, Plan("word", decisions={"header": "stop"}))


def test_row_taken_for_a_header_is_corrected():
    embedding = build(bare(vectors(3)), replace(metadata(a=["b", "c"], **{"1": [2, 3]}), header="likely"))
    assert embedding.items["key"].tolist() == ["a", "b", "c"]
    assert embedding.items["column 2"].astype(int).tolist() == [1, 2, 3]


@pytest.mark.parametrize("name", ["title", "seen"])
def test_header_that_names_its_column_is_never_taken_for_a_row(name):
    with pytest.raises(BadData, match="metadata has 2 rows and numbers 3 vectors"):
        build(bare(vectors(3)), replace(metadata(a=["b", "c"], **{name: [2, 3]}), header="likely"))


def test_extra_label_is_not_a_header():
    with pytest.raises(BadData, match=r"4 rows and numbers 3 vectors.*--header yes or --header no"):
        build(bare(vectors(3)), replace(metadata(key=["a", "b", "c", "d"]), header="none"))


def test_different_row_counts_are_refused():
    with pytest.raises(BadData, match=r"metadata has 5 rows and numbers 12 vectors"):
        build(bare(), metadata(title=list("abcde")))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e16])
def test_missing_and_infinite_values_are_refused_dropped_or_replaced(wrong):
    array = vectors()
    array[3, 1] = wrong
    finding = inspect(bare(array), None, Plan()).get("nan")
    assert (finding.count, finding.name) == (1, "nan")
    with pytest.raises(BadData, match=r"1 row contains NaN.*--on-nan drop or --on-nan fix"):
        build(bare(array))
    dropped = build(bare(array), None, Plan(decisions={"nan": "drop"}))
    np.testing.assert_array_equal(dropped.vectors, np.delete(array, 3, axis=0))
    assert "row 4" not in dropped.items["key"].tolist()
    mended = build(bare(array), None, Plan(decisions={"nan": "fix"}))
    assert mended.vectors[3, 1] == pytest.approx(np.delete(array[:, 1], 3).mean(), rel=1e-5)


def test_zero_vectors_and_constant_dimensions_are_reported():
    array = vectors()
    array[:, 2] = 5
    array[4] = 0
    array[:, 2] = 0
    found = inspect(bare(array), None, Plan())
    assert (found.get("zero").count, found.get("constant").examples) == (1, ["dimension 2"])
    assert build(bare(array)).vectors.shape == (N, 4)
    assert build(bare(array), None, Plan(decisions={"zero": "drop", "constant": "drop"})).vectors.shape == (N - 1, 3)


def test_repeated_keys_are_numbered_dropped_or_refused():
    read = keyed(["a", "b", "a", "a", "a (2)"])
    assert inspect(read, None, Plan()).get("duplicate").count == 2
    assert build(read).items["key"].tolist() == ["a", "b", "a (3)", "a (4)", "a (2)"]
    dropped = build(read, None, Plan(decisions={"duplicate": "drop"}))
    assert dropped.items["key"].tolist() == ["a", "b", "a (2)"]
    with pytest.raises(BadData, match="'a'"):
        build(read, None, Plan(decisions={"duplicate": "stop"}))


def test_unknown_decision_is_refused():
    read = keyed(["a", "a"])
    with pytest.raises(BadRequest, match="choose fix, drop, stop"):
        build(read, None, Plan(decisions={"duplicate": "ignore"}))


def test_layout_without_vectors_is_marked_and_has_no_neighbors():
    xy = vectors()[:, :2].copy()
    embedding = build(ParsedFile(None, pd.DataFrame(index=pd.RangeIndex(N)), "map", "csv", xy))
    np.testing.assert_array_equal(embedding.vectors, xy)
    np.testing.assert_array_equal(embedding.layout("xy"), xy)
    assert embedding.has_no_vectors
    a, b = embedding.items["key"][:2]
    for ask in (lambda: embedding.neighbors(a), lambda: embedding.analogy([a]), lambda: embedding.between(a, b)):
        with pytest.raises(BadRequest, match="is a map without vectors"):
            ask()


def test_item_table_without_vectors_is_refused(films):
    with pytest.raises(BadData, match="contains metadata but no vectors"):
        build(films)


def test_imported_artifact_passes_the_check(tmp_path, films):
    steps = []
    embedding = build(bare(), films)
    path = publish_import(tmp_path / "mine", embedding, guess(bare(), films), lambda *step: steps.append(step))
    manifest = artifacts.check(path)
    assert (manifest["kind"], manifest["items"], list(manifest["layouts"])) == ("import", N, ["pca"])
    assert list(artifacts.load(path).items["tags"].iloc[0]) == ["Drama", "War"]
