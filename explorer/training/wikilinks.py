"""Book embeddings from the Wikipedia pages that their articles link to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import pandas as pd

from explorer.datasets.item_schemas import BOOKS, PAGES
from explorer.datasets.wikipedia import book_genres, books
from explorer.datasets.wikipedia.books import Books
from explorer.errors import BadRequest
from explorer.training import pair_model
from explorer.training.pair_model import PairModel, Pairs
from explorer.training.ratings.hyperparameters import LARGEST
from explorer.training.result import Report, TrainingResult, read_progress, report_epoch
from explorer.training.word2vec import check_range, option

MODELS = ("links",)
K = 10
LICENCE = (
    "Derived from articles of the English Wikipedia by its contributors, CC BY-SA 3.0 "
    "(https://creativecommons.org/licenses/by-sa/3.0/): what is made of it is shared under the same licence and names "
    "the source. Each book's article, with its authors in its history, is https://en.wikipedia.org/wiki/ followed by "
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
    negatives: int = option(5, "drawn pairs that do not occur, for each that does")
    epochs: int = option(20, "times over the pairs")
    rate: float = option(0.01, "size of a step of the optimizer")
    batch: int = option(4000, "pairs in a step")
    min_books: int = option(3, "leave out pages that fewer books link to")
    max_share: float = option(0.15, "leave out pages that more than this share of all books link to")
    min_links: int = option(3, "leave out books with fewer links left")
    categories: bool = option(False, "take links to categories as pages too")
    holdout: float = option(0.1, "share of the pairs held out to measure")

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise BadRequest(f"There is no model {self.model!r} for books; there is {', '.join(MODELS)}.")
        most = {"size": LARGEST, "negatives": 100, "epochs": 10_000, "batch": 1_000_000}
        for name, top in (most | dict.fromkeys(("min_books", "min_links"), 10**9)).items():
            check_range(self, name, 1, top)
        for name, limit in (("rate", 1.0), ("max_share", 1.0), ("holdout", 0.5)):
            if not 0 < getattr(self, name) <= limit:
                raise BadRequest(f"{name} is {getattr(self, name)}; it must be above 0 and at most {limit:g}.")


def train(data: str, options: Options, seed: int = 0, report: Report = lambda _: None) -> TrainingResult:
    """Books and, beside them as `links`, the pages they link to: (n, size) float32 each, rows of length one.

    data: see datasets.wikipedia.books.load. report: called with what was left out, then with `phase`: reading,
    measuring (a share of the pairs held out), training (all pairs). The same seed gives the same vectors on the same
    machine. Raises BadData, and BadRequest where nothing is left to learn from.
    """
    if not 0 <= seed < 2**32:
        raise BadRequest(f"The seed is {seed:,}; it must be between 0 and {2**32 - 1:,}.")
    every = books.load(data, options.categories, read_progress(report))
    some = books.filter_books(every, options.min_books, options.max_share, options.min_links)
    for line in _said(every, some):
        report({"said": line})
    all_pairs = Pairs(some.book, some.link, len(some.items), len(some.links))
    metrics, curve = _measured(all_pairs, options, seed, report)
    (left, right), last = _fitted(all_pairs, options, seed, "training", report)
    params = {name: value for name, value in asdict(options).items() if name != "model"}
    manifest = {
        "dataset": {"name": some.name, "books": len(some.items), "links": len(some.links), "pairs": len(some),
                    "left_out": some.left_out},
        "model": options.model, "params": {**params, "optimizer": "Adam", "seed": seed}, "seed": seed,
        "metrics": {**metrics, "loss": last[-1]["loss"]}, "curve": curve, "licence": LICENCE, "citation": CITATION,
    }  # fmt: skip
    told = _told(some, metrics, curve, last)
    pages = some.links.assign(title=some.links["key"], genres=_genres_of_pages(some))
    order = np.argsort(-some.items["n_links"].to_numpy(), kind="stable")  # those most is written of come first
    by_use = np.argsort(-pages["n_books"].to_numpy(), kind="stable")
    about_pages = {**manifest, **PAGES.document(), "kind": "links"}
    beside = TrainingResult(right[by_use], pages.iloc[by_use].reset_index(drop=True), about_pages, told)
    manifest |= BOOKS.document()
    return TrainingResult(left[order], some.items.iloc[order].reset_index(drop=True), manifest, told, {"links": beside})


def _measured(
    every: Pairs, options: Options, seed: int, report: Report
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """AUC and recall of a model that never saw a share of the pairs, beside popularity; and its curve."""
    rest, held = pair_model.split(every, options.holdout, seed)
    if not len(held):
        raise BadRequest("No pair can be held out: every book or page has but one. Lower --min-links or --min-books.")
    used = np.bincount(rest.right, minlength=rest.n_right).astype(np.float32)
    by_use = pair_model.measured(rest, held, lambda rows: np.tile(used, (len(rows), 1)), seed, K)
    report({"baseline": by_use["auc"]})
    check = pair_model.held_out_auc(rest, held, seed)
    (left, right), curve = _fitted(rest, options, seed, "measuring", report, check)
    ours = pair_model.measured(rest, held, lambda rows: left[rows] @ right.T, seed, K)
    return {**ours, **{f"{name}_popularity": value for name, value in by_use.items()}, "n_test": len(held)}, curve


def _fitted(
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


def _genres_of_pages(some: Books) -> list[list[str]]:
    """For each page the genres that at least half of the books linking to it have, the most frequent first."""
    linked = pd.DataFrame({"link": some.link, "genre": some.items["genres"].to_numpy()[some.book]}).explode("genre")
    counts = linked.dropna().value_counts().reset_index()
    often = counts[counts["count"] * 2 >= some.links["n_books"].to_numpy()[counts["link"].astype(int)]]
    by_page = often.groupby("link")["genre"].agg(list)
    return [by_page.get(page, []) for page in range(len(some.links))]


def _said(every: Books, some: Books) -> list[str]:
    drops = "; ".join(f"{count:,} {why}" for why, count in some.left_out.items() if count)
    return [
        f"{every.name}: {len(every.items):,} books, {len(every.links):,} pages, {len(every):,} pairs",
        f"left out: {drops or 'nothing'}",
        f"to learn from: {len(some.items):,} books, {len(some.links):,} pages, {len(some):,} pairs",
    ]


_CARD = """## What it is made of

