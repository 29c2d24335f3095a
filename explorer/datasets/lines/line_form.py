"""How the items of a sequence are written in a line of text."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

SPMF = ("-1", "-2")  # end of an item set, and of a sequence
LONGEST_NAME = 4.0  # most words per name on average; parts of sentences have more
MANY = 20  # least lines that show whether first items are ids
ARROWS = (" -> ", " => ", " > ", "->")
CALLED = {"[": "JSON lists", "\t": "items separated by tabs", " ": "quoted items separated by spaces",
          "python": "lists of Python", None: "items separated by spaces"}  # fmt: skip
_BRACKETS = re.compile(r"""\s*(?:[\[{(<](.*)[\]})>]|"([^"]*)")\s*""")


@dataclass(frozen=True)
class LineForm:
    """How to split a line into items."""

    separator: str | None  # None for white space; see CALLED
    brackets: bool = False  # around each line
    marks: tuple[str, ...] = ()  # no items
    behind: str = ""  # the sign that ends an id at the beginning of each line
    first: int = 0  # the place of the first item
    notes: tuple[str, ...] = ()

    def names(self, line: str) -> list[str]:
        """The items of a line. Raises ValueError if a list is expected and the line is none."""
        text = line.partition(self.behind)[2] if self.behind else line
        if self.brackets and (inside := _BRACKETS.fullmatch(text)) is not None:
            text = inside[1] or inside[2] or ""
        found = _split(text, self.separator)[self.first :]
        return [name for name in found if name not in self.marks] if self.marks else found


def line_form(sample: list[str]) -> LineForm:
    """Detect how the items are written, from the first lines. `notes` says it.

    Ids of users are first in each line and in no other place: before a colon or a tab, or numbers that count the lines.
    A first number that counts the items of its line is no item.
    """
    form = LineForm(separator(sample))
    inside = [match[1] or match[2] or "" for line in sample if (match := _BRACKETS.fullmatch(line))]
    several = any(sign in text for text in inside for sign in ",;|") or not any(line.startswith('"') for line in sample)
    if sample and len(inside) == len(sample) and several and form.separator != "[":
        written = all(map(_is_python_list, sample))
        form = LineForm("python") if written else LineForm(separator(inside), brackets=True)
    if form.separator is None and sample and all(line.split()[-1:] == [SPMF[1]] for line in sample):
        form = replace(form, marks=SPMF)
    said = f"Read as {CALLED.get(form.separator, f'items separated by {form.separator}')}, one sequence per line."
    form = replace(form, notes=(said,))
    return form if len(sample) < 3 or form.separator in ("[", "python") else _without_ids(sample, form)


def _without_ids(sample: list[str], form: LineForm) -> LineForm:
    for sign, called in ("\t", "tab"), (":", "colon"):
        inner = _separator_behind(sample, sign)
        if inner != sign:
            said = f"The text before the {called}, such as {sample[0].partition(sign)[0]!r}, was left out: an id."
            return replace(form, separator=inner, behind=sign, notes=(*form.notes, said))
    rows = [row for row in map(form.names, sample) if row]
    first = [row[0] for row in rows]
    counts = [str(len(row) - 1) for row in rows]
    if len(first) > 2 and first == counts and len(set(counts)) > 1:
        said = "The first number of each line counts its items; it was left out."
    elif len(first) > 3 and first[0] in ("0", "1") and first == [str(int(first[0]) + n) for n in range(len(first))]:
        said = f"The first number of each line counts the lines from {first[0]}; it was left out: an id of a user."
    else:
        others = {name for row in rows for name in row[1:]}
        alone = len(rows) >= MANY and len({*first}) == len(first) and not {*first} & others
        said = f"The first item of a line, such as {first[0]!r}, is in no other line; if it is an id, leave it out."
        return replace(form, notes=(*form.notes, said)) if alone else form
    return replace(form, first=1, notes=(*form.notes, said))


def separator(sample: list[str]) -> str | None:
    """Separator of the items in each line: "[" for JSON lists, a character, or None for white space."""
    if sample and all(line.lstrip().startswith(("[", "{")) for line in sample) and all(map(_is_list, sample)):
        return "["
    for sign in ARROWS:
        if sum(sign in line for line in sample) > 0.5 * len(sample):
            return sign
    if any("\t" in line for line in sample):
        return "\t"
    sentences = 2 * sum(line.rstrip().endswith((".", "!", "?")) for line in sample) > len(sample)
    for sign in ",;|" if not sentences else "":
        parted = [line for line in sample if sign in line]
        parts = [part for line in parted for part in line.split(sign)]
        words = sum(len(part.split()) for part in parts) / max(1, len(parts))
        spaced = sum(len(line.split()) > 1 for line in sample if sign not in line)
        tight = sum(line.count(sign) for line in parted) > 2 * sum(line.count(f"{sign} ") for line in parted)
        if len(parted) >= 0.3 * len(sample) and words <= LONGEST_NAME and (tight or spaced < 0.1 * len(sample)):
            return sign
    quoted = sample and all(line.startswith('"') and line.rstrip().endswith('"') for line in sample)
    return " " if quoted else None


def _is_list(line: str) -> bool:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) or (isinstance(found, list) and not any(isinstance(x, list) for x in found[:1]))


def _is_python_list(line: str) -> bool:
    try:
        return isinstance(_python(line), list)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False


def _python(line: str) -> Any:
    found = ast.literal_eval(line.strip())
    return list(found) if isinstance(found, tuple | set) else found


def _separator_behind(sample: list[str], sign: str) -> str | None:
    """Separator of the items behind ids that end with a sign; the sign itself if there are no such ids."""
    parts = [line.partition(sign) for line in sample]
    ids, rest = [before.strip() for before, _, _ in parts], [after.strip() for _, _, after in parts]
    words = any(len(before.split()) != 1 for before in ids) or len(set(ids)) < len(ids)
    if words or any(sign in after for after in rest) or not any(rest):
        return sign
    inner = separator(rest)
    several = sum(len(_split(after, inner)) > 1 for after in rest)
    return inner if several > 0.5 * len(rest) else sign


def _split(line: str, separator: str | None) -> list[str]:
    """The items of one line. Raises ValueError if a list is expected and the line is none."""
    if separator == "[":
        return names_in(json.loads(line))
    if separator == "python":
        try:
            return names_in(_python(line))
        except SyntaxError as error:
            raise ValueError(str(error)) from error
    if separator is not None and separator != "\t" and len(separator) == 1 and '"' in line:
        parts: Sequence[str] = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    else:
        parts = line.split(separator)
    return [name for name in map(str.strip, parts) if name]


def names_in(found: Any) -> list[str]:
    """The names in a list, or in the only list of an object. Raises ValueError."""
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        if len(lists) != 1:
            raise ValueError(f"{len(lists)} lists in an object; one is expected")
        found = lists[0]
    if not isinstance(found, list) or any(isinstance(name, list | dict) for name in found):
        raise ValueError("a list of names or numbers is expected")
    return texts(found)


def texts(names: list[Any]) -> list[str]:
    """Names without surrounding spaces; empty ones are left out."""
    return [str(name).strip() for name in names if name is not None and str(name).strip()]
