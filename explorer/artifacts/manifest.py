"""The manifest of an artifact: reading, validation and writing."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import BadArtifact

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

MANIFEST = "manifest.json"
NOTES = "notes.json"  # see notes.py
VERSION = 1  # of the schema in manifest.schema.json
LARGEST = 8 << 20  # most bytes of a manifest, whose Python objects may take 30 times as much
DIGITS = 25  # most digits of a whole number
SHOWN = 80  # characters of a wrong value in a message


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of an artifact's folder, validated against manifest.schema.json.

    Raises BadArtifact, which names the field, its value and what was expected.
    """
    file = folder / MANIFEST
    try:
        if not file.is_file():
            raise ValueError("it is not a regular file")
        if file.stat().st_size > LARGEST:
            raise ValueError(f"it has {file.stat().st_size:,} bytes; at most {LARGEST:,} are read")
        document = parse_manifest(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadArtifact(f"{file} is not a manifest: {error}. Restore it or train again.") from error
    return document


def parse_manifest(raw: bytes) -> dict[str, Any]:
    """Parse a manifest from bytes. Raises ValueError, which names the field and what is wrong."""
    try:
        document = json.loads(raw, parse_constant=_no_constant, parse_float=_finite, parse_int=_short_int)
    except RecursionError:
        raise ValueError("its JSON is nested too deeply") from None
    version = document.get("schema") if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise ValueError(f"it has schema version {version}; this explorer reads up to {VERSION}. Update the explorer")
    error = next(iter(_validator().iter_errors(document)), None)
    if error is not None:
        where = "".join(f"[{part!r}]" for part in error.absolute_path) or "the document"
        value = repr(error.instance)
        short = value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
        raise ValueError(f"{where} is {short}; expected {_expected(error)}")
    return document


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a filled folder, with the size and sha256 of every other file."""
    files_there = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": sha256(folder / name)}
        for name in sorted(list_files(folder))
    }
    document = {**manifest, "schema": VERSION, "files": files_there}
    text = json.dumps(_json_value(document), indent=1, ensure_ascii=False, allow_nan=False)
    # A new file, not the old one's bytes: the old one may be a hard link into the artifact being replaced.
    (folder / MANIFEST).unlink(missing_ok=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def list_files(folder: Path) -> set[str]:
    """Names of all files in a folder but the manifest and the notes, with `/` between folders."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    return names - {MANIFEST, NOTES}


def sha256(file: Path) -> str:
    """sha256 of a file as hexadecimal digits. Raises BadArtifact where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BadArtifact(f"{file} cannot be read: {error.strerror or error}. Restore it or train again.") from error


def _json_value(value: Any) -> Any:
    """A value as JSON data: numpy scalars become numbers, numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {str(key): _json_value(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(part) for part in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    text = files("explorer.artifacts").joinpath("manifest.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _expected(error: Any) -> str:
    rule, value = error.validator, error.validator_value
    if rule == "type":
        return " or ".join([value] if isinstance(value, str) else value)
    if rule == "required":
        return f"the field {next(name for name in value if name not in error.instance)!r} in it"
    return {
        "enum": f"one of {value}",
        "pattern": "64 hexadecimal digits",
        "minimum": f"at least {value}",
        "maximum": f"at most {value}",
        "maxLength": f"at most {value} characters",
    }.get(rule, f"{rule} {value}")


def _no_constant(name: str) -> None:
    if name != "NaN":  # NaN means unknown
        raise ValueError(f"it contains the number {name}; numbers must be finite")


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"it contains the number {text[:SHOWN]}; numbers must be finite")
    return number


def _short_int(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(f"it contains a number of {len(text):,} digits; at most {DIGITS} are read")
    return int(text)
