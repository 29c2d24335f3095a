"""Names of new artifacts."""

from __future__ import annotations

import re
from pathlib import Path

from explorer import artifacts
from explorer.errors import BadRequest

LONGEST = 100  # characters of a name; file systems allow 255, of which temporary files need some


def new_folder(name: str) -> Path:
    """Folder of a new artifact. Raises BadRequest for a name that is taken or invalid."""
    if len(name) > LONGEST:
        raise BadRequest(f"The name has {len(name):,} characters; an artifact's name has at most {LONGEST}.")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise BadRequest(f"{name!r} is not a valid name for an artifact; use letters, digits, - and _.")
    if name in artifacts.list_artifacts():
        raise BadRequest(f"There is an artifact {name!r} already; choose another name.")
    return artifacts.root().resolve() / name


def free_name(wish: str) -> str:
    """An unused name derived from a text: `My vectors.txt` -> `my-vectors`."""
    base = re.sub(r"[^a-z0-9_]+", "-", wish.lower()).strip("-_")[:40].strip("-_") or "imported"
    taken, number, name = set(artifacts.list_artifacts()), 2, base
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name
