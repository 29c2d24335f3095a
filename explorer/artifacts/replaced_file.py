"""The file that an output replaces."""

from __future__ import annotations

from pathlib import Path

from explorer.errors import BadRequest


def file_to_replace(path: Path) -> Path:
    """The file to replace, after resolving symbolic links. Raises BadRequest if it is not a regular file."""
    target = path.resolve() if path.is_symlink() else path
    if target.exists() and not target.is_file():
        what = "a folder" if target.is_dir() else "a device, a pipe or a socket"
        raise BadRequest(f"{path} is {what}, not a regular file, and was not replaced. Choose another name.")
    return target
