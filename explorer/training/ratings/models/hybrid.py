"""Matrix factorization plus a contrastive (InfoNCE) loss over co-rated items."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from explorer.errors import BadRequest
from explorer.training.optim.tensorflow import tensorflow
from explorer.training.ratings.gradient_mf import GradientFactorization
from explorer.training.ratings.gradient_model import Batches
from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.ratings.item_similarity import item_neighbors

NEIGHBORS, PAIRS, SHARPNESS = 8, 512, 7.0


class Hybrid(GradientFactorization):
    """Matrix factorization with an InfoNCE loss that separates co-rated items from random ones.

    The loss is the squared error plus `weight` times a softmax loss: within a batch of (item, neighbor) pairs, each
    item must identify its neighbor by cosine (InfoNCE, van den Oord et al. 2018; pairs from `item_neighbors`). The
    first term determines lengths and directions, the second directions only.
    """

    name = "hybrid"
    defaults = Hyperparameters(size=64, weight=0.3, rate=0.005, decay=0.93)

    def build(self) -> None:
        """Initialize the tables of matrix factorization, and the pairs to sample from."""
        super().build()
        self.items, self.nearest = item_neighbors(self.ratings, NEIGHBORS)
        if not self.nearest.shape[1]:
            raise BadRequest(f"hybrid needs ratings of at least 2 items; {self.ratings.name} has too few. Choose mf.")
        count = np.bincount(self.ratings.item, minlength=self.ratings.n_items)[self.items]
        self.chance = np.cumsum(count) / count.sum()

    def chunks(self, rng: np.random.Generator) -> Iterator[Batches]:
        """Ratings as in other models, and for each step (PAIRS,) items and their neighbors."""
        for user, item, y in super().chunks(rng):
            shape = (len(user), PAIRS)
            row = np.searchsorted(self.chance, rng.random(shape, dtype=np.float32)).clip(max=len(self.items) - 1)
            near = self.nearest[row, rng.integers(self.nearest.shape[1], size=shape)]
            yield user, item, y, self.items[row].astype(np.int32), near.astype(np.int32)

    def indices(self, *batch: Any) -> Sequence[Any]:
        """Users of the batch; items of the batch and of the pairs."""
        user, item, _, left, right = batch
        return user, tensorflow().concat([item, left, right], 0)

    def loss(self, rows: Sequence[Any], *batch: Any) -> tuple[Any, Any]:
        """The loss of matrix factorization plus `weight` times the softmax loss, summed over pairs."""
        tf = tensorflow()
        (p, q), (user, item, y, left, right) = rows, batch
        n = user.shape[0]
        rated, squared = super().loss((p, q[:n]), user, item, y)
        a, b = tf.split(tf.nn.l2_normalize(q[n:, :-1], axis=1), 2)
        logits = SHARPNESS * tf.matmul(a, b, transpose_b=True)
        # the item itself and repetitions of its neighbor are not negatives
        same = (left[:, None] == right[None, :]) | ((right[:, None] == right[None, :]) & ~tf.eye(PAIRS, dtype=tf.bool))
        logits = tf.where(same, -1e9, logits)
        found = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.range(PAIRS), logits)
        return rated + self.recipe.weight * tf.reduce_sum(found), squared
