"""Matrix factorization by alternating least squares: mean + user bias + item bias + user vector . item vector."""

from __future__ import annotations

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from explorer.core.user_models.prior import UserPrior
from explorer.datasets.ratings import Ratings
from explorer.training.optim.least_squares import (
    blocks,
    ones_like,
    outer_products,
    pack,
    rows_of,
    unpack,
    with_values,
)
from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.ratings.model import Model, Report, vectors_and_biases
from explorer.training.ratings.models.baselines import baseline
from explorer.training.ratings.result import rmse_mae

PENALTY = 6.0  # of the squared vector in the first epoch, before the prior is learned
NOISE = 0.75  # initial variance of a rating's noise, stars^2
LEAST_NOISE = 1e-6  # its least value; rounding errors make it negative when the ratings can be fitted exactly
START_NORM = 0.49  # initial mean squared length of an item vector
MEASURED = 200_000  # training ratings, evenly spaced, used for the RMSE of an epoch
FLOOR = 0.05  # variance of pseudo-rows that keep the learned prior invertible
LEAST_NOISE = 1e-5  # stars^2; where predictions are exact, rounding leaves a small error of either sign


class MatrixFactorization(Model):
    """Biased matrix factorization by variational Bayes (Lim & Teh 2007).

    Alternates ridge regressions as ALS does (Zhou et al. 2008), starting from a truncated SVD of the residuals of the
    biases. It also keeps the covariance of each row [vector, bias], so rows with few ratings have less influence. The
    noise of a rating and the normal prior of each side are learned, so no penalty has to be chosen.
    """

    name = "mf"
    defaults = Hyperparameters(size=32, epochs=15)
    shapes = staticmethod(vectors_and_biases)

    def build(self) -> None:
        """Initialize biases, and item vectors from the SVD."""
        ratings, size = self.ratings, self.recipe.size
        values = rows_of(ratings.user, ratings.item, ratings.y, (ratings.n_users, ratings.n_items))
        self.users, self.items = Side(values, size + 1, 5.0), Side(values.T.tocsr(), size + 1, 3.0)
        self.noise = NOISE
        self.items.mean = item_start(ratings, values, size, self.rng)

    def epoch(self, number: int, report: Report) -> dict[str, float]:
        """Solve for the users, then for the items. loss: expected squared error; rmse: of training ratings."""
        learn = number > 1  # the first covariances follow from the initial priors
        self.users.solve(self.items, self.noise)
        if learn:
            self.users.learn_prior()
        report(fraction=0.5)
        error = self.items.solve(self.users, self.noise)
        if learn:
            self.items.learn_prior()
            self.noise = max(error, LEAST_NOISE)
        some = self.ratings.take(slice(None, None, max(1, self.ratings.n_ratings // MEASURED)))
        return {"loss": error, "rmse": rmse_mae(self.result().predict(some.user, some.item), some.rating)["rmse"]}

    def vectors(self) -> dict[str, Any]:
        """Vectors in the basis in which user vectors have the prior N(0, I).

        In this basis the cosine of two items is the correlation of their ratings. The effect of the mean user vector is
        added to the item biases.
        """
        size = self.recipe.size
        average, covariance = self.users.prior_mean.astype(float), np.linalg.inv(self.users.precision.astype(float))
        root = np.linalg.cholesky(covariance[:size, :size])
        slope = np.linalg.solve(root, covariance[:size, size])  # regression of the bias on the vector
        user, item = self.users.mean.astype(float), self.items.mean.astype(float)
        user_vectors = np.linalg.solve(root, (user[:, :size] - average[:size]).T).T
        spread = covariance[size, size] - slope @ slope
        ridge = np.diag(np.append(np.full(size, self.noise), self.noise / max(spread, 1e-9)))
        return {
            "user_vectors": user_vectors.astype(np.float32),
            "user_bias": (user[:, size] - average[size] - user_vectors @ slope).astype(np.float32),
            "item_vectors": (item[:, :size] @ root + slope).astype(np.float32),
            "item_bias": (item[:, size] + item[:, :size] @ average[:size]).astype(np.float32),
            "mean": self.ratings.mean + average[size],
            "prior": UserPrior(ridge, np.zeros(size + 1), self.items.uncertainty(root)),
        }


class Side:
    """Users or items: rows [vector, bias], the covariance of each, and their common normal prior.

    values: (rows, other side) CSR of centered ratings. damping: penalty of a squared bias in the first epoch.
    """

    def __init__(self, values: Any, size: int, damping: float):
        self.values, self.ones, self.size = values, ones_like(values), size
        self.counts = np.diff(values.indptr)
        self.mean = np.zeros((values.shape[0], size), np.float32)
        self.covariance: np.ndarray | None = None  # (rows, size (size + 1) / 2), upper triangles
        self.prior_mean = np.zeros(size, np.float32)
        self.precision = np.diag(np.append(np.full(size - 1, PENALTY), damping)).astype(np.float32) / np.float32(NOISE)
        first, second = np.triu_indices(size)
        self.of_vector, self.with_bias = second < size - 1, (second == size - 1) & (first < size - 1)

    def solve(self, other: Side, noise: float) -> float:
        """Set every row to its posterior given the other side; returns the expected squared error of a rating."""
        outer, target, squared = self._moments(other)
        if self.covariance is None:
            self.covariance = np.empty((len(self.mean), outer.shape[1]), np.float32)
        for part in blocks(len(self.mean), self.size):
            normal = unpack(self.ones[part] @ outer, self.size)
            inverse = np.linalg.inv(normal / np.float32(noise) + self.precision)
            known = target[part] / np.float32(noise) + self.precision @ self.prior_mean
            mean = self.mean[part] = (inverse @ known[:, :, None])[:, :, 0]
            self.covariance[part] = pack(inverse)
            inverse += mean[:, :, None] * mean[:, None, :]
            squared += float(np.vdot(inverse, normal)) - 2 * float(np.vdot(mean, target[part]))
        return max(squared / self.values.nnz, LEAST_NOISE)

    def _moments(self, other: Side) -> tuple[np.ndarray, np.ndarray, float]:
        """Expected outer products and right-hand sides of the other side, and the sum of squares after its biases."""
        design = other.mean.copy()
        design[:, -1] = 1
        outer = outer_products(design)
        left = with_values(self.values, self.values.data - other.mean[self.values.indices, -1])
        target, squared = left @ design, float(np.square(left.data, dtype=np.float64).sum())
        if other.covariance is not None:
            outer[:, self.of_vector] += other.covariance[:, self.of_vector]
            target[:, :-1] -= self.ones @ other.covariance[:, self.with_bias]
            squared += float(other.counts @ other.covariance[:, -1])
        return outer, target, squared

    def learn_prior(self) -> None:
        """Fit the prior to the rows (empirical Bayes)."""
        assert self.covariance is not None
        self.prior_mean = self.mean.mean(axis=0)
        centered = self.mean - self.prior_mean
        spread = centered.T @ centered + unpack(self.covariance.sum(axis=0)[None], self.size)[0]
        spread += FLOOR * self.size * np.eye(self.size, dtype=np.float32)
        self.precision = np.linalg.inv(spread / (len(centered) + self.size)).astype(np.float32)

    def uncertainty(self, root: np.ndarray) -> float:
        """Mean posterior variance of a rated row's vector per dimension, of rows times `root`."""
        if self.covariance is None or not self.counts.any():
            return 0.0
        mean = (self.counts / self.counts.sum()) @ self.covariance
        vector = unpack(mean[None], self.size)[0][:-1, :-1]
        return float(np.einsum("ij,ik,kj->", root, vector, root) / len(root))


def item_start(ratings: Ratings, values: Any, size: int, rng: np.random.Generator) -> np.ndarray:
    """Initial item rows [vector, bias], (n, size + 1): damped biases and a truncated SVD of the residuals."""
    from sklearn.utils.extmath import randomized_svd

    bias = baseline("bias", ratings, 3)
    start = np.zeros((ratings.n_items, size + 1), np.float32)
    start[:, -1] = bias.item_bias
    user = np.repeat(bias.user_bias, np.diff(values.indptr))
    left = with_values(values, values.data - user - bias.item_bias[values.indices])
    rank = min(size, min(values.shape) - 1)
    if rank > 0:
        seed = int(rng.integers(1 << 31))
        with threadpool_limits(1, user_api="blas"):  # threads slow down products of thin matrices
            _, singular, right = randomized_svd(
                left, rank, n_oversamples=8, n_iter=2, power_iteration_normalizer="QR", random_state=seed
            )
        vectors = right.T * np.sqrt(singular)
        start[:, :rank] = vectors * np.sqrt(START_NORM * len(vectors) / max(float(np.square(vectors).sum()), 1e-9))
    return start
