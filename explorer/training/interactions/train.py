"""Train item vectors on interactions (who chose what), without ratings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from explorer.datasets.interactions import Interactions, InteractionSource, load_interactions, too_unpopular
from explorer.datasets.ratings import COUNT, MEAN, Ratings, item_keys
from explorer.datasets.sequences import Sequences, grouped
from explorer.errors import BadRequest
from explorer.training import fit, item2vec
from explorer.training.options import check_range, option
from explorer.training.pair_model import Pairs
from explorer.training.ratings.hyperparameters import LARGEST, check_memory
from explorer.training.result import Report, TrainingResult, read_progress, report_epoch, say

MODELS = {
    "ials": "iALS: factors that separate each user's chosen items from all others (Rendle et al. 2021)",
    "hybrid": "hybrid: factors that separate chosen from other items, with a contrastive loss on co-chosen items",
    "item2vec": "item2vec: items that the same users chose get similar vectors (Barkan & Koenigstein 2016)",
}
EPOCHS = {"ials": 10, "hybrid": 40, "item2vec": 20}  # defaults

ALPHA, L2 = 0.1, 0.01  # of iALS: weight of unobserved pairs, and regularization


@dataclass(frozen=True)
class Options:
    """Options of a training on interactions. Raises BadRequest for a value out of range."""

    model: str = option("ials", f"the model: {', '.join(MODELS)}")
    user: str | None = option(None, "column of the user (default: guessed by its name)")
    item: str | None = option(None, "column of the item (default: guessed by its name)")
    weight: str | None = option(
        None, "column of the weight, such as clicks (default: guessed; without it each row counts 1)"
    )
    time: str | None = option(None, "column of the time (default: guessed by its name)")
    items: str | None = option(None, "table with columns of the items: title, category, ...")
    item_key: str | None = option(None, "column of that table with the item ids")
    min_count: int = option(5, "leave out items that fewer users chose")
    size: int = option(64, "dimensions")
    epochs: int | None = option(None, "maximum number of epochs (default: the model's)", int)

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise BadRequest(f"There is no model {self.model!r} for interactions; choose one of {', '.join(MODELS)}.")
        check_range(self, "size", 1, LARGEST)
        check_range(self, "min_count", 1, 1_000_000_000)
        if self.epochs is not None:
            check_range(self, "epochs", 1, 10_000)

    @property
    def source(self) -> InteractionSource:
        """The columns, as datasets.interactions reads them."""
        return InteractionSource(**{field.name: getattr(self, field.name) for field in fields(InteractionSource)})


@dataclass(frozen=True, eq=False)
class Choices:
    """Training data: pairs of a user, who chose at least two items, and an item, sorted by user and time."""

    corpus: Sequences  # one sequence per user
    weight: np.ndarray  # (n,) float32 of each token
    rows: np.ndarray  # (items,) row of each token's item
    timed: bool

    def matrix(self, kept: np.ndarray) -> Any:
        """The kept pairs, as (users, items) scipy CSR float32; weights of 1, 3, 7 become 1, 2, 3."""
        from scipy.sparse import csr_matrix

        at = (self.corpus.owner[kept], self.corpus.tokens[kept])
        return csr_matrix((np.log2(1 + self.weight[kept]), at), shape=(len(self.corpus), len(self.rows)))


def train(data: str, options: Options, seed: int = 0, report: Report = lambda _: None) -> TrainingResult:
    """Learn vectors of the items of a table of interactions, read by datasets.interactions.load_interactions.

    Evaluates first: one item of each of at most 10,000 users is held out, and recall@10 is the share of these items
    among the 10 best for the rest of the user's items; also given for the most popular items. Then trains on
    everything. The order `likely` is trained with every model. Raises BadData and BadRequest.
    """
    from explorer.training.likely import train_likely_of_choices

    found = load_interactions(data, options.source, read_progress(report))
    say(report, found.notes)
    counts = {"interactions": len(found), "users": found.n_users, "items": found.n_items}
    pairs = f"{len(found):,} pairs of {found.n_users:,} users and {found.n_items:,} items"
    report({"message": f"{found.name}: {found.rows:,} rows, {pairs}"})
    choices = choose(found, options.min_count)
    if len(choices.weight) == len(choices.corpus) * len(choices.rows):
        raise BadRequest(
            f"All {len(choices.corpus):,} users chose all {len(choices.rows):,} items, so there is nothing to learn. "
            "Give other data, or train on ratings."
        )
    check_memory(options.size * (len(choices.corpus) + len(choices.rows)), len(choices.weight))
    titles = found.items["title"].to_numpy()[choices.rows]
    metrics = measure(choices, titles, options, seed, report)
    everything = np.ones(len(choices.weight), bool)
    vectors = LEARN[options.model](choices, everything, options, seed, report, "training").vectors
    likely = train_likely_of_choices(
        choices.matrix(everything),
        seed=seed,
        progress=lambda done, total: report({"phase": "likely", "done": done, "total": total}),
    )
    manifest = {
        "model": options.model,
        "dataset": {"name": found.name, **counts},
        "params": {name: value for name, value in asdict(options).items() if value is not None} | {"seed": seed},
        "seed": seed,
        "metrics": metrics,
    }
    items = found.items.iloc[choices.rows].reset_index(drop=True)
    items["key"] = item_keys(items)
    return TrainingResult(vectors, items, manifest, _card(found, options, metrics), likely=likely)


def choose(found: Interactions, min_count: int) -> Choices:
    """Items that at least min_count users chose, and users who chose two of these. Raises BadRequest if none."""
    often = found.items["count"].to_numpy() >= min_count
    chosen = often[found.item]
    chosen &= (np.bincount(found.user[chosen], minlength=found.n_users) > 1)[found.user]
    if not chosen.any():
        most = int(found.items["count"].max())
        raise too_unpopular(min_count, most)
    rows, tokens = np.unique(found.item[chosen], return_inverse=True)
    return Choices(grouped(tokens, found.user[chosen]), found.weight[chosen], rows, bool(found.time.any()))


def measure(choices: Choices, titles: np.ndarray, options: Options, seed: int, report: Report) -> dict[str, float]:
    """recall@10, recall@10_popularity and n_test; see `train`. Reports `examples`: the best items for one user."""
    corpus = choices.corpus
    held_out = item2vec.hold_out(corpus, np.random.default_rng(seed))
    left = np.ones(len(corpus.tokens), bool)
    left[held_out] = False
    owner, answers = corpus.owner[held_out], corpus.tokens[held_out]
    rests = [corpus.tokens[a:b][left[a:b]] for a, b in zip(corpus.starts[owner], corpus.starts[owner + 1], strict=True)]
    popular = np.bincount(corpus.tokens[left], minlength=len(choices.rows)).astype(np.float32)
    chance = item2vec.recall(lambda at: np.tile(popular, (at.stop - at.start, 1)), rests, answers)

    def found(learned: Learned, most: int) -> float:
        return item2vec.recall(lambda at: learned.users[owner[at]] @ learned.items.T, rests[:most], answers[:most])

    def check(learned: Learned) -> dict[str, float]:
        return {f"recall@{item2vec.FOUND}": found(learned, item2vec.WATCHED)}

    if options.model != "hybrid":  # its curve shows an error, not recall
        report({"baseline": chance})
    learned = LEARN[options.model](choices, left, options, seed, report, "measuring", check)
    examples = _best(learned.users[owner[0]] @ learned.items.T, rests[0], answers[0], titles)
    report({"examples": examples})
    recall = found(learned, len(answers))
    return {f"recall@{item2vec.FOUND}": recall, f"recall@{item2vec.FOUND}_popularity": chance, "n_test": len(held_out)}


def _best(scores: np.ndarray, known: np.ndarray, answer: int, titles: np.ndarray) -> list[dict[str, Any]]:
    """A user's latest choices and the items ranked first for them: title, and whether it is chosen or was held out."""
    scores[known] = -np.inf
    best = np.argsort(-scores)[: item2vec.FOUND]
    rows = [(row, "chosen") for row in known[-3:]]
    rows += [(row, f"{place}, held out" if row == answer else f"{place}") for place, row in enumerate(best, 1)]
    return [{"title": str(titles[row]), "rank": rank} for row, rank in rows]


