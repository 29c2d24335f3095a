"""Folders and .zip archives: the file with the vectors is chosen, together with the metadata beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from explorer.errors import BadData
from explorer.formats import parts
from explorer.formats.compression import unpacked
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error, cell_text, other_choices

ABOUT = ("dataset_info.json", "dataset_dict.json", "state.json")  # beside the tables of Hugging Face datasets
INSIDE = " :: "  # separates a file of the archive from a choice inside it
LAST = ("csv", "tsv", "json", "jsonl")  # formats that more often contain metadata than vectors


@dataclass(frozen=True)
class Source:
    """One file, or the parts of a table."""

    files: list[Path]
    kind: str

    def read(self, name: str, choice: str | None, limit: Limits) -> ParsedFile:
        """Read the file, or its concatenated parts; see formats.read."""
        from explorer import formats

        if len(self.files) > 1:
            return parts.read(self.files, self.kind, choice, limit, name)
        return formats.read(self.files[0], self.kind, choice, limit)

    def choices(self, limit: Limits) -> list[str]:
        """Choices in the file or its parts; see formats.choices."""
        from explorer import formats

        if len(self.files) > 1:
            return parts.choices(self.files, self.kind, limit)
        return formats.choices(self.files[0], self.kind, limit)


def choices(path: Path, format: str, limit: Limits) -> list[str]:
    """The files with vectors, each with its choices. Raises BadData."""
    with bad_data_on_error(path, format), _opened(path, limit) as found:
        names = []
        for name, source in found.items():
            inner = source.choices(limit)
            if inner or source.kind not in parts.TABLES:
                names += [f"{name}{INSIDE}{choice}" for choice in inner] or [name]
        return names


def read(path: Path, format: str, choice: str | None, limit: Limits) -> ParsedFile:
    """Read the vectors of one file; their `companion` is the table that fits them. See `_companion`.

    Text tables that cannot be read, such as configurations in JSON, are left out if there are vectors. Raises BadData
    if an archive or folder contains no vectors.
    """
    with bad_data_on_error(path, format), _opened(path, limit) as found:
        wanted, _, inner = (choice or "").partition(INSIDE)
        if choice is not None and len(found) == 1 and wanted not in found:
            wanted, inner = next(iter(found)), choice
        if choice is not None and wanted not in found:
            raise BadData(f"{path.name}: no {wanted!r} with vectors in it; there are: {', '.join(map(repr, found))}.")
        vectors, tables, more, refused = None, [], [], dict[str, BadData]()
        for name, source in found.items():
            if choice is None or name == wanted or source.kind in parts.TABLES:
                try:
                    parsed = source.read(path.name, (inner or None) if name == wanted else None, limit)
                except BadData as error:
                    if name == wanted or source.kind not in LAST:
                        raise
                    refused[name] = error
                    continue
                chosen = name == wanted if choice is not None else parsed.vectors is not None or parsed.xy is not None
                if vectors is None and chosen:
                    vectors, more = parsed, [name]
                elif parsed.vectors is None:
                    tables.append(parsed)
                else:
                    more.append(name)
        if vectors is None and tables:
            return tables[0]
        if vectors is None:
            raise next(iter(refused.values()), BadData(f"{path.name}: contains no file with vectors."))
        notes = [f"Left out, because they are no tables: {', '.join(refused)}."] if refused else []
        companion = _companion(vectors, tables)
        notes += [f"The metadata is from {companion.name}, beside the vectors."] if companion else []
        notes += other_choices(more) if choice is None else []
        return replace(vectors, notes=[*vectors.notes, *notes], companion=companion)


def _companion(read: ParsedFile, tables: list[ParsedFile]) -> ParsedFile | None:
    """The metadata among tables beside vectors: one that contains their keys or, without keys, has as many rows.

    None if there are several that do not name the same items.
    """
    tables = [table for table in tables if len(table.items.columns)]
    if len(read.items.columns):
        fits = [table for table in tables if _contains_keys(table, read.items)]
    else:
        fits = [table for table in tables if abs(len(table) - len(read)) < 2]
    if len({frozenset(table.items.iloc[:, 0].map(cell_text)) for table in fits}) > 1:
        return None
    return max(fits, key=lambda table: len(table.items.columns), default=None)


def _contains_keys(table: ParsedFile, items: pd.DataFrame) -> bool:
    """Whether a column of the table contains more than half of the values of a column of unique texts or ids."""
    theirs = [set(table.items[name].map(cell_text)) for name in table.items if table.items[name].dtype != object]
    for name in items:
        if items[name].dtype != object and items[name].nunique() > len(items) / 2:
            own = items[name].map(cell_text)
            if any(own.isin(values).mean() > 0.5 for values in theirs):
                return True
    return False


@contextmanager
def _opened(path: Path, limit: Limits) -> Iterator[dict[str, Source]]:
    """Files of an archive or folder by name, those most likely to contain vectors first. Raises BadData."""
    if path.is_dir():
        yield _sources(path, limit)
        return
    with unpacked(path, limit) as folder:
        yield _sources(folder, limit)


def _sources(folder: Path, limit: Limits) -> dict[str, Source]:
    from explorer.formats.detect import detect

    kinds: dict[Path, str] = {}
    refused: list[BadData] = []
    root = folder.resolve()
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    if len(files) > limit.members:
        raise BadData(f"{folder.name}: contains {len(files):,} files; at most {limit.members:,} are read.")
    for file in files:
        hidden = any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
        if (
            hidden
            or file.name in ABOUT
            or file.name.endswith((".escaping.json", ".crc", ".md"))
            or not file.resolve().is_relative_to(root)
        ):
            continue
        try:
            kind = detect(file)
        except BadData as error:
            refused.append(error)
            continue
        if kind not in ("zip", "saved-model", "bytes", "folder"):
            kinds[file] = kind
    if not kinds and refused:
        raise next((error for error in refused if "pickle" in str(error)), refused[0])
    configs = {file: kind for file, kind in kinds.items() if kind == "projector-config"}
    kinds = configs or kinds
    groups = parts.grouped(list(kinds), list(kinds.values()))
    found = {file.relative_to(folder).as_posix(): Source(members, kinds[file]) for file, members in groups.items()}
    return dict(sorted(found.items(), key=lambda one: one[1].kind in LAST))
