"""Vectors in table cells: spellings, and rows without a vector."""

import json

import numpy as np
import pandas as pd
import pytest

from explorer.errors import BadData
from explorer.formats import choices, read
from explorer.importing.build import build
from explorer.importing.plan import Plan

VECTORS = np.round(np.random.default_rng(0).standard_normal((8, 5)), 4)


def joined(row, sep=", "):
    return sep.join(f"{x:.4f}" for x in row)


SPELLINGS = {
    "list": lambda row: f"[{joined(row)}]",
    "numpy": lambda row: str(row),
    "array": lambda row: f"array([{joined(row)}], dtype=float32)",
    "tensor": lambda row: f"tensor([{joined(row)}], device='cuda:0')",
    "scalars": lambda row: "[" + ", ".join(f"np.float32({x:.4f})" for x in row) + "]",
    "tuple": lambda row: f"({joined(row)})",
    "postgres": lambda row: "{" + joined(row, ",") + "}",
    "bare": lambda row: joined(row, " "),
    "commas": lambda row: joined(row, ","),
    "semicolons": lambda row: joined(row, ";"),
    "bars": lambda row: joined(row, "|"),
    "decimal commas": lambda row: joined(row, ";").replace(".", ","),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_vectors_in_cells_are_read_in_every_spelling(tmp_path, spelling):
    cells = [SPELLINGS[spelling](row) for row in VECTORS]
    pd.DataFrame({"title": list("abcdefgh"), "embedding": cells}).to_csv(tmp_path / "t.csv", index=False)
    np.testing.assert_allclose(read(tmp_path / "t.csv").vectors, VECTORS, atol=1e-6)


@pytest.mark.parametrize("cell", ["A, B", "555 123 4567", "12/03/2020", "1.2.3", "[draft]"])
def test_text_that_is_no_vector(tmp_path, cell):
    pd.DataFrame({"title": list("abcdefgh"), "fact": [cell] * 8}).to_csv(tmp_path / "t.csv", index=False)
    assert choices(tmp_path / "t.csv") == [] and read(tmp_path / "t.csv").vectors is None


def test_abbreviated_vector_is_refused(tmp_path):
    cells = [f"[{joined(row)}]" for row in VECTORS]
    cells[2] = "[0.1 0.2 ... 0.5]"
    pd.DataFrame({"title": list("abcdefgh"), "embedding": cells}).to_csv(tmp_path / "t.csv", index=False)
    [hole] = read(tmp_path / "t.csv").holes
    assert (hole.row, hole.where) == (2, "row 3, column 'embedding'") and "abbreviated" in hole.reason


HOLES = {
    "missing": (None, "no vector"),
    "shorter": ([1.0, 2.0], "2 numbers, expected 5"),
    "longer": ([1.0] * 6, "6 numbers, expected 5"),
}


@pytest.mark.parametrize("format", ["parquet", "jsonl", "csv", "json"])
@pytest.mark.parametrize("hole", HOLES)
def test_rows_without_a_vector_are_refused_or_dropped(tmp_path, format, hole):
    value, reason = HOLES[hole]
    rows = [row.tolist() for row in VECTORS]
    rows[0] = rows[6] = value
    table = pd.DataFrame({"title": list("abcdefgh"), "embedding": pd.Series(rows, dtype=object)})
    path = tmp_path / f"t.{format}"
    if format == "parquet":
        table.to_parquet(path)
    elif format == "csv":
        table.assign(embedding=[None if row is None else str(row) for row in rows]).to_csv(path, index=False)
    else:
        records = [{"title": title, "embedding": row} for title, row in zip(table["title"], rows, strict=True)]
        path.write_text(json.dumps(records) if format == "json" else "\n".join(map(json.dumps, records)))
    found = read(path)
    assert [(one.row, one.reason) for one in found.holes] == [(0, reason), (6, reason)]
    with pytest.raises(BadData, match=r"2 rows contain no vector.*row 1, column 'embedding': .*--on-nan drop"):
        build(found)
    imported = build(found, None, Plan("title", decisions={"nan": "drop"}))
    assert imported.items["key"].tolist() == list("bcdefh")
    np.testing.assert_allclose(imported.vectors, np.delete(VECTORS, [0, 6], axis=0), rtol=1e-6)


def test_cell_that_is_no_number_is_named(tmp_path):
    table = pd.DataFrame(VECTORS, columns=[f"d{n}" for n in range(5)]).astype(object)
    table.insert(0, "title", list("abcdefgh"))
    table.loc[4, "d2"] = "oops"
    table.loc[5, "d0"] = None
    table.to_csv(tmp_path / "t.csv", index=False)
    found = read(tmp_path / "t.csv")
    assert [(one.where, one.reason) for one in found.holes] == [
        ("row 5, column 'd2'", "is 'oops', no number"),
        ("row 6, column 'd0'", "is empty"),
    ]


@pytest.mark.parametrize(
    ("columns", "taken", "other"),
    [
        (["q1", "q2", "q3", "emb_0", "emb_1"], "emb_0 ... emb_1", "q1 ... q3"),
        (["v1", "v2", "x0", "x1", "x2"], "x0 ... x2", "v1 ... v2"),
    ],
)
def test_chosen_group_of_columns_is_noted(tmp_path, columns, taken, other):
    table = pd.DataFrame({name: range(8) if name[0] == "q" else VECTORS[:, n] for n, name in enumerate(columns)})
    table.to_csv(tmp_path / "t.csv", index=False)
    found = read(tmp_path / "t.csv")
    assert f"The vectors are {taken!r}" in found.notes[0] and f"--choice {other!r}" in found.notes[0]


@pytest.mark.parametrize("names", [("UMAP_1", "UMAP_2"), ("x", "y"), ("tsne_0", "tsne_1"), ("umap-x", "umap-y")])
def test_two_columns_beside_vectors_are_a_layout(tmp_path, names):
    table = pd.DataFrame(VECTORS, columns=[f"d{n}" for n in range(5)])
    table[list(names)] = VECTORS[:, :2]
    table.to_csv(tmp_path / "t.csv", index=False)
    found = read(tmp_path / "t.csv")
    np.testing.assert_allclose(found.xy, VECTORS[:, :2], rtol=1e-6)
    assert found.vectors.shape == (8, 5) and list(found.items) == []


def test_numbered_columns_with_a_gap_are_offered(tmp_path):
    table = pd.DataFrame(VECTORS, columns=["v0", "v1", "v3", "v4", "v6"]).assign(title=list("abcdefgh"))
    table.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(BadData, match=r"no vectors\. Columns of numbers: v0, v1, v3, v4.*--choice"):
        build(read(tmp_path / "t.csv"))
    for choice in choices(tmp_path / "t.csv"):
        assert read(tmp_path / "t.csv", choice=choice).vectors.shape == (8, 5)
