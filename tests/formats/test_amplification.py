"""Small files that would expand to very much data are refused before they are expanded."""

import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer import formats
from explorer.errors import BadData
from explorer.formats import Limits


def refused(path, said, format=None, limit=None):
    """Assert that the file is refused with this message, using less than 64 MB."""
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    with pytest.raises(BadData, match=said):
        formats.read(path, format, limit=limit)
    assert pa.total_allocated_bytes() - before < 64 << 20
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


def test_parquet_of_zeros_is_refused_before_it_is_unpacked(tmp_path):
    zeros = pa.array(np.zeros(100_000))
    pq.write_table(pa.table({f"v{n}": zeros for n in range(500)}), tmp_path / "zeros.parquet")
    assert (tmp_path / "zeros.parquet").stat().st_size < 1 << 20
    refused(tmp_path / "zeros.parquet", r"unpack to 400,000,000; at most 268,435,456 are read")


def test_parquet_of_repeated_text(tmp_path):
    text = pa.array(["x" * 1_000_000] * 64)
    pq.write_table(pa.table({"key": pa.array(range(64)), "text": text}), tmp_path / "texts.parquet")
    refused(tmp_path / "texts.parquet", "unpacks to more than", limit=Limits(bytes=8 << 20))


@pytest.mark.parametrize("text", ["[" + "[]," * 400_000 + "[]]", "[" + "{}," * 200_000 + "{}]", '{"a": ['])
def test_json_of_empty_lists_and_objects(tmp_path, text):
    (tmp_path / "many.json").write_text(text)
    (tmp_path / "many.jsonl").write_text(text)
    for name in ("many.json", "many.jsonl"):
        refused(tmp_path / name, "in memory" if len(text) > 10 else "not JSON", limit=Limits(bytes=16 << 20))


@pytest.mark.parametrize("counts", ["-5 3", "3 -5", "0 3", "3 0", "99999999999 3", "3 99999999999", "1" * 40 + " 3"])
@pytest.mark.parametrize("format", [None, "word2vec", "word2vec-binary"])
def test_word2vec_headers_with_wrong_counts(tmp_path, counts, format):
    """Refused, or noted where the lines contradict them; never trusted."""
    path = tmp_path / "vectors.vec"
    path.write_text(f"{counts}\na 1 2 3\nb 1 2 4\nc 3 2 1\n")
    tracemalloc.start()
    try:
        found = formats.read(path, format)
        assert format != "word2vec-binary" and found.vectors.shape == (3, 3)
        assert found.format == "word2vec" and found.notes[0].startswith("The first line declares")
    except BadData:
        pass
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("shape", ["(-3, 4)", "(10**12, 4)", "(1000000000, 4)", "(3, 4, 10000000000)", "(3,)*40"])
def test_npy_headers_with_wrong_shapes(tmp_path, shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    raw = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + b"\0" * 96
    (tmp_path / "vectors.npy").write_bytes(raw)
    refused(tmp_path / "vectors.npy", "vectors.npy")


@pytest.mark.parametrize("file", ["a.csv", "a.json", "a.jsonl", "a.parquet"])
def test_very_many_columns_of_metadata_are_refused_early(tmp_path, file):
    columns = {"key": ["a", "b"], "vector": [[1.0, 2.0], [2.0, 1.0]], **{f"c{n} x": ["t", "u"] for n in range(9_000)}}
    path = tmp_path / file
    if file.endswith(".parquet"):
        pq.write_table(pa.table(columns), path)
    elif file.endswith(".csv"):
        pd.DataFrame(columns).to_csv(path, index=False)
    else:
        pd.DataFrame(columns).to_json(path, orient="records", lines=file.endswith("l"))
    refused(path, r"9,00\d columns of metadata; at most 2,000 are read")


def test_very_many_columns_of_numbers_are_read(tmp_path):
    pq.write_table(pa.table({f"v{n}": [1.0, n] for n in range(20_000)}), tmp_path / "a.parquet")
    assert formats.read(tmp_path / "a.parquet").vectors.shape == (2, 20_000)
