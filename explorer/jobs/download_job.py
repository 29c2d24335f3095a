"""A download of a MovieLens release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from explorer.datasets.movielens.download import BASE_URL, RELEASES, download
from explorer.errors import BadRequest
from explorer.jobs.training_job import Report
from explorer.training.result import read_progress


@dataclass(frozen=True)
class DownloadRequest:
    """A release of datasets.movielens.download.RELEASES, and the folder to download it to."""

    job: ClassVar[str] = "download"
    name: str
    folder: str
    base_url: str = BASE_URL

    @property
    def out(self) -> str:
        """The path of the downloaded file."""
        return str(Path(self.folder) / f"{self.name}.zip")

    def validate(self) -> None:
        """Raises BadRequest for an unknown release."""
        if self.name not in RELEASES:
            raise BadRequest(f"There is no release {self.name!r}; choose one of {', '.join(RELEASES)}.")

    def absolute(self) -> DownloadRequest:
        """The same request with absolute paths, for a process in another folder."""
        return replace(self, folder=str(Path(self.folder).absolute()))


def download_release(request: DownloadRequest, report: Report) -> Path:
    """Download a release and return the path of its .zip.

    report: called with `phase`, and `done` and `total` in bytes. Raises ExplorerError.
    """
    request.validate()
    report({"phase": "reading", "done": 0, "total": 1})
    return download(request.name, request.folder, read_progress(report), request.base_url)
