"""Names of artifacts that somebody types."""

from __future__ import annotations

import re
from pathlib import Path

from explorer import artifacts
from explorer.errors import BadRequest


def new_folder(name: str) -> Path:
    """The folder of a new artifact of that name. Raises BadRequest for one that is taken or no name."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise BadRequest(f"{name!r} is no name for an artifact; use letters, digits, - and _.")
    if name in artifacts.list_artifacts():
        raise BadRequest(f"There is an artifact {name!r} already; choose another name.")
    return artifacts.root().resolve() / name


def free_name(wish: str) -> str:
    """A name like the one wished for that is not taken yet: `My vectors.txt` -> `my-vectors`."""
    base = re.sub(r"[^a-z0-9_]+", "-", wish.lower()).strip("-_")[:40].strip("-_") or "imported"
    taken, number, name = set(artifacts.list_artifacts()), 2, base
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name
