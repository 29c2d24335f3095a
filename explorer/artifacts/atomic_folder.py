"""Atomic, crash-safe replacement of a folder, with file locks."""

from __future__ import annotations

import errno
import glob
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from explorer.artifacts.locks import AlreadyLocked, locked
from explorer.artifacts.quota import check_artifacts
from explorer.errors import BadRequest
from explorer.rights import require_editor


@contextmanager
def staging_folder(path: Path) -> Iterator[Path]:
    """A hidden folder beside `path`, to be filled and then swapped in with `replace_folder`; removed at the end.

    It is locked while its writer lives, so later writers can recognize and remove folders of killed writers. Raises
    Forbidden for a viewer, BadRequest if nothing can be written.
    """
    require_editor(f"write the artifact {path.name}")
    alive = ExitStack()
    check_artifacts(path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path.parent):
            remove_stale_staging(path)
            folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.new-", dir=path.parent))
            alive.enter_context(locked(folder))
    except OSError as error:
        raise BadRequest(f"Nothing can be written to {path.parent}: {_why(error)}. Choose another place.") from error
    try:
        yield folder
    except OSError as error:
        raise BadRequest(f"{path} could not be written: {_why(error)}. The earlier version was kept.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        alive.close()


def replace_folder(folder: Path, path: Path) -> None:
    """Move a filled folder to its final path, under the lock; the earlier folder is removed afterwards."""
    folder.chmod(0o755)
    _restore(path)
    shutil.rmtree(backup_path(path), ignore_errors=True)
    try:
        if path.exists():
            path.rename(backup_path(path))
        folder.rename(path)
    finally:
        _restore(path)
    shutil.rmtree(backup_path(path), ignore_errors=True)


def remove_stale_staging(path: Path) -> None:
    """Remove the unfinished folders of killed writers of an artifact."""
    for folder in path.parent.glob(f".{glob.escape(path.name)}.new-????????"):
        try:
            with locked(folder, wait=False):
                shutil.rmtree(folder, ignore_errors=True)
        except (OSError, AlreadyLocked):
            continue  # its writer lives, or it was just removed


def recover(path: Path) -> None:
    """Restore the earlier folder if its writer was killed between the two renames."""
    if backup_path(path).exists():
        with locked(path.parent):
            _restore(path)


def backup_path(path: Path) -> Path:
    """Path of the earlier folder while another takes its place."""
    return path.parent / f".{path.name}.previous"


def _restore(path: Path) -> None:
    if backup_path(path).exists() and not path.exists():
        backup_path(path).rename(path)


def _why(error: OSError) -> str:
    """Reason of an error; numpy and pyarrow report a full disk without an error number or with a longer text."""
    full = error.errno == errno.ENOSPC or (error.errno is None and "requested and" in str(error))
    return "there is no space left on the disk" if full else error.strerror or str(error)
