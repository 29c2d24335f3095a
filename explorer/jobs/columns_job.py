"""Measure how well the vectors of an artifact predict each column, and store the results; runs in a worker."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from explorer import artifacts
from explorer.core.embedding import Embedding
from explorer.errors import BadRequest
from explorer.jobs.training_job import Report

PROBES = "probes"  # manifest key of the results that `probe_columns` writes
LISTED = 20  # unlikely values stored per column


@dataclass(frozen=True)
class ProbeRequest:
    """A request to measure the columns of an artifact."""

    job: ClassVar[str] = "columns"
    artifact: str

    @property
    def out(self) -> str:
        """The folder that is written to; see artifacts.writable."""
        return str(artifacts.writable(Path(self.artifact)))

    def validate(self) -> None:
        """Raises BadRequest when nothing can be measured or written, BadArtifact when the artifact does not exist."""
        if artifacts.load(self.artifact).has_no_vectors:
            raise BadRequest(f"{Path(self.artifact).name} has no vectors, so its columns cannot be measured.")
        artifacts.check_place(artifacts.writable(artifacts.find(self.artifact)))

    def absolute(self) -> ProbeRequest:
        """The same request with absolute paths, for a process in another folder. Raises BadArtifact."""
        return replace(self, artifact=str(artifacts.find(self.artifact).absolute()))


def probe_columns(request: ProbeRequest, report: Report = lambda _: None) -> Path:
    """Measure every column and store the results in the manifest under PROBES. Returns the artifact's folder.

    report: called with `phase` (a column's name, or storing), `done` and `total`. Raises ExplorerError; nothing is
    written then.
    """
    from explorer.quality.misfits import FALSE, misfits
    from explorer.quality.probe import probe

    request.validate()
    embedding = artifacts.load(request.artifact)
    found = probe(embedding, progress=lambda name, step, steps: report({"phase": name, "done": step, "total": steps}))
    unlike = {
        measured.column: misfits(embedding, measured.column).drop(columns="row") for measured in found if measured.known
    }
    unlike = {name: table[table["q"] <= FALSE].head(LISTED) for name, table in unlike.items()}
    report({"phase": "storing", "done": 1, "total": 1})
    document = {
        "columns": [
            {**_finite(asdict(measured)), "kind": embedding.schema[measured.column].kind} for measured in found
        ],
        "misfits": {name: table.to_dict("records") for name, table in unlike.items()},
    }
    return artifacts.update_manifest(request.artifact, {PROBES: document})


def stored_probes(embedding: Embedding) -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]], list[str]]:
    """What `probe_columns` stored and is still valid: measurements, unlikely values, labels of stale columns.

    A column is stale if its kind has changed since; deleted columns are left out.
    """
    document, schema = embedding.manifest.get(PROBES) or {}, embedding.schema
    numbers = ("guessing", "linear", "neighbors", "p")
    stored = [
        probe
        for probe in document.get("columns", [])
        if None not in (*(probe[name] for name in numbers), *probe["linear_interval"], *probe["neighbors_interval"])
    ]
    kinds = {probe["column"]: probe.get("kind") for probe in stored}
    valid = {name for name, kind in kinds.items() if name in schema and schema[name].kind == kind}
    found = [{**probe, "label": schema[probe["column"]].label} for probe in stored if probe["column"] in valid]
    lists = {name: rows for name, rows in document.get("misfits", {}).items() if name in valid}
    unlike = {name: [row for row in rows if "q" in row] for name, rows in lists.items()}  # earlier lists had no rate
    stale = [schema[name].label for name, kind in kinds.items() if name in schema and name not in valid]
    return found, unlike, stale


def _finite(measured: dict[str, Any]) -> dict[str, Any]:
    """The measurements with None in place of nan and infinity, which JSON lacks."""
    return {n: None if isinstance(v, float) and not math.isfinite(v) else v for n, v in measured.items()}
