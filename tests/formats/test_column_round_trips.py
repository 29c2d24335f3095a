"""Columns of every kind survive every export format, including missing values."""

import datetime
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import formats
from explorer.formats.parsed_file import ParsedFile
from explorer.formats.several import read_files
from explorer.importing.build import build
from explorer.importing.plan import Plan, guess

N = 6
VECTORS = np.random.default_rng(0).standard_normal((N, 3)).astype(np.float32)
KEYS = [f"item {n}" for n in range(N)]
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=8)
WORD = WORDS.map(str.strip).filter(lambda text: text and text != r"\N")
MOMENTS = st.datetimes(datetime.datetime(1000, 1, 1), datetime.datetime(2100, 1, 1))
KINDS = {
    "number": st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53).map(float)),
    "category": WORD,
    "text": WORD,
    "boolean": st.booleans(),
    "date": st.one_of(MOMENTS, MOMENTS.map(lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0))),
    "labels": st.lists(WORD.filter(lambda text: "|" not in text), min_size=1, max_size=3, unique=True),
    "link": WORD.map(lambda text: f"https://example.org/{text}".replace(" ", "_")),
}
DTYPES = {"number": "float64", "boolean": "boolean", "category": "str", "text": "str", "link": "str", "labels": object}


def files(folder: Path, format: str) -> list[Path]:
    """Exported files in the order of import."""
    if format == "projector":
        return [folder / "out" / "projector_config.json"]
    return [folder / "out" / "vectors.npy", folder / "out" / "metadata.csv"] if format == "npy" else [folder / "out"]


def texts(embedding) -> list[str]:
    """Values as full text; "" for missing ones."""
    column = embedding.columns["fact"]
    return [column.long_text(row) for row in range(len(embedding))]


@pytest.mark.parametrize("format", ["parquet", "csv", "npy", "projector"])
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_exported_columns_are_imported_unchanged(kind, format, data):
    values = data.draw(st.lists(st.one_of(st.none(), KINDS[kind]), min_size=N, max_size=N))
    if all(value is None for value in values):
        values[0] = data.draw(KINDS[kind])
    column = pd.Series(values, dtype=DTYPES.get(kind, "datetime64[us]"))
    items = pd.DataFrame({"key": pd.Series(KEYS, dtype="str"), "fact": column})
    separators = {"fact": "|"} if kind == "labels" else {}
    plan = Plan(kinds={"key": "text", "fact": kind}, separators=separators)
    embedding = build(ParsedFile(VECTORS, items, "made", "arrays"), None, plan)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        formats.write(embedding, format, folder / "out")
        read, metadata = read_files(files(folder, format))
        guessed = guess(read, metadata)
        wanted = replace(guessed, kinds={**guessed.kinds, "fact": kind}, separators=separators)
        back = build(read, metadata, wanted)
    assert back.items["key"].tolist() == KEYS and np.array_equal(back.vectors, VECTORS)
    assert texts(back) == texts(embedding)
    assert back.columns["fact"].known.tolist() == embedding.columns["fact"].known.tolist()
    if kind == "number":
        assert np.array_equal(back.columns["fact"].numbers, embedding.columns["fact"].numbers, equal_nan=True)
