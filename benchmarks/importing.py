"""Reading vectors: GloVe-like text compared with gensim's loader, and a memory-mapped .npy.

    python benchmarks/importing.py [--rows 400000] [--dims 100] [--repeat 3] [--npy-rows 1000000]

Also the whole import from file to artifact, with a measured PCA layout and without. Each reader runs in a process of
its own, in turns, on the same generated file; the best time counts. Memory is the peak minus the memory before reading,
in matrices (rows x dims x 4 bytes).
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
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run from a checkout, without installation

OURS = ("with_explorer", "without_a_map", "whole")
RATIO, MATRICES, SECONDS = 2.0, 2.5, 1.0  # goals


def generate(path: Path, rows: int, dims: int) -> None:
    """Words and numbers with five or six digits, as in GloVe files."""
    rng = np.random.default_rng(0)
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, rows, 10_000):
            block = 0.4 * rng.standard_normal((min(10_000, rows - start), dims))
            for number, row in enumerate(block, start):
                file.write(f"word{number} " + " ".join([f"{value:.6g}" for value in row]) + "\n")


def with_explorer(path: Path) -> tuple[int, ...]:
    from explorer.formats import read

    return read(path).vectors.shape


def whole(path: Path) -> tuple[int, ...]:
    return imported(path, "pca")


def without_a_map(path: Path) -> tuple[int, ...]:
    return imported(path)


def imported(path: Path, *layouts: str) -> tuple[int, ...]:
    from explorer.cli import main as command

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert not command(["import", str(path), "--out", str(path.with_name("made")), "--layouts", *layouts])
    return np.load(path.with_name("made") / "vectors.npy", mmap_mode="r").shape


def with_gensim(path: Path) -> tuple[int, ...]:
    from gensim.models import KeyedVectors

    return KeyedVectors.load_word2vec_format(path, binary=False, no_header=True).vectors.shape


def warm(reader: str) -> None:
    """Import the libraries of both readers before the clock starts."""
    if reader == "with_gensim":
        import gensim.models  # noqa: F401
    else:
        import sklearn.decomposition  # noqa: F401

        from explorer.formats.tables import tabular  # noqa: F401
        from explorer.formats.vectors import word2vec  # noqa: F401
        from explorer.importing import plan  # noqa: F401


def held(name: str) -> int:
    """Memory of this process in bytes: VmHWM (peak) or VmRSS (current)."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(next(line for line in status.splitlines() if line.startswith(name)).split()[1])


def one(reader: str, path: Path) -> dict[str, object]:
    """Run one reader in this process. Returns seconds and peak memory beyond that before, in bytes."""
    warm(reader)
    before, start = held("VmRSS"), time.perf_counter()
    shape = globals()[reader](path)
    return {"seconds": time.perf_counter() - start, "bytes": held("VmHWM") - before, "shape": shape}


def fresh(reader: str, path: Path) -> dict:
    """Run one reader in a new process."""
    done = subprocess.run(
        [sys.executable, __file__, "--reader", reader, "--file", str(path)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--dims", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--npy-rows", type=int, default=1_000_000)
    parser.add_argument("--reader")
    parser.add_argument("--file", type=Path)
    args = parser.parse_args()
    if args.reader:
        print(json.dumps(one(args.reader, args.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        text, npy = Path(folder) / "glove.txt", Path(folder) / "vectors.npy"
        generate(text, args.rows, args.dims)
        runs = [{name: fresh(name, text) for name in ("with_gensim", *OURS)} for _ in range(args.repeat)]
        np.save(npy, np.lib.stride_tricks.as_strided(np.float32(1), (args.npy_rows, 64), (0, 0)))
        mapped = min((fresh("with_explorer", npy) for _ in range(args.repeat)), key=lambda run: run["seconds"])
        size = text.stat().st_size
    best = {name: min((run[name] for run in runs), key=lambda run: run["seconds"]) for name in runs[0]}
    matrix = args.rows * args.dims * 4
    print(f"{args.rows:,} x {args.dims}, {size / 1e6:,.0f} MB of text")
    kept = True
    for name, run in best.items():
        ratio = best["with_gensim"]["seconds"] / run["seconds"]
        memory = max(each[name]["bytes"] for each in runs) / matrix
        print(f"{name:14} {run['seconds']:7.1f} s, ratio {ratio:.1f}   memory {memory:.2f} matrices")
        kept &= name not in OURS or (ratio >= RATIO and memory <= MATRICES)
    print(f"claimed: ratio {RATIO}, memory at most {MATRICES} matrices")
    size, seconds = mapped["bytes"] / 1e6, mapped["seconds"]
    print(f".npy of {args.npy_rows:,} x 64: {seconds:.3f} s, {size:.0f} MB; claimed {SECONDS} s")
    sys.exit(not (kept and seconds < SECONDS))


if __name__ == "__main__":
    main()
