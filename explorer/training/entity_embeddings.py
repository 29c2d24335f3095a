"""Entity embeddings of categorical values: values that predict the target in the same way get similar vectors.

Guo & Berkhahn 2016, arXiv:1604.06737.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from explorer.datasets import categorical_table, movielens
from explorer.datasets.categorical_table import CategoricalTable, Column
from explorer.datasets.movielens import categories, description
from explorer.datasets.ratings import COUNT, MEAN
from explorer.errors import BadData, BadRequest
from explorer.training.entity_network import Network
from explorer.training.options import check_range, option
from explorer.training.ratings.hyperparameters import LARGEST, available
from explorer.training.result import Report, TrainingResult, read_progress, say

USUAL = 50  # most dimensions by default
CHECKED = 0.05  # share of the training rows used for early stopping
IDS = 1000  # a column with more values, and at least one per two rows, is taken for an id
STEPS = 5  # numbers kept for each weight: itself, two of Adam's, its gradient, and the best so far


@dataclass(frozen=True)
class Options:
    """Options of entity embeddings. Raises BadRequest for a value out of range."""

    target: str = option("", "the column to predict; empty: the last one")
    columns: str = option("", "categorical columns, separated by commas; empty: all others but ids")
    column: str = option("", "the column whose vectors are saved under --out; empty: the one with the most values")
    sizes: str = option("", "dimensions by column, as in zip=8,age=3; default: half the number of values, at most 50")
    separator: str = option("|", "separator of several values in one cell")
    digits: int = option(2, "ML-1M: number of digits of the zip code that make a region")
    hidden: str = option("64,32", "widths of the hidden layers")
    epochs: int = option(15, "maximum number of epochs")
    batch: int = option(4096, "batch size")
    rate: float = option(0.003, "learning rate")
    patience: int = option(2, "epochs without progress before stopping; 10000 disables early stopping")
    holdout: float = option(0.1, "share of the rows held out for evaluation")

    def __post_init__(self) -> None:
        for name, most in (("epochs", 10_000), ("patience", 10_000), ("batch", 1_000_000), ("digits", 5)):
            check_range(self, name, 1, most)
        for name in ("rate", "holdout"):
            if not 0 < getattr(self, name) < 1:
                raise BadRequest(f"{name} is {getattr(self, name)}; it must be above 0 and below 1")
        _ = self.widths, self.dimensions

    @property
    def widths(self) -> list[int]:
        """`hidden` as a list of numbers."""
        return [_parse_whole("hidden", text, 10_000) for text in self.hidden.split(",")]

    @property
    def dimensions(self) -> dict[str, int]:
        """`sizes` as a mapping of column to dimensions."""
        pairs = [text.rpartition("=") for text in self.sizes.split(",") if text.strip()]
        return {name.strip(): _parse_whole("sizes", text, LARGEST) for name, _, text in pairs}

    @property
    def chosen(self) -> list[str]:
        """`columns` as a list of names."""
        return [name.strip() for name in self.columns.split(",") if name.strip()]


def train(data: str, options: Options, seed: int, report: Report) -> TrainingResult:
    """Learn vectors of the values of all categorical columns of a table (CSV, TSV, parquet) or of ML-1M (folder or
    .zip).

    Evaluates on held-out rows first, together with the same network on one-hot inputs, then trains on all rows. The
    result is the chosen column, by default that with the most values; the others are its companions. Raises BadData and
    BadRequest.
    """
    table = _read(data, options, report)
    say(report, table.notes)
    sizes = _sizes(table, options)
    _check_memory(table, sizes, options)
    for column, size in zip(table.columns, sizes, strict=True):
        report({"message": f"{column.name}: {len(column.values):,} values in {size} dimensions"})
    if table.left_out:
        report({"message": f"left out, as their values are not categories: {', '.join(table.left_out)}"})
    main = _main(table, options)
    metrics, curve, epochs = measure(table, sizes, options, seed, report)
    network = Network(table, sizes, options.widths, options.rate, seed)
    network.fit(np.arange(len(table)), None, epochs, options.batch, report, "training")
    manifest = {
        "model": "entity embeddings",
        "dataset": {"name": table.name, "rows": len(table), "columns": len(table.columns), "target": table.target_name},
        "params": {**asdict(options), "epochs_kept": epochs, "seed": seed},
        "seed": seed,
        "metrics": metrics,
        "curve": curve,
    }
    if movielens.is_folder_or_zip(data):
        manifest |= description.terms()
    every = {
        column.name: TrainingResult(
            network.vectors(column),
            _items(table, column),
            manifest | {"column": column.name},
            _card(table, column, metrics),
        )
        for column in table.columns
    }
    first = every.pop(main)
    return TrainingResult(first.vectors, first.items, first.manifest, first.card_text, _unique_names(every))


def measure(
    table: CategoricalTable, sizes: list[int], options: Options, seed: int, report: Report
) -> tuple[dict[str, float], list[dict[str, float]], int]:
    """Metrics on held-out rows, the learning curve, and the number of epochs that was best.

    For a numeric target: rmse, and rmse_one_hot and rmse_mean for comparison. For classes: log_loss and accuracy, also
    for one-hot inputs and for the class frequencies. Both networks use the same rows.
    """
    rows = np.random.default_rng(seed).permutation(len(table))
    n_test = max(1, round(options.holdout * len(table)))
    test, rest = rows[:n_test], rows[n_test:]
    n_check = max(1, round(CHECKED * len(rest)))
    check, learnt = rest[:n_check], rest[n_check:]
    if len(learnt) < 2:
        raise BadData(f"{table.name} has {len(table):,} rows; training and evaluation need more")
    ours = Network(table, sizes, options.widths, options.rate, seed, options.patience)
    epochs = ours.fit(learnt, check, options.epochs, options.batch, report, "measuring")
    peer = Network(table, None, options.widths, options.rate, seed, options.patience)
    peer.fit(learnt, check, options.epochs, options.batch, report, "one-hot")
    predictions = {"": ours.predict(test), "_one_hot": peer.predict(test)} | _baseline(table, rest, len(test))
    errors = {
        f"{name}{ending}": value
        for ending, guess in predictions.items()
        for name, value in _errors(table, guess, test).items()
    }
    counts = {"parameters": ours.parameters, "parameters_one_hot": peer.parameters}
    return {**errors, **counts, "n_test": len(test)}, ours.curve, epochs


def _baseline(table: CategoricalTable, rows: np.ndarray, n: int) -> dict[str, np.ndarray]:
    """Baseline prediction without any column: the mean, or the class frequencies."""
    target = table.target[rows]
    if table.classes is None:
        return {"_mean": np.full(n, target.mean(dtype=np.float64))}
    shares = np.bincount(target, minlength=len(table.classes)) / len(target)
    return {"_frequency": np.tile(shares, (n, 1))}


def _errors(table: CategoricalTable, predicted: np.ndarray, test: np.ndarray) -> dict[str, float]:
    target = table.target[test]
    if table.classes is None:
        return {"rmse": float(np.sqrt(np.mean((predicted.astype(np.float64) - target) ** 2)))}
    true = np.maximum(predicted[np.arange(len(test)), target].astype(np.float64), 1e-7)
    return {"log_loss": float(-np.log(true).mean()), "accuracy": float((predicted.argmax(axis=1) == target).mean())}


def _read(data: str, options: Options, report: Report) -> CategoricalTable:
    if not movielens.is_folder_or_zip(data):
        return categorical_table.read_table(data, options.target, options.chosen, options.separator)
    table = categories.ml_1m(data, options.digits, read_progress(report))
    names = [column.name for column in table.columns]
    if options.target not in ("", table.target_name) or set(options.chosen) - set(names):
        raise BadRequest(f"ML-1M always predicts {table.target_name} from {', '.join(names)}.")
    columns = [column for column in table.columns if column.name in options.chosen or not options.chosen]
    return CategoricalTable(table.name, columns, table.target_name, table.target, None)


def _sizes(table: CategoricalTable, options: Options) -> list[int]:
    """Dimensions of each column: as given, else half its number of values, at most USUAL."""
    names = [column.name for column in table.columns]
    for name in options.dimensions:
        if name not in names:
            raise BadRequest(f"sizes names an unknown column {name!r}; there are {', '.join(names)}.")
    usual = {column.name: min(USUAL, (len(column.values) + 1) // 2) for column in table.columns}
    return list((usual | options.dimensions).values())


def _check_memory(table: CategoricalTable, sizes: list[int], options: Options) -> None:
    """Raise BadRequest, before anything is allocated, for nearly unique columns or too little memory."""
    for column in table.columns:
        values = len(column.values)
        if values > IDS and 2 * values > len(table):
            raise BadData(
                f"{table.name}: column {column.name!r} has {values:,} values in {len(table):,} rows; values that "
                "almost never repeat cannot be learned. Leave it out with --columns."
            )
    widest = max(table.columns, key=lambda column: len(column.values))
    weights = sum(
        len(column.values) * (size + options.widths[0]) for column, size in zip(table.columns, sizes, strict=True)
    )
    needed, free = 4 * STEPS * weights + 8 * sum(column.codes.size for column in table.columns), available()
    if needed > free:
        raise BadRequest(
            f"Training needs about {needed / 1e9:,.1f} GB of memory and {free / 1e9:,.1f} GB are free; the column with "
            f"the most values, {widest.name!r}, has {len(widest.values):,}. Leave it out, or give it fewer --sizes."
        )


def _main(table: CategoricalTable, options: Options) -> str:
    names = {column.name: len(column.values) for column in table.columns}
    if options.column and options.column not in names:
        raise BadRequest(f"column is {options.column!r}; there are {', '.join(names)}.")
    return options.column or max(names, key=names.__getitem__)


def _items(table: CategoricalTable, column: Column) -> pd.DataFrame:
    items = pd.DataFrame({"key": column.values, "item_id": column.values, "title": column.values})
    stars = table.target_name == "rating"
    items[COUNT if stars else "count"] = column.counts()
    if table.classes is None:
        items[MEAN if stars else "mean_target"] = column.means(table.target)
    return items


def _unique_names(every: dict[str, TrainingResult]) -> dict[str, TrainingResult]:
    """Rename results so that every name is a valid and unique folder name."""
    found: dict[str, TrainingResult] = {}
    for name, learnt in every.items():
        plain = re.sub(r"\W+", "-", name).strip("-").lower() or "column"
        number = sum(ending == plain or ending.startswith(f"{plain}-") for ending in found)
        found[f"{plain}-{number + 1}" if number else plain] = learnt
    return found


def _parse_whole(name: str, text: str, most: int) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal() and 1 <= int(text) <= most):
        raise BadRequest(f"{name}: {text!r} is not a whole number between 1 and {most:,}")
    return int(text)


def _card(table: CategoricalTable, column: Column, metrics: dict[str, Any]) -> str:
    figures = ", ".join(f"{name} {value:.4f}" for name, value in metrics.items() if isinstance(value, float))
    names = ", ".join(each.name for each in table.columns)
    return f"""## How it was made

Entity embeddings (Guo & Berkhahn 2016): vectors of the {len(column.values):,} values of `{column.name}`, learned with
those of the other columns by a small network that predicts `{table.target_name}` from {names}, on {len(table):,} rows.

## How good it is

On {metrics["n_test"]:,} rows that were held out: {figures}. `one_hot` is the same network on one-hot inputs, with
{metrics["parameters_one_hot"]:,} weights instead of {metrics["parameters"]:,}.

## What to keep in mind

Two values have similar vectors if they affect the prediction in the same way, whatever else they mean."""
