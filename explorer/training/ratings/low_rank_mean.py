"""Mean of many low-rank prediction matrices, as one matrix of low rank."""

from __future__ import annotations

import numpy as np

WIDEST, KEPT = 512, 128  # most columns, and their number after truncation


class LowRankMean:
    """Running sum of products left @ right' in different bases: concatenated, then truncated to the largest directions.

    The covariance of a left row is averaged in the same basis. The last column of left and right rows is a bias, which
    is averaged separately.
    """

    def __init__(self) -> None:
        self.count = 0
        self.left_bias: np.ndarray | float = 0.0
        self.right_bias: np.ndarray | float = 0.0
        self.left: list[np.ndarray] = []
        self.right: list[np.ndarray] = []
        self.covariance = np.zeros((1, 1))  # of the columns of `left`, followed by the bias

    def add(self, left: np.ndarray, right: np.ndarray, covariance: np.ndarray) -> None:
        """Add a product: rows [vector, bias] of both sides, and the covariance of a left row, (d + 1, d + 1)."""
        self.count += 1
        self.left_bias = self.left_bias + left[:, -1].astype(np.float64)
        self.right_bias = self.right_bias + right[:, -1].astype(np.float64)
        self.left.append(left[:, :-1])
        self.right.append(right[:, :-1])
        size, before = left.shape[1] - 1, len(self.covariance) - 1
        place = np.append(np.arange(before, before + size), before + size)
        grown = np.zeros((before + size + 1,) * 2)
        places = np.append(np.arange(before), before + size)
        grown[np.ix_(places, places)] = self.covariance
        grown[np.ix_(place, place)] += covariance
        self.covariance = grown
        if before + size > WIDEST:
            self._cut(KEPT, len(left))

    def factors(self, rank: int, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The mean: left and right rows [vector, bias], float32 (., rank + 1), and the mean covariance.

        The basis consists of the singular vectors of left[:rows] @ right', scaled so that these left rows have mean
        square 1 in each dimension. Dimensions beyond the rank of the sum are 0.
        """
        self._cut(rank, rows)
        (left,), (right,) = self.left, self.right
        spread = np.sqrt(np.square(left[:rows], dtype=np.float64).mean(axis=0)) / self.count
        scale = np.where(spread > 0, spread, 1)
        wanted = (0, max(0, rank - left.shape[1]))
        left, right = (np.pad(part, ((0, 0), wanted)) for part in (left / (self.count * scale), right * scale))
        shrink = np.append(1 / np.pad(scale, wanted, constant_values=1), 1)
        covariance = np.zeros((rank + 1, rank + 1))
        places = np.append(np.arange(len(self.covariance) - 1), rank)
        covariance[np.ix_(places, places)] = self.covariance / self.count
        return (
            np.column_stack([left, self.left_bias / self.count]).astype(np.float32),
            np.column_stack([right, self.right_bias / self.count]).astype(np.float32),
            covariance * np.outer(shrink, shrink),
        )

    def _cut(self, rank: int, rows: int) -> None:
        """Keep the `rank` directions in which left[:rows] @ right' is largest."""
        left = np.hstack(self.left)
        basis, triangle = np.linalg.qr(np.hstack(self.right).astype(np.float64))
        gram = triangle @ (left[:rows].T @ left[:rows]).astype(np.float64) @ triangle.T
        _, vectors = np.linalg.eigh(gram)
        turn = vectors[:, ::-1][:, :rank]
        change = triangle.T @ turn
        whole = np.eye(len(change) + 1, turn.shape[1] + 1, k=0)
        whole[:-1, :-1], whole[-1] = change, np.append(np.zeros(turn.shape[1]), 1)
        whole[:-1, -1] = 0
        self.covariance = whole.T @ self.covariance @ whole
        self.left, self.right = [left @ change.astype(np.float32)], [(basis @ turn).astype(np.float32)]
