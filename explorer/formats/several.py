"""Several files that belong together: vectors and facts in any order, or the parts of one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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
    """The vectors, and the facts about their items where a second file holds them.

    Tables with the same columns, all with vectors, are parts of one. format, choice: of the vectors. header: whether
    the first row of the facts, or of the one table, names its columns. Raises BadData, BadRequest.
    """
    files, limit = [Path(path) for path in paths], limit or Limits()
    if len(files) == 1:
        return formats.read(files[0], format, choice, limit, header), None
    kinds = [format or formats.detect(files[0]), *map(formats.detect, files[1:])]
    config = [file for file, kind in zip(files, kinds, strict=True) if kind == "projector-config"]
    if config:
        return formats.read(config[0], None, choice, limit), None
    if len(set(kinds)) == 1 and kinds[0] in parts.TABLES and _are_parts(files, kinds[0], limit):
        return parts.read(files, kinds[0], choice, limit, files[0].stem), None
    if len(files) > 2:
        groups = parts.grouped(files, kinds)
        if len(groups) != 2:
            names = ", ".join(file.name for file in files)
            raise BadRequest(
                f"{len(files)} files: {names}. Give the vectors and one file of facts, or parts of one table."
            )
        (vectors, several), (facts, more) = groups.items()
        read = [
            parts.read(members, kinds[files.index(first)], choice if first == vectors else "", limit, first.stem)
            if len(members) > 1
            else formats.read(first, None, choice if first == vectors else "", limit)
            for first, members in ((vectors, several), (facts, more))
        ]
        return read[0], read[1]
    if kinds[0] == "bytes":
        facts_read = formats.read(files[1], None, "", limit, header)
        if not files[0].with_name(projector.CONFIG).is_file():
            return projector.raw(files[0], None, limit, len(facts_read), facts_read.name), facts_read
    first = formats.read(files[0], format, choice, limit)
    if first.vectors is None and choice is None and format is None:
        second = formats.read(files[1], None, None, limit)
        if second.vectors is not None or (first.xy is None and second.xy is not None):
            return second, formats.read(files[0], None, "", limit, header) if header is not None else first
    return first, formats.read(files[1], None, "", limit, header)


def _are_parts(files: Sequence[Path], kind: str, limit: Limits) -> bool:
    """Whether tables have the same columns, and vectors in each."""
    try:
        found = [set(formats.choices(file, kind, limit)) for file in files]
    except BadData:
        return False
    return bool(found[0]) and all(choices == found[0] for choices in found)
