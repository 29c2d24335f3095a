"""Folders and .zip archives: the file with the vectors is chosen, together with the metadata beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.errors import BadData
from explorer.formats import parts
from explorer.formats.compression import unpacked
from explorer.formats.parsed_file import Limits, ParsedFile, bad_data_on_error, other_choices
from explorer.formats.row_alignment import align_rows

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
    """Read the vectors of one file. If they have no keys, the only table with as many rows is their metadata.

    Raises BadData if an archive or folder contains no vectors.
    """
    with bad_data_on_error(path, format), _opened(path, limit) as found:
        wanted, _, inner = (choice or "").partition(INSIDE)
        if choice is not None and len(found) == 1 and wanted not in found:
            wanted, inner = next(iter(found)), choice
        if choice is not None and wanted not in found:
            raise BadData(f"{path.name}: no {wanted!r} with vectors in it; there are: {', '.join(map(repr, found))}.")
        vectors, tables, more = None, [], []
        for name, source in found.items():
            if choice is None or name == wanted or source.kind in parts.TABLES:
                parsed = source.read(path.name, (inner or None) if name == wanted else None, limit)
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
            raise BadData(f"{path.name}: contains no file with vectors.")
        vectors = replace(vectors, notes=[*vectors.notes, *(other_choices(more) if choice is None else [])])
        return _with_metadata(vectors, tables)


def _with_metadata(read: ParsedFile, tables: list[ParsedFile]) -> ParsedFile:
    alike = [table for table in tables if abs(len(table) - len(read)) < 2]
    if len(read.items.columns) or len(alike) != 1:
        return read
    items, header = align_rows(alike[0], len(read), read.name)
    note = f"The metadata is from {alike[0].name}, beside the vectors."
    return replace(read, items=items, notes=[*read.notes, *alike[0].notes, *(f"The {what}." for what in header), note])


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
