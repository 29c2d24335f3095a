"""Import uploaded files; runs in a worker."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar

from explorer import artifacts
from explorer.errors import BadRequest
from explorer.jobs.training_job import Report


@dataclass(frozen=True)
class ImportRequest:
    """Files that become an artifact.

    files: vectors, optionally metadata. options: fields of importing.options.ImportOptions. uploads: a folder that is
    removed at the end, "" for none. unpacked: bytes that a file may unpack to.
    """

    job: ClassVar[str] = "import"
    files: Sequence[str]
    out: str
    options: dict[str, Any] = field(default_factory=dict)
    uploads: str = ""
    unpacked: int = 2**31

    def validate(self) -> None:
        """Check early what would fail in the worker. Raises BadRequest."""
        from explorer.importing.options import ImportOptions

        unknown = set(self.options) - {field.name for field in fields(ImportOptions)}
        if unknown:
            raise BadRequest(f"There is no option {sorted(unknown)[0]!r} of an import.")
        if not self.files:
            raise BadRequest("There is no file to import.")
        artifacts.check_place(self.out)

    def absolute(self) -> ImportRequest:
        """The same request with absolute paths, for a process in another folder."""
        files = [str(Path(file).absolute()) for file in self.files]
        return replace(self, files=files, out=str(Path(self.out).absolute()))


def import_files(request: ImportRequest, report: Report = lambda _: None) -> Path:
    """Read files, build the embedding and save it; returns the artifact's folder.

    report: called with `phase` (reading, or a layout method), `done` and `total`. Raises ExplorerError; nothing is
    written then.
    """
    from explorer.formats import Limits
    from explorer.formats.several import read_files
    from explorer.importing.build import build, publish_import
    from explorer.importing.options import ImportOptions

    known = dict(request.options)
    if known.get("layouts") is not None:
        known["layouts"] = tuple(known["layouts"])
    options = ImportOptions(**known)
    try:
        report({"phase": "reading", "done": 0, "total": 1})
        limits = Limits(bytes=request.unpacked)
        read, metadata = read_files(list(request.files), options.format, options.choice, limits, options.header)
        both = options.join_metadata(read, metadata)
        plan = options.plan(read, metadata, both)
        embedding = build(read, metadata, plan, both)
        return publish_import(
            request.out,
            embedding,
            plan,
            lambda method, step, steps: report({"phase": method, "done": step, "total": steps}),
        )
    finally:
        if request.uploads:
            shutil.rmtree(request.uploads, ignore_errors=True)
