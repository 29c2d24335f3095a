"""Save a trained model as an artifact, with layouts and a data card."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer import artifacts
from explorer.artifacts import data_card
from explorer.core.embedding import Embedding
from explorer.datasets.movielens import description
from explorer.datasets.ratings import Ratings, item_keys, well_rated
from explorer.errors import BadRequest
from explorer.maps import projection

if TYPE_CHECKING:
    from explorer.training import RatingModel
    from explorer.training.result import TrainingResult

MIN_RATINGS = 20  # vectors learned from fewer ratings are unreliable
BIAS_ALONE = "the item's bias: this model has no vectors of its own"
DOT = "mean + user bias + item bias + user vector . item vector"
NETWORK = "mean + the output of a network over user vector and item vector"
Progress = Callable[[str, int, int], None]  # name of the task, step, number of steps


def save_artifact(
    path: str | os.PathLike[str],
    ratings: Ratings,
    trained: RatingModel,
    *,
    min_ratings: int = MIN_RATINGS,
    likely: bool = False,
    layouts: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write a rating model as an artifact and return its folder.

    Kept are the items with at least min_ratings ratings, with their `bias` (stars above or below the mean), and all
    users: (u, d + 1) float32, vector and bias. likely: also train the order `likely` and store it. layouts: methods of
    projection.project, by default `pca`. A model without vectors (a mean) gets vectors of one dimension, the item's
    bias, and user vectors of 0, which leave its predictions unchanged. The arrays of a network are stored in `model`.
    progress: called with (layout method or `likely`, step, steps). Raises BadRequest if no item is left, the training
    diverged, a layout is impossible or the folder cannot be written.
    """
    rows = well_rated(ratings.items, min_ratings)
    origin, trained = ("learnt", trained) if trained.item_vectors.shape[1] else (BIAS_ALONE, _bias_as_vectors(trained))
    vectors = _finite(trained, rows)
    items = ratings.items.iloc[rows].reset_index(drop=True)
    items["key"] = item_keys(items)  # made again, since fewer titles collide among the kept items
    planes, metadata = _layouts(vectors, layouts, int(trained.params.get("seed", 0)), progress)
    manifest = {
        "kind": ratings.kind,
        "dataset": ratings.counts(),
        "model": trained.model,
        "vectors": origin,
        "params": trained.params,
        "seed": trained.params.get("seed"),
        "metrics": trained.metrics,
        "curve": trained.curve,
        "layers": trained.layers,
        "predictions": NETWORK if trained.network else DOT,
        "mean": trained.mean,
        "scale": list(trained.scale),
        "min_ratings": min_ratings,
        "layouts": metadata,
    }
    if ratings.kind == "movielens":
        manifest |= description.manifest_fields()
    model = dict[str, np.ndarray]()
    if trained.prior:
        prior = trained.prior.take(rows)
        manifest["fold_in"], model = prior.parameters(), prior.arrays()
    if likely:
        from explorer.training.likely import train_likely

        order = train_likely(ratings, rows, progress=lambda done, total: progress and progress("likely", done, total))
        manifest["likely"] = order.parameters()
        model |= order.arrays()
    if trained.network:
        manifest["network"] = trained.network.parameters()
        model |= trained.network.arrays()
    items["bias"] = trained.item_bias[rows]
    users = np.column_stack([trained.user_vectors, trained.user_bias])
    limits = description.LIMITS if ratings.kind == "movielens" else data_card.LIMITS
    text = data_card.ratings_card(Path(path).name, manifest, Embedding(vectors, items, manifest), limits)
    return artifacts.save(path, vectors, items, manifest, users=users, model=model, layouts=planes, card=text)


def save_training_result(
    path: str | os.PathLike[str],
    learnt: TrainingResult,
    *,
    kind: str,
    layouts: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write a training result and its companions, each as an artifact, and return their folders.

    Companions are named `<path>-<ending>`. kind: one of training.registry.KINDS. layouts, progress: as for
    save_artifact; companions get `pca` only. Raises BadRequest; nothing is written then.
    """
    path = Path(path)
    every = {path: learnt} | {path.with_name(f"{path.name}-{end}"): more for end, more in learnt.companions.items()}
    ready = []
    for place, result in every.items():
        if not np.isfinite(result.vectors).all():
            raise BadRequest(f"Training diverged: the vectors of {place.name} are not finite. Lower the learning rate.")
        methods = layouts if place == path else None
        planes, metadata = _layouts(result.vectors, methods, int(result.manifest.get("seed") or 0), progress)
        manifest = {"kind": kind, "vectors": "learnt", **result.manifest, "layouts": metadata}
        if result.likely:
            manifest["likely"] = result.likely.parameters()
        ready.append(
            (
                place,
                result,
                planes,
                manifest,
                data_card.training_card(place.name, result.card_text, manifest, *result.vectors.shape),
            )
        )
    return [
        artifacts.save(
            place,
            result.vectors,
            result.items,
            manifest,
            users=result.users,
            model=result.likely.arrays() if result.likely else None,
            layouts=planes,
            card=text,
        )
        for place, result, planes, manifest, text in ready
    ]


def _finite(trained: RatingModel, rows: np.ndarray) -> np.ndarray:
    vectors = trained.item_vectors[rows]
    if not (np.isfinite(vectors).all() and np.isfinite(trained.item_bias[rows]).all()):
        raise BadRequest(f"Training diverged: the vectors of {trained.model} are not finite. Lower --rate.")
    return vectors


def _bias_as_vectors(trained: RatingModel) -> RatingModel:
    nothing = np.zeros((len(trained.user_vectors), 1), np.float32)
    return replace(trained, item_vectors=trained.item_bias[:, None], user_vectors=nothing)


def _layouts(
    vectors: np.ndarray, methods: Sequence[str] | None, seed: int, progress: Progress | None
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]]]:
    if methods is None:
        methods = ["pca"] if vectors.shape[1] > 1 and len(vectors) > 2 else []
    planes, metadata = {}, {}
    for method in methods:

        def report(step: int, steps: int, _: float | None, method: str = method) -> None:
            if progress:
                progress(method, step, steps)

        if progress:
            progress(method, 0, 1)  # PCA reports no steps
        planes[method], metadata[method] = projection.project(vectors, method, seed, report)
    return planes, metadata
