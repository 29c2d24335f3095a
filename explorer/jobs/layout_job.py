"""Compute a layout of an artifact and store it, with progress reports; runs in a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer import artifacts
from explorer.core.embedding import Embedding
from explorer.errors import BadRequest
from explorer.jobs.item_mask import decode_mask
from explorer.jobs.training_job import Report


@dataclass(frozen=True)
class LayoutRequest:
    """A layout to compute for an artifact; parameters as for projection.project.

    chosen: the items to compute it from, see item_mask.encode_mask; the others are placed among them. "" is all.
    """

    job: ClassVar[str] = "layout"
    artifact: str
    method: str = "tsne"
    seed: int = 0
    metric: str | None = None
    dimensions: int = 2
    chosen: str = ""
    steady: bool = False
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def out(self) -> str:
        """The folder that is written to; see artifacts.writable."""
        return str(artifacts.writable(Path(self.artifact)))

    def validate(self) -> None:
        """Check early what would fail in the worker. Raises BadRequest, and BadArtifact for a missing artifact."""
        from explorer.maps.layout_parameters import fitted, layout_key

        layout_key("", self.method, self.seed, self.metric, **self.params)
        if self.params.get("min_dist", 0) > 1:
            raise BadRequest(f"min_dist {self.params['min_dist']:g} is too large; at most 1 fits.")
        vectors = artifacts.load(self.artifact).vectors
        fitted(self.method, self.params, vectors[decode_mask(self.chosen, len(vectors))], self.dimensions)
        artifacts.check_place(artifacts.writable(artifacts.find(self.artifact)))

    def absolute(self) -> LayoutRequest:
        """The same request with absolute paths, for a process in another folder. Raises BadArtifact."""
        return replace(self, artifact=str(artifacts.find(self.artifact).absolute()))

    def name(self, embedding: Embedding) -> str:
        """The name the layout is stored under; equal requests for equal vectors get equal names.

        With default seed and parameters it is the method's name, with `-3d` in three dimensions, unless another layout
        has that name. Otherwise it ends in a hash of the request.
        """
        from explorer.maps.layout_parameters import layout_key

        plain = self.method if self.dimensions == 2 else f"{self.method}-3d"
        if self._is_default() and (plain not in embedding.layouts or self._is_result(embedding, plain)):
            return plain
        source = _vectors(embedding) + self.chosen
        key = layout_key(source, self.method, self.seed, self.metric, self.dimensions, **self.params)
        return f"{self.method}-{key[:8]}"

    def stored(self, embedding: Embedding) -> str | None:
        """The name of a stored layout that this request would compute; None when there is none."""
        if self.name(embedding) in embedding.layouts:
            return self.name(embedding)
        return next((name for name in embedding.layouts if self._is_result(embedding, name)), None)

    def _is_default(self) -> bool:
        from explorer.maps.layout_parameters import METHODS, METRICS

        known = METHODS.get(self.method, {})
        usual = self.metric in (None, METRICS.get(self.method)) and known | self.params == known
        return usual and self.seed == 0 and not self.chosen

    def _is_result(self, embedding: Embedding, name: str) -> bool:
        """True when a stored layout is what this request would compute, by its metadata in the manifest."""
        from explorer.maps.layout_parameters import METRICS, fitted

        metadata = embedding.manifest.get("layouts", {}).get(name, {})
        if self.chosen or "learned_from" in metadata or metadata.get("method") != self.method:
            return False
        wanted = {"metric": self.metric or METRICS[self.method], "seed": self.seed, "dimensions": self.dimensions}
        wanted["params"] = fitted(self.method, self.params, embedding.vectors, self.dimensions)
        return wanted.items() <= metadata.items()


def make_layout(
    request: LayoutRequest, report: Report = lambda _: None, show: Callable[[np.ndarray], None] | None = None
) -> Path:
    """Compute a layout and store it with its artifact, under `LayoutRequest.name`; returns the artifact's folder.

    The layout is stored before its quality is measured, so that it can be shown; its metadata get the measures later.
    report: called with `phase` (the method, storing, or measuring), `done`, `total`, for t-SNE `divergence`, and
    `layout`, the name of the layout once it is stored. show: called with snapshots of the layout, (n, 2) float32.
    Raises ExplorerError, also when the artifact was retrained in the meantime; nothing more is written then.
    """
    from explorer.maps.projection import project, quality

    request.validate()
    embedding = artifacts.load(request.artifact)
    name, rows = request.name(embedding), decode_mask(request.chosen, len(embedding))
    learn_from = None if rows.all() else rows
    stored: dict[str, str] = {}

    def report_step(step: int, steps: int, divergence: float | None) -> None:
        report({"phase": request.method, "done": step, "total": steps, "divergence": divergence, **stored})

    def store(metadata: Mapping[str, Any]) -> Path:
        if _vectors(artifacts.load(request.artifact)) != _vectors(embedding):
            raise BadRequest(f"{embedding.name} was retrained in the meantime. Request the layout again.")
        return artifacts.add_layout(request.artifact, name, xy, metadata)

    report_step(0, 1, None)
    xy, metadata = project(
        embedding.vectors, request.method, request.seed, report_step, metric=request.metric,
        dimensions=request.dimensions, snapshot=show, steady=request.steady, learn_from=learn_from, judge=False,
        **request.params,
    )  # fmt: skip
    report({"phase": "storing", "done": 1, "total": 1})
    store(metadata)
    stored["layout"] = name
    report({"phase": "measuring", "done": 1, "total": 1, **stored})
    measured = quality(embedding.vectors, xy, metadata, report_step, steady=request.steady, learn_from=learn_from)
    return store(metadata | measured)


def _vectors(embedding: Embedding) -> str:
    """sha256 of the stored vectors; the artifact's own digest changes with each layout."""
    return str(embedding.manifest["files"][artifacts.VECTORS]["sha256"])
