"""The names in each sequence of a file: lines of text, JSON lists, or lists in parquet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice, pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.datasets.lines.line_form import line_form, names_in, texts
from explorer.datasets.lines.text_files import head, open_text
from explorer.datasets.lines.text_lines import lines
from explorer.datasets.role_names import GROUPS, NAMES, fold
from explorer.datasets.times import are_dates
from explorer.errors import BadData

Progress = Callable[[int, int], None]  # bytes done, total
COLUMNS = {name for names in (*NAMES.values(), GROUPS) for name in names} | {"history", "itemidlist"}
FEW = 11  # most different ratings
PAIRS = 10  # least lines of two values that may be a table
SAMPLE = 100  # lines used to detect the separator
LARGEST = 1 << 29  # bytes of a JSON document that is read at once


def named_sequences(path: str | Path, progress: Progress | None) -> tuple[Iterable[list[str]], list[str]]:
    """The names of each sequence, and notes of what was detected. Raises BadData, also while they are read."""
    if Path(path).is_file() and head(Path(path))[0].startswith(b"PAR1"):
        return _of_parquet(Path(path))
    numbered = lines(path, progress)
    first = list(islice(numbered, SAMPLE))
    sample = [line for _, line in first]
    if sample and (document := _document(Path(path), sample)) is not None:
        return document, ["Read as a JSON document of lists."]
    _check_lines(path, sample)
    form = line_form(sample)
    _check_no_table(path, sample, form.behind or form.separator)
    if Path(path).name.endswith((".gmt", ".gmt.gz")) and form.separator == "\t":
        said = "The first two columns, name and description of each set, were left out."
        form = replace(form, first=2, notes=(*form.notes[:1], said))

    def found() -> Iterator[list[str]]:
        for number, line in chain(first, numbered):
            try:
                yield form.names(line)
            except (ValueError, RecursionError) as error:
                what = f"{line[:60]!r} is not a JSON list of items ({error})"
                raise BadData(f"{path}, line {number:,}: {what}") from error

    return found(), list(form.notes)


def _of_parquet(path: Path) -> tuple[Iterable[list[str]], list[str]]:
    try:
        schema = pq.read_schema(path)
        names = [field.name for field in schema if pa.types.is_list(field.type) or pa.types.is_large_list(field.type)]
        columns = pq.read_table(path, columns=names[:1])[0] if len(names) == 1 else pa.chunked_array([[]])
    except (pa.ArrowException, OSError) as error:
        raise BadData(f"{path}: not an intact parquet file ({str(error).splitlines()[0]}).") from error
    if len(names) != 1:
        held = f"it has {len(names)} ({', '.join(names)})" if names else f"it has {', '.join(schema.names)}"
        raise BadData(f"{path}: one column of lists of items was expected in the parquet file, and {held}.")
    return (texts(cell) for cell in columns.to_pylist() if cell), [f"Read as the lists in {names[0]}."]


def _document(path: Path, sample: list[str]) -> Iterable[list[str]] | None:
    """The lists of one JSON document over several lines, or in one; None for other texts."""
    start = re.sub(r"\s", "", sample[0])
    alone = len(sample) == 1 and start.startswith(("[[", "[{", '{"')) and _is_nested(sample[0])
    if not alone and start not in ("[", "{", "[[", "[{") and not (start.startswith(("[[", '{"')) and start[-1] == ","):
        return None
    if path.stat().st_size > LARGEST:
        raise BadData(f"{path}: a JSON document of more than {LARGEST >> 20} MB; write one JSON list per line.")
    with open_text(path, head(path)[1]) as text:
        try:
            found = json.loads("".join(text))
        except (ValueError, RecursionError) as error:
            raise BadData(f"{path}: not JSON ({error}); write one JSON list of items per line.") from error
    try:
        return [names_in(part) for part in (found.values() if isinstance(found, dict) else found)]
    except ValueError as error:
        raise BadData(f"{path}: a JSON document, but {error}; write one JSON list of items per line.") from error


def _is_nested(line: str) -> bool:
    """Whether a line is a JSON list of lists or objects, or an object of several lists."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    parts = list(found.values()) if isinstance(found, dict) else found
    return isinstance(parts, list) and len(parts) > 1 and all(isinstance(part, list | dict) for part in parts)


def _check_lines(path: str | Path, sample: list[str]) -> None:
    """Raise BadData for lines that are no sequences: comments, declarations of SPMF, a header of numbered columns."""
    first = sample[0] if sample else ""
    if first.startswith(("% ", "# ", "@CONVERTED", "@ITEM")):
        raise BadData(
            f"{path}: begins with {first[:40]!r}, a comment or declaration. Leave such lines out, for example with "
            f"grep -v '^[{first[0]}]' {Path(path).name}."
        )
    numbered = re.findall(r"(?:^|[,;\t|])\s*\"?([^,;\t|\d]*?)[ _]?(\d+)\"?\s*(?=[,;\t|]|$)", first[:4000])
    names = {name for name, _ in numbered}
    if (
        len(numbered) > 2
        and len(names) == 1
        and names != {""}
        and [int(n) for _, n in numbered] == list(range(int(numbered[0][1]), int(numbered[0][1]) + len(numbered)))
    ):
        raise BadData(f"{path}: line 1 is a header, {first[:60]!r}. Leave it out, and columns that are no items.")


def _check_no_table(path: str | Path, sample: list[str], separator: str | None) -> None:
    """Raise BadData if the lines are rows of a table.

    They are below a header, have times in one column, or are pairs sorted by their first item.
    """
    if separator in ("[", "python") or not sample:
        return
    rows = [[cell.strip(' "') for cell in line.split(separator)] for line in sample]
    again = {cell for row in rows[1:] for cell in row}
    named = 0 if again & {*rows[0]} else sum(fold(name.partition(":")[0]) in COLUMNS for name in rows[0])
    width = len(rows[0]) if len({len(row) for row in rows}) == 1 else 0
    columns = list(zip(*rows, strict=True)) if width > 1 else []
    what = ""
    if len(rows[0]) > 1 and ((named > 1 and (width or separator)) or _is_header(columns)):
        what = f"line 1 is a header, {sample[0][:60]!r}"
    elif width > 2 and any(map(are_dates, columns)):
        what = "a column contains times"
    elif len(rows) >= PAIRS and (width == 2 or (width == 3 and _are_ratings(columns[2]))):
        repeated = sum(a == b for a, b in pairwise(columns[0]))
        what = f"all lines have {width} values, sorted by the first" if 2 * repeated > len(rows) else ""
    if what:
        raise BadData(
            f"{path}: is a table of events, not of sequences ({what}). Learn from it with `explorer train "
            "interactions`, or write the items of one sequence in each line."
        )


def _are_ratings(values: tuple[str, ...]) -> bool:
    """Whether values are a few small numbers."""
    different = {*values}
    return len(different) <= FEW and all(re.fullmatch(r"-?\d{1,2}(\.\d+)?", value) for value in different)


def _is_header(columns: list[tuple[str, ...]]) -> bool:
    """Whether the first row has words that do not come again, and a column below has only numbers or times."""
    if any(any(map(str.isdigit, name)) or name in below for name, *below in columns):
        return False
    return any(len(below) > 2 and (all(map(str.isdecimal, below)) or are_dates(below)) for _, *below in columns)
