"""Trainings from request to artifact, with progress reports; run in a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from explorer import artifacts
from explorer.artifacts import atomic_folder
from explorer.errors import BadRequest

if TYPE_CHECKING:
    from explorer.datasets.ratings import Ratings
    from explorer.training.spark.request import Request as SparkRequest

Report = Callable[[dict[str, Any]], Any]
EXAMPLES = 8  # predictions to show


@dataclass(frozen=True)
class TrainRatingsRequest:
    """A training on ratings.

    source: fields of datasets.rating_table.RatingSource for a table of ratings; None for a MovieLens release. options:
    fields of training.Hyperparameters; None means the model's default.
    """

    job: ClassVar[str] = "training"
    data: str
    out: str
    model: str = "mf"
    seed: int = 0
    min_ratings: int = 20
    layouts: tuple[str, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    source: dict[str, Any] | None = None

    def validate(self) -> None:
        """Check early what would fail after minutes of training. Raises BadRequest."""
        from explorer.training import MODELS
        from explorer.training.ratings.models.baselines import BASELINES
        from explorer.training.ratings.registry import hyperparameters

        if self.model not in MODELS:
            raise BadRequest(f"There is no model {self.model!r}; choose one of {', '.join(MODELS)}.")
        if self.model not in BASELINES:
            hyperparameters(self.model, self.options)
        _known_methods(self.layouts)
        artifacts.check_place(self.out)

    def absolute(self) -> TrainRatingsRequest:
        """The same request with absolute paths, for a process in another folder."""
        return replace(self, data=_absolute(self.data), out=_absolute(self.out), source=_absolute_items(self.source))

    def load(self, report: Report) -> Ratings:
        """Read the ratings. Raises BadData and BadRequest."""
        from explorer.datasets import movielens
        from explorer.datasets.rating_table import RatingSource, load_ratings
        from explorer.training.result import read_progress

        if self.source is None:
            return movielens.load(self.data, read_progress(report))
        return load_ratings(self.data, RatingSource(**self.source), read_progress(report))


@dataclass(frozen=True)
class TrainRequest:
    """A training on data other than ratings. kind: one of training.registry.KINDS. options: see registry.options."""

    job: ClassVar[str] = "training-other"
    kind: str
    data: str
    out: str
    seed: int = 0
    layouts: tuple[str, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The model: the one in the options, else the default of the kind, else the kind itself."""
        from explorer.training import registry

        return str(getattr(registry.options(self.kind, self.options), "model", self.kind))

    def validate(self) -> None:
        """Check early what would fail after minutes of training. Raises BadRequest."""
        from explorer.training import registry

        registry.options(self.kind, self.options)
        _known_methods(self.layouts)
        artifacts.check_place(self.out)

    def absolute(self) -> TrainRequest:
        """The same request with absolute paths, for a process in another folder."""
        options = _absolute_items(self.options) or {}
        return replace(self, data=_absolute(self.data), out=_absolute(self.out), options=options)


def _absolute(path: str) -> str:
    return str(Path(path).absolute())


def _absolute_items(options: dict[str, Any] | None) -> dict[str, Any] | None:
    """Options with an absolute path in `items`."""
    return {**options, "items": _absolute(options["items"])} if options and options.get("items") else options


def train_ratings(request: TrainRatingsRequest, report: Report = lambda _: None) -> Path:
    """Read ratings, train, evaluate, compute layouts and save; returns the artifact's folder.

    report: called with `phase` (reading, measuring, training, likely, or a layout method), `done` and `total`, and
    while training with epoch, loss, rmse and val_rmse; once each with `read` (counts of the data), `baseline` (RMSE of
    the best baseline) and `examples` (held-out ratings and predictions). Raises ExplorerError; nothing is written then.
    """
    from explorer.datasets.ratings import well_rated
    from explorer.training.publish import save_artifact
    from explorer.training.ratings.train import train
    from explorer.training.result import say

    request.validate()
    ratings = request.load(report)
    say(report, ratings.notes)
    report({"read": {**ratings.counts(), "duplicates": ratings.duplicates}})
    well_rated(ratings.items, request.min_ratings)
    trained = train(
        ratings,
        request.model,
        seed=request.seed,
        progress=_phases(report),
        measured=lambda test, predicted: report({"examples": _examples(test, predicted)}),
        **request.options,
    )
    return save_artifact(
        request.out,
        ratings,
        trained,
        min_ratings=request.min_ratings,
        likely=trained.item_vectors.shape[1] > 0,  # models that can recommend
        layouts=request.layouts,
        progress=lambda method, step, steps: report({"phase": method, "done": step, "total": steps}),
    )


def train_on_spark(request: SparkRequest, report: Report = lambda _: None) -> Path:
    """Train on a Spark cluster, compute layouts on this machine, and save; returns the artifact's folder.

    report: see training.spark.train.train; for a layout its method, step and steps. Raises ExplorerError; nothing
    is written then.
    """
    from explorer.training.publish import save_training_result
    from explorer.training.spark.train import train

    request.validate()
    _known_methods(request.layouts)
    artifacts.check_place(request.out)
    with atomic_folder.staging_folder(Path(request.out)) as folder:
        learnt = train(request, folder, report)
        return save_training_result(
            request.out,
            learnt,
            kind=learnt.manifest["kind"],
            layouts=request.layouts,
            progress=lambda method, step, steps: report({"phase": method, "done": step, "total": steps}),
        )[0]


def train_other(request: TrainRequest, report: Report = lambda _: None) -> list[Path]:
    """Train and save; returns the folders of the artifact and of its companions.

    report: called with `phase`, `done` and `total`. Raises ExplorerError; nothing is written then.
    """
    from explorer.training import registry
    from explorer.training.publish import save_training_result

    options = registry.options(request.kind, request.options)
    _known_methods(request.layouts)
    artifacts.check_place(request.out)
    learnt = registry.train(request.kind, request.data, options, request.seed, report)
    return save_training_result(
        request.out,
        learnt,
        kind=request.kind,
        layouts=request.layouts,
        progress=lambda method, step, steps: report({"phase": method, "done": step, "total": steps}),
    )


def _known_methods(layouts: tuple[str, ...] | None) -> None:
    from explorer.maps.layout_parameters import METHODS

    for method in layouts or ():
        if method not in METHODS:
            raise BadRequest(f"There is no layout method {method!r}; choose one of {', '.join(METHODS)}.")


def _examples(test: Ratings, predicted: np.ndarray) -> list[dict[str, Any]]:
    """Up to EXAMPLES held-out ratings of the user with most of them: title, rating, predicted, item_mean."""
    counts = np.bincount(test.user)
    fits = np.flatnonzero(counts >= min(EXAMPLES, counts.max()))
    rows = np.flatnonzero(test.user == fits[0])[:EXAMPLES]
    items = test.items.iloc[test.item[rows]]
    table = items[["title"]].assign(
        rating=test.rating[rows], predicted=predicted[rows].round(2), item_mean=items["mean_rating"].round(2)
    )
    return table.to_dict("records")


def _phases(report: Report) -> Callable[[dict[str, float]], None]:
    """Add the phase to reports of training.train, which trains twice: to measure, then on all ratings."""
    phase, last = "measuring", 0.0

    def report_phase(state: dict[str, float]) -> None:
        nonlocal phase, last
        if "epoch" not in state:
            report(dict(state))
            return
        if state["epoch"] < last:
            phase = "training"
        last = state["epoch"]
        done = last - 1 + state.get("fraction", 1.0)
        report({"phase": phase, "done": done, "total": state["epochs"], **state})

    return report_phase
