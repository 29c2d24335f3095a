"""Uploaded files: stored under a safe form of their names, and deleted a day after the import."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

import streamlit as st
from PIL import ImageColor

from explorer import artifacts
from explorer.artifacts.quota import check_uploads
from explorer.errors import BadData, BadRequest
from explorer.formats import Limits
from explorer.formats.tables.delimited import unique
from explorer.rights import require_editor
from explorer.settings import positive_number

LIMIT = "EXPLORER_MAX_UPLOAD"  # megabytes per file, if less than Streamlit's `maxUploadSize`
UNPACKED = 10  # an upload may unpack to this multiple of the upload limit
FROM_SERVER = "EXPLORER_SERVER_FILES"  # "1": visitors may import files of the server
LOCAL = ("localhost", "127.0.0.1", "::1")
KEPT = 86_400.0  # seconds after which abandoned files are deleted
NOTE = ".escaping.json"  # ending of a note beside a file with escaped keys; see formats.text_encoding


@dataclass(frozen=True)
class UploadedFiles:
    """Files to read. digest: of their content. folder: deleted with them; None for files on the server."""

    files: tuple[Path, ...]
    digest: str
    folder: Path | None = None

    @property
    def id(self) -> str:
        """Identifies these files, for the keys of widgets."""
        return self.digest[:16]

    @property
    def limits(self) -> Limits:
        """Limits of a file; an upload may unpack to UNPACKED times the upload limit."""
        return Limits(bytes=UNPACKED * megabytes() * 2**20) if self.folder else Limits()

    def with_names(self, error: object) -> str:
        """A message without the folder of the uploads."""
        return str(error).replace(f"{self.folder}{os.sep}", "") if self.folder else str(error)

    def remove(self) -> None:
        """Delete uploaded files; files on the server stay."""
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


class Example(io.BytesIO):
    """An example: the named colors of CSS as a table, in the form of an uploaded file."""

    name, file_id = "colours.csv", "example"

    def __init__(self) -> None:
        rows = [(name, *ImageColor.getrgb(name)[:3]) for name in ImageColor.colormap]
        lines = [f"{name},{red - 128},{green - 128},{blue - 128}" for name, red, green, blue in rows]
        super().__init__("\n".join(["name,rgb1,rgb2,rgb3", *lines, ""]).encode())
        self.size = len(self.getvalue())


def megabytes() -> int:
    """Largest size of an upload, in megabytes. Raises BadRequest if the setting is not a number."""
    usual = int(st.get_option("server.maxUploadSize"))
    return min(usual, positive_number(LIMIT, usual, "megabytes"))


def from_server() -> bool:
    """Whether visitors may import files of the server: only if enabled, and only if the server is local."""
    alone = st.get_option("server.address") in LOCAL and st.user.to_dict().get("is_logged_in") is None
    return alone and os.environ.get(FROM_SERVER) == "1"


def server_files(paths: str) -> UploadedFiles:
    """Files on the server, one path per line. Raises BadData for a missing file, BadRequest if not allowed."""
    if not from_server():
        raise BadRequest(f"Files on the server cannot be imported here. Upload them, or set {FROM_SERVER}=1.")
    files = tuple(Path(line.strip()).expanduser() for line in paths.splitlines() if line.strip())
    for file in files:
        if not file.exists():
            raise BadData(f"{file}: no such file.")
    return UploadedFiles(files, stamp(files))


def stamp(files: Sequence[Path]) -> str:
    """Hash of the paths, sizes and times of files, and of those in folders; it changes if a file does."""
    every_file = [path for file in files for path in (sorted(file.rglob("*")) if file.is_dir() else [file])]
    states = "".join(f"{path}:{path.stat().st_size}:{path.stat().st_mtime_ns};" for path in every_file)
    return hashlib.sha256(states.encode()).hexdigest()


def save(uploads: Sequence[Any]) -> UploadedFiles:
    """Write uploaded files to a new folder. Raises BadData if one exceeds the limit, before anything is written."""
    require_editor("upload files")
    sweep()
    most = megabytes()
    for upload in uploads:
        if upload.size > most * 2**20:
            raise BadData(f"{upload.name}: {upload.size / 2**20:,.1f} MB; the limit is {most:,} MB ({LIMIT}).")
    notes = {PurePath(upload.name).name: upload for upload in uploads if upload.name.endswith(NOTE)}
    uploads = [upload for upload in uploads if not upload.name.endswith(NOTE)]
    if not uploads:
        raise BadData(f"{', '.join(notes)}: only describes the keys of another file; upload that file too.")
    place = artifacts.root().resolve() / ".uploads"
    try:
        place.mkdir(parents=True, exist_ok=True)
        check_uploads(place, sum(upload.size for upload in uploads))
        folder = Path(tempfile.mkdtemp(prefix="in-", dir=place))
        stored = dict(zip(unique((safe_name(upload.name) for upload in uploads), "upload"), uploads, strict=True))
        given = {PurePath(upload.name).name: name for name, upload in stored.items()}
        digest = hashlib.sha256()
        for name, upload in stored.items():
            raw = upload.getbuffer()
            digest.update(f"{name}:{len(raw)}:".encode())
            digest.update(raw)
            (folder / name).write_bytes(_renamed(bytes(raw), given) if name.endswith(".json") else raw)
        for name, note in notes.items():
            if name.removesuffix(NOTE) in given:
                (folder / f"{given[name.removesuffix(NOTE)]}{NOTE}").write_bytes(note.getbuffer())
    except OSError as error:
        raise BadRequest(f"{place} cannot be written to: {error.strerror or error}.") from error
    return UploadedFiles(tuple(folder / name for name in stored), digest.hexdigest(), folder)


def safe_name(name: str) -> str:
    """The name of an upload without folders, with letters, digits and `._()+=- ` alone, and at most 80 characters."""
    base = re.sub(r"[^\w.()+= -]+", "_", PurePosixPath(name.replace("\\", "/")).name).lstrip(" ._-")
    stem, ends = PurePath(base).stem, PurePath(base).suffix[:20]
    return f"{stem[: 80 - len(ends)]}{ends}" or "upload"


def _renamed(raw: bytes, given: dict[str, str]) -> bytes:
    """Replace file names in a projector_config.json by those of the stored files; any other file stays unchanged."""
    try:
        config = json.loads(raw)
        for entry in config["embeddings"]:
            for role in ("tensorPath", "metadataPath"):
                if role in entry:
                    entry[role] = given.get(PurePosixPath(entry[role]).name, entry[role])
    except (ValueError, KeyError, TypeError, RecursionError):
        return raw
    return json.dumps(config).encode()


def sweep() -> None:
    """Delete uploads that were abandoned a day ago."""
    try:
        place = artifacts.root() / ".uploads"
    except BadRequest:
        return  # artifacts are in a database, so there are no uploads
    for folder in place.glob("in-*"):
        with suppress(FileNotFoundError):  # another server may delete it first
            if time.time() - folder.stat().st_mtime > KEPT:
                shutil.rmtree(folder, ignore_errors=True)
