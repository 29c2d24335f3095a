"""Damaged metadata of a parquet file is an error; in pyarrow 26 it may end the process."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from explorer import formats
from explorer.artifacts.item_table import read_items
from explorer.errors import ExplorerError

TABLE = pa.table({"key": [f"w {n}" for n in range(8)], "year": [*range(1990, 1998)], "d0": [0.25] * 8, "d1": [0.5] * 8})


def written() -> bytes:
    stream = io.BytesIO()
    pq.write_table(TABLE, stream)
    return stream.getvalue()


def ends(path) -> tuple[str, str]:
    """How reading a file ends, as vectors and as the item table of an artifact."""
    found = []
    for read in (formats.read, read_items):
        try:
            read(path)
            found.append("read")
        except (ExplorerError, pa.ArrowException, OSError) as error:
            found.append(type(error).__name__)
    return found[0], found[1]


def test_wrong_repetition_of_a_column_is_an_error(tmp_path):
    raw = written()
    damaged = raw.replace(b"\x25\x02\x18\x02d1", b"\x25\x03\x18\x02d1")
    assert damaged != raw
    path = tmp_path / "v.parquet"
    path.write_bytes(damaged)
    assert ends(path) == ("BadData", "OSError")


@pytest.mark.parametrize("bit", [1, 4])
def test_a_changed_byte_of_the_metadata_ends_in_a_table_or_an_error(tmp_path, bit):
    raw, path, seen = written(), tmp_path / "v.parquet", set()
    metadata = len(raw) - 8 - int.from_bytes(raw[-8:-4], "little")
    for at in range(metadata + bit, len(raw) - 8, 12):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :])
        seen.add(ends(path)[0])
    assert {"read", "BadData"} <= seen
