"""Word2Vec by gensim (skip-gram, negative sampling): items with similar contexts get similar vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from explorer.datasets.sequences import Sequences
from explorer.errors import BadRequest
from explorer.training.ratings.hyperparameters import LARGEST, available
from explorer.training.result import Report, report_epoch

LAST_RATE = 1e-4  # what the size of a step falls to, evenly
Check = Callable[[np.ndarray], dict[str, float]]  # vectors of an epoch -> what is measured of them
PIECE = 200_000  # tokens between two reports, and summed into one loss: gensim sums in single precision
LONGEST = 10_000  # gensim silently forgets what comes later in a sequence


def option(default: Any, text: str, kind: type = str) -> Any:
    """A field of Options with its help text. kind: the type of one whose default is None."""
    return field(default=default, metadata={"help": text, "type": kind})


@dataclass(frozen=True)
class Options:
    """Hyper-parameters of Word2Vec; refuses what is out of range with BadRequest."""

    size: int = option(64, "dimensions")
    epochs: int = option(20, "how many times over the data")
    window: int = option(5, "how many places away two items still keep company")
    negative: int = option(5, "how many items drawn by lot stand against each true neighbor")
    ns_exponent: float = option(0.75, "those are drawn by popularity to this power; below 0 prefers the rare")
    thin: float = option(0.5, "items more frequent than so many times the average are thinned out; 0 thins nothing")
    rate: float = option(0.025, "size of the first steps; it falls to almost 0")

    def __post_init__(self) -> None:
        whole = {"size": LARGEST, "epochs": 10_000, "window": 1_000_000, "negative": 1000}
        for name, most in whole.items():
            check_range(self, name, 1, most)
        check_range(self, "ns_exponent", -2, 2)
        check_range(self, "thin", 0, 1_000_000)
        if not 0 < self.rate <= 1:
            raise BadRequest(f"rate is {self.rate}; it must be above 0 and at most 1")


def check_range(options: object, name: str, least: float, most: float) -> None:
    """Raises BadRequest unless the option lies between the two; NaN never does."""
    value = getattr(options, name)
    if not least <= value <= most:
        raise BadRequest(f"{name} is {value:,}; it must be between {least:,} and {most:,}")


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
    """Vectors (n, size) float32 of the tokens 0..n-1, and the curve: epoch, and loss per token.

    corpus: epoch, from 0 -> the sequences of that epoch, of these tokens only. counts: (n,) how often each occurs in
    an epoch, at least 1. shrink: draw each window's width from 1..window, so that what is nearer counts more. check:
    measures the vectors after each epoch, for the curve. One thread: with more, gensim's result depends on which is
    faster. Mikolov et al. 2013, arXiv:1310.4546; ns_exponent and thinning matter most where items are not words,
    Caselles-Dupré et al. 2018, arXiv:1804.04212. Raises BadRequest
    where memory does not suffice.
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
    """Refuse a vocabulary of n tokens that would not fit. Raises BadRequest naming both numbers, in GB.

    beside: bytes for each token that the sequences need.
    """
    # both tables, a copy of each on the way, and gensim's dictionaries
    needed = n * (4 * size * 4 + 500 + beside)
    if needed > (free := available()):
        raise BadRequest(
            f"{n:,} items in {size} dimensions need about {needed / 1e9:,.1f} GB of memory and {free / 1e9:,.1f} GB "
            "are free; choose a smaller --size, or a larger --min-count where there is one"
        )


def _rate(options: Options, share: float) -> float:
    last = min(LAST_RATE, options.rate)
    return options.rate + (last - options.rate) * share


def _pieces(sequences: Sequences) -> list[tuple[int, int]]:
    """Runs of sequences of about PIECE tokens: first, and one past the last."""
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
