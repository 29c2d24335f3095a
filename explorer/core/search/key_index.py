"""Rows of keys, found by binary search in sorted hashes that can be memory-mapped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

STEP = 100_000  # keys hashed at a time


@dataclass(frozen=True, eq=False)
class KeyIndex:
    """Finds the row of a key in 16 bytes per key, where a hash table of Python strings takes over 100."""

    keys: pd.Series  # (n,) str, unique
    hashes: np.ndarray  # (n,) uint64, ascending
    rows: np.ndarray  # (n,) int64, of the hashes

    @classmethod
    def of(cls, keys: pd.Series) -> KeyIndex:
        """Make the index of unique keys."""
        parts = [_hashes(keys.iloc[start : start + STEP]) for start in range(0, len(keys), STEP)]
        hashes = np.concatenate([np.empty(0, np.uint64), *parts])
        rows = np.argsort(hashes, kind="stable")
        return cls(keys, hashes[rows], rows)

    def row(self, key: object) -> int | None:
        """The row of a key; None if there is no such key."""
        if not isinstance(key, str) or key != key.encode("utf-8", "ignore").decode():  # surrogates are in no key
            return None
        wanted = _hashes(pd.Series([key]))[0]
        place = int(np.searchsorted(self.hashes, wanted))
        while place < len(self.hashes) and self.hashes[place] == wanted:
            row = int(self.rows[place])
            if self.keys.iloc[row] == key:
                return row
            place += 1
        return None


def _hashes(keys: pd.Series) -> np.ndarray:
    return pd.util.hash_array(keys.to_numpy(object), categorize=False)
