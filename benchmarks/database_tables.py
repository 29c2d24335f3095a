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
from explorer.artifacts.milvus.search import PLAIN, UNIT, collection, unit
from explorer.core.columns import read_schema
from explorer.core.search.index import METRICS, ExactIndex
from tests.deployed import served
from tests.load import visitor
from tests.load.crowd import Memory
from tests.standalone import Standalone

D, GENRES, GROUP = 64, 19, 1_000_000  # dimensions, labels, and rows of a parquet row group
QUESTIONS = 200  # queries for neighbors of each kind
SHARES = (1.0, 0.5, 0.01, 0.001)  # of the items that a mask keeps
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
    np.save(folder / "norms.npy", lengths_of(n))
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


def lengths_of(n: int) -> np.ndarray:
    """Log-normally distributed lengths, (n,) float32, so that the metrics rank differently."""
    return np.random.default_rng(2).lognormal(1, 0.4, n).astype(np.float32)


def vectors_of(n: int) -> np.ndarray:
    """Vectors of these lengths with directions in 200 clusters, (n, D) float32."""
    rng, lengths = np.random.default_rng(1), lengths_of(n)[:, None]
    centers, found = rng.normal(size=(200, D)).astype(np.float32), np.empty((n, D), np.float32)
    for start in range(0, n, GROUP):
        block = found[start : start + GROUP]
        noise = rng.standard_normal(block.shape, dtype=np.float32)
        block[:] = unit(centers[rng.integers(0, 200, len(block))] + np.float32(0.5) * noise)
        block *= lengths[start : start + GROUP]
    return found


def publish_tables(files: dict[str, bytes], digest: str, uri: str, n: int, vectors: np.ndarray) -> None:
    """Publish the vectors of the first items, with an index tuned if they are all, and the files."""
    m = len(vectors)
    store.with_client(uri, lambda client: publish._create(client, digest, m, D))

    def items(start: int, stop: int) -> list[publish.Record]:
        numbered = enumerate(unit(vectors[start:stop]), start)
        return [{"row": row, "key": f"Item {row}", "item": {}, UNIT: direction} for row, direction in numbered]

    def plain(start: int, stop: int) -> list[publish.Record]:
        return [{"row": row, PLAIN: vectors[row]} for row in range(start, stop)]

    for name, records in ((UNIT, items), (PLAIN, plain)):
        begun = time.perf_counter()
        publish.Part(collection(digest, name), m, 5_000, records).send(uri, steps("publish the vectors"))
        print(f"publish the vectors, {name}: {time.perf_counter() - begun:.0f} s, {load()}", flush=True)
    if m == n:
        begun = time.perf_counter()
        whole = Embedding(vectors, pd.DataFrame({"key": pd.Series(range(n)).astype("str")}))
        index = ivf.tune(uri, digest, whole, steps("index"))
        files[store.INDEX] = json.dumps(index).encode()
        print(f"wait for the index and tune it: {time.perf_counter() - begun:.0f} s, {load()}, {index}", flush=True)
    begun = time.perf_counter()
    pieces = [*publish._pieces({**files, store.FILTERS: b"{}"})]
    part = publish.Part(collection(digest, store.FILES), len(pieces), 200, lambda start, stop: pieces[start:stop])
    part.send(uri, lambda *_: None)
    store.with_client(uri, lambda client: publish._show(client, "many", digest, len(pieces)))
    print(f"publish the files: {time.perf_counter() - begun:.0f} s", flush=True)


def steps(what: str) -> publish.Report:
    """Prints how far a step is, every half a minute, so that an interrupted run still says something."""
    begun = last = time.perf_counter()

    def report(step: str, done: int, total: int) -> None:
        nonlocal last
        if (now := time.perf_counter()) - last > 30:
            last = now
            print(f"    {what}, {step}: {done:,} of {total:,} after {now - begun:.0f} s, {load()}", flush=True)

    return report


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def ask(uri: str, vectors: np.ndarray) -> None:
    """Print the time of queries for ten neighbors, by metric and by the share of the items that a mask keeps.

    The first query under a mask is printed by itself, as the vectors of few items are kept. The recall is that of all
    queries, compared with exact search in this process.
    """
    embedding, chance = store.load(uri, "many"), np.random.default_rng(0)
    rows = chance.choice(len(embedding), QUESTIONS, replace=False)
    keys = embedding.items["key"].take(rows).tolist()
    for metric in METRICS:
        for share in SHARES:
            mask = None if share == 1.0 else chance.random(len(embedding)) < share
            times, found = [], []
            for key in [keys[0], *keys]:
                begun = time.perf_counter()
                found.append(embedding.neighbors(key, 10, metric, mask)["key"].tolist())
                times.append(1000 * (time.perf_counter() - begun))
            median, high = np.quantile(times[1:], [0.5, 0.99])
            recall = shared_with_exact(vectors, rows, metric, mask, found[1:])
            print(
                f"{metric}, {share:.1%} of the items: median {median:.1f} ms, p99 {high:.1f} ms, "
                f"first {times[0]:.1f} ms, recall {recall:.3f}, {load()}",
                flush=True,
            )


def shared_with_exact(
    vectors: np.ndarray, rows: np.ndarray, metric: str, mask: np.ndarray | None, found: list[list[str]]
) -> float:
    """The mean share of the ten items of a mask nearest to each row that are among the keys found for it."""
    among = np.arange(len(vectors)) if mask is None else np.flatnonzero(mask)
    some = vectors[among]
    queries = [(vectors[row], np.empty(0, np.int64)) for row in rows]
    near = ivf.nearest_by_comparing(ExactIndex(some, np.linalg.norm(some, axis=1)), metric, queries, 11)
    true = [[f"Item {one}" for one in among[of] if one != row][:10] for of, row in zip(near, rows, strict=True)]
    return float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(true, found, strict=True)]))


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
                ask(server.uri, vectors)
            with served(server.uri, 1) as app:
                pid = app.pid(app.ports[0]) or 0
                asyncio.run(look(app.ports[0], pid))
                print(f"web process: {Memory.of(pid)}, peak RSS {peak_memory(pid):,.0f} MB", flush=True)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
