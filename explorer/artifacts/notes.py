"""Notes that people add to an artifact: saved views of its map, and names of its factors.

They are stored in a file of the artifact's folder that does not affect its digest, so that caches stay valid. Training
or importing an artifact again removes them with the rest of the folder.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.artifacts import atomic_folder, folder, folder_writer
from explorer.artifacts.location import database
from explorer.artifacts.locks import locked
from explorer.artifacts.manifest import MANIFEST, NOTES
from explorer.errors import BadArtifact, BadRequest, closest
from explorer.rights import require_editor

LONGEST = 80  # characters of a name
MOST = 100  # most views of an artifact, and most names of factors
LARGEST = 8_000  # most characters of a view, to keep links short
ALIKE = 0.95  # cosine of two directions that count as the same factor


@dataclass(frozen=True)
class SavedView:
    """A named view of the map. parameters: those of the page's URL, in order."""

    name: str
    parameters: Mapping[str, list[str]]


@dataclass(frozen=True)
class FactorName:
    """A name for a factor, identified by its direction: a unit vector of d numbers."""

    name: str
    direction: tuple[float, ...]


@dataclass(frozen=True)
class Notes:
    """Saved views, in the order of the tour, and names of factors."""

    views: tuple[SavedView, ...] = ()
    factors: tuple[FactorName, ...] = ()

    def view(self, name: str) -> SavedView:
        """The view with a name. Raises BadRequest, which names the closest ones."""
        for view in self.views:
            if view.name == name:
                return view
        near = ", ".join(closest(name, [view.name for view in self.views]))
        raise BadRequest(f"There is no saved view {name!r}.{f' Did you mean: {near}?' if near else ''}")

    def with_view(self, name: str, parameters: Mapping[str, list[str]]) -> Notes:
        """Notes with a view appended. Raises BadRequest for a name that is taken or too long."""
        name = _checked_name(name)
        if name in (view.name for view in self.views):
            raise BadRequest(f"There is a saved view {name!r} already. Choose another name, or delete that one first.")
        if len(self.views) >= MOST:
            raise BadRequest(f"{MOST} views are saved, the most there can be. Delete one first.")
        if (size := sum(len(key) + sum(map(len, values)) for key, values in parameters.items())) > LARGEST:
            raise BadRequest(f"The view takes {size:,} characters; at most {LARGEST:,} are kept. Select fewer items.")
        return replace(self, views=(*self.views, SavedView(name, {k: list(v) for k, v in parameters.items()})))

    def renamed_view(self, name: str, new: str) -> Notes:
        """Notes with a view renamed. Raises BadRequest."""
        self.view(name)
        if (new := _checked_name(new)) != name and new in (view.name for view in self.views):
            raise BadRequest(f"There is a saved view {new!r} already. Choose another name.")
        return replace(
            self, views=tuple(replace(saved, name=new) if saved.name == name else saved for saved in self.views)
        )

    def without_view(self, name: str) -> Notes:
        """Notes without a view. Raises BadRequest."""
        self.view(name)
        return replace(self, views=tuple(view for view in self.views if view.name != name))

    def factor_name(self, direction: np.ndarray) -> str:
        """Name of the factor with the direction (d,), or the opposite one; "" if it has none."""
        found = max(self.factors, key=lambda one: _alike(one.direction, direction), default=None)
        return found.name if found is not None and _alike(found.direction, direction) >= ALIKE else ""

    def with_factor_name(self, direction: np.ndarray, name: str) -> Notes:
        """Notes with a name of a factor set; "" removes it. Raises BadRequest."""
        factors = tuple(factor for factor in self.factors if _alike(factor.direction, direction) < ALIKE)
        if not name.strip():
            return replace(self, factors=factors)
        if len(factors) >= MOST:
            raise BadRequest(f"{MOST} factors have names, the most there can be. Take one away first.")
        unit = np.asarray(direction, float) / (np.linalg.norm(direction) or 1)
        named = FactorName(_checked_name(name), tuple(float(f"{part:.4g}") for part in unit))
        return replace(self, factors=(*factors, named))


def read(name_or_path: str | os.PathLike[str]) -> Notes:
    """The notes of an artifact; empty in a database. Raises BadArtifact for a file that cannot be read."""
    if database() and not (Path(name_or_path) / MANIFEST).is_file():
        return Notes()
    return _read(folder.find(name_or_path))


def change(name_or_path: str | os.PathLike[str], how: Callable[[Notes], Notes]) -> Notes:
    """Change the notes of an artifact; returns the new ones.

    how: maps the old notes to the new ones. Concurrent calls are safe. A sample of an installed package is copied
    to the user's artifacts first, and the copy gets the notes. Raises Forbidden for a viewer, BadArtifact, BadRequest
    when the folder cannot be written to, and whatever `how` raises; nothing is written then.
    """
    require_editor("save views and names of factors")
    path = folder.writable(found := folder.find(name_or_path))
    if not path.exists():
        new = how(_read(found))
        with atomic_folder.staging_folder(path) as copy, locked(path.parent):
            shutil.copytree(found, copy, copy_function=folder_writer.link_file, dirs_exist_ok=True)
            _write(copy, new)
            folder_writer.check_place(path)
            atomic_folder.replace_folder(copy, path)
        return new
    try:
        with locked(path.parent):
            new = how(_read(path))
            _write(path, new)
    except OSError as error:
        why = error.strerror or error
        raise BadRequest(f"Nothing can be written to {path}: {why}. What was saved before stays.") from error
    return new


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST:
        raise BadRequest(f"A name has 1 to {LONGEST} characters; this one has {len(name):,}.")
    return name


def _alike(a: tuple[float, ...], b: np.ndarray) -> float:
    """Absolute cosine of two directions; 0 if their dimensions differ."""
    first, second = np.asarray(a, float), np.asarray(b, float)
    length = np.linalg.norm(first) * np.linalg.norm(second)
    return float(abs(first @ second) / length) if first.shape == second.shape and length else 0.0


def _read(path: Path) -> Notes:
    file = path / NOTES
    if not file.exists():
        return Notes()
    try:
        if not file.is_file():
            raise ValueError("it is not a regular file")
        document = json.loads(file.read_text(encoding="utf-8"))
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()  # no text that pages cannot send
        views = [
            SavedView(_checked_name(str(one["name"])), _parameters(one["parameters"])) for one in document["views"]
        ]
        named = [
            (_checked_name(str(one["name"])), [float(part) for part in one["direction"]]) for one in document["factors"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, BadRequest) as error:
        raise BadArtifact(f"{file} cannot be read: {error}. Remove it; views and names of factors are lost.") from error
    return Notes(tuple(views), tuple(FactorName(name, tuple(direction)) for name, direction in named))


def _parameters(document: Any) -> dict[str, list[str]]:
    return {str(key): [str(value) for value in values] for key, values in document.items()}


def _write(path: Path, new: Notes) -> None:
    """Write beside the old file, then rename: the old one may be a hard link into another artifact."""
    document = {
        "views": [{"name": view.name, "parameters": view.parameters} for view in new.views],
        "factors": [{"name": factor.name, "direction": factor.direction} for factor in new.factors],
    }
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.notes-", delete=False
    ) as stream:
        try:
            json.dump(document, stream, ensure_ascii=False, indent=1)
            stream.close()
            Path(stream.name).chmod(0o644)
            Path(stream.name).replace(path / NOTES)
        finally:
            Path(stream.name).unlink(missing_ok=True)
