"""Unpack .gz and .zip files into a temporary folder, up to a limit."""

from __future__ import annotations

import gzip
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

from explorer.errors import BadData
from explorer.formats.parsed_file import Limits

BLOCK = 1 << 20
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"


def head(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file, unpacked if it is a .gz."""
    with path.open("rb") as raw:
        if raw.read(2) != GZIP:
            raw.seek(0)
            return raw.read(size)
        raw.seek(0)
        with gzip.open(raw) as stream:
            return stream.read(size)


@contextmanager
def decompressed(path: Path, limit: Limits) -> Iterator[Path]:
    """Context manager: the file itself, or an unpacked .gz in a temporary folder. Raises BadData over the limit."""
    with path.open("rb") as raw:
        if raw.read(2) != GZIP:
            yield path
            return
    with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
        target = Path(folder) / (path.stem if path.suffix == ".gz" else path.name)
        with gzip.open(path) as source, target.open("wb") as sink:
            _copy(cast(IO[bytes], source), sink, limit.bytes, path.name)
        yield target


@contextmanager
def unpacked(path: Path, limit: Limits) -> Iterator[Path]:
    """Context manager: a temporary folder with the files of a .zip.

    Raises BadData if a member leads out of the folder (absolute path, `..`), is a link or is encrypted, if there are
    too many members, or if they unpack to more bytes than the limit, whatever sizes they declare.
    """
    with tempfile.TemporaryDirectory(prefix="explorer-") as folder, zipfile.ZipFile(path) as archive:
        left = limit.bytes
        for member in members(archive, path.name, limit):
            target = Path(folder).joinpath(*PurePosixPath(member.filename).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, target.open("xb") as sink:
                left -= _copy(source, sink, left, f"{path.name}, {member.filename}")
        yield Path(folder)


def members(archive: zipfile.ZipFile, where: str, limit: Limits) -> list[zipfile.ZipInfo]:
    """The files of an archive. Raises BadData if one leads out of it, is a link or is encrypted."""
    files = [member for member in archive.infolist() if not member.is_dir()]
    if len(files) > limit.members:
        raise BadData(f"{where}: contains {len(files):,} files; at most {limit.members:,} are unpacked.")
    for member in files:
        place, named = PurePosixPath(member.filename), f"{where}: the member {member.filename!r}"
        if place.is_absolute() or ".." in place.parts or "\\" in member.filename or ":" in place.parts[0]:
            raise BadData(
                f"{named} points outside the archive, so nothing was unpacked. Create the archive without it."
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise BadData(f"{named} is a link, so nothing was unpacked. Archive the file itself.")
        if member.flag_bits & 1:
            raise BadData(f"{named} is encrypted. Create the archive without a password.")
    return files


def _copy(source: IO[bytes], sink: IO[bytes], most: int, where: str) -> int:
    """Copy a stream and count the unpacked bytes, because an archive may declare any size."""
    done = 0
    while block := source.read(BLOCK):
        done += len(block)
        if done > most:
            raise BadData(f"{where}: unpacks to more than {most:,} bytes, which is the limit. Unpack it yourself.")
        sink.write(block)
    return done
