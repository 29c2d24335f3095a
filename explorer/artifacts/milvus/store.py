"""Milvus database of published artifacts: connection and contents.

The collection `explorer_artifacts` is a catalog with a row per artifact. Three collections per artifact, named by its
digest, hold the items with their directions, the vectors, and the other files in pieces. Collections without a row in
the catalog are incomplete and ignored.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from explorer.artifacts.manifest import MANIFEST, parse_manifest
from explorer.artifacts.mapped_files import map_array
from explorer.artifacts.milvus import filters, local_copy
from explorer.artifacts.milvus.search import PLAIN, MilvusIndex, collection, fetch, tuned
from explorer.artifacts.milvus.uri import LITE, TOKEN, redacted
from explorer.core.embedding import Embedding
from explorer.core.vectors.remote import RemoteVectors
from explorer.errors import BadArtifact, BadData, BadRequest, MissingExtra, Unavailable, closest
from explorer.paths import module_environment

if TYPE_CHECKING:
    from pymilvus import MilvusClient

T = TypeVar("T")
CATALOG, FILES = "explorer_artifacts", "files"
TABLE, USERS, LAYOUTS, MODEL, NORMS = "items.parquet", "users.npy", "layouts/", "model/", "norms.npy"
FILTERS = "filters.json"  # there if the documents of the items hold the values that filters compare
INDEX = "index.json"  # describes the index that was built when the artifact was published
SECONDS = 5.0  # timeout of a query
CONNECT = 2.0  # seconds, timeout of a connection
QUICK = 1.0  # seconds; an earlier error means a broken connection, so a new one is tried
PAUSE = 1.0  # seconds between attempts to connect
MANY = 2_000  # file pieces, of 45 kB each; an artifact with more is copied by another process
COPY = "import sys; from explorer.artifacts.milvus import store; store.load(*sys.argv[1:], in_this_process=True)"
AT_ONCE = 100  # file pieces read at once

_clients: dict[str, MilvusClient] = {}
_failed: dict[str, tuple[float, Exception]] = {}  # time and error of the last failed connection
_lock = threading.Lock()


def list_names(uri: str) -> list[str]:
    """Names of the artifacts in a database, sorted. Raises Unavailable."""
    return sorted(row["name"] for row in _catalog(uri))


def digests(uri: str) -> set[str]:
    """Digests of the artifacts in a database. Raises Unavailable."""
    return {row["digest"] for row in _catalog(uri)}


def digest(uri: str, name: str) -> str:
    """See artifacts.digest. Raises BadArtifact, which names the existing artifacts, and Unavailable."""
    return str(_entry(uri, name)["digest"])


def manifest(uri: str, name: str) -> dict[str, Any]:
    """See artifacts.manifest. Raises BadArtifact, Unavailable."""
    where, asked = collection(_entry(uri, name)["digest"], FILES), f"file == '{MANIFEST}'"
    found = with_client(uri, lambda client: client.query(where, asked, ["row", "text"], timeout=SECONDS))
    return _manifest(uri, name, _join_pieces(found))


def load(uri: str, name: str, in_this_process: bool = False) -> Embedding:
    """Load an artifact whose vectors stay in the database; the rest is read and checked against the manifest.

    Large files are copied by another process, which returns the memory, unless `in_this_process`. Raises BadArtifact,
    Unavailable.
    """
    entry = _entry(uri, name)
    there = collection(entry["digest"], PLAIN)
    place = f"{uri} {entry['pieces']}"
    what = f"{name} in {redacted(uri)}"
    if not with_client(uri, lambda client: client.has_collection(there, timeout=SECONDS)):
        raise BadArtifact(f"{what} was published by an earlier version. {_again(name)}")
    large = entry["pieces"] > MANY and not uri.endswith(LITE)  # a file of Milvus Lite can be open in one process only
    if large and not in_this_process and not local_copy.folder_of(place, entry["digest"]).exists():
        # If it fails, copying here raises the error.
        command = [sys.executable, "-P", "-c", COPY, uri, name]
        subprocess.run(command, env=module_environment(), stdin=subprocess.DEVNULL, capture_output=True)
    folder = local_copy.copy_of(place, entry["digest"], lambda: _pieces(uri, entry), what, _again(name))
    manifest = {**_manifest(uri, name, (folder / MANIFEST).read_bytes()), "database": redacted(uri)}
    manifest.pop("index", None)  # the index of the vectors in the folder
    try:
        index = json.loads((folder / INDEX).read_bytes()) if (folder / INDEX).exists() else {}
        manifest |= {"index": index} if index else {}
        items, keys = local_copy.read_items(folder)
        shape = (int(manifest["items"]), int(manifest["dimensions"]))

        def rows(wanted: np.ndarray) -> np.ndarray:
            found = with_client(uri, lambda client: fetch(client, there, wanted, [PLAIN], SECONDS))
            return np.array([record[PLAIN] for record in found], np.float32)

        norms, *users = [map_array(folder / file) for file in (NORMS, USERS) if (folder / file).exists()]
        vectors = RemoteVectors(shape, norms, rows, f"the database at {redacted(uri)}")
        how = tuned(index) if index else {}
        by_values = (folder / FILTERS).exists()

        def expression(mask: np.ndarray) -> str | None:
            known = embedding.columns.filters_of(mask) if by_values else None
            return None if known is None else filters.expression(embedding.columns, *known)

        search = MilvusIndex(vectors, entry["digest"], partial(with_client, uri), expression, **how)
        embedding = Embedding(
            vectors, items, manifest, users=users[0] if users else None, digest=entry["digest"], keys=keys,
            layouts=local_copy.read_arrays(folder, LAYOUTS), model=local_copy.read_arrays(folder, MODEL),
            make_index=lambda _: search,
        )  # fmt: skip
        return embedding
    except (KeyError, ValueError, BadData, pa.ArrowException) as error:
        raise BadArtifact(f"{name} in {redacted(uri)} cannot be read: {error!r}. {_again(name)}") from error


def with_client(uri: str, question: Callable[[MilvusClient], T]) -> T:
    """Call a function with a client of a database; the connection is kept for later calls.

    A broken connection is renewed at once. Raises Unavailable, and BadRequest for an invalid URI.
    """
    try:
        from grpc import RpcError
        from pymilvus import MilvusException
    except ImportError as error:
        raise MissingExtra("A Milvus database", error.name or "pymilvus", "milvus") from error
    begun = time.monotonic()
    while True:
        known = _clients.get(uri)
        try:
            return question(known or _client(uri))
        except (MilvusException, RpcError, OSError) as error:
            _forget(uri)
            if not known or time.monotonic() - begun > QUICK:
                hint = " Another process may have it open; Milvus Lite allows only one." if uri.endswith(LITE) else ""
                raise Unavailable(f"The database at {redacted(uri)} cannot answer: {_why(error)}.{hint}") from error


def create(uri: str) -> None:
    """Create the folder of a Milvus Lite file. Raises BadRequest if that is impossible."""
    if uri.endswith(LITE):
        try:
            Path(uri).mkdir(exist_ok=True)
        except OSError as error:
            raise BadRequest(f"{uri} cannot be created: {error.strerror}. Choose another place.") from error


def _client(uri: str) -> MilvusClient:
    with _lock:
        if uri not in _clients:
            ended, failure = _failed.get(uri, (0.0, None))
            if failure and time.monotonic() - ended < PAUSE:
                raise failure
            begun = time.monotonic()
            try:
                _clients[uri] = _connect(uri)
            except Exception as error:
                if time.monotonic() - begun > QUICK:  # other threads waiting for the lock need not try as well
                    _failed[uri] = time.monotonic(), error
                raise
        return _clients[uri]


def _forget(uri: str) -> None:
    """Drop the connection; it is closed when nobody can be waiting for an answer any more."""
    with _lock:
        gone = _clients.pop(uri, None)
    if gone is not None:
        end = threading.Timer(2 * SECONDS, gone.close)
        end.daemon = True
        end.start()


def _connect(uri: str) -> MilvusClient:
    from pymilvus import MilvusClient, MilvusException

    for library in ("pymilvus", "milvus_lite"):
        logging.getLogger(library).setLevel(logging.CRITICAL)  # these errors are raised as well
    _reach(uri)
    token, how = os.environ.get(TOKEN, ""), {"grpc.use_local_subchannel_pool": 1}  # else it waits after a failure
    client = MilvusClient(uri, token=token, timeout=CONNECT, dedicated=True, grpc_options=how)
    # Milvus Lite has no collection loaded after its start. An incomplete one fails to load, which is ignored.
    for name in client.list_collections(timeout=SECONDS):
        if name.startswith("explorer_"):
            with suppress(MilvusException):
                client.load_collection(name, timeout=SECONDS)
    return client


def _reach(uri: str) -> None:
    """Raise OSError at once if nobody listens at the address; gRPC would wait."""
    if uri.endswith(LITE):
        if not Path(uri).exists():
            raise OSError("there is none yet")
        return
    parts = urlsplit(uri)
    port = parts.port or (443 if parts.scheme == "https" else 19530)
    with socket.create_connection((parts.hostname or "localhost", port), timeout=CONNECT):
        pass


def _catalog(uri: str, **of: Any) -> list[dict[str, Any]]:
    def look(client: MilvusClient) -> list[dict[str, Any]]:
        from pymilvus import MilvusException

        fields = ["name", "digest", "pieces"]
        try:
            return list(client.query(CATALOG, output_fields=fields, timeout=SECONDS, **(of or {"limit": 10_000})))
        except MilvusException:
            if client.has_collection(CATALOG, timeout=SECONDS):
                raise
            return []  # nothing has been published

    return with_client(uri, look)


def _entry(uri: str, name: str) -> dict[str, Any]:
    found = _catalog(uri, ids=[name])
    if not found:
        names = list_names(uri)
        near = ", ".join(closest(name, names)) or ", ".join(names) or "none yet"
        raise BadArtifact(f"There is no artifact {name!r} in {redacted(uri)}. There are: {near}.")
    return found[0]


def _pieces(uri: str, entry: dict[str, Any]) -> Iterator[local_copy.Piece]:
    """Pieces of the files of an artifact, file by file, in order."""
    where, numbers = collection(entry["digest"], FILES), np.arange(entry["pieces"])
    for start in range(0, len(numbers), AT_ONCE):
        wanted = numbers[start : start + AT_ONCE]
        for piece in with_client(uri, partial(fetch, collection=where, rows=wanted, wanted=["file", "text"])):
            yield piece["file"], piece["text"]


def _manifest(uri: str, name: str, raw: bytes) -> dict[str, Any]:
    try:
        return parse_manifest(raw)
    except ValueError as error:
        raise BadArtifact(f"The manifest of {name} in {redacted(uri)} is not valid: {error}. {_again(name)}") from error


def _join_pieces(pieces: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(piece["text"]) for piece in sorted(pieces, key=lambda piece: piece["row"]))


def _again(name: str) -> str:
    return f"Publish it again: explorer publish {name} --to URI"


def _why(error: Exception) -> str:
    text = getattr(error, "message", "") or getattr(error, "strerror", "") or str(error)
    return str(text).split("\n")[0][:200].rstrip(".")
