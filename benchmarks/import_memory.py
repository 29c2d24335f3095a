"""Peak memory and time of importing a large file of each format.

    python benchmarks/import_memory.py [--mb 150] [--dims 100] [--only csv parquet ...]

Each file is generated, about --mb large, and imported in a process of its own that has imported a small one before, so
that libraries do not count. Memory is the peak of the process minus its idle memory.
Goal: at most 4 times the file plus 200 MB.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run from a checkout, without installation

from benchmarks.importing import held

TIMES, BESIDE = 4, 200_000_000  # goal
DIGITS = 9.3  # bytes of a number as text
SMALL = 50  # rows of the file that warms up


def text(vectors: np.ndarray, path: Path, separator: str, header: str = "", keys: bool = True) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(header)
        for n, row in enumerate(vectors):
            cells = [*([f"word{n}"] if keys else []), *(f"{value:.6g}" for value in row.tolist())]
            file.write(separator.join(cells) + "\n")


def table(vectors: np.ndarray, lists: bool) -> pa.Table:
    keys = pa.array([f"word{n}" for n in range(len(vectors))])
    if not lists:
        columns = {f"v{n}": pa.array(vectors[:, n]) for n in range(vectors.shape[1])}
        return pa.table({"key": keys, **columns})
    flat = pa.array(vectors.reshape(-1))
    return pa.table({"key": keys, "vector": pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])})


def csv(vectors: np.ndarray, path: Path) -> None:
    text(vectors, path, ",", ",".join(["key", *(f"v{n}" for n in range(vectors.shape[1]))]) + "\n")


def csv_lists(vectors: np.ndarray, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("key,vector\n")
        file.writelines(f'word{n},"[{", ".join(f"{x:.6g}" for x in row)}]"\n' for n, row in enumerate(vectors.tolist()))


def jsonl(vectors: np.ndarray, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for n, row in enumerate(vectors.tolist()):
            file.write(f'{{"key": "word{n}", "vector": [{", ".join(f"{x:.6g}" for x in row)}]}}\n')


def projector(vectors: np.ndarray, path: Path) -> None:
    text(vectors, path.parent / "tensors.tsv", "\t", keys=False)
    path.with_name("metadata.tsv").write_text("".join(f"word{n}\n" for n in range(len(vectors))))
    entry = {"tensorName": "v", "tensorPath": "tensors.tsv", "metadataPath": "metadata.tsv"}
    path.write_text(json.dumps({"embeddings": [entry]}))


def binary(vectors: np.ndarray, path: Path) -> None:
    with path.open("wb") as file:
        file.write("{} {}\n".format(*vectors.shape).encode())
        file.writelines(f"word{n} ".encode() + row.tobytes() + b"\n" for n, row in enumerate(vectors))


def hdf5(vectors: np.ndarray, path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["model_weights/words/words/embeddings:0"] = vectors


def safetensors(vectors: np.ndarray, path: Path) -> None:
    about = {"emb": {"dtype": "F32", "shape": list(vectors.shape), "data_offsets": [0, vectors.nbytes]}}
    header = json.dumps(about).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + vectors.tobytes())


Writer = Callable[[np.ndarray, Path], object]
FILES: dict[str, tuple[str, float, Writer]] = {  # name -> file, bytes of a number, its writer
    "npy": ("v.npy", 4, lambda vectors, path: np.save(path, vectors)),
    "npy of float64": ("v.npy", 8, lambda vectors, path: np.save(path, vectors.astype(np.float64))),
    "npz": ("v.npz", 4, lambda vectors, path: np.savez_compressed(path, v=vectors)),
    "word2vec": ("v.txt", DIGITS, lambda vectors, path: text(vectors, path, " ", "{} {}\n".format(*vectors.shape))),
    "glove": ("v.txt", DIGITS, lambda vectors, path: text(vectors, path, " ")),
    "word2vec-binary": ("v.bin", 4, binary),
    "projector": ("projector_config.json", DIGITS, projector),
    "csv": ("v.csv", DIGITS, csv),
    "csv of lists": ("v.csv", DIGITS + 1, csv_lists),
    "jsonl": ("v.jsonl", DIGITS + 1, jsonl),
    "parquet": ("v.parquet", 4, lambda vectors, path: pq.write_table(table(vectors, False), path)),
    "parquet of lists": ("v.parquet", 4, lambda vectors, path: pq.write_table(table(vectors, True), path)),
    "arrow": ("v.feather", 4, lambda vectors, path: feather.write_feather(table(vectors, True), path)),
    "h5": ("v.h5", 4, hdf5),
    "safetensors": ("v.safetensors", 4, safetensors),
}


def import_one(file: Path, small: Path, out: Path) -> dict[str, float]:
    """Import a small file, then a large one. Returns seconds and peak memory beyond that in between, in bytes."""
    from explorer.cli import main as command

    def run(path: Path, name: str) -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert not command(["import", str(path), "--out", str(out / f"made-{name}")])

    run(small, "small")
    Path("/proc/self/clear_refs").write_text("5")  # reset the peak
    before, start = held("VmRSS"), time.perf_counter()
    run(file, "large")
    return {"seconds": time.perf_counter() - start, "bytes": held("VmHWM") - before}


def measure(name: str, mb: int, dims: int) -> bool:
    called, width, write = FILES[name]
    with tempfile.TemporaryDirectory() as folder:
        small, file = Path(folder) / "small" / called, Path(folder) / "large" / called
        rows = int(mb * 1e6 / dims / width)
        for path, n in ((small, SMALL), (file, rows)):
            path.parent.mkdir()
            write(0.4 * np.random.default_rng(0).standard_normal((n, dims), dtype=np.float32), path)
        size = sum(part.stat().st_size for part in file.parent.iterdir())
        done = subprocess.run(
            [sys.executable, __file__, "--files", str(file), str(small), folder],
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        found = json.loads(done.stdout.splitlines()[-1])
    most, took = TIMES * size + BESIDE, found["bytes"]
    print(
        f"{name:18} {rows:9,} rows {size / 1e6:6,.0f} MB {found['seconds']:6.1f} s   memory {took / 1e6:6,.0f} of "
        f"{most / 1e6:6,.0f} MB, {took / size:.2f} files, {took / rows / dims / 4:.2f} matrices",
        flush=True,
    )
    return bool(took <= most)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", type=int, default=150)
    parser.add_argument("--dims", type=int, default=100)
    parser.add_argument("--only", nargs="*", default=list(FILES), choices=list(FILES), metavar="NAME")
    parser.add_argument("--files", nargs=3, type=Path)
    args = parser.parse_args()
    if args.files:
        print(json.dumps(import_one(*args.files)))
        return
    within = [measure(name, args.mb, args.dims) for name in args.only]
    sys.exit(not all(within))


if __name__ == "__main__":
    main()
