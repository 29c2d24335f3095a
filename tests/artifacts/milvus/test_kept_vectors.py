"""Fetched vectors are kept while there is room."""

import numpy as np

from explorer.artifacts.milvus.kept_vectors import KeptVectors


def test_only_rows_that_are_not_kept_are_fetched():
    vectors, asked = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32), []
    kept = KeptVectors(lambda rows: asked.append(rows.tolist()) or vectors[rows], 2, 12)
    for rows, fetched in (
        ([4, 9], [[4, 9]]), ([9, 4, 9], []), ([], []), ([1, 4], [[1]]), ([0, 1, 2, 4], [[0, 2]]),
        ([49, 1, 30], [[49, 30]]),
        ([4], [[4]]), (list(range(20)), [[0, *range(2, 4), *range(5, 20)]]), ([19, 3], []),
    ):  # fmt: skip
        asked.clear()
        np.testing.assert_array_equal(kept.of(np.array(rows, np.int64)), vectors[rows])
        assert asked == fetched, rows
