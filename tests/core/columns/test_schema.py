"""Schemas: guessed kinds and roles, round trip through the manifest, corrections."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

from explorer.core.columns import Column, Range, guess, guess_column, read_schema
from explorer.core.columns.column import default_label
from explorer.errors import BadData, BadRequest

N = 300
RNG = np.random.default_rng(0)
GUESSED = {
    "brand": ("category", [f"Brand {n % 7}" for n in range(N)]),
    "city": ("category", [f"City {n % 120}" for n in range(N)]),
    "cluster": ("category", [n % 8 - 1 for n in range(N)]),
    "tags": ("labels", [["a", "b"], ["b"], []] * (N // 3)),
    "genres": ("labels", ["Drama|War", "Drama", "Comedy|War"] * (N // 3)),
    "moods": ("labels", ["['calm', 'dark']", "['dark']", "[]"] * (N // 3)),
    "price": ("number", RNG.gamma(2, 9, N)),
    "cost": ("number", [decimal.Decimal(n) / 4 for n in range(N)]),
    "weight": ("number", [f"{n / 3:.2f}" for n in range(N)]),
    "count": ("number", np.arange(N, dtype=np.uint64)),
    "added": ("date", pd.date_range("2001-05-03", periods=N, freq="37D", tz="UTC")),
    "released": ("date", [datetime.date(2001, 1, 1) + datetime.timedelta(n) for n in range(N)]),
    "sold": ("date", [f"{n % 28 + 1:02d}/{n % 12 + 1:02d}/2020" for n in range(N)]),
    "seen": ("date", [f"2020-{n % 12 + 1:02d}-{n % 28 + 1:02d}T10:00:00Z" for n in range(N)]),
    "in_stock": ("boolean", [True, None, False] * (N // 3)),
    "ok": ("boolean", [n % 5 == 0 for n in range(N)]),
    "used": ("boolean", ["yes", "no", "no"] * (N // 3)),
    "flag": ("boolean", [0, 1, 1] * (N // 3)),
    "description": ("text", [f"A chair made of wood number {n}, with four legs and a seat." for n in range(N)]),
    "item_id": ("text", np.arange(N)),
    "sku": ("text", [f"SKU-{n}" for n in range(N)]),
    "zip": ("category", [f"0{n % 40:04d}" for n in range(N)]),
    "path": ("text", [f"/home/u/data/train/n{n % 7}/file_{n}" for n in range(N)]),
    "scan": ("text", [f"/home/u/data/train/n{n % 7}/{n}.jpeg" for n in range(N)]),
    "uri": ("text", [f"s3://bucket/a/b/{n}.png" for n in range(N)]),
    "homepage": ("link", [f"https://example.org/{n}" for n in range(N)]),
    "image_url": ("image", [f"https://example.org/i?n={n}" for n in range(N)]),
    "thumb": ("image", [f"thumbs/{n}.jpg" for n in range(N)]),
    "photo": ("image", [b"\x89PNG\r\n" + bytes([n % 256]) for n in range(N)]),
    "nothing": ("text", [None] * N),
}


@pytest.mark.parametrize("name", GUESSED)
@pytest.mark.parametrize("gaps", [False, True])
def test_kind_is_guessed_from_the_values(name, gaps):
    kind, cells = GUESSED[name]
    values = pd.Series(cells, name=name)
    if gaps:
        values = values.where(np.arange(N) % 10 > 0)
        if kind == "text" and name == "item_id":
            values = values.astype("Int64")
    assert guess(values) == kind


def test_label_separator_is_kept():
    assert guess_column(pd.Series(GUESSED["genres"][1], name="genres")).separator == "|"


def films() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "key": [f"Film {n}" for n in range(N)], "title": [f"Film {n}" for n in range(N)],
            "year": pd.array([1990 + n % 30 for n in range(N)], "Int32"), "genres": [["Drama"], ["Comedy"]] * (N // 2),
            "n_ratings": np.arange(N), "in_stock": [True, False] * (N // 2),
        }
    )  # fmt: skip


def test_roles_are_guessed_without_a_manifest():
    schema = read_schema({"schema": 1}, films())
    roles = {role: schema.by_role(role).name for role in ("key", "title", "year", "popularity", "group")}
    expected = {"key": "key", "title": "title", "year": "year", "popularity": "n_ratings", "group": "genres"}
    assert roles == expected
    assert schema.noun == ("item", "items")
    assert [column.name for column in schema.attributes] == ["year", "genres", "n_ratings", "in_stock"]


def test_schema_round_trips_through_the_manifest():
    schema = read_schema({"noun": ["film", "films"]}, films()).changed("n_ratings", at_least=100, label="Votes")
    schema = schema.changed("genres", minor=("IMAX",)).changed("in_stock", kind="category", role="group")
    again = read_schema({"schema": 1, **schema.document()}, films())
    assert list(again.items()) == list(schema.items())
    assert again.noun == ("film", "films") and again.called(1) == "film" and again.called(0) == "films"
    assert again.by_role("group").name == "in_stock" and again["genres"].role == ""
    assert again.default_filters() == {"n_ratings": Range(low=100)}


def test_columns_missing_from_the_manifest_are_guessed_and_extra_ones_dropped():
    document = read_schema({}, films()).document()
    items = films().drop(columns="year").assign(price=np.linspace(0, 1, N))
    schema = read_schema(document, items)
    assert list(schema) == ["key", "title", "genres", "n_ratings", "in_stock", "price"]
    assert schema["price"].kind == "number"


def test_kind_of_a_newer_version_is_guessed():
    document = {"columns": [{"name": "year", "kind": "hologram", "role": "year"}]}
    assert read_schema(document, films())["year"].kind == "number"


@pytest.mark.parametrize(
    "document", [{"columns": {"a": 1}}, {"columns": ["a"]}, {"columns": [{"name": "key"}]}, {"columns": [{"kind": 3}]}]
)
def test_invalid_manifest_schema_raises(document):
    with pytest.raises(BadData, match="column"):
        read_schema(document, films())


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("yaer", {"label": "Year"}, "Did you mean 'year'"),
        ("year", {"kind": "numbr"}, "choose one of"),
        ("year", {"role": "hero"}, "roles are"),
        ("genres", {"role": "popularity"}, "needs a number"),
        ("key", {"kind": "number"}, "cannot be changed"),
        ("title", {"role": "key"}, "belongs to"),
    ],
)
def test_invalid_correction_names_the_known_columns(name, changes, message):
    with pytest.raises(BadRequest, match=message):
        read_schema({}, films()).changed(name, **changes)


def test_column_labels_are_readable():
    assert default_label("n_ratings") == "Number of ratings"
    assert default_label("in_stock") == "In stock"
    assert default_label("imageUrl") == "Image Url"
    assert Column("mean_rating", "number").phrase == "mean rating"
    assert Column("x", "number", label="IMDb score").phrase == "IMDb score"
