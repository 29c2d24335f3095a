"""SVD++ (Koren 2008): the user vector includes which items were rated."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.core.user_models.prior import UserPrior
from explorer.datasets.ratings import Ratings
from explorer.training.optim.sparse_adam import SparseAdamTable, random_table
from explorer.training.optim.tensorflow import tensorflow
from explorer.training.ratings.gradient_mf import GradientFactorization
from explorer.training.ratings.gradient_model import Batches
from explorer.training.ratings.hyperparameters import Hyperparameters

STEPS = 32  # batches per chunk
PACE = 0.1  # learning-rate factor of the implicit vectors; a user sums about a hundred of them


class SvdPlusPlus(GradientFactorization):
    """Matrix factorization with user vectors p + |N|^-1/2 times the sum of y over the rated items N (Koren 2008).

    Batches hold all ratings of each of their users, so that the sum over N is computed once per user.
    """

    name = "svdpp"
    defaults = Hyperparameters(size=32, batch=2000, l2=0.08)

    @staticmethod
    def shapes(n_users: int, n_items: int, size: int) -> dict[str, tuple[int, ...]]:
        """Shapes of matrix factorization, and an implicit vector per item."""
        return {**GradientFactorization.shapes(n_users, n_items, size), "implicit item vectors": (n_items, size)}

    def build(self) -> None:
        """Initialize the tables of matrix factorization, and implicit vectors near 0."""
        super().build()
        self.tables.append(
            SparseAdamTable(random_table(self.rng, self.ratings.n_items, self.recipe.size, 0.01), "implicit", PACE)
        )
        self.by_user = np.argsort(self.ratings.user, kind="stable")
        self.counts = np.bincount(self.ratings.user, minlength=self.ratings.n_users)
        self.share = (1 / np.sqrt(np.maximum(self.counts, 1))).astype(np.float32)

    def chunks(self, rng: np.random.Generator) -> Iterator[Batches]:
        """One epoch: users in random order, packed into equal batches.

        A batch holds user, item and y of its ratings, weight (0 for padding), share (of a rating in its user) and slot
        (index of the user in the batch).
        """
        ratings = self.ratings
        batch = max(min(self.recipe.batch, ratings.n_ratings), int(self.counts.max()))
        packed = list(_packed(rng.permutation(np.flatnonzero(self.counts)), self.counts, batch))
        ends = np.cumsum(self.counts)
        for start in range(0, len(packed), STEPS):
            rows, weight = np.zeros((STEPS, batch), np.int64), np.zeros((STEPS, batch), np.float32)
            for step, users in enumerate(packed[start : start + STEPS]):
                own = np.concatenate([self.by_user[ends[u] - self.counts[u] : ends[u]] for u in users])
                rows[step], weight[step, : len(own)] = own[-1], 1
                rows[step, : len(own)] = own
            rows[len(packed[start:]) :] = rows[0, 0]
            user = ratings.user[rows]
            slot = np.cumsum(np.diff(user, axis=1, prepend=user[:, :1]) != 0, axis=1, dtype=np.int32)
            yield user, ratings.item[rows], ratings.y[rows], weight, weight * self.share[user], slot

    def counted(self, batches: Batches) -> int:
        """Ratings of a chunk without padding."""
        return int(batches[3].sum())

    def indices(self, *batch: Any) -> Sequence[Any]:
        """Users and items of the batch, and the items again for their implicit vectors."""
        user, item, *_ = batch
        return user, item, item

    def loss(self, rows: Sequence[Any], *batch: Any) -> tuple[Any, Any]:
        """Squared error plus l2 times the squared rows, summed over ratings."""
        tf = tensorflow()
        (p, q, implicit), (_, _, y, weight, share, slot) = rows, batch
        chosen = tf.math.unsorted_segment_sum(implicit * share[:, None], slot, y.shape[0])
        vector = p[:, :-1] + tf.gather(chosen, slot)
        predicted = tf.reduce_sum(vector * q[:, :-1], axis=1) + p[:, -1] + q[:, -1]
        squared = tf.reduce_sum(weight * tf.square(predicted - y))
        norms = sum(tf.reduce_sum(part * part, axis=1) for part in rows)
        return squared + self.recipe.l2 * tf.reduce_sum(weight * norms), squared

    def vectors(self) -> dict[str, Any]:
        """The tables, with the implicit part added to the user vectors."""
        found = super().vectors()
        chosen = _choices(self.ratings, self.share) @ self.tables[2].numpy()
        implicit = np.pad(self.tables[2].numpy(), ((0, 0), (0, 1)))
        prior = replace(UserPrior.of_l2(self.recipe.l2, self.recipe.size), implicit=implicit)
        return {**found, "user_vectors": found["user_vectors"] + chosen, "prior": prior}


def _packed(users: np.ndarray, counts: np.ndarray, batch: int) -> Iterator[np.ndarray]:
    """Split users into runs with at most `batch` ratings each."""
    start, total = 0, 0
    for position, count in enumerate(counts[users].tolist()):
        if total + count > batch:
            yield users[start:position]
            start, total = position, 0
        total += count
    yield users[start:]


def _choices(ratings: Ratings, share: np.ndarray) -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix(
        (share[ratings.user], (ratings.user, ratings.item)), shape=(ratings.n_users, ratings.n_items), dtype=np.float32
    )
