"""Archives (.zip) of files of the other formats: one of them is chosen, with the facts beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from explorer.errors import BadData
from explorer.formats.compression import unpacked
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error
from explorer.formats.row_alignment import align_rows

INSIDE = " :: "  # between a file of the archive and a choice inside it
LAST = ("csv", "tsv", "jsonl")  # more often facts than vectors


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """The files that hold vectors, each with its own choices. Raises BadData."""
    from explorer import formats

    with bad_data_on_error(path, format), _opened(path, limit) as (folder, found):
        made = []
        for name, kind in found.items():
            inner = formats.choices(folder / name, kind, limit)
            if inner or kind not in (*LAST, "parquet", "arrow"):
                made += [f"{name}{INSIDE}{choice}" for choice in inner] or [name]
        return made


def read(path: Path, format: str, choice: str | None, limit: Limits) -> ParsedFile:
    """The vectors of one file; where they have no keys, with the facts of the one table that has as many rows.

    Raises BadData where an archive holds none.
    """
    from explorer import formats

    with bad_data_on_error(path, format), _opened(path, limit) as (folder, found):
        wanted, _, inner = (choice or "").partition(INSIDE)
        if choice is not None and wanted not in found:
            raise BadData(f"{path.name}: no {wanted!r} with vectors in it; there are: {', '.join(map(repr, found))}.")
        vectors, facts = None, []
        for name, kind in found.items():
            if choice is None or name == wanted or kind in (*LAST, "parquet"):
                one = formats.read(folder / name, kind, (inner or None) if name == wanted else None, limit)
                chosen = name == wanted if choice is not None else one.vectors is not None or one.xy is not None
                if vectors is None and chosen:
                    vectors = one
                elif one.vectors is None:
                    facts.append(one)
        if vectors is None and facts:
            return facts[0]
        if vectors is None:
            raise BadData(f"{path.name}: holds no file with vectors.")
        return _with_facts(vectors, facts)


def _with_facts(read: ParsedFile, facts: list[ParsedFile]) -> ParsedFile:

    alike = [table for table in facts if abs(len(table) - len(read)) < 2]
    if len(read.items.columns) or len(alike) != 1:
        return read
    items, header = align_rows(alike[0], len(read), read.name)
    told = f"The facts are those of {alike[0].name}, in the same archive."
    return replace(read, items=items, notes=[*read.notes, *alike[0].notes, *(f"The {what}." for what in header), told])


@contextmanager
def _opened(path: Path, limit: Limits) -> Iterator[tuple[Path, dict[str, str]]]:
    """The folder it is unpacked to, and file -> format of those that are known, the likeliest to hold vectors first."""
    from explorer.formats.detect import detect

    with unpacked(path, limit) as folder:
        found = {}
        refused: list[BadData] = []
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            name = file.relative_to(folder).as_posix()
            if "__MACOSX" in name or file.name.startswith(".") or name.endswith(".escaping.json"):
                continue
            try:
                kind = detect(file)
            except BadData as error:
                refused.append(error)
                continue
            if kind not in ("zip", "saved-model", "bytes"):
                found[name] = kind
        pickles = [error for error in refused if "pickle" in str(error)]
        if not found and pickles:
            raise pickles[0]
        configs = [name for name in found if found[name] == "projector-config"]
        if configs:
            found = {name: found[name] for name in configs}
        yield folder, dict(sorted(found.items(), key=lambda one: one[1] in LAST))