@dataclass(frozen=True, eq=False)
class Learned:
    """Vectors of the items, and factors that rank items for a user."""

    vectors: np.ndarray  # (items, size) float32
    users: np.ndarray  # (users, d)
    items: np.ndarray  # (items, d): users @ items.T are the scores


Check = Callable[[Learned], dict[str, float]]  # metrics of an epoch, for the curve


def learn_ials(
    choices: Choices, kept: np.ndarray, options: Options, seed: int, report: Report, phase: str,
    check: Check | None = None,
) -> Learned:  # fmt: skip
    """Train iALS on the kept pairs; user vectors are solved from the user's items."""
    from explorer.training.interactions.ials import ials, solve_rows

    chosen = choices.matrix(kept)
    sweeps = options.epochs or EPOCHS["ials"]

    def learned(items: np.ndarray) -> Learned:
        return Learned(items, solve_rows(chosen, items, ALPHA, L2), items)

    def swept(sweep: int, items: np.ndarray) -> None:
        report_epoch(report, phase, sweeps, {"epoch": sweep, **(check(learned(items)) if check else {})})

    return learned(ials(chosen, options.size, alpha=ALPHA, l2=L2, sweeps=sweeps, seed=seed, swept=swept))


def learn_item2vec(
    choices: Choices, kept: np.ndarray, options: Options, seed: int, report: Report, phase: str,
    check: Check | None = None,
) -> Learned:  # fmt: skip
    """Train item2vec on the kept pairs, in random order if times are unknown; a user is the mean of their items."""
    order = "time" if choices.timed else "set"
    settings = item2vec.Options(size=options.size, epochs=options.epochs or EPOCHS["item2vec"], order=order)
    corpus = choices.corpus.take(kept)
    counts = np.maximum(corpus.counts(len(choices.rows)), 1)
    chosen = choices.matrix(kept)
    chosen.data[:] = 1

    def learned(vectors: np.ndarray) -> Learned:
        unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return Learned(vectors, chosen @ unit, unit)

    measured = (lambda vectors: check(learned(vectors))) if check else None
    return learned(item2vec.learn(corpus, counts, settings, seed, report, phase, measured)[0])


