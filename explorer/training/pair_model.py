"""Two-tower model of pairs: both sides are embedded so that observed pairs have a high cosine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from explorer.errors import BadRequest
from explorer.training.optim import loop
from explorer.training.optim.sparse_adam import SparseAdamTable, random_table
from explorer.training.optim.tensorflow import tensorflow
from explorer.training.ratings.gradient_model import shuffled
from explorer.training.ratings.hyperparameters import check_memory

TRIES = 50  # draws to replace a negative that is an observed pair


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of a left and a right index, each pair once."""

    left: np.ndarray  # (n,) int32
    right: np.ndarray  # (n,) int32
    n_left: int
    n_right: int

    def __len__(self) -> int:
        return len(self.left)

    @cached_property
    def known(self) -> np.ndarray:
        """Number of each pair, ascending, (n,) int64."""
        return np.sort(self.numbers(self.left, self.right))

    def numbers(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Unique number of each pair, (n,) int64."""
        return left.astype(np.int64) * self.n_right + right

    def has(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Which of the pairs are observed, (n,) bool."""
        numbers = self.numbers(left, right)
        return self.known[np.minimum(np.searchsorted(self.known, numbers), len(self) - 1)] == numbers

    def take(self, rows: np.ndarray) -> Pairs:
        """Some of the pairs, over the same lefts and rights."""
        return replace(self, left=self.left[rows], right=self.right[rows])

    def sample_negatives(self, left: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """For each left, a random right that it has no pair with: (n,) int32 both.

        A left that has a pair with nearly every right is replaced by another of those given. Raises BadRequest if no
        left has an unpaired right.
        """
        right = rng.integers(self.n_right, size=len(left), dtype=np.int32)
        wrong = np.flatnonzero(self.has(left, right))
        for _ in range(TRIES):
            right[wrong] = rng.integers(self.n_right, size=len(wrong), dtype=np.int32)
            wrong = wrong[self.has(left[wrong], right[wrong])]
        if wrong.size == len(left):
            raise BadRequest("Everything is paired with everything, so there are no negatives. Give other data.")
        fine = np.setdiff1d(np.arange(len(left)), wrong)
        instead, left = rng.choice(fine, wrong.size), left.copy()
        left[wrong], right[wrong] = left[instead], right[instead]
        return left, right


class PairModel:
    """Model P(pair) = sigmoid(weight x cosine + bias), trained by binary cross-entropy against negatives.

    Two embeddings, their normalized dot product, and one dense unit, as in W. Koehrsen's "Building a Recommendation
    System Using Neural Network Embeddings" (2018). Trained by `loop.compiled`.
    """

    def __init__(self, pairs: Pairs, size: int, negatives: int, batch: int, seed: int):
        self.pairs, self.negatives, self.batch = pairs, negatives, batch
        rows = {"left": pairs.n_left, "right": pairs.n_right}
        check_memory(size * sum(rows.values()), len(pairs) * (1 + negatives))
        rng = np.random.default_rng(seed)
        self.tables = [SparseAdamTable(random_table(rng, n, size, 0.1), name) for name, n in rows.items()]
        tf = tensorflow()
        self.weights = [tf.Variable(2.0, name="weight"), tf.Variable(-1.0, name="bias")]

    def indices(self, *batch: Any) -> Sequence[Any]:
        """Lefts and rights of the batch."""
        left, right, _ = batch
        return left, right

    def loss(self, rows: Sequence[Any], *batch: Any) -> tuple[Any, Any]:
        """Binary cross-entropy summed over the batch, and the number of correct classifications."""
        tf = tensorflow()
        (p, q), true = rows, batch[-1]
        cosine = tf.reduce_sum(tf.math.l2_normalize(p, 1) * tf.math.l2_normalize(q, 1), axis=1)
        logit = self.weights[0] * cosine + self.weights[1]
        right = tf.reduce_sum(tf.cast(tf.equal(logit > 0, true > 0.5), tf.float32))
        return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(true, logit)), right

    def chunks(self, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, ...]]:
        """One epoch: all pairs and new negatives, as chunks of (steps, batch) left, right and target 1 or 0."""
        pairs = self.pairs
        drawn, others = pairs.sample_negatives(np.repeat(pairs.left, self.negatives), rng)
        left, right = np.concatenate([pairs.left, drawn]), np.concatenate([pairs.right, others])
        true = np.zeros(len(left), np.float32)
        true[: len(pairs)] = 1
        for rows in shuffled(rng, len(left), self.batch):
            yield left[rows], right[rows], true[rows]

    def vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors of lefts and rights: (n, size) float32 each."""
        left, right = (table.numpy() for table in self.tables)
        return left / np.linalg.norm(left, axis=1, keepdims=True), right / np.linalg.norm(right, axis=1, keepdims=True)


def fit(
    model: PairModel,
    epochs: int,
    rate: float,
    seed: int,
    on_epoch: Callable[[dict[str, float]], Any],
    check: Callable[[PairModel], dict[str, float]] | None = None,
) -> list[dict[str, float]]:
    """Train in place; returns the curve, a dict per epoch: epoch, loss (mean per pair), accuracy.

    on_epoch: called after each epoch with its point of the curve. check: measures the model after each epoch; the
    metrics are added to the point.
    """
    whole: Any = model  # the loop is typed for rating models, but uses only tables, weights, indices and loss
    step, rng = loop.compiled(whole), np.random.default_rng(seed)
    curve = []
    for epoch in range(1, epochs + 1):
        total, count = np.zeros(2), 0
        for chunk in model.chunks(rng):
            total += step(rate, *chunk)
            count += chunk[0].size
        point = {"epoch": epoch, "loss": float(total[0] / count), "accuracy": float(total[1] / count)}
        curve.append({**point, **(check(model) if check else {})})
        on_epoch(curve[-1])
    return curve


def split(pairs: Pairs, share: float, seed: int) -> tuple[Pairs, Pairs]:
    """Pairs to train on and held-out pairs; every left and every right keeps a training pair."""
    order = np.random.default_rng(seed).permutation(len(pairs))
    lefts = np.bincount(pairs.left, minlength=pairs.n_left)
    rights = np.bincount(pairs.right, minlength=pairs.n_right)
    held_out: list[int] = []
    wanted = round(share * len(pairs))
    for row in order:
        if len(held_out) == wanted:
            break
        left, right = pairs.left[row], pairs.right[row]
        if lefts[left] > 1 and rights[right] > 1:
            held_out.append(row)
            lefts[left] -= 1
            rights[right] -= 1
    out = np.zeros(len(pairs), bool)
    out[held_out] = True
    return pairs.take(~out), pairs.take(out)


def measured(
    rest: Pairs, held_out: Pairs, score: Callable[[np.ndarray], np.ndarray], seed: int, k: int = 10
) -> dict[str, float]:
    """`auc` and `recall@k` of held-out pairs.

    auc: the chance that a held-out pair scores higher than a random pair that is not observed. recall@k: the share of
    held-out rights among the k best of all rights that their left has no pair with in `rest`. score: lefts (m,) ->
    their scores with every right (m, n_right).
    """
    left, wrong = _no_pairs(rest, held_out, seed)
    good, bad = np.empty(len(held_out)), np.empty(len(held_out))
    hits = 0
    for some in np.array_split(np.arange(rest.n_left), max(1, rest.n_left * rest.n_right // 20_000_000)):
        scores = score(some).astype(np.float64)
        mine, drawn = (np.flatnonzero((side >= some[0]) & (side <= some[-1])) for side in (held_out.left, left))
        good[mine] = scores[held_out.left[mine] - some[0], held_out.right[mine]]
        bad[drawn] = scores[left[drawn] - some[0], wrong[drawn]]
        seen = (rest.left >= some[0]) & (rest.left <= some[-1])
        scores[rest.left[seen] - some[0], rest.right[seen]] = -np.inf
        row = held_out.left[mine] - some[0]
        better = (scores[row] > good[mine, None]).sum(axis=1)
        same = (scores[row] == good[mine, None]).sum(axis=1) - 1
        hits += np.clip((k - better) / (same + 1), 0, 1).sum()  # expected value over the order of ties
    return {"auc": _auc(good, bad), f"recall@{k}": float(hits / len(held_out))}


def held_out_auc(rest: Pairs, held_out: Pairs, seed: int) -> Callable[[PairModel], dict[str, float]]:
    """Function that computes the `auc` of a model as `measured` does with the same seed, without the slow recall."""
    left, wrong = _no_pairs(rest, held_out, seed)

    def check(model: PairModel) -> dict[str, float]:
        p, q = model.vectors()
        good, bad = (np.einsum("nd,nd->n", p[a], q[b]) for a, b in ((held_out.left, held_out.right), (left, wrong)))
        return {"auc": _auc(good, bad)}

    return check


def _no_pairs(rest: Pairs, held_out: Pairs, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """For each held-out pair, a left and a right that are not an observed pair, drawn with `seed`."""
    both = [np.concatenate(sides) for sides in ((rest.left, held_out.left), (rest.right, held_out.right))]
    every = replace(rest, left=both[0], right=both[1])
    return every.sample_negatives(held_out.left, np.random.default_rng(seed))


def _auc(good: np.ndarray, bad: np.ndarray) -> float:
    """The chance that a score of `good` exceeds one of `bad`."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(np.repeat([1, 0], (len(good), len(bad))), np.concatenate([good, bad])))
