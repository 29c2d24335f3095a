"""Methods of layouts, and their parameters, metrics and seeds."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np

from explorer.errors import BadRequest

# those of tsne are explained in docs/layouts.md
METHODS: dict[str, dict[str, Any]] = {
    "pca": {},
    "tsne": {
        "perplexity": 15,
        "n_neighbors": 20,
        "dof": 0.8,
        "early_exaggeration_iter": 125,
        "annealing_iter": 150,
        "n_iter": 150,
    },
    "umap": {"n_neighbors": 15, "min_dist": 0.1},
}
METHOD_NAMES = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}  # as people read them
METRICS = {"pca": "euclidean", "tsne": "cosine", "umap": "cosine"}
SEEDS = 2**32  # the range of seeds of numpy's RandomState
NEIGHBORS = 4 / 3  # neighbors of a point in t-SNE, times its perplexity
LEAST = {"n_neighbors": 2, "min_dist": 0, "dof": 0.1, "annealing_iter": 0}  # least values; 1 for other parameters


def fitted(method: str, asked: dict[str, Any], vectors: np.ndarray, dimensions: int) -> dict[str, Any]:
    """All parameters of a method: the given ones, validated, and defaults for the number of points.

    vectors: (n, d), those to lay out. Raises BadRequest for values out of range, or vectors without a layout.
    """
    validate_parameters(method, asked)
    n, d = vectors.shape
    if dimensions not in (2, 3):
        raise BadRequest(f"A layout has 2 or 3 dimensions, not {dimensions}.")
    if not np.isfinite(vectors).all():
        row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise BadRequest(f"Vectors that are not finite cannot be laid out; row {row:,} is not.")
    if n <= dimensions or d < dimensions or not np.ptp(vectors, axis=0).any():
        raise BadRequest(
            f"A layout needs {dimensions + 1} points of {dimensions} dimensions that are not all identical; "
            f"here are {n} of {d}."
        )
    # With a perplexity above a third of the points, most of the others would be neighbors of each point.
    most = {"perplexity": (n - 1) / 3, "n_neighbors": n - 1}
    for name, value in asked.items():
        if not value >= LEAST.get(name, 1):
            raise BadRequest(f"{name} {value} is too small for {method}.")
        if value > most.get(name, np.inf):
            raise BadRequest(f"{name} {value:g} is too large for {n:,} points; at most {most[name]:.4g} fits.")
    few = {name: min(value, most.get(name, value)) for name, value in METHODS[method].items()}
    params = _with_neighbors(method, few | asked, asked)
    if method == "tsne" and params["perplexity"] >= params["n_neighbors"]:
        perplexity, neighbors = params["perplexity"], params["n_neighbors"]
        raise BadRequest(f"perplexity {perplexity:g} is too large for {neighbors:,} neighbors; it must be less.")
    return params


def _with_neighbors(method: str, params: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The same parameters, for t-SNE with the default number of neighbors for the perplexity, if none was asked for."""
    if method != "tsne" or "n_neighbors" in asked:
        return params
    return params | {"n_neighbors": max(2, math.ceil(NEIGHBORS * params["perplexity"]))}


def layout_key(
    digest: str, method: str, seed: int = 0, metric: str | None = None, dimensions: int = 2, **params: Any
) -> str:
    """Identifier of a layout, equal for equal requests: 16 hexadecimal digits.

    digest: of the vectors. The rest as in `project`; omitted parameters count as their defaults. Raises BadRequest for
    an unknown method or parameter, or a seed out of range.
    """
    validate_parameters(method, params)
    validate_seed(seed)
    params = _with_neighbors(method, METHODS[method] | params, params)
    request = [digest, method, seed, layout_metric(method, metric), dimensions, params]
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:16]


def validate_parameters(method: str, asked: dict[str, Any]) -> None:
    """Raise BadRequest for an unknown method or parameter, which names the known ones."""
    if method not in METHODS:
        raise BadRequest(f"There is no layout method {method!r}; choose one of {', '.join(METHODS)}.")
    for name in asked.keys() - METHODS[method].keys():
        known = ", ".join(METHODS[method]) or "none"
        raise BadRequest(f"{method} has no parameter {name!r}; it has: {known}.")


def validate_seed(seed: int) -> None:
    """Raise BadRequest for a seed out of range."""
    if not 0 <= seed < SEEDS:
        raise BadRequest(f"The seed is {seed:,}; it must be between 0 and {SEEDS - 1:,}.")


def layout_metric(method: str, metric: str | None) -> str:
    """The metric of a layout: the given one, or that of its method. Raises BadRequest for an unknown metric."""
    if metric not in (None, "cosine", "euclidean"):
        raise BadRequest(f"There is no metric {metric!r} for layouts; choose cosine or euclidean.")
    return metric or METRICS[method]
