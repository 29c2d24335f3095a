"""Bayesian matrix factorization with features, by block Gibbs sampling."""

from __future__ import annotations

from typing import Any

import numpy as np

from explorer.core.user_models.prior import UserPrior
from explorer.training.optim.least_squares import rows_of
from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.ratings.linear_prior import LinearPrior
from explorer.training.ratings.low_rank_mean import LowRankMean
from explorer.training.ratings.model import Model, Report, vectors_and_biases

FACTORS = 16  # dimensions of a sample; the mean of many samples has a higher rank
SWEEPS = 10  # Gibbs sweeps per epoch
BURN_IN = 2  # epochs whose samples are discarded
START = 0.1  # initial standard deviation of the vectors
NOISE = 0.75  # initial variance of a rating's noise, stars^2


class BayesianFactorization(Model):
    """Matrix factorization whose predictions are the mean of many samples from the posterior.

    Rows [vector, bias] have a normal prior whose mean is linear in features (Macau, Simm et al. 2015): which items a
    user rated, or who rated an item, each scaled by n^-1/2. All parameters but the size are sampled (BPMF,
    Salakhutdinov & Mnih 2008; achievable accuracy: Rendle, Zhang & Koren 2019). The final vectors factorize the mean
    prediction matrix, truncated to rank `size`.
    """

    name = "bayes"
    defaults = Hyperparameters(size=64, epochs=20)
    options = ("size", "epochs")
    shapes = staticmethod(vectors_and_biases)
    stops_early = False

    def build(self) -> None:
        """Initialize small random vectors and zero biases."""
        ratings, rng = self.ratings, self.rng
        values = rows_of(ratings.user, ratings.item, ratings.y, (ratings.n_users, ratings.n_items))
        self.factors = min(self.recipe.size, FACTORS)
        self.precision = 1 / NOISE
        self.user_prior, self.item_prior = (
            LinearPrior(matrix, self.factors + 1, rng) for matrix in (values, values.T.tocsr())
        )
        self.users, self.items = (_start(rng, rows, self.factors) for rows in values.shape)
        self.samples, self.noise = LowRankMean(), 0.0

    def epoch(self, number: int, report: Report) -> dict[str, float]:
        """Sample users, items and the noise SWEEPS times. loss: squared error of the last sample; rmse: its root."""
        if number <= BURN_IN + 1:
            # samples of the burn-in are reported but not kept
            self.samples, self.noise = LowRankMean(), 0.0
        for sweep in range(SWEEPS):
            report(fraction=sweep / SWEEPS)
            self.users = self.user_prior.sample(self.users, self.items, self.precision)
            self.items = self.item_prior.sample(self.items, self.users, self.precision)
            squared = self._squared_error()
            n = self.ratings.n_ratings
            self.precision = float(self.rng.gamma(0.5 * n + 1) / (0.5 * squared + 1))
            prior = self.user_prior
            left = np.vstack([self.users, prior.beta, prior.mean[None].astype(np.float32)])
            self.samples.add(left, self.items, np.linalg.inv(prior.precision))
            self.noise += 1 / self.precision
        return {"loss": squared / n, "rmse": float(np.sqrt(squared / n))}

    def _squared_error(self) -> float:
        ratings, total = self.ratings, 0.0
        for start in range(0, ratings.n_ratings, 1 << 18):
            part = slice(start, start + (1 << 18))
            user, item = self.users[ratings.user[part]], self.items[ratings.item[part]]
            fitted = np.einsum("nd,nd->n", user[:, :-1], item[:, :-1]) + user[:, -1] + item[:, -1]
            total += float(np.square(ratings.y[part] - fitted).sum(dtype=np.float64))
        return total

    def vectors(self) -> dict[str, Any]:
        """Vectors and biases of the mean prediction, and the prior of a new user."""
        n, size = len(self.users), self.recipe.size
        left, items, covariance = self.samples.factors(size, n)
        users, implicit, mean = left[:n], left[n:-1], left[-1]
        shrink = np.trace(covariance) / len(covariance) * 1e-6  # keeps the covariance invertible
        ridge = self.noise / self.samples.count * np.linalg.inv(covariance + shrink * np.eye(size + 1))
        return {
            "user_vectors": users[:, :-1],
            "user_bias": users[:, -1],
            "item_vectors": items[:, :-1],
            "item_bias": items[:, -1],
            "prior": UserPrior(ridge, mean.astype(np.float64), 0.0, implicit),
        }


def _start(rng: np.random.Generator, rows: int, size: int) -> np.ndarray:
    start = (START * rng.standard_normal((rows, size + 1))).astype(np.float32)
    start[:, -1] = 0
    return start
