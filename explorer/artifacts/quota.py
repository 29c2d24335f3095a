"""Limits on the disk space that artifacts and uploads take."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from explorer.artifacts.manifest import MANIFEST
from explorer.errors import BadRequest
from explorer.settings import positive_number

ARTIFACTS = "EXPLORER_MAX_ARTIFACTS"
UPLOADS = "EXPLORER_MAX_UPLOADS"
ARTIFACT_MEGABYTES, UPLOAD_MEGABYTES = 100_000, 2_000


def check_artifacts(root: Path) -> None:
    """Raise BadRequest if the artifacts in a folder take EXPLORER_MAX_ARTIFACTS megabytes or more."""
    most = positive_number(ARTIFACTS, ARTIFACT_MEGABYTES, "megabytes")
    used = sum(_size(manifest.parent) for manifest in root.glob(f"*/{MANIFEST}")) / 1e6
    if used >= most:
        raise BadRequest(
            f"The artifacts take {used:,.0f} MB of the {most:,} MB they may have ({ARTIFACTS}). Delete some first."
        )


def check_uploads(folder: Path, coming: int) -> None:
    """Raise BadRequest if uploads and `coming` more bytes would take more than EXPLORER_MAX_UPLOADS megabytes."""
    most = positive_number(UPLOADS, UPLOAD_MEGABYTES, "megabytes")
    used = (_size(folder) + coming) / 1e6
    if used > most:
        raise BadRequest(
            f"With this upload, uploaded files would take {used:,.0f} MB of the {most:,} MB they may have ({UPLOADS}). "
            "Try again when others have been imported; abandoned files are removed after a day."
        )


def _size(folder: Path) -> int:
    """Bytes of the files in a folder; files deleted meanwhile count as 0."""
    total = 0
    for place, _, files in os.walk(folder):
        for file in files:
            with suppress(OSError):
                total += (Path(place) / file).lstat().st_size
    return total
