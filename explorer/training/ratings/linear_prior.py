"""Gibbs sampling of one side of a factorization whose prior mean is linear in features."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.training.optim.least_squares import gram_matrices, ones_like, with_values

MOST_EXACT = 2500  # features up to which the Gram matrix is decomposed; above, conjugate gradients
STEPS, TOLERANCE = 40, 1e-3  # of conjugate gradients
PSEUDO_ROWS = 2.0  # weight of the prior of the mean, in rows
SPREAD = 0.5  # scale of the Wishart prior
RIDGE = 5.0  # initial ridge on the coefficients of the features


class LinearPrior:
    """Rows [vector, bias], each with the prior N(mean + f beta, precision^-1), where f are the row's features.

    values: (rows, other side) CSR of centered ratings. The features of a row are the entries of its row, times n^-1/2.
    mean, precision, beta and the ridge on beta are sampled too.
    """

    def __init__(self, values: Any, size: int, rng: np.random.Generator):
        self.values, self.ones, self.size, self.rng = values, ones_like(values), size, rng
        counts = np.diff(values.indptr)
        scaled = np.repeat(np.maximum(counts, 1) ** -0.5, counts).astype(np.float32)
        self.features = with_values(values, scaled)
        self.transposed = self.features.T.tocsr()
        self.beta = np.zeros((values.shape[1], size), np.float32)
        self.ridge, self.mean, self.precision = RIDGE, np.zeros(size), np.eye(size)
        self.exact = values.shape[1] <= MOST_EXACT
        if self.exact:
            gram = (self.transposed @ self.features).toarray().astype(np.float64)
            eigenvalues, self.eigenvectors = np.linalg.eigh(gram)
            self.eigenvalues = np.maximum(eigenvalues, 0)
        else:
            self.diagonal = np.asarray(self.transposed.multiply(self.transposed).sum(axis=1)).ravel()

    def sample(self, rows: np.ndarray, other: np.ndarray, precision: float) -> np.ndarray:
        """Sample the rows, (n, size) float32, given those of the other side. precision: of a rating's noise."""
        prior = self._sample_prior(rows)
        design = other.copy()
        design[:, -1] = 1
        left = with_values(self.values, self.values.data - other[self.values.indices, -1])
        target = np.float32(precision) * (left @ design) + (prior @ self.precision).astype(np.float32)
        drawn = self.rng.standard_normal(rows.shape, dtype=np.float32)
        result, inverse_spread = np.empty(rows.shape, np.float32), self.precision.astype(np.float32)
        for part, gram in gram_matrices(self.ones, design):
            root = np.linalg.cholesky(np.float32(precision) * gram + inverse_spread)
            half = np.linalg.solve(root, target[part, :, None]) + drawn[part, :, None]
            result[part] = np.linalg.solve(root.transpose(0, 2, 1), half)[:, :, 0]
        return result

    def _sample_prior(self, rows: np.ndarray) -> np.ndarray:
        """Sample mean, precision, beta and ridge; returns the prior mean of each row."""
        self.mean, self.precision = _normal_wishart(rows - self.features @ self.beta, self.rng)
        root = np.linalg.inv(np.linalg.cholesky(self.precision))  # normal rows @ root have the covariance of a row
        n, features = self.values.shape
        noise = (self.rng.standard_normal((n, self.size)) @ root).astype(np.float32)
        target = self.transposed @ (rows - self.mean.astype(np.float32) + noise)
        target = target + np.sqrt(self.ridge) * (self.rng.standard_normal((features, self.size)) @ root)
        self.beta = self._solve(target).astype(np.float32)
        squared = float(np.vdot(self.beta, self.beta @ self.precision))
        self.ridge = float(self.rng.gamma(0.5 * (self.beta.size + 1)) / (0.5 * squared + 0.5))
        return self.mean + self.features @ self.beta

    def _solve(self, target: np.ndarray) -> np.ndarray:
        """Solve (F'F + ridge) x = target for each column."""
        if self.exact:
            rotated = self.eigenvectors.T @ target
            return self.eigenvectors @ (rotated / (self.eigenvalues + self.ridge)[:, None])
        return self._conjugate_gradients(target.astype(np.float32))

    def _conjugate_gradients(self, target: np.ndarray) -> np.ndarray:
        """Conjugate gradients on all columns at once, starting at the last beta, with a diagonal preconditioner."""
        ridge, scale = np.float32(self.ridge), (1 / (self.diagonal + self.ridge))[:, None].astype(np.float32)
        solution, aim = self.beta, TOLERANCE * np.linalg.norm(target, axis=0)
        left = target - self._normal(solution, ridge)
        scaled = scale * left
        direction, size = scaled, (left * scaled).sum(axis=0)
        for _ in range(STEPS):
            image = self._normal(direction, ridge)
            step = size / np.maximum((direction * image).sum(axis=0), 1e-20)
            solution, left = solution + step * direction, left - step * image
            if (np.linalg.norm(left, axis=0) <= aim).all():
                break
            scaled = scale * left
            before, size = size, (left * scaled).sum(axis=0)
            direction = scaled + (size / np.maximum(before, 1e-20)) * direction
        return solution

    def _normal(self, columns: np.ndarray, ridge: np.float32) -> np.ndarray:
        return self.transposed @ (self.features @ columns) + ridge * columns


def _normal_wishart(rows: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Sample mean (d,) and precision (d, d) of normal rows from their posterior (BPMF, Salakhutdinov & Mnih 2008)."""
    n, d = rows.shape
    mean = rows.mean(axis=0, dtype=np.float64)
    centered = rows - mean
    scatter = centered.T @ centered + SPREAD * np.eye(d) + PSEUDO_ROWS * n / (PSEUDO_ROWS + n) * np.outer(mean, mean)
    root = np.linalg.cholesky(np.linalg.inv(scatter))
    bartlett = np.tril(rng.standard_normal((d, d)), -1) + np.diag(np.sqrt(rng.chisquare(n + d + 2 - np.arange(d))))
    half = root @ bartlett
    precision = half @ half.T
    spread = np.linalg.cholesky((PSEUDO_ROWS + n) * precision).T
    return n * mean / (PSEUDO_ROWS + n) + np.linalg.solve(spread, rng.standard_normal(d)), precision
