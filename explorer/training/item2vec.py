"""item2vec: items that occur in the same sequences get similar vectors.

Barkan & Koenigstein 2016, arXiv:1603.04259; which parameters matter: Caselles-Dupré et al. 2018, arXiv:1804.04212.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from explorer.datasets import movielens, sequences
from explorer.datasets.movielens import description
from explorer.datasets.ratings import Ratings, item_keys, well_rated
from explorer.datasets.sequences import Sequences
from explorer.errors import BadData, BadRequest
from explorer.training import word2vec
from explorer.training.options import check_range, option
from explorer.training.result import Report, TrainingResult, read_progress, say

ORDERS = ("time", "set")
TESTS = 10_000  # most sequences from which an item is held out
WATCHED = 1000  # of these sequences, used for the learning curve
FOUND = 10  # k of recall@k


@dataclass(frozen=True)
class Options(word2vec.Options):
    """Options of item2vec. Raises BadRequest for a value out of range."""

    window: int = option(20, "maximum distance between two items of a pair")
    order: str = option(
        "time",
        "time: the order of a sequence counts; set: it is shuffled in every epoch (with a window as long as the "
        "longest sequence, all pairs count)",
    )
    min_count: int = option(5, "items that occur less often are left out")
    liked: str = option("4", "MovieLens: lowest rating of a liked item, in stars; mean: the user's mean")
    min_ratings: int = option(20, "MovieLens: keep items with at least this many ratings")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.order not in ORDERS:
            raise BadRequest(f"There is no order {self.order!r}; choose one of {', '.join(ORDERS)}.")
        check_range(self, "min_count", 1, 1_000_000_000)
        check_range(self, "min_ratings", 0, 1_000_000_000)
        stars(self.liked)


def train(data: str, options: Options, seed: int, report: Report) -> TrainingResult:
    """Learn vectors of the items of a MovieLens folder or .zip, or of a text file with one sequence per line.

    Evaluates on held-out items first, then trains on everything. Raises BadData and BadRequest.
    """
    ratings = movielens.load(data, read_progress(report)) if movielens.is_folder_or_zip(data) else None
    if ratings:
        corpus, items = sequences.liked(ratings, stars(options.liked)), ratings.items
    else:
        corpus, names = sequences.read_sequences(data, read_progress(report))
        items = pd.DataFrame({"key": names, "item_id": names, "title": names})
        say(report, corpus.notes)
    kept, rows = vocabulary(corpus, items["key"], options.min_count, data)
    report({"message": _summary(corpus, kept, len(rows))})
    metrics = measure(kept, len(rows), options, seed, report)
    counts = kept.counts(len(rows))
    vectors, curve = learn(kept, counts, options, seed, report, "training")
    table = items.iloc[rows].reset_index(drop=True)
    manifest = {
        "model": "item2vec",
        "params": {**asdict(options), "seed": seed},
        "seed": seed,
        "metrics": metrics,
        "curve": curve,
    }
    if ratings is None:
        counted = {"sequences": len(kept), "tokens": len(kept.tokens), "items": len(rows)}
        manifest |= {"dataset": {"name": Path(data).name, **counted}}
        return TrainingResult(vectors, table.assign(count=counts), manifest, _card(kept, options, metrics))
    vectors, table, about = well_rated_items(vectors, table, ratings, options.min_ratings)
    return TrainingResult(vectors, table, manifest | about, _card(kept, options, metrics))


def stars(liked: str) -> float | None:
    """Lowest rating of a liked item, in stars; None for each user's mean. Raises BadRequest."""
    try:
        least = None if liked == "mean" else float(liked)
    except ValueError:
        least = np.nan
    if least is not None and not 0 <= least <= 5:
        raise BadRequest(f"liked is {liked!r}; it must be a number of stars up to 5, or mean.")
    return least


def well_rated_items(
    vectors: np.ndarray, items: pd.DataFrame, ratings: Ratings, min_ratings: int
) -> tuple[np.ndarray, pd.DataFrame, dict[str, Any]]:
    """Vectors and rows of the items with at least min_ratings ratings, and the manifest fields of a MovieLens release.

    Keys are made again, since fewer titles collide among the kept items. Raises BadRequest.
    """
    rows = well_rated(items, min_ratings)
    items = items.iloc[rows].reset_index(drop=True)
    about = {"dataset": ratings.counts(), **description.manifest_fields(), "min_ratings": min_ratings}
    return vectors[rows], items.assign(key=item_keys(items)), about


def vocabulary(corpus: Sequences, names: pd.Series, min_count: int, where: str) -> tuple[Sequences, np.ndarray]:
    """The corpus without rare items, renumbered 0..k-1, and their rows in `names`, (k,) int64.

    Removes sequences of one item, items that occur less than min_count times, and sequences that then have one item.
    Raises BadData and BadRequest if nothing is left.
    """
    corpus_kept = corpus.without_alone()
    if not len(corpus_kept):
        raise BadData(f"{where}: none of the {len(corpus):,} sequences has two items, so there are no pairs to learn")
    counts = corpus_kept.counts(len(names))
    kept = corpus_kept.take((counts >= min_count)[corpus_kept.tokens])
    kept = replace(kept, alone=corpus_kept.alone).without_alone()
    if not len(kept):
        most = int(counts.argmax())
        raise BadRequest(
            f"min_count is {min_count:,}, and no two items of a sequence occur that often; the most frequent, "
            f"{names.iloc[most]!r}, occurs {counts[most]:,} times. Lower --min-count."
        )
    rows = np.flatnonzero(kept.counts(len(names)))
    code = np.zeros(len(names), np.int32)
    code[rows] = np.arange(len(rows))
    return replace(kept, tokens=code[kept.tokens]), rows


