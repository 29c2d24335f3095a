"""Memory and time of the web process, and of queries, for an artifact of millions of items in a database.

    python -m benchmarks.database_tables [--items 10000000] [--vectors 30000]

The table, the map and the catalog of so many generated items are published to a Milvus on this machine, and the vectors
of the first ones, which are the most popular. With as many vectors as items, the index is tuned as by `explorer
publish`, and printed are its recall and the median and 99th percentile of queries for ten neighbors. With fewer
vectors, what needs others, such as the center of a selection, fails and is counted as an error. The columns of the
items are not stored in the database, so filters by their values are not measured. Printed are also the seconds to open
the artifact in a process first (when its files are copied to the cache folder) and again, with the most memory that
such a process held so far; the seconds of each page, first and second visit, and of the tiles of its map; and the
memory of the web process.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.database import peak_memory
from explorer import Embedding
from explorer.artifacts import item_table
from explorer.artifacts.manifest import sha256, write_manifest
from explorer.artifacts.milvus import ivf, publish, store
from explorer.artifacts.milvus.search import AUGMENTED, UNIT, augmented, collection, unit
from explorer.core.columns import read_schema
from explorer.core.search.index import METRICS
from tests.deployed import served
from tests.load import visitor
from tests.load.crowd import Memory
from tests.standalone import Standalone

D, GENRES, GROUP = 64, 19, 1_000_000  # dimensions, labels, and rows of a parquet row group
QUESTIONS = 200  # queries for neighbors of each kind
OPEN = "import sys; from explorer.artifacts.milvus import store; store.load(sys.argv[1], 'many')"
PAGES = (
    ("", ""), ("Map", ""), ("Map", "&genres=Genre+3"), ("Neighbors", "&items=Item+5"),
    ("Neighbors", "&items=Item+77&genres=Genre+3"), ("Neighbors", "&items=tem+9999"),
    ("Analogies", "&plus=Item+5&plus=Item+7&minus=Item+9"),
)  # fmt: skip


def generate(folder: Path, n: int) -> dict[str, bytes]:
    """Write the files of an artifact without vectors; returns them by name, the manifest first."""
    rng = np.random.default_rng(0)
    cluster = rng.choice(200, n, p=rng.dirichlet(np.full(200, 2.0)))
    (folder / "layouts").mkdir(parents=True)
    xy = rng.normal(size=(200, 2)).astype(np.float32)[cluster] + rng.normal(size=(n, 2)).astype(np.float32) * 0.12
    np.save(folder / "layouts" / "tsne.npy", xy)
    genres = pa.array([[f"Genre {c % GENRES}", f"Genre {(c + 1) % GENRES}"] for c in range(200)])
    schema = pa.schema(
        [("key", pa.string()), ("title", pa.string()), ("year", pa.int64()), ("genres", pa.list_(pa.string())),
         ("n_ratings", pa.int64())]
    )  # fmt: skip
    with pq.ParquetWriter(folder / "items.parquet", schema) as writer:
        for start in range(0, n, GROUP):
            rows = np.arange(start, min(start + GROUP, n))
            names = pa.array(np.char.add("Item ", rows.astype(str)))
            popularity = 10 * n // (rows + 1) + 1
            columns = [
                names,
                names,
                rng.integers(1950, 2020, len(rows)),
                genres.take(pa.array(cluster[rows])),
                popularity,
            ]
            writer.write_table(pa.table(columns, schema=schema))
    norms = np.ones(n, np.float32)
    np.save(folder / "norms.npy", norms)
    some = item_table.read_items(io.BytesIO(_first_rows(folder / "items.parquet")))
    described = read_schema({}, some).document()  # as `save` stores it
    write_manifest(folder, {"name": "many", "items": n, "dimensions": D, **described})
    names = ("manifest.json", "items.parquet", "layouts/tsne.npy", "norms.npy")
    return {name: (folder / name).read_bytes() for name in names}


def _first_rows(file: Path) -> bytes:
    sink = io.BytesIO()
    with pq.ParquetFile(file) as parquet:
        pq.write_table(parquet.read_row_group(0).slice(0, 100_000), sink)
    return sink.getvalue()


def vectors_of(n: int) -> np.ndarray:
    """Unit vectors in 200 clusters, (n, D) float32."""
    rng = np.random.default_rng(1)
    centers, found = rng.normal(size=(200, D)).astype(np.float32), np.empty((n, D), np.float32)
    for start in range(0, n, GROUP):
        block = found[start : start + GROUP]
        noise = rng.standard_normal(block.shape, dtype=np.float32)
        block[:] = unit(centers[rng.integers(0, 200, len(block))] + np.float32(0.5) * noise)
    return found


def publish_tables(files: dict[str, bytes], digest: str, uri: str, n: int, vectors: np.ndarray) -> None:
    """Publish the vectors of the first items, with an index tuned if they are all, and the files."""
    m, begun = len(vectors), time.perf_counter()
    store.with_client(uri, lambda client: publish._create(client, digest, m, D))

    def items(start: int, stop: int) -> list[publish.Record]:
        return [{"row": row, "key": f"Item {row}", "item": {}, UNIT: vectors[row]} for row in range(start, stop)]

    def raised(start: int, stop: int) -> list[publish.Record]:
        made = augmented(vectors[start:stop])
        return [{"row": row, AUGMENTED: made[row - start]} for row in range(start, stop)]

    for part in (
        publish.Part(collection(digest, UNIT), m, 5_000, items),
        publish.Part(collection(digest, AUGMENTED), m, 5_000, raised),
    ):
        part.send(uri, lambda *_: None)
    print(f"publish the vectors: {time.perf_counter() - begun:.0f} s", flush=True)
    if m == n:
        begun = time.perf_counter()
        whole = Embedding(vectors, pd.DataFrame({"key": pd.Series(range(n)).astype("str")}))
        index = ivf.tune(uri, digest, whole, lambda *_: None)
        files[store.INDEX] = json.dumps(index).encode()
        print(f"wait for the index and tune it: {time.perf_counter() - begun:.0f} s, {index}", flush=True)
    begun = time.perf_counter()
    pieces = [*publish._pieces({**files, store.FILTERS: b"{}"})]
    part = publish.Part(collection(digest, store.FILES), len(pieces), 200, lambda start, stop: pieces[start:stop])
    part.send(uri, lambda *_: None)
    store.with_client(uri, lambda client: publish._show(client, "many", digest, len(pieces)))
    print(f"publish the files: {time.perf_counter() - begun:.0f} s", flush=True)


def ask(uri: str) -> None:
    """Print the time of queries for ten neighbors, by metric and by the share of the items that a mask keeps."""
    embedding, chance = store.load(uri, "many"), np.random.default_rng(0)
    rows = chance.choice(len(embedding), QUESTIONS, replace=False)
    keys = embedding.items["key"].take(rows).tolist()
    for metric in METRICS:
        for share in (1.0, 0.5, 0.01):
            mask = None if share == 1.0 else chance.random(len(embedding)) < share
            embedding.neighbors(keys[0], 10, metric, mask)
            times = []
            for key in keys if metric == "cosine" and mask is None else keys[: QUESTIONS // 10]:
                begun = time.perf_counter()
                embedding.neighbors(key, 10, metric, mask)
                times.append(1000 * (time.perf_counter() - begun))
            median, high = np.quantile(times, [0.5, 0.99])
            print(f"{metric}, {share:.0%} of the items: median {median:.1f} ms, p99 {high:.1f} ms", flush=True)


async def look(port: int, pid: int) -> None:
    visitor.PATIENCE = 600
    async with visitor.Visitor(f"http://localhost:{port}") as one:
        for page, query in PAGES:
            seconds = []
            for _ in range(2):
                begun = time.perf_counter()
                await one.open(page, f"artifact=many{query}")
                seconds.append(time.perf_counter() - begun)
            print(
                f"{page or 'Home'} {query}: {seconds[0]:.1f} s, then {seconds[1]:.1f} s, {len(one.errors)} errors, "
                f"RSS {Memory.of(pid).rss / 2**20:,.0f} MB",
                flush=True,
            )
            one.errors.clear()
            if page == "Map":
                await tiles(one)


async def tiles(one: visitor.Visitor) -> None:
    """Print the seconds of all tiles of the map that a visitor sees, one after the other, first and again."""
    sent = b"".join(element.SerializeToString() for element in one.elements.values())
    sent = re.sub(rb"\\+u002f", b"/", sent)  # as plotly writes it
    sources = [found.decode() for found in dict.fromkeys(re.findall(rb"/tile/\w+/\w+/\d+/\d+/\d+", sent))]
    seconds, size = [], 0
    for _ in range(2):
        begun = time.perf_counter()
        size = 0
        for source in sources:
            with await asyncio.to_thread(urlopen, f"{one.address}{source}") as answer:
                size += len(answer.read())
        seconds.append(time.perf_counter() - begun)
    if sources:
        print(
            f"    {len(sources)} tiles, {size / 1000:.0f} kB: {seconds[0]:.2f} s, then {seconds[1]:.2f} s", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000_000)
    parser.add_argument("--vectors", type=int, default=30_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["EXPLORER_CACHE"] = str(folder / "cache")
        files = generate(folder / "many", args.items)
        print(f"files: {sum(map(len, files.values())) / 2**20:,.0f} MB", flush=True)
        server = Standalone(folder / "milvus").start()
        try:
            vectors = vectors_of(args.vectors)
            publish_tables(files, sha256(folder / "many" / "manifest.json"), server.uri, args.items, vectors)
            files.clear()
            assert server.process is not None
            print(f"Milvus: {Memory.of(server.process.pid)}", flush=True)
            for what in ("first", "again"):
                begun = time.perf_counter()
                subprocess.run([sys.executable, "-c", OPEN, server.uri], check=True)
                peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
                print(f"open {what}: {time.perf_counter() - begun:.0f} s, peak RSS {peak:,.0f} MB", flush=True)
            if args.vectors == args.items:
                ask(server.uri)
            with served(server.uri, 1) as app:
                pid = app.pid(app.ports[0]) or 0
                asyncio.run(look(app.ports[0], pid))
                print(f"web process: {Memory.of(pid)}, peak RSS {peak_memory(pid):,.0f} MB", flush=True)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
