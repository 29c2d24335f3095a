"""Word2Vec by gensim (skip-gram, negative sampling): items with similar contexts get similar vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from explorer.datasets.sequences import Sequences
from explorer.errors import BadRequest
from explorer.training.options import check_fraction, check_range, option
from explorer.training.ratings.hyperparameters import LARGEST, available
from explorer.training.result import Report, report_epoch

LAST_RATE = 1e-4  # final learning rate; it decreases linearly
Check = Callable[[np.ndarray], dict[str, float]]  # vectors of an epoch -> metrics
PIECE = 200_000  # tokens per progress report and per partial loss, as gensim sums in single precision
LONGEST = 10_000  # tokens; gensim silently drops the rest of a longer sequence


@dataclass(frozen=True)
class Options:
    """Hyperparameters of Word2Vec. Raises BadRequest for a value out of range."""

    size: int = option(64, "dimensions")
    epochs: int = option(20, "number of epochs")
    window: int = option(5, "maximum distance between two items of a pair")
    negative: int = option(5, "negative samples per positive pair")
    ns_exponent: float = option(0.75, "exponent of frequency in negative sampling; below 0 prefers rare items")
    thin: float = option(0.5, "subsample items that occur more than this many times the average; 0 disables it")
    rate: float = option(0.025, "initial learning rate; it decreases to almost 0")

    def __post_init__(self) -> None:
        whole = {"size": LARGEST, "epochs": 10_000, "window": 1_000_000, "negative": 1000}
        for name, most in whole.items():
            check_range(self, name, 1, most)
        check_range(self, "ns_exponent", -2, 2)
        check_range(self, "thin", 0, 1_000_000)
        check_fraction(self, "rate")


def word2vec(
    corpus: Callable[[int], Sequences],
    counts: np.ndarray,
    options: Options,
    seed: int,
    report: Report,
    phase: str = "training",
    shrink: bool = True,
    check: Check | None = None,
) -> tuple[np.ndarray, list[dict[str, float]]]:
    """Learn vectors (n, size) float32 of the tokens 0..n-1; returns them and the curve: epoch, loss per token.

    corpus: epoch, from 0 -> the sequences of that epoch, of these tokens only. counts: (n,) frequency of each token in
    an epoch, at least 1. shrink: draw the width of each window from 1..window, which gives near tokens more weight.
    check: measures the vectors after each epoch, for the curve. Uses one thread, as gensim's result otherwise depends
    on timing. Mikolov et al. 2013, arXiv:1310.4546. For items, ns_exponent and subsampling matter most: Caselles-Dupré
    et al. 2018, arXiv:1804.04212. Raises BadRequest if memory does not suffice.
    """
    from gensim.models import Word2Vec

    n = len(counts)
    check_memory(n, options.size)
    model = Word2Vec(
        vector_size=options.size,
        window=options.window,
        negative=options.negative,
        ns_exponent=options.ns_exponent,
        sample=options.thin / n,
        alpha=options.rate,
        sg=1,
        min_count=1,
        workers=1,
        seed=seed,
        shrink_windows=shrink,
    )
    model.build_vocab_from_freq(dict(enumerate(map(int, counts))))
    curve: list[dict[str, float]] = []
    for epoch in range(options.epochs):
        sequences, loss = corpus(epoch), 0.0
        pieces = _pieces(sequences)
        for number, (first, last) in enumerate(pieces):
            done = [epoch + (number + more) / len(pieces) for more in (0, 1)]
            begin, end = (_rate(options, at / options.epochs) for at in done)
            lists = _lists(sequences, first, last)
            model.train(lists, total_examples=len(lists), epochs=1, start_alpha=begin, end_alpha=end, compute_loss=True)
            loss += float(model.running_training_loss)
            report({"phase": phase, "done": done[1], "total": options.epochs})
        vectors = np.empty((n, options.size), np.float32)
        vectors[np.array(model.wv.index_to_key, np.int64)] = model.wv.vectors
        measured = check(vectors) if check else {}
        curve.append({"epoch": epoch + 1, "loss": loss / len(sequences.tokens), **measured})
        report_epoch(report, phase, options.epochs, curve[-1])
    return vectors, curve


def check_memory(n: int, size: int, beside: int = 0) -> None:
    """Raise BadRequest, naming both sizes in GB, if a vocabulary of n tokens does not fit into memory.

    beside: bytes per token that the sequences need.
    """
    # both tables, a temporary copy of each, and gensim's dictionaries
    needed = n * (4 * size * 4 + 500 + beside)
    if needed > (free := available()):
        raise BadRequest(
            f"{n:,} items in {size} dimensions need about {needed / 1e9:,.1f} GB of memory and {free / 1e9:,.1f} GB "
            "are free; choose a smaller --size, or a larger --min-count if there is one"
        )


def _rate(options: Options, share: float) -> float:
    last = min(LAST_RATE, options.rate)
    return options.rate + (last - options.rate) * share


def _pieces(sequences: Sequences) -> list[tuple[int, int]]:
    """Runs of sequences with about PIECE tokens: first, and one past the last."""
    marks = np.searchsorted(sequences.starts, np.arange(0, len(sequences.tokens), PIECE))
    return list(pairwise(np.unique(np.append(marks, len(sequences))).tolist()))


def _lists(sequences: Sequences, first: int, last: int) -> list[list[int]]:
    bounds = sequences.starts[first : last + 1].tolist()
    tokens = sequences.tokens[bounds[0] : bounds[-1]].tolist()
    offset = bounds[0]
    return [
        tokens[at - offset : min(at + LONGEST, end) - offset]
        for begin, end in pairwise(bounds)
        for at in range(begin, end, LONGEST)
    ]