Articles on books of the English Wikipedia ({name}). A pair is a book and a page that its article links to; one linked
twice counts once, in any case, without section. {books:,} books and {links:,} pages with {pairs:,} pairs were learned
from. Left out, in this order:

| what | how many |
|---|---|
{left_out}

`key` and `item_id` are the name of the article. `title`, `author`, `series`, `country`, `language`, `year` and `pages`
are the infobox's free text without markup; of several countries, languages or years the first counts. `n_links` is the
number of pairs. Beside the books lie the pages (`-links`), with `n_books`, and as `genres` those that at least half of
the books linking to a page have.

## Genres

A book has every genre whose words stand in the infobox's `genre`; where that names none, in its `subject`, then in the
article's categories. Of {with_genre:,} of {books:,} books a genre is known.

| genre | words, as a regular expression |
|---|---|
{rules}

Where nothing of this is said: {plain}.

## How it was made, and how it was measured

Books and pages are embedded side by side; the cosine of a book and a page, times a weight plus a bias, through a
sigmoid, is the chance that the one links to the other. Binary cross-entropy against pairs drawn at random that do not
occur. Then {n_test:,} pairs were held out and everything learnt without them (loss {first:.3f} to {last:.3f}); after
that it was learned again from all pairs (loss to {final:.3f}).

| measured on held-out pairs | model | number of books linking there |
|---|---|---|
| AUC against drawn pairs that do not occur | {auc:.3f} | {auc_popularity:.3f} |
| among the first {k} of all pages the book does not link to otherwise | {recall:.1%} | {recall_popularity:.1%} |

## What to keep in mind

Nobody's taste is in it. Near are books whose articles link to the same pages: often of one author, series, publisher or
place, since that is what articles link to. A book with few links is placed by few.
"""


def _told(some: Books, metrics: dict[str, float], curve: list[dict], last: list[dict]) -> str:
    def words(pattern: str) -> str:
        return f"`{pattern}`".replace("|", "\\|")  # in a table of Markdown a bar ends a cell even in code

    return _CARD.format(
        name=some.name, books=len(some.items), links=len(some.links), pairs=len(some), k=K, n_test=metrics["n_test"],
        left_out="\n".join(f"| {why} | {count:,} |" for why, count in some.left_out.items()),
        with_genre=int((some.items["genres"].map(len) > 0).sum()),
        rules="\n".join(f"| {genre} | {words(rule)} |" for genre, rule in book_genres.RULES.items()),
        plain=", ".join(f"{genre} (`{rule}`)" for genre, rule in book_genres.PLAIN.items()),
        first=curve[0]["loss"], last=curve[-1]["loss"], final=last[-1]["loss"], auc=metrics["auc"],
        auc_popularity=metrics["auc_popularity"], recall=metrics[f"recall@{K}"],
        recall_popularity=metrics[f"recall@{K}_popularity"],
    )  # fmt: skip
