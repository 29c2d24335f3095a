"""Several files that belong together: vectors and metadata in any order, or the parts of one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from explorer import formats
from explorer.errors import BadData, BadRequest
from explorer.formats import parts
from explorer.formats.parsed_file import Limits, ParsedFile
from explorer.formats.vectors import projector


def read_files(
    paths: Sequence[str | Path],
    format: str | None = None,
    choice: str | None = None,
    limit: Limits | None = None,
    header: bool | None = None,
) -> tuple[ParsedFile, ParsedFile | None]:
    """Read the vectors, and the metadata if a second file contains it. Raises BadData, BadRequest.

    Tables with vectors and the same columns are read as parts of one table. A folder or archive may contain both.
    format, choice: for the file with the vectors. header: whether the first row of the metadata, or of a single table,
    names the columns.
    """
    read, metadata = _read_files([formats.named(path) for path in paths], format, choice, limit or Limits(), header)
    return replace(read, companion=None), metadata or read.companion


def _read_files(
    files: Sequence[Path], format: str | None, choice: str | None, limit: Limits, header: bool | None
) -> tuple[ParsedFile, ParsedFile | None]:
    if len(files) == 1:
        return formats.read(files[0], format, choice, limit, header), None
    kinds = [format or formats.detect(files[0]), *map(formats.detect, files[1:])]
    config = [file for file, kind in zip(files, kinds, strict=True) if kind == "projector-config"]
    if config:
        return formats.read(config[0], None, choice, limit), None
    if len(set(kinds)) == 1 and kinds[0] in parts.TABLES and _are_parts(files, kinds[0], limit):
        alike = list(parts.grouped(files, kinds).values())
        files = alike[0] if len(alike) == 1 else files
        return parts.read(files, kinds[0], choice, limit, files[0].stem), None
    if kinds[0] == "bytes" and len(files) == 2 and not files[0].with_name(projector.CONFIG).is_file():
        metadata = formats.read(files[1], None, "", limit, header)
        return projector.raw(files[0], None, limit, len(metadata), metadata.name), metadata
    groups = _groups(files, kinds)
    if len(groups) == 1:
        return _read(groups[0], kinds[0], choice, limit), None
    main, companion = groups if len(groups) == 2 else _refuse(files)
    below = replace(limit, first=None if limit.first is None else limit.first + 1)  # the first row may be a header
    first = _read(main, format, choice, limit)
    if first.vectors is None and choice is None and format is None:
        second = _read(companion, None, None, limit)
        if second.vectors is not None or (first.xy is None and second.xy is not None):
            return second, _read(main, None, "", below, header) if header is not None or limit.first else first
    metadata = _read(companion, None, "", below, header)
    if metadata.vectors is not None and set(metadata.items) <= {"key"}:
        raise BadRequest(
            f"{companion[0].name} and {main[0].name} both contain vectors and no metadata. Import them one at a time, "
            "and compare the two artifacts on the Compare page or with `explorer compare`."
        )
    return first, metadata


def _groups(files: Sequence[Path], kinds: Sequence[str]) -> list[list[Path]]:
    """Group the parts of one table or matrix. Two tables are not grouped."""
    if len(files) == 2 and set(kinds) != {"npy"}:
        return [[file] for file in files]
    return list(parts.grouped(files, kinds).values())


def _read(
    files: list[Path], format: str | None, choice: str | None, limit: Limits, header: bool | None = None
) -> ParsedFile:
    if len(files) == 1:
        return formats.read(files[0], format, choice, limit, header)
    return parts.read(files, format or formats.detect(files[0]), choice, limit, files[0].stem)


def _refuse(files: Sequence[Path]) -> NoReturn:
    names = ", ".join(file.name for file in files)
    raise BadRequest(
        f"{len(files)} files: {names}. Give the vectors and one file with metadata, or parts of one table."
    )


def _are_parts(files: Sequence[Path], kind: str, limit: Limits) -> bool:
    """Whether all tables have vectors and the same columns."""
    try:
        found = [set(formats.choices(file, kind, limit)) for file in files]
    except BadData:
        return False
    return bool(found[0]) and all(choices == found[0] for choices in found)
