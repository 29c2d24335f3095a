"""Vectors from a variable in the checkpoint of a TensorFlow SavedModel (a folder or its .zip).

The model itself is never loaded. TensorFlow reads the checkpoint in a separate process, which is stopped after two
minutes.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import BadData
from explorer.formats.compression import unpacked
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error, choose, float32
from explorer.paths import module_command, module_environment

INDEX = "variables.index"
SECONDS = 120
Tables = dict[str, tuple[str, list[int]]]


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """Names of the variables that are matrices, embeddings first. Raises BadData."""
    with bad_data_on_error(path, format), _prefix(path, limit) as prefix:
        return list(_tables(prefix, path))


def read(path: Path, format: str, choice: str | None, limit: Limits) -> ParsedFile:
    """Read the vectors of one variable; they have no keys. Raises BadData."""
    with bad_data_on_error(path, format), _prefix(path, limit) as prefix:
        found = _tables(prefix, path)
        name, notes = choose(found, choice, "variable", path.name)
        key, (rows, dims) = found[name]
        limit.check(path.name, rows, dims)
        size = sum(file.stat().st_size for file in prefix.parent.iterdir())
        if rows * dims > size:
            raise BadData(f"{path.name}: says {rows:,} x {dims:,} numbers; it has {size:,} bytes.")
        with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
            _ask(path, str(prefix), key, f"{folder}/vectors.npy")
            vectors = float32(np.load(f"{folder}/vectors.npy", allow_pickle=False), path.name)
        return ParsedFile(vectors, pd.DataFrame(index=pd.RangeIndex(len(vectors))), name, format, notes=notes)


@contextmanager
def _prefix(path: Path, limit: Limits) -> Iterator[Path]:
    if path.is_file():
        with unpacked(path, limit) as folder, _prefix(folder, limit) as prefix:
            yield prefix
        return
    found = sorted(path.rglob(INDEX), key=lambda file: len(file.parts))
    if not found:
        raise BadData(f"{path.name}: contains no variables/{INDEX}, so it is not a SavedModel with variables.")
    yield found[0].with_suffix("")


def _tables(prefix: Path, path: Path) -> Tables:
    found: Tables = json.loads(_ask(path, str(prefix)).splitlines()[-1])

    def rank(name: str) -> tuple[bool, int]:
        return "embedding" not in name.lower(), -int(np.prod(found[name][1]))

    return {name: found[name] for name in sorted(found, key=rank)}


def _ask(path: Path, *words: str) -> str:
    command = module_command("explorer.training.tf_checkpoint", *words)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=module_environment(), check=False
        )
    except subprocess.TimeoutExpired:
        raise BadData(f"{path.name}: TensorFlow did not read it within {SECONDS} seconds.") from None
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["the process ended without a message"])[-1][:300]
        raise BadData(f"{path.name}: TensorFlow cannot read its variables: {reason}.")
    return done.stdout
