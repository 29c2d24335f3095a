"""Publish an artifact to Milvus: in batches, each read back and compared, visible only when complete."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer import artifacts
from explorer.artifacts.locks import locked
from explorer.artifacts.milvus import filters, ivf, store
from explorer.artifacts.milvus.search import METRIC_TYPES, PLAIN, UNIT, collection, fetch, unit
from explorer.artifacts.milvus.store import (
    CATALOG,
    FILES,
    FILTERS,
    INDEX,
    LAYOUTS,
    MANIFEST,
    MODEL,
    NORMS,
    TABLE,
    USERS,
)
from explorer.artifacts.milvus.uri import parse_uri
from explorer.core.embedding import Embedding
from explorer.errors import BadArtifact, BadRequest

if TYPE_CHECKING:
    from pymilvus import MilvusClient

PIECE = 45_000  # bytes of a file piece; encoded as text it fits into a Milvus field of 65,535 bytes
TEXT = 65_535
PIECES = 50  # pieces per request
BATCH_BYTES = 16 * 2**20  # bytes of vectors per batch, if no batch size is given
ROWS = 5_000  # most rows of such a batch
SECONDS = 300.0  # timeout of a batch, and of cleaning up
NONE = "none"  # field with zero vectors, for collections without vectors, as Milvus requires one
FORMER = "raised"  # collection of earlier versions, in place of `plain`
SENT_AS_FLOATS = (UNIT, PLAIN, NONE)

Record = dict[str, Any]
Report = Callable[[str, int, int], Any]  # name of the step, done, total


@dataclass(frozen=True)
class PublishResult:
    """Result of `publish`."""

    name: str
    digest: str
    items: int
    batches: int
    kept: int  # batches that were already there and correct


def publish(name_or_path: str, uri: str, batch: int | None = None, report: Report = lambda *_: None) -> PublishResult:
    """Copy an artifact into a database, and make it visible once it is complete.

    An interrupted call can be repeated; it continues with the first batch that is missing or different. Every batch is
    read back and its sha256 compared. An earlier artifact of the same name stays visible until then and is removed
    afterwards. batch: items sent at once. Raises BadArtifact, BadRequest, Unavailable.
    """
    if parse_uri(uri) is None:
        raise BadRequest(f"{uri!r} is not a database; give http://HOST:PORT, https://HOST:PORT, or a .db file.")
    if batch is not None and batch < 1:
        raise BadRequest(f"The batch size is {batch}; a batch needs at least one item.")
    path = artifacts.find(name_or_path)
    with locked(path.parent, shared=True):
        digest, embedding, files = artifacts.digest(path), artifacts.load(path), _files(path)
    files[NORMS] = _npy(embedding.norms)
    n, d = embedding.vectors.shape
    step = batch or max(1, min(ROWS, BATCH_BYTES // (4 * d)))
    store.create(uri)
    store.with_client(uri, lambda client: _create(client, digest, n, d))
    vectors = [
        Part(collection(digest, UNIT), n, step, lambda start, stop: _items(embedding, start, stop)),
        Part(collection(digest, PLAIN), n, step, lambda start, stop: _vectors(embedding, start, stop)),
    ]
    sent = [part.send(uri, report) for part in vectors]
    if index := ivf.tune(uri, digest, embedding, report):
        files[INDEX] = json.dumps(index).encode()
    files[FILTERS] = b"{}"
    pieces = [*_pieces(files)]
    parts = [*vectors, Part(collection(digest, FILES), len(pieces), PIECES, lambda start, stop: pieces[start:stop])]
    sent.append(parts[-1].send(uri, report))
    for part, starts in zip(parts, sent, strict=True):
        part.verify(uri, starts, report)
    store.with_client(uri, lambda client: _show(client, path.name, digest, len(pieces)))
    batches = sum(len(part.starts) for part in parts)
    return PublishResult(path.name, digest, n, batches, batches - sum(map(len, sent)))


@dataclass(frozen=True)
class Part:
    """One collection, filled in batches of rows."""

    collection: str
    rows: int
    step: int
    records: Callable[[int, int], list[Record]]  # first row, row after the last

    @property
    def starts(self) -> range:
        """First row of each batch."""
        return range(0, self.rows, self.step)

    def send(self, uri: str, report: Report) -> list[int]:
        """Send each batch that is missing or different; returns their first rows."""
        there, sent = store.with_client(uri, self._count), []
        for start in self.starts:
            records = self.records(start, min(start + self.step, self.rows))
            if not there or not self._same(uri, start, records):
                self._put(uri, records)
                sent.append(start)
            report("sending", start + len(records), self.rows)
        if there > self.rows:  # rows of another writer
            beyond = f"row >= {self.rows}"
            store.with_client(uri, lambda client: client.delete(self.collection, filter=beyond, timeout=SECONDS))
        store.with_client(uri, lambda client: client.flush(self.collection, timeout=SECONDS))
        return sent

    def verify(self, uri: str, starts: list[int], report: Report) -> None:
        """Count all rows, and read back the batches that were sent. Raises BadArtifact for a difference."""
        there = store.with_client(uri, self._count)
        if there != self.rows:
            raise BadArtifact(f"{self.collection} has {there:,} rows, but {self.rows:,} were sent. Publish it again.")
        for start in starts:
            stop = min(start + self.step, self.rows)
            if not self._same(uri, start, self.records(start, stop)):
                raise BadArtifact(f"Rows {start:,} to {stop - 1:,} of {self.collection} differ. Publish it again.")
            report("verifying", stop, self.rows)

    def _put(self, uri: str, records: list[Record]) -> None:
        # `insert` would duplicate existing rows.
        store.with_client(uri, lambda client: client.upsert(self.collection, records, timeout=SECONDS))

    def _count(self, client: MilvusClient) -> int:
        found = client.query(self.collection, "", ["count(*)"], timeout=SECONDS, consistency_level="Strong")
        return int(found[0]["count(*)"])

    def _same(self, uri: str, start: int, records: list[Record]) -> bool:
        rows, names = np.arange(start, start + len(records)), [name for name in records[0] if name != "row"]
        how = {"consistency_level": "Strong"}
        try:
            found = store.with_client(uri, lambda client: fetch(client, self.collection, rows, names, SECONDS, **how))
        except BadArtifact:
            return False
        return checksum(found) == checksum(records)


def checksum(records: Iterable[Record]) -> str:
    """sha256 of rows, independent of whether they were sent or received."""
    sha = hashlib.sha256()
    for record in records:
        for name, value in sorted(record.items()):
            sha.update(f"{name}\0".encode())
            if name in SENT_AS_FLOATS:
                sha.update(np.asarray(value, np.float32).tobytes())
            else:
                sha.update(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())
    return sha.hexdigest()


def _items(embedding: Embedding, start: int, stop: int) -> list[Record]:
    """Items as Milvus records: number, key, the other columns as JSON, and the direction."""
    rows = embedding.items.iloc[start:stop]
    columns = json.loads(rows.to_json(orient="records", date_format="iso", double_precision=15))
    keys = [item.pop("key") for item in columns]
    for name, values in filters.documents(embedding.columns, start, stop).items():
        for item, value in zip(columns, values, strict=True):
            item[name] = value
    records = zip(range(start, stop), keys, columns, unit(np.asarray(embedding.vectors[start:stop])), strict=True)
    return [{"row": row, "key": key, "item": item, UNIT: direction} for row, key, item, direction in records]


def _vectors(embedding: Embedding, start: int, stop: int) -> list[Record]:
    rows = zip(range(start, stop), np.asarray(embedding.vectors[start:stop]), strict=True)
    return [{"row": row, PLAIN: vector} for row, vector in rows]


def _files(path: Path) -> dict[str, bytes]:
    """The files that pages need besides the vectors, the manifest first."""
    some = [MANIFEST, TABLE, USERS]
    some += [f"{part}{file.name}" for part in (LAYOUTS, MODEL) for file in sorted((path / part).glob("*.npy"))]
    return {name: (path / name).read_bytes() for name in some if (path / name).exists()}


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _pieces(files: dict[str, bytes]) -> Iterator[Record]:
    cut = [(name, raw[start : start + PIECE]) for name, raw in files.items() for start in range(0, len(raw), PIECE)]
    for row, (name, raw) in enumerate(cut):
        yield {"row": row, "file": name, "text": base64.b64encode(raw).decode(), NONE: np.zeros(2, np.float32)}


def _create(client: MilvusClient, digest: str, items: int, dimensions: int) -> None:
    """Create the missing collections, with the indexes of ivf.index_options."""
    from pymilvus import DataType

    text = {"datatype": DataType.VARCHAR, "max_length": TEXT}
    number = {"datatype": DataType.INT64}
    key = {"row": {**number, "is_primary": True}}
    nothing = {NONE: {"datatype": DataType.FLOAT_VECTOR, "dim": 2}}
    direction = {UNIT: {"datatype": DataType.FLOAT_VECTOR, "dim": dimensions}}
    vector = {PLAIN: {"datatype": DataType.FLOAT_VECTOR, "dim": dimensions}}
    name = {"name": {**text, "is_primary": True, "max_length": 512}}
    wanted = {
        collection(digest, UNIT): {**key, "key": text, "item": {"datatype": DataType.JSON}, **direction},
        collection(digest, PLAIN): {**key, **vector},
        collection(digest, FILES): {**key, "file": text, "text": text, **nothing},
        CATALOG: {**name, "digest": text, "pieces": number, **nothing},
    }
    for place, columns in wanted.items():
        if not client.has_collection(place, timeout=SECONDS):
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            for column, how in columns.items():
                schema.add_field(column, **how)
            client.create_collection(place, schema=schema, timeout=SECONDS)
        index, indexed = client.prepare_index_params(), client.list_indexes(place, timeout=SECONDS)
        for column, how in columns.items():  # also completes a collection whose writer was killed
            if how["datatype"] == DataType.FLOAT_VECTOR and column not in indexed:
                options = {"index_type": "FLAT"} if column == NONE else ivf.index_options(items)
                index.add_index(column, index_name=column, metric_type=METRIC_TYPES.get(column, "IP"), **options)
        if len(index):
            client.create_index(place, index, sync=False, timeout=SECONDS)  # empty, so there is nothing to wait for
        client.load_collection(place, timeout=SECONDS)


def _show(client: MilvusClient, name: str, digest: str, pieces: int) -> None:
    """Add the artifact to the catalog, or replace and then remove the earlier one of the same name."""
    before = client.query(CATALOG, ids=[name], output_fields=["digest"], timeout=SECONDS, consistency_level="Strong")
    row = {"name": name, "digest": digest, "pieces": pieces, NONE: [0.0, 0.0]}
    client.upsert(CATALOG, [row], timeout=SECONDS)
    every = client.query(CATALOG, "", ["digest"], limit=10_000, timeout=SECONDS, consistency_level="Strong")
    for gone in {entry["digest"] for entry in before} - {entry["digest"] for entry in every}:
        for part in (UNIT, PLAIN, FILES):
            client.drop_collection(collection(gone, part), timeout=SECONDS)
    for one in {digest, *(entry["digest"] for entry in before)}:
        client.drop_collection(collection(one, FORMER), timeout=SECONDS)
