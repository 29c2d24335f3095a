"""The names in each sequence of a file: lines of text, JSON lists, or lists in parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.datasets.role_names import NAMES, fold
from explorer.datasets.text_files import head, open_text
from explorer.datasets.text_lines import lines
from explorer.datasets.times import are_times
from explorer.errors import BadData

Progress = Callable[[int, int], None]  # bytes done, total
SPMF = ("-1", "-2")  # end of an item set, and of a sequence
COLUMNS = {name for names in NAMES.values() for name in names} | {"history", "itemidlist"}
SAMPLE = 100  # lines used to detect the separator
LONGEST_NAME = 4.0  # most words per name on average; parts of sentences have more
SEPARATORS = {"[": "JSON lists", "\t": "items separated by tabs", None: "items separated by spaces"}
LARGEST = 1 << 29  # bytes of a JSON document that is read at once


def named_sequences(path: str | Path, progress: Progress | None) -> tuple[Iterable[list[str]], list[str]]:
    """The names of each sequence, and notes of what was detected. Raises BadData, also while they are read."""
    if Path(path).is_file() and head(Path(path))[0].startswith(b"PAR1"):
        return _of_parquet(Path(path))
    numbered = lines(path, progress)
    first = list(islice(numbered, SAMPLE))
    sample = [line for _, line in first]
    separator = _separator(sample)
    if separator is None and sample and (document := _document(Path(path), sample)) is not None:
        return document, ["Read as a JSON list of sequences."]
    _check_no_table(path, sample, separator)
    notes = [f"Read as {SEPARATORS.get(separator, f'items separated by {separator}')}, one sequence per line."]
    marks = SPMF if separator is None and sample and all(line.split()[-1:] == [SPMF[1]] for line in sample) else ()
    parse, said = _without_ids(sample, separator)
    notes += [said] if said else []

    def found() -> Iterator[list[str]]:
        for number, line in chain(first, numbered):
            try:
                names = parse(line)
            except (ValueError, RecursionError) as error:
                what = f"{line[:60]!r} is not a JSON list of items ({error})"
                raise BadData(f"{path}, line {number:,}: {what}") from error
            yield [name for name in names if name not in marks] if marks else names

    return found(), notes


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
    return (_texts(cell) for cell in columns.to_pylist() if cell), [f"Read as the lists in {names[0]}."]


def _document(path: Path, sample: list[str]) -> Iterable[list[str]] | None:
    """The lists of one JSON document over several lines, or in one; None for other texts."""
    start = sample[0].lstrip()
    if not start.startswith("[") or (start != "[" and not start.startswith(("[[", "[{", "[ [", "[ {"))):
        return None
    if path.stat().st_size > LARGEST:
        raise BadData(f"{path}: a JSON document of more than {LARGEST >> 20} MB; write one JSON list per line.")
    with open_text(path, head(path)[1]) as text:
        try:
            found = json.loads("".join(text))
        except (ValueError, RecursionError) as error:
            raise BadData(f"{path}: not JSON ({error}); write one JSON list of items per line.") from error
    try:
        return [_list(part) for part in found]
    except ValueError as error:
        raise BadData(f"{path}: a JSON document, but {error}; write one JSON list of items per line.") from error


def _separator(sample: list[str]) -> str | None:
    """Separator of the items in each line: "[" for JSON lists, a character, or None for white space."""
    if sample and all(line.lstrip().startswith(("[", "{")) for line in sample) and all(map(_is_list, sample)):
        return "["
    if (sample and sample[0].lstrip().startswith(("[[", "[{"))) or sample[:1] == ["["]:
        return None  # perhaps a document
    if any("\t" in line for line in sample):
        return "\t"
    for sign in ",;|":
        parted = [line for line in sample if sign in line]
        parts = [part for line in parted for part in line.split(sign)]
        words = sum(len(part.split()) for part in parts) / max(1, len(parts))
        spaced = sum(len(line.split()) > 1 for line in sample if sign not in line)
        tight = sum(line.count(sign) for line in parted) > 2 * sum(line.count(f"{sign} ") for line in parted)
        if len(parted) >= 0.3 * len(sample) and words <= LONGEST_NAME and (tight or spaced < 0.1 * len(sample)):
            return sign
    return None


def _is_list(line: str) -> bool:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) or (isinstance(found, list) and not any(isinstance(x, list) for x in found[:1]))


def _check_no_table(path: str | Path, sample: list[str], separator: str | None) -> None:
    """Raise BadData if the lines are rows of a table: below a header of events, or with times in one column."""
    if separator in (None, "[") or not sample:
        return
    rows = [[cell.strip(' "') for cell in line.split(separator)] for line in sample]
    named = sum(fold(name.partition(":")[0]) in COLUMNS for name in rows[0])
    alike = len(rows[0]) > 2 and len({len(row) for row in rows}) == 1
    times = alike and any(map(are_times, map(list, zip(*rows, strict=True))))
    if (len(rows[0]) > 1 and named > 1) or times:
        what = f"line 1 is a header, {sample[0][:60]!r}" if named > 1 else "a column contains times"
        raise BadData(
            f"{path}: is a table of events, not of sequences ({what}). Learn from it with `explorer train "
            "interactions`, or write the items of one sequence in each line."
        )


def _without_ids(sample: list[str], separator: str | None) -> tuple[Callable[[str], list[str]], str]:
    """The function that gives the names of a line without the id of its user, and a note where there are ids.

    Ids are first in each line and in no other place: before a colon or a tab, or numbers that count the lines.
    """

    def names(line: str) -> list[str]:
        return _names(line, separator)

    if separator == "[" or len(sample) < 3:
        return names, ""
    for sign, called in ("\t", "tab"), (":", "colon"):
        inner = _separator_behind(sample, sign)
        if inner != sign:
            said = f"The text before the {called}, such as {sample[0].partition(sign)[0]!r}, was left out: an id."
            return partial(_behind, sign=sign, separator=inner), said
    rows = [names(line) for line in sample]
    first = [row[0] for row in rows if row]
    if len(first) > 3 and first[0] in ("0", "1") and first == [str(int(first[0]) + n) for n in range(len(first))]:
        said = f"The first number of each line counts the lines from {first[0]}; it was left out: an id of a user."
        return lambda line: names(line)[1:], said
    return names, ""


def _separator_behind(sample: list[str], sign: str) -> str | None:
    """Separator of the items behind ids that end with a sign; the sign itself if there are no such ids."""
    parts = [line.partition(sign) for line in sample]
    ids, rest = [before.strip() for before, _, _ in parts], [after.strip() for _, _, after in parts]
    words = any(" " in before for before in ids) or not all(ids) or len(set(ids)) < len(ids)
    if words or any(sign in after for after in rest) or not any(rest):
        return sign
    inner = _separator(rest)
    several = sum(len(_names(after, inner)) > 1 for after in rest)
    return inner if several > 0.5 * len(rest) else sign


def _behind(line: str, sign: str, separator: str | None) -> list[str]:
    return _names(line.partition(sign)[2], separator)


def _names(line: str, separator: str | None) -> list[str]:
    """The items of one line. Raises ValueError if JSON is expected and the line is not a JSON list."""
    if separator == "[":
        return _list(json.loads(line))
    if separator is not None and separator != "\t" and '"' in line:
        parts = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    else:
        parts = line.split(separator)
    return [name for name in map(str.strip, parts) if name]


def _list(found: Any) -> list[str]:
    """The names in a list, or in the only list of an object. Raises ValueError."""
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        if len(lists) != 1:
            raise ValueError(f"{len(lists)} lists in an object; one is expected")
        found = lists[0]
    if not isinstance(found, list) or any(isinstance(name, list | dict) for name in found):
        raise ValueError("a list of names or numbers is expected")
    return _texts(found)


def _texts(names: list[Any]) -> list[str]:
    return [str(name).strip() for name in names if name is not None and str(name).strip()]
