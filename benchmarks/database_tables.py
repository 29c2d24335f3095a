"""Memory and time of the web process for an artifact of 10 million items in a database.

    python -m benchmarks.database_tables [--items 10000000] [--vectors 100000]

The table, the map and the catalog of so many generated items are published to a Milvus on this machine, and the vectors
of the first ones, which are the most popular: publishing all takes hours, and the web process holds none. What needs
others, such as the center of a selection, fails and is counted as an error. Printed are the seconds to open the
artifact in a process first (when its files are copied to the cache folder) and again, with the most memory that such a
process held so far; the seconds of each page, first and second visit; and the memory of the web process afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.database import peak_memory
from explorer.artifacts import item_table
from explorer.artifacts.manifest import sha256, write_manifest
from explorer.artifacts.milvus import publish, store
from explorer.artifacts.milvus.search import AUGMENTED, UNIT, augmented, collection, unit
from explorer.core.columns import read_schema
from tests.deployed import served
from tests.load import visitor
from tests.load.crowd import Memory
from tests.standalone import Standalone

D, GENRES, GROUP = 64, 19, 1_000_000  # dimensions, labels, and rows of a parquet row group
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


def publish_tables(files: dict[str, bytes], digest: str, uri: str, n: int, vectors: int) -> None:
    """Publish the files, and the vectors of the first items."""
    made = unit(np.random.default_rng(1).normal(size=(vectors, D)).astype(np.float32))
    pieces = [*publish._pieces({**files, store.FILTERS: b"{}"})]
    store.with_client(uri, lambda client: publish._create(client, digest, vectors, D))
    both = augmented(made)

    def items(start: int, stop: int) -> list[publish.Record]:
        return [{"row": row, "key": f"Item {row}", "item": {}, UNIT: made[row]} for row in range(start, stop)]

    def raised(start: int, stop: int) -> list[publish.Record]:
        return [{"row": row, AUGMENTED: both[row]} for row in range(start, stop)]

    for part in (
        publish.Part(collection(digest, UNIT), vectors, 5_000, items),
        publish.Part(collection(digest, AUGMENTED), vectors, 5_000, raised),
        publish.Part(collection(digest, store.FILES), len(pieces), 200, lambda start, stop: pieces[start:stop]),
    ):
        part.send(uri, lambda *_: None)
    store.with_client(uri, lambda client: publish._show(client, "many", digest, len(pieces)))


async def look(port: int) -> None:
    visitor.PATIENCE = 600
    async with visitor.Visitor(f"http://localhost:{port}") as one:
        for page, query in PAGES:
            seconds = []
            for _ in range(2):
                begun = time.perf_counter()
                await one.open(page, f"artifact=many{query}")
                seconds.append(time.perf_counter() - begun)
            print(
                f"{page or 'Home'} {query}: {seconds[0]:.1f} s, then {seconds[1]:.1f} s, {len(one.errors)} errors",
                flush=True,
            )
            one.errors.clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000_000)
    parser.add_argument("--vectors", type=int, default=100_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["EXPLORER_CACHE"] = str(folder / "cache")
        files = generate(folder / "many", args.items)
        print(f"files: {sum(map(len, files.values())) / 2**20:,.0f} MB", flush=True)
        server = Standalone(folder / "milvus").start()
        try:
            begun = time.perf_counter()
            publish_tables(files, sha256(folder / "many" / "manifest.json"), server.uri, args.items, args.vectors)
            files.clear()
            print(f"publish the files: {time.perf_counter() - begun:.0f} s", flush=True)
            for what in ("first", "again"):
                begun = time.perf_counter()
                subprocess.run([sys.executable, "-c", OPEN, server.uri], check=True)
                peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
                print(f"open {what}: {time.perf_counter() - begun:.0f} s, peak RSS {peak:,.0f} MB", flush=True)
            with served(server.uri, 1) as app:
                asyncio.run(look(app.ports[0]))
                pid = app.pid(app.ports[0])
                print(f"web process: {Memory.of(pid)}, peak RSS {peak_memory(pid):,.0f} MB", flush=True)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
