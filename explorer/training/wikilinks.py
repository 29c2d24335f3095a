"""Book embeddings from the Wikipedia pages that their articles link to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from explorer.datasets.wikipedia import book_genres, books
from explorer.datasets.wikipedia.books import Books
from explorer.datasets.wikipedia.item_schemas import BOOKS, PAGES
from explorer.errors import BadRequest
from explorer.training import pair_model
from explorer.training.options import check_fraction, check_range, option
from explorer.training.pair_model import PairModel, Pairs
from explorer.training.ratings.hyperparameters import LARGEST
from explorer.training.result import Report, TrainingResult, read_progress, report_epoch

MODELS = ("links",)
K = 10
LICENCE = (
    "Derived from articles of the English Wikipedia by its contributors, CC BY-SA 3.0 "
    "(https://creativecommons.org/licenses/by-sa/3.0/): derived works are shared under the same license and name the "
    "source. Each book's article, with its authors in its history, is https://en.wikipedia.org/wiki/ followed by "
    "its item_id."
)
CITATION = (
    "Wikipedia contributors, articles on books, English Wikipedia. Model after W. Koehrsen, Building a Recommendation "
    "System Using Neural Network Embeddings, 2018."
)


@dataclass(frozen=True)
class Options:
    """Options of book embeddings. Raises BadRequest for a value out of range."""

    model: str = option("links", "the model: links")
    size: int = option(50, "dimensions")
    negatives: int = option(5, "negative samples per observed pair")
    epochs: int = option(20, "number of epochs")
    rate: float = option(0.01, "learning rate")
    batch: int = option(4000, "batch size")
    min_books: int = option(3, "leave out pages that fewer books link to")
    max_share: float = option(0.15, "leave out pages that more than this share of all books link to")
    min_links: int = option(3, "leave out books with fewer links left")
    categories: bool = option(False, "use links to categories as well")
    holdout: float = option(0.1, "share of the pairs held out for evaluation")

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise BadRequest(f"There is no model {self.model!r} for books; there is {', '.join(MODELS)}.")
        most = {"size": LARGEST, "negatives": 100, "epochs": 10_000, "batch": 1_000_000}
        for name, top in (most | dict.fromkeys(("min_books", "min_links"), 10**9)).items():
            check_range(self, name, 1, top)
        for name, limit in (("rate", 1.0), ("max_share", 1.0), ("holdout", 0.5)):
            check_fraction(self, name, limit)


def train(data: str, options: Options, seed: int = 0, report: Report = lambda _: None) -> TrainingResult:
    """Learn vectors of books and, as the companion `links`, of the pages they link to: (n, size) float32 unit vectors.

    data: see datasets.wikipedia.books.load. report: called with what was left out, then with `phase`: reading,
    measuring (with held-out pairs), training (on all pairs). The same seed gives the same vectors on the same machine.
    Raises BadData, and BadRequest if nothing is left to learn from.
    """
    if not 0 <= seed < 2**32:
        raise BadRequest(f"The seed is {seed:,}; it must be between 0 and {2**32 - 1:,}.")
    every = books.load(data, options.categories, read_progress(report))
    some = books.filter_books(every, options.min_books, options.max_share, options.min_links)
    for line in _messages(every, some):
        report({"message": line})
    all_pairs = Pairs(some.book, some.link, len(some.items), len(some.links))
    metrics, curve = _evaluate(all_pairs, options, seed, report)
    (left, right), last = _fit(all_pairs, options, seed, "training", report)
    params = {name: value for name, value in asdict(options).items() if name != "model"}
    manifest = {
        "dataset": {"name": some.name, "books": len(some.items), "links": len(some.links), "pairs": len(some),
                    "left_out": some.left_out},
        "model": options.model, "params": {**params, "optimizer": "Adam", "seed": seed}, "seed": seed,
        "metrics": {**metrics, "loss": last[-1]["loss"]}, "curve": curve, "licence": LICENCE, "citation": CITATION,
    }  # fmt: skip
    card = _card(some, metrics, curve, last)
    pages = some.pages()
    order = np.argsort(-some.items["n_links"].to_numpy(), kind="stable")  # books with the most links come first
    by_use = np.argsort(-pages["n_books"].to_numpy(), kind="stable")
    about_pages = {**manifest, **PAGES.document(), "kind": "links"}
    companion = TrainingResult(right[by_use], pages.iloc[by_use].reset_index(drop=True), about_pages, card)
    manifest |= BOOKS.document()
    return TrainingResult(
        left[order], some.items.iloc[order].reset_index(drop=True), manifest, card, {"links": companion}
    )


def _evaluate(
    every: Pairs, options: Options, seed: int, report: Report
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """AUC and recall on held-out pairs, with those of popularity, and the learning curve."""
    rest, held_out = pair_model.split(every, options.holdout, seed)
    if not len(held_out):
        raise BadRequest("No pair can be held out: every book or page has only one. Lower --min-links or --min-books.")
    used = np.bincount(rest.right, minlength=rest.n_right).astype(np.float32)
    by_use = pair_model.measured(rest, held_out, lambda rows: np.tile(used, (len(rows), 1)), seed, K)
    report({"baseline": by_use["auc"]})
    check = pair_model.held_out_auc(rest, held_out, seed)
    (left, right), curve = _fit(rest, options, seed, "measuring", report, check)
    ours = pair_model.measured(rest, held_out, lambda rows: left[rows] @ right.T, seed, K)
    return {**ours, **{f"{name}_popularity": value for name, value in by_use.items()}, "n_test": len(held_out)}, curve


def _fit(
    some: Pairs,
    options: Options,
    seed: int,
    phase: str,
    report: Report,
    check: Callable[[PairModel], dict[str, float]] | None = None,
) -> tuple[tuple[np.ndarray, np.ndarray], list[dict[str, float]]]:
    report({"phase": phase, "done": 0, "total": options.epochs})
    model = PairModel(some, options.size, options.negatives, options.batch, seed)
    curve = pair_model.fit(
        model, options.epochs, options.rate, seed, partial(report_epoch, report, phase, options.epochs), check
    )
    return model.vectors(), curve


def _messages(every: Books, some: Books) -> list[str]:
    drops = "; ".join(f"{count:,} {why}" for why, count in some.left_out.items() if count)
    return [
        f"{every.name}: {len(every.items):,} books, {len(every.links):,} pages, {len(every):,} pairs",
        f"left out: {drops or 'nothing'}",
        f"used for training: {len(some.items):,} books, {len(some.links):,} pages, {len(some):,} pairs",
    ]


_CARD = """## What it is made of