def measure(corpus: Sequences, n: int, options: Options, seed: int, report: Report) -> dict[str, float]:
    """Recall of held-out items among the FOUND nearest to the mean of the rest of their sequence.

    A random item of each of at most TESTS sequences is held out; the other items of the sequence are excluded from the
    ranking. Returns recall@10, recall@10_popularity (ranking by frequency) and n_test.
    """
    held_out = hold_out(corpus, np.random.default_rng(seed))
    left = np.ones(len(corpus.tokens), bool)
    left[held_out] = False
    rest = corpus.take(left)
    owner, answers = corpus.owner[held_out], corpus.tokens[held_out]
    rests = [corpus.tokens[a:b][left[a:b]] for a, b in zip(corpus.starts[owner], corpus.starts[owner + 1], strict=True)]
    counts = rest.counts(n).astype(np.float32)
    popular = recall(lambda at: np.tile(counts, (at.stop - at.start, 1)), rests, answers)
    report({"baseline": popular})

    def found(vectors: np.ndarray, most: int) -> float:
        unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        nearest = np.array([unit[known].mean(axis=0) for known in rests[:most]])
        return recall(lambda at: nearest[at] @ unit.T, rests[:most], answers[:most])

    vectors, _ = learn(
        rest, np.maximum(rest.counts(n), 1), options, seed, report, "measuring",
        lambda vectors: {f"recall@{FOUND}": found(vectors, WATCHED)},
    )  # fmt: skip
    return {
        f"recall@{FOUND}": found(vectors, len(rests)), f"recall@{FOUND}_popularity": popular, "n_test": len(held_out),
    }  # fmt: skip


def hold_out(corpus: Sequences, rng: np.random.Generator) -> np.ndarray:
    """Positions in corpus.tokens of held-out items, (t,) int64: one unique item of at most TESTS sequences each."""
    pair = corpus.owner * (int(corpus.tokens.max()) + 1) + corpus.tokens
    _, first, times = np.unique(pair, return_index=True, return_counts=True)
    once = rng.permutation(first[times == 1])
    _, chosen = np.unique(corpus.owner[once], return_index=True)
    if not chosen.size:
        raise BadData("Every item occurs at least twice in its sequence, so none can be held out for evaluation.")
    return np.sort(rng.permutation(once[chosen])[:TESTS])


def recall(scored: Callable[[slice], np.ndarray], rests: list[np.ndarray], answers: np.ndarray) -> float:
    """Share of answers among the FOUND best. scored: slice of the tests -> (tests, items) scores."""
    hits, step = 0, 512
    for start in range(0, len(answers), step):
        at = slice(start, min(start + step, len(answers)))
        scores, answer = scored(at), answers[at]
        for row, known in enumerate(rests[at]):
            scores[row, known] = -np.inf
        own = scores[np.arange(len(answer)), answer][:, None]
        hits += int(np.count_nonzero((scores > own).sum(axis=1) < FOUND))
    return hits / len(answers)


def learn(
    corpus: Sequences, counts: np.ndarray, options: Options, seed: int, report: Report, phase: str,
    check: word2vec.Check | None = None,
) -> tuple[np.ndarray, list[dict[str, float]]]:  # fmt: skip
    """Learn vectors of the tokens; returns them and the curve of word2vec. counts: (n,) frequency of each token, at
    least 1.
    """
    rng, mixed = np.random.default_rng(seed), options.order == "set"
    return word2vec.word2vec(
        lambda _: corpus.shuffled(rng) if mixed else corpus, counts, options, seed, report, phase, not mixed, check
    )


def _summary(corpus: Sequences, kept: Sequences, n: int) -> str:
    return (
        f"{len(corpus):,} sequences of {len(corpus.tokens):,} items; kept {len(kept):,} of {len(kept.tokens):,}, "
        f"{n:,} different ones; left out {kept.alone:,} sequences with a single item"
    )


def _card(kept: Sequences, options: Options, metrics: dict[str, float]) -> str:
    params = ", ".join(f"{name} {value}" for name, value in asdict(options).items())
    recall, popular = metrics[f"recall@{FOUND}"], metrics[f"recall@{FOUND}_popularity"]
    return f"""## How it was made

item2vec (Barkan & Koenigstein 2016): Word2Vec, skip-gram with negative sampling, on sequences of items instead of
sentences. Learned from {len(kept):,} sequences of {len(kept.tokens):,} items. Parameters: {params}.

## How good it is

One item of each of {metrics["n_test"]:,} sequences was held out before training. It was among the {FOUND} nearest to
the mean of the others in {recall:.1%} of the sequences, and among the {FOUND} most frequent items in {popular:.1%}.

## What to keep in mind

Only who chose what counts, not the ratings. Vectors of rare items are unreliable."""