def learn_hybrid(
    choices: Choices, kept: np.ndarray, options: Options, seed: int, report: Report, phase: str,
    check: Check | None = None,
) -> Learned:  # fmt: skip
    """Train the hybrid rating model on the kept pairs as 1, and as many random other pairs as 0, drawn with `seed`.

    Its curve shows the error on these ratings; check is not called.
    """

    def report_state(state: dict[str, float]) -> None:
        done = state["epoch"] - 1 + state.get("fraction", 1.0)
        report({"phase": phase, "done": done, "total": state["epochs"], **state})

    model = fit(
        _rated(choices, kept, seed), "hybrid", seed=seed, refit=phase == "training", progress=report_state,
        size=options.size, epochs=options.epochs,
    )  # fmt: skip
    users = np.column_stack([model.user_vectors, np.ones(len(model.user_vectors), np.float32)])
    return Learned(model.item_vectors, users, np.column_stack([model.item_vectors, model.item_bias]))


def _rated(choices: Choices, kept: np.ndarray, seed: int) -> Ratings:
    """Chosen items rated 1, and as many other items of the same users rated 0."""
    corpus, n = choices.corpus, len(choices.rows)
    pairs = Pairs(corpus.owner[kept].astype(np.int32), corpus.tokens[kept], len(corpus), n)
    users, others = pairs.sample_negatives(pairs.left, np.random.default_rng(seed))
    names = [str(row) for row in range(n)]
    counts = np.bincount(pairs.right, minlength=n)
    items = pd.DataFrame({"item_id": names, "key": names, "title": names, COUNT: counts, MEAN: 1.0})
    return Ratings(
        np.concatenate([pairs.left, users]),
        np.concatenate([pairs.right, others]),
        np.repeat(np.array([1, 0], np.float32), len(pairs)),
        np.zeros(2 * len(pairs), np.int64),
        items,
        np.arange(len(corpus)),
        (0.0, 1.0),
        "choices",
        kind="choices",
    )


LEARN = {"ials": learn_ials, "hybrid": learn_hybrid, "item2vec": learn_item2vec}


def _card(found: Interactions, options: Options, metrics: dict[str, float]) -> str:
    return f"""## How it was made

{MODELS[options.model]}. Learned from {len(found):,} pairs of a user and an item they chose ({found.n_users:,} users,
{found.n_items:,} items). Items of fewer than {options.min_count:,} users are left out.

## How good it is

One item of each of {metrics["n_test"]:,} users was held out before training. It was among the 10 best for the user's
other items in {metrics["recall@10"]:.1%} of the cases, and among the 10 most popular items in
{metrics["recall@10_popularity"]:.1%}.

## What to keep in mind

Only choices count, not ratings. Items that few users chose have unreliable vectors."""