Articles on books of the English Wikipedia ({name}). A pair is a book and a page that its article links to. Each pair
counts once; upper and lower case and sections of links are ignored. Training used {pairs:,} pairs of {books:,} books
and {links:,} pages. Left out, in this order:

| what | how many |
|---|---|
{left_out}

`key` and `item_id` are the name of the article. `title`, `author`, `series`, `country`, `language`, `year` and `pages`
are the infobox's free text without markup; of several countries, languages or years the first counts. `n_links` is the
number of pairs. The vectors of the pages are saved as `-links`, with `n_books`, and as `genres` those of at least half
of the books that link to a page.

## Genres

A book has every genre whose words occur in the infobox's `genre`; if that names none, in its `subject`, then in the
article's categories. {with_genre:,} of {books:,} books have a genre.

| genre | words, as a regular expression |
|---|---|
{rules}

If none of these matches: {plain}.

## How it was made, and how it was measured

Books and pages are embedded together. The chance that a book links to a page is the sigmoid of a weight times their
cosine plus a bias, trained by binary cross-entropy against random pairs that do not occur. For the evaluation, a model
was trained without {n_test:,} held-out pairs (loss {first:.3f} to {last:.3f}); the vectors were then trained on all
pairs (final loss {final:.3f}).

| measured on held-out pairs | model | number of books linking there |
|---|---|---|
| AUC against random pairs that do not occur | {auc:.3f} | {auc_popularity:.3f} |
| recall among the first {k} of all pages without another link from the book | {recall:.1%} | {recall_popularity:.1%} |

## What to keep in mind

The vectors know nothing about readers. Books are similar if their articles link to the same pages, which often means
the same author, series, publisher or place. Vectors of books with few links are unreliable.
"""


def _card(some: Books, metrics: dict[str, float], curve: list[dict], last: list[dict]) -> str:
    def words(pattern: str) -> str:
        return f"`{pattern}`".replace("|", "\\|")  # a bar ends a cell of a Markdown table, even in code

    return _CARD.format(
        name=some.name, books=len(some.items), links=len(some.links), pairs=len(some), k=K, n_test=metrics["n_test"],
        left_out="\n".join(f"| {why} | {count:,} |" for why, count in some.left_out.items()),
        with_genre=some.n_with_genre,
        rules="\n".join(f"| {genre} | {words(rule)} |" for genre, rule in book_genres.RULES.items()),
        plain=", ".join(f"{genre} (`{rule}`)" for genre, rule in book_genres.PLAIN.items()),
        first=curve[0]["loss"], last=curve[-1]["loss"], final=last[-1]["loss"], auc=metrics["auc"],
        auc_popularity=metrics["auc_popularity"], recall=metrics[f"recall@{K}"],
        recall_popularity=metrics[f"recall@{K}_popularity"],
    )  # fmt: skip
