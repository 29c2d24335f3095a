"""Demonstration that an embedding layer is a row lookup: it equals multiplying one-hot rows, at lower cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.errors import BadRequest

FLOAT = 4  # bytes of a float32
INDEX = 4  # bytes of an int32
LIMIT = 192 * 2**20  # bytes of the largest one-hot matrix that is built
ROWS = 512 * 2**20  # bytes of the largest result of one lookup
REPEATS = 3


@dataclass(frozen=True)
class Timing:
    """Seconds to get the rows of n ids by lookup and by one-hot multiplication."""

    n: int  # ids
    lookup: float  # seconds
    one_hot: float | None  # seconds; None if the one-hot rows would exceed LIMIT
    lookup_bytes: int  # the ids
    one_hot_bytes: int  # the one-hot rows


def one_hot(ids: Sequence[int] | np.ndarray, n_rows: int) -> np.ndarray:
    """One-hot rows of ids: (len(ids), n_rows) float32.

    Raises BadRequest for an id outside 0 to n_rows - 1, or if the rows would take more than LIMIT bytes.
    """
    checked = _checked(ids, n_rows)
    if one_hot_bytes(checked.size, n_rows) > LIMIT:
        raise BadRequest(
            f"{checked.size:,} one-hot rows of {n_rows:,} numbers would take "
            f"{one_hot_bytes(checked.size, n_rows) / 1e9:,.1f} GB; at most {LIMIT / 1e9:.1f} GB are built here. "
            "Ask for fewer."
        )
    rows = np.zeros((checked.size, n_rows), np.float32)
    rows[np.arange(checked.size), checked] = 1
    return rows


def multiplied(ids: Sequence[int] | np.ndarray, table: np.ndarray) -> np.ndarray:
    """Rows of a table (n, d), by multiplying one-hot rows with it: (len(ids), d). Raises BadRequest."""
    return one_hot(ids, len(table)) @ table


def looked_up(ids: Sequence[int] | np.ndarray, table: np.ndarray) -> np.ndarray:
    """Rows of a table (n, d), by indexing: (len(ids), d), equal to `multiplied`. Raises BadRequest."""
    return table[_checked(ids, len(table))]


def one_hot_bytes(n_ids: int, n_rows: int) -> int:
    """Bytes of the one-hot rows of n_ids ids, as float32."""
    return n_ids * n_rows * FLOAT


def timings(table: np.ndarray, counts: Sequence[int], seed: int = 0) -> list[Timing]:
    """Time both ways at several numbers of random ids: the best of three runs each.

    table: (n, d) float32. The timing includes building the one-hot rows; it is omitted if they would exceed LIMIT.
    Numbers of ids whose rows would take more than ROWS bytes are left out.
    """
    rng = np.random.default_rng(seed)
    found = []
    for n in (n for n in counts if n * table.shape[1] * FLOAT <= ROWS):
        ids = rng.integers(len(table), size=n)
        size = one_hot_bytes(n, len(table))
        # The default argument binds the ids of this iteration.
        quick = _seconds(lambda ids=ids: looked_up(ids, table))  # type: ignore[misc]
        slow = _seconds(lambda ids=ids: multiplied(ids, table)) if size <= LIMIT else None  # type: ignore[misc]
        found.append(Timing(n, quick, slow, n * INDEX, size))
    return found


def dense_parameters(n_inputs: int, width: int) -> int:
    """Parameters of a network on one-hot inputs: a dense layer of `width` units and an output, with biases."""
    return n_inputs * width + width + width + 1


def embedding_parameters(n_users: int, n_items: int, size: int) -> int:
    """Number of parameters of two embeddings with `size` numbers a row; their dot product has none."""
    return (n_users + n_items) * size


def stars(item: Sequence[float] | np.ndarray, user: Sequence[float] | np.ndarray, mean: float = 3.5) -> float:
    """Predicted rating: mean + item . user. Raises BadRequest when their lengths differ."""
    if len(item) != len(user):
        raise BadRequest(f"The item has {len(item)} numbers and the user {len(user)}; they need the same number.")
    return mean + float(np.dot(item, user))


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """Cosine of the angle between two vectors; 0 if one of them is zero."""
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.dot(a, b)) / lengths if lengths else 0.0


def _checked(ids: Sequence[int] | np.ndarray, n_rows: int) -> np.ndarray:
    checked = np.asarray(ids, dtype=np.int64)
    wrong = checked[(checked < 0) | (checked >= n_rows)]
    if wrong.size:
        raise BadRequest(f"There is no row {wrong[0]:,}; the table has rows 0 to {n_rows - 1:,}.")
    return checked


def _seconds(do: Callable[[], object]) -> float:
    """Minimum time of a few runs: disturbances only make a run longer."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        do()
        best = min(best, time.perf_counter() - start)
    return best
