"""Rename and delete artifacts, and restore deleted ones within a day."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from explorer.artifacts import atomic_folder, folder, folder_writer
from explorer.artifacts.location import root
from explorer.artifacts.locks import locked
from explorer.artifacts.manifest import MANIFEST, read_manifest, write_manifest
from explorer.artifacts.names import new_folder
from explorer.errors import BadArtifact, BadRequest, closest
from explorer.rights import require_editor

DELETED = ".deleted"  # folder of deleted artifacts, in the artifacts folder
KEPT = 86_400.0  # seconds that deleted artifacts are kept


def rename(name: str, new: str) -> Path:
    """Rename an artifact. Returns its folder.

    Raises BadArtifact if it does not exist; BadRequest for a name that is taken or invalid, and for an artifact that
    came with the package.
    """
    require_editor(f"rename {name}")
    path, target = _own(name), new_folder(new)
    with atomic_folder.staging_folder(target) as copy, locked(path.parent):
        if not path.exists():
            raise BadArtifact(f"{path.name} no longer exists: it was renamed or deleted in the meantime.")
        shutil.copytree(path, copy, copy_function=folder_writer.link_file, dirs_exist_ok=True)
        write_manifest(copy, {**read_manifest(path), "name": new})
        atomic_folder.replace_folder(copy, target)
        shutil.rmtree(path)
    return target


def delete(name: str) -> Path:
    """Move an artifact to the deleted ones, from which `restore` recovers it within a day. Returns its new folder.

    Removes artifacts deleted longer ago for good. Raises BadArtifact, BadRequest.
    """
    require_editor(f"delete {name}")
    path = _own(name)
    with locked(path.parent):
        sweep()
        target = path.parent / DELETED / f"{path.name}.{time.time_ns()}"
        target.parent.mkdir(exist_ok=True)
        _move(path, target)
    return target


def restore(name: str) -> Path:
    """Restore the most recently deleted artifact of a name, or of a folder among the artifacts. Returns its folder.

    Raises BadRequest if there is none, or if the name has been taken since.
    """
    require_editor(f"restore {name}")
    name = Path(name).name if Path(name).resolve().parent == root().resolve() else name
    found = [path for path in _deleted() if path.name.rpartition(".")[0] == name]
    if not found:
        similar = closest(name, sorted({path.name.rpartition(".")[0] for path in _deleted()}))
        hint = f" There are: {', '.join(similar)}." if similar else ""
        raise BadRequest(f"No artifact {name!r} was deleted within the last day.{hint}")
    target = new_folder(name)
    with locked(target.parent):
        _move(max(found, key=_when), target)
    return target


def own_artifacts() -> list[str]:
    """Sorted names of artifacts that can be renamed and deleted. Raises BadRequest in a database."""
    return sorted(path.parent.name for path in root().glob(f"[!.]*/{MANIFEST}") if not path.parent.is_symlink())


def deleted_artifacts() -> list[str]:
    """Sorted names of artifacts that `restore` can recover. Raises BadRequest in a database."""
    return sorted({path.name.rpartition(".")[0] for path in _deleted() if time.time() - _when(path) <= KEPT})


def sweep() -> None:
    """Remove artifacts that were deleted more than a day ago."""
    for path in _deleted():
        if time.time() - _when(path) > KEPT:
            shutil.rmtree(path, ignore_errors=True)


def _deleted() -> list[Path]:
    return [path.parent for path in (root() / DELETED).glob(f"*.*/{MANIFEST}") if path.parent.suffix[1:].isdigit()]


def _when(path: Path) -> float:
    return int(path.suffix[1:]) / 1e9


def _own(name: str) -> Path:
    """Folder of an artifact that may be changed: one in the artifacts folder."""
    path = folder.find(name).absolute()
    if path.parent.resolve() != root().resolve():
        what = "came with the package" if folder.writable(path) != path else f"is in {path.parent}, not in {root()}"
        raise BadRequest(f"{path.name} {what}; it was not changed.")
    if path.is_symlink():
        raise BadRequest(f"{path.name} is a link to {path.resolve()}; it was not changed.")
    return path


def _move(path: Path, target: Path) -> None:
    if not path.exists():
        raise BadArtifact(f"{path.name} no longer exists: it was renamed or deleted in the meantime.")
    try:
        path.rename(target)
    except OSError as error:
        raise BadRequest(f"{path.name} cannot be moved: {error.strerror or error}.") from error
