"""IVF index of a large artifact in Milvus: created with the collection, tuned when it is published."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from explorer.artifacts.faiss_index import K, tune_probes
from explorer.artifacts.milvus import store
from explorer.artifacts.milvus.search import UNIT, MilvusIndex, collection
from explorer.core.embedding import Embedding
from explorer.core.search.index import ExactIndex
from explorer.core.vectors.remote import RemoteVectors
from explorer.errors import Unavailable

if TYPE_CHECKING:
    from pymilvus import MilvusClient

ABOVE = 100_000  # items above which vectors are indexed
LISTS = 1024  # most lists; Milvus makes so many for each of its segments of about a million vectors
LISTS_OF_LITE = 128  # lists that Milvus Lite makes, whatever it is asked for
SECONDS = 300.0  # timeout of a request
BUILDING = 7200.0  # seconds after which an index should have been built
PAUSE = 0.5  # seconds between looks at whether it has been


def index_options(items: int) -> dict[str, Any]:
    """Arguments of Milvus's `add_index` for the unit vectors of so many items."""
    if items <= ABOVE:
        return {"index_type": "FLAT"}
    return {"index_type": "IVF_FLAT", "params": {"nlist": min(LISTS, int(items**0.5))}}


def tune(uri: str, digest: str, embedding: Embedding, report: Callable[[str, int, int], Any]) -> dict[str, Any]:
    """Wait until the index is built, then choose the number of lists to search; see faiss_index.tune.

    Returns the manifest entry: `lists`, `probes`, `recall` and `k`, as of an index in a folder; {} without an
    index. Raises Unavailable.
    """
    name = collection(digest, UNIT)
    description = _wait(uri, name, report)
    if description.get("index_type") != "IVF_FLAT":
        return {}
    if digest not in store.digests(uri):  # nobody queries it yet
        store.with_client(uri, partial(_load_again, name))
    lists = int(description.get("nlist", LISTS_OF_LITE))
    remote = RemoteVectors(embedding.vectors.shape, embedding.norms, lambda rows: embedding.vectors[rows], uri)
    index = MilvusIndex(remote, digest, partial(store.with_client, uri), lists=lists)
    users = None if embedding.users is None else embedding.users[:, :-1]
    exact = ExactIndex(embedding.vectors, embedding.norms)
    probes, recall = tune_probes(index.nearest_in_lists, lists, exact, users=users)
    return {"lists": lists, "probes": probes, "recall": recall, "k": K}


def _load_again(name: str, client: MilvusClient) -> None:
    """Load a collection with its index: what was loaded before it was built would be searched without for a while."""
    client.release_collection(name, timeout=SECONDS)
    client.load_collection(name, timeout=SECONDS)


def _wait(uri: str, name: str, report: Callable[[str, int, int], Any]) -> dict[str, Any]:
    def look(client: MilvusClient) -> dict[str, Any]:
        return dict(client.describe_index(name, UNIT, timeout=SECONDS) or {})

    begun = time.monotonic()
    while True:
        description = store.with_client(uri, look)
        total, done = int(description.get("total_rows", 0)), int(description.get("indexed_rows", 0))
        if description.get("index_type") != "IVF_FLAT" or done >= total:
            return description
        if time.monotonic() - begun > BUILDING:
            raise Unavailable(f"The index of {name} was not built in {BUILDING:g} s. Publish again to wait longer.")
        report("indexing", done, total)
        time.sleep(PAUSE)
