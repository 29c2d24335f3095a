"""Validation of the item table by `load`, `check` and `save`."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer import BadArtifact, artifacts
from explorer.artifacts import item_table
from explorer.artifacts.manifest import MANIFEST, sha256
from explorer.errors import BadData


def replaced(path, table):
    """Replace the item table and update its entry in the manifest."""
    file = path / "items.parquet"
    pq.write_table(table, file)
    manifest = json.loads((path / MANIFEST).read_text())
    manifest["files"][file.name] = {"bytes": file.stat().st_size, "sha256": sha256(file)}
    (path / MANIFEST).write_text(json.dumps(manifest))


@pytest.fixture
def table(colours_path):
    return pq.read_table(colours_path / "items.parquet")


def with_column(table, name, values):
    place = table.column_names.index(name)
    return table.set_column(place, name, values if isinstance(values, pa.Array) else pa.array(values))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.slice(1), r"vectors \(24\) must match the number of items \(23\)"),
        (lambda t: t.drop_columns(["key"]), "need a column 'key'"),
        (lambda t: with_column(t, "key", list(range(24))), "Column 'key' of the item table contains int64; .* text"),
        (lambda t: with_column(t, "key", ["same"] * 24), "unique; 'same' is in rows 0 and 1"),
        (lambda t: with_column(t, "key", [None] + ["a"] * 23), "row 0 has"),
        (lambda t: with_column(t, "title", [{"a": 1}] * 24), "Column 'title' of the item table contains struct"),
        (lambda t: with_column(t, "bias", pa.array([b"\xff"] * 24)), "Column 'bias' .* contains binary"),
        (lambda t: t.append_column("key", t["key"]), "two columns 'key'"),
        (lambda t: t.replace_schema_metadata({b"pandas": b"{"}), "cannot be made a pandas table"),
    ],
)
def test_load_and_check_report_an_invalid_item_table(colours_path, table, change, message):
    replaced(colours_path, change(table))
    for ask in (artifacts.load, artifacts.check):
        with pytest.raises(BadArtifact, match=message):
            ask(colours_path)


@pytest.mark.parametrize("name", ["year", "n_ratings"])
def test_check_compares_values_with_the_kind_of_their_column(colours_path, table, name):
    replaced(colours_path, with_column(table, name, ["many"] * 24))
    assert len(artifacts.load(colours_path).columns[name]) == 24  # all values missing
    with pytest.raises(BadArtifact, match=f"'{name}' is of kind number, but none of its 24 values is one; .*'many'"):
        artifacts.check(colours_path)


def test_small_file_that_expands_to_very_many_cells_is_refused(tmp_path):
    rows = 100_000
    zeros = {f"c{n}": np.zeros(rows, np.int8) for n in range(600)}
    pq.write_table(pa.table({"key": pa.array(["a"] * rows), **zeros}), tmp_path / "items.parquet")
    with pytest.raises(BadData, match=r"100,000 rows of 601 columns in .* at most 50,000,000 cells"):
        item_table.read_items(tmp_path / "items.parquet")


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ({"key": ["a", "b"], "title": [1, 2]}, "'title' of the item table contains int64"),
        ({"key": ["a", "b"], "odd": [{"a": 1}, "text"]}, "cannot be stored"),
        ({"key": ["a", "b"], "odd": [b"1", b"2"]}, "contains binary"),
    ],
)
def test_save_refuses_what_load_would_refuse(tmp_path, items, message):
    with pytest.raises(BadData, match=message):
        artifacts.save(tmp_path / "new", np.eye(2), pd.DataFrame(items), {})
    assert not (tmp_path / "new").exists()
