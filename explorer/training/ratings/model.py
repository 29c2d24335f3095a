"""Interface of trained rating models; `run` trains them."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from explorer.datasets.ratings import Ratings
from explorer.training.ratings.hyperparameters import Hyperparameters, check_memory
from explorer.training.ratings.result import RatingModel

Report = Callable[..., None]  # called with keyword arguments: fraction of the epoch, loss, rmse


class Model(ABC):
    """Parameters that are improved by epochs, and the resulting vectors.

    A subclass declares `name`, `defaults`, the `options` it reads (fields of Hyperparameters) and `shapes`, and
    implements `build`, `epoch` and `vectors`. stops_early: whether the best epoch on held-out ratings is kept; False
    for a model that does not overfit with more epochs.
    """

    name: str
    defaults: Hyperparameters
    options: tuple[str, ...] = ("size", "epochs", "patience")
    stops_early = True

    def __init__(self, ratings: Ratings, recipe: Hyperparameters, seed: int):
        self.ratings, self.recipe = ratings, recipe
        self.rng = np.random.default_rng(seed)
        check_memory(sum(layer["parameters"] for layer in self.layers()), ratings.n_ratings)
        self.build()

    def layers(self) -> list[dict[str, Any]]:
        """Name, shape and number of parameters of each layer, from input to output."""
        shapes = self.shapes(self.ratings.n_users, self.ratings.n_items, self.recipe.size)
        return [{"name": name, "shape": list(s), "parameters": int(np.prod(s))} for name, s in shapes.items()]

    def result(self) -> RatingModel:
        """The current model without metrics, as a copy that later epochs do not change."""
        ratings = self.ratings
        return RatingModel(
            model=self.name,
            **{"mean": ratings.mean, "scale": ratings.scale, "layers": self.layers(), **self.vectors()},
        )

    @staticmethod
    @abstractmethod
    def shapes(n_users: int, n_items: int, size: int) -> dict[str, tuple[int, ...]]:
        """Shape of each block of parameters."""

    @abstractmethod
    def build(self) -> None:
        """Initialize the parameters."""

    @abstractmethod
    def epoch(self, number: int, report: Report) -> dict[str, float]:
        """Improve the parameters by one pass over the ratings; returns loss and rmse on the training ratings."""

    @abstractmethod
    def vectors(self) -> dict[str, Any]:
        """Copies of item_vectors, item_bias, user_vectors, user_bias, and other fields of RatingModel."""


def vectors_and_biases(n_users: int, n_items: int, size: int) -> dict[str, tuple[int, ...]]:
    """Shapes of the parameters of matrix factorization with biases."""
    return {
        "user vectors": (n_users, size),
        "item vectors": (n_items, size),
        "user bias": (n_users,),
        "item bias": (n_items,),
    }
