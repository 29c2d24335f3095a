"""One training from request to artifact, step by step reported: what a worker does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from explorer import artifacts
from explorer.artifacts import atomic_folder
from explorer.errors import BadRequest

if TYPE_CHECKING:
    from explorer.training.spark.request import Request as SparkRequest

Report = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class TrainRatingsRequest:
    """What is to be trained. options: fields of training.Recipe; None means the model's default."""

    kind: ClassVar[str] = "training"
    data: str
    out: str
    model: str = "mf"
    seed: int = 0
    min_ratings: int = 20
    layouts: tuple[str, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def validate(self) -> None:
        """What would only fail after minutes of training. Raises BadRequest."""
        from explorer.training import MODELS
        from explorer.training.ratings.baselines import BASELINES
        from explorer.training.ratings.train import family

        if self.model not in MODELS:
            raise BadRequest(f"There is no model {self.model!r}; choose one of {', '.join(MODELS)}.")
        if self.model not in BASELINES:
            given = {name: value for name, value in self.options.items() if value is not None}
            replace(family(self.model).defaults, **given)  # a recipe refuses what is out of range
        _known_methods(self.layouts)
        artifacts.check_place(self.out)

    def absolute(self) -> TrainRatingsRequest:
        """The same for a process in another folder."""
        return replace(self, data=str(Path(self.data).absolute()), out=str(Path(self.out).absolute()))


@dataclass(frozen=True)
class TrainRequest:
    """What is to be learnt from anything but ratings. options: as training.kinds.options takes them."""

    kind: str
    data: str
    out: str
    seed: int = 0
    layouts: tuple[str, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)


def train_ratings(request: TrainRatingsRequest, report: Report = lambda _: None) -> Path:
    """Read, train, measure, lay out, write; returns the artifact's folder.

    report: called with `phase` (reading, measuring, training, or a layout method), `done` and `total`, and, while
    training, what training.loop reports: epoch, loss, rmse, val_rmse; once with `read`, the counts of what was read,
    and once with `baseline`, the RMSE of the best baseline.
    Raises ExplorerError; nothing is written then.
    """
    from explorer.datasets import movielens
    from explorer.training.publish import save_artifact, well_rated
    from explorer.training.ratings.train import train

    request.validate()
    ratings = movielens.load(request.data, lambda done, size: report({"phase": "reading", "done": done, "total": size}))
    counts = {"ratings": ratings.n_ratings, "users": ratings.n_users, "items": ratings.n_items}
    report({"read": {"name": ratings.name, "duplicates": ratings.duplicates, **counts}})
    well_rated(ratings, request.min_ratings)
    report({"baseline": _best_baseline(ratings, request.seed)})
    trained = train(ratings, request.model, seed=request.seed, progress=_phases(report), **request.options)
    return save_artifact(
        request.out,
        ratings,
        trained,
        min_ratings=request.min_ratings,
        layouts=request.layouts,
        progress=lambda method, step, steps: report({"phase": method, "done": step, "total": steps}),
    )


def train_on_spark(request: SparkRequest, report: Report = lambda _: None) -> Path:
    """Read, measure, train and write on a Spark cluster, lay out here; returns the artifact's folder.

    report: as for training.spark.train.train, and of a layout its method, step and steps. Raises ExplorerError; nothing
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
    """Learn and write; returns the folders of the artifact and of those that were learnt with it.

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
    from explorer.maps.projection import METHODS

    for method in layouts or ():
        if method not in METHODS:
            raise BadRequest(f"There is no layout method {method!r}; choose one of {', '.join(METHODS)}.")


def _best_baseline(ratings: Any, seed: int) -> float:
    """RMSE of the best baseline on the ratings that train will hold out."""
    from explorer.training import rmse_mae, split
    from explorer.training.ratings.baselines import BASELINES, baseline

    rest, test = split(ratings, 0.1, seed)
    predicted = (baseline(name, rest).predict(test.user, test.item) for name in BASELINES)
    return min(rmse_mae(stars, test.rating)["rmse"] for stars in predicted)


def _phases(report: Report) -> Callable[[dict[str, float]], None]:
    """Progress of training.train, which trains twice: once to measure, then on everything."""
    phase, last = "measuring", 0.0

    def told(state: dict[str, float]) -> None:
        nonlocal phase, last
        if state["epoch"] < last:
            phase = "training"
        last = state["epoch"]
        done = last - 1 + state.get("fraction", 1.0)
        report({"phase": phase, "done": done, "total": state["epochs"], **state})

    return told
