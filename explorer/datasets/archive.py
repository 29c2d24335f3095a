"""The files of a data set in a folder or a .zip; members are streamed, never extracted."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from explorer.errors import BadData

File = Path | zipfile.Path  # both know name, iterdir, is_file, open and read_bytes


@contextmanager
def opened(path: str | Path) -> Iterator[File]:
    """Open a folder or .zip as a path-like root, within a context.

    Raises BadData if it is absent, not a zip, damaged, or contains a member that points outside. Damage found while
    reading a member within the context raises BadData as well.
    """
    path = Path(path)
    if path.is_dir():
        yield path
        return
    if not path.exists():
        raise BadData(f"{path}: no such file or folder; give the folder or .zip of a data set")
    if not path.is_file():  # reading a pipe or a device could block
        raise BadData(f"{path}: neither a folder nor a regular file; give the folder or .zip of a data set")
    if not zipfile.is_zipfile(path):
        raise BadData(f"{path}: not a folder and not an intact .zip; give the folder or .zip, or download it again")
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                _check_member(path, member)
            yield zipfile.Path(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadData(f"{path}: the zip is damaged ({error}); download it again") from error
    except NotImplementedError as error:
        raise BadData(f"{path}: the zip cannot be read ({error}); unpack it and give the folder") from error


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    inside = PurePosixPath(member.filename.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or ":" in member.filename:
        raise BadData(f"{path}: member {member.filename!r} points outside of the zip; do not trust it")
    if member.flag_bits & 1:
        raise BadData(f"{path}: member {member.filename!r} is encrypted; unpack the zip and give the folder")


def folders(root: File) -> list[File]:
    """The root and the folders directly inside it, where a .zip usually keeps its files."""
    inside = [child for child in root.iterdir() if child.is_dir() and not child.name.startswith((".", "__"))]
    return [root, *sorted(inside, key=lambda child: child.name)]


def names(folder: File) -> set[str]:
    """The names of the files in a folder."""
    return {child.name for child in folder.iterdir() if child.is_file()}


def size(file: File) -> int:
    """Uncompressed length of a file in bytes."""
    if isinstance(file, zipfile.Path):
        return file.root.getinfo(file.at).file_size
    return file.stat().st_size


def text(file: File) -> str:
    """Content of a small file: UTF-8, else Latin-1, as in releases before 2009."""
    data = file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
