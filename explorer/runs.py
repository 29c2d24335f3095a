"""One training, or one layout, from request to artifact, step by step reported: what a worker does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer import artifacts
from explorer.embedding import Embedding
from explorer.errors import BadRequest

Report = Callable[[dict[str, Any]], Any]
SEEDS = 2**32  # what numpy's older generators take


@dataclass(frozen=True)
class Request:
    """What is to be trained. options: fields of training.Recipe; None means the model's default."""

    kind: ClassVar[str] = "training"
    data: str
    out: str
    model: str = "mf"
    seed: int = 0
    min_ratings: int = 20
    layouts: tuple[str, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def refuse_early(self) -> None:
        """What would only fail after minutes of training. Raises BadRequest."""
        from explorer.projection import METHODS
        from explorer.training import MODELS
        from explorer.training.means import BASELINES
        from explorer.training.train import family

        if self.model not in MODELS:
            raise BadRequest(f"There is no model {self.model!r}; choose one of {', '.join(MODELS)}.")
        if self.model not in BASELINES:
            given = {name: value for name, value in self.options.items() if value is not None}
            replace(family(self.model).defaults, **given)  # a recipe refuses what is out of range
        for method in self.layouts or ():
            if method not in METHODS:
                raise BadRequest(f"There is no layout method {method!r}; choose one of {', '.join(METHODS)}.")
        artifacts.check_place(self.out)

    def absolute(self) -> Request:
        """The same for a process in another folder."""
        return replace(self, data=str(Path(self.data).absolute()), out=str(Path(self.out).absolute()))


@dataclass(frozen=True)
class Layout:
    """Which layout is to be made of an artifact. The rest as projection.project takes it."""

    kind: ClassVar[str] = "layout"
    artifact: str
    method: str = "tsne"
    seed: int = 0
    metric: str | None = None
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def out(self) -> str:
        """The artifact that is written to."""
        return self.artifact

    def refuse_early(self) -> None:
        """What would only fail in the worker. Raises BadRequest, and BadArtifact where there is none."""
        from explorer import projection

        projection.layout_key("", self.method, self.seed, self.metric, **self.params)
        if not 0 <= self.seed < SEEDS:
            raise BadRequest(f"The seed is {self.seed:,}; it must be between 0 and {SEEDS - 1:,}.")
        if self.params.get("min_dist", 0) > 1:
            raise BadRequest(f"min_dist {self.params['min_dist']:g} is too large; at most 1 fits.")
        projection._fitted(self.method, self.params, artifacts.load(self.artifact).vectors, 2)
        artifacts.check_place(artifacts.find(self.artifact))

    def absolute(self) -> Layout:
        """The same for a process in another folder. Raises BadArtifact."""
        return replace(self, artifact=str(artifacts.find(self.artifact).absolute()))

    def name(self, embedding: Embedding) -> str:
        """What the layout is stored as: the same whenever the same is asked of the same vectors."""
        from explorer.projection import layout_key

        key = layout_key(_vectors(embedding), self.method, self.seed, self.metric, **self.params)
        return f"{self.method}-{key[:8]}"

    def stored(self, embedding: Embedding) -> str | None:
        """The layout that answers the request already, whoever made it; None where it has yet to be made."""
        from explorer.projection import METHODS, METRICS

        if self.name(embedding) in embedding.layouts:
            return self.name(embedding)
        wanted = {"method": self.method, "metric": self.metric or METRICS[self.method], "seed": self.seed}
        wanted |= {"params": METHODS[self.method] | self.params, "dimensions": 2}
        known = embedding.manifest.get("layouts", {})
        return next((name for name in embedding.layouts if wanted.items() <= known.get(name, {}).items()), None)


KINDS: dict[str, type[Request] | type[Layout]] = {kind.kind: kind for kind in (Request, Layout)}


def run(request: Request, report: Report = lambda _: None) -> Path:
    """Read, train, measure, lay out, write; returns the artifact's folder.

    report: called with `phase` (reading, measuring, training, or a layout method), `done` and `total`, and, while
    training, what training.loop reports: epoch, loss, rmse, val_rmse; once with `read`, the counts of what was read,
    and once with `baseline`, the RMSE of the best baseline.
    Raises ExplorerError; nothing is written then.
    """
    from explorer.datasets import movielens
    from explorer.publish import publish, well_rated
    from explorer.training import train

    request.refuse_early()
    ratings = movielens.load(request.data, lambda done, size: report({"phase": "reading", "done": done, "total": size}))
    counts = {"ratings": ratings.n_ratings, "users": ratings.n_users, "items": ratings.n_items}
    report({"read": {"name": ratings.name, "duplicates": ratings.duplicates, **counts}})
    well_rated(ratings, request.min_ratings)
    report({"baseline": _best_baseline(ratings, request.seed)})
    trained = train(ratings, request.model, seed=request.seed, progress=_phases(report), **request.options)
    return publish(
        request.out,
        ratings,
        trained,
        min_ratings=request.min_ratings,
        layouts=request.layouts,
        progress=lambda method, step, steps: report({"phase": method, "done": step, "total": steps}),
    )


def lay_out(request: Layout, report: Report = lambda _: None, show: Callable[[np.ndarray], None] | None = None) -> Path:
    """Make a layout and store it with its artifact, under `Layout.name`; returns the artifact's folder.

    report: called with `phase` (the method, or storing), `done`, `total` and, for t-SNE, `divergence`. show: called
    with the layout taking shape, (n, 2) float32. Raises ExplorerError, also where the artifact was trained again
    meanwhile; nothing is written then.
    """
    from explorer.projection import project

    request.refuse_early()
    embedding = artifacts.load(request.artifact)

    def told(step: int, steps: int, divergence: float | None) -> None:
        report({"phase": request.method, "done": step, "total": steps, "divergence": divergence})

    told(0, 1, None)
    xy, facts = project(
        embedding.vectors, request.method, request.seed, told, metric=request.metric, snapshot=show, **request.params
    )
    report({"phase": "storing", "done": 1, "total": 1})
    if _vectors(artifacts.load(request.artifact)) != _vectors(embedding):
        raise BadRequest(f"{embedding.name} was trained again meanwhile; ask for the layout once more.")
    return artifacts.add_layout(request.artifact, request.name(embedding), xy, facts)


def _vectors(embedding: Embedding) -> str:
    """sha256 of the stored vectors; the artifact's own digest changes with each layout."""
    return str(embedding.manifest["files"][artifacts.VECTORS]["sha256"])


def _best_baseline(ratings: Any, seed: int) -> float:
    """RMSE of the best baseline on the ratings that train will hold out."""
    from explorer.training import errors, split
    from explorer.training.means import BASELINES, baseline

    rest, test = split(ratings, 0.1, seed)
    predicted = (baseline(name, rest).predict(test.user, test.item) for name in BASELINES)
    return min(errors(stars, test.rating)["rmse"] for stars in predicted)


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
