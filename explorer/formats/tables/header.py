"""Header of a text table: names of columns, and the lines above them."""

from __future__ import annotations

import re

DELIMITERS = ("\t", ";", ",", "|")
ROWS = 1000  # rows of the sample that are inspected
_TYPED = r"[^\t:\n]+:(?:token|token_seq|float|float_seq)"
TYPED_HEADER = re.compile(rf"\s*{_TYPED}(?:\t{_TYPED})*\r?(?:\n|$)")  # of RecBole: user_id:token, rating:float
NAMES = frozenset((
    "key", "id", "ids", "index", "idx", "title", "name", "names", "label", "labels", "word", "words", "text", "term",
    "token", "tokens", "item", "item_id", "uuid", "asin", "sku", "isbn", "url", "link", "path", "file", "filename",
    "year", "date", "genre", "genres", "tags", "category", "class", "cluster", "group", "type", "count", "counts",
    "freq", "frequency", "embedding", "vector", "vectors", "x", "y", "user", "user_id", "source", "target",
    "description", "author", "authors", "country", "language", "lang", "price", "rating", "ratings", "score",
    "n_ratings", "entity", "node",
))  # fmt: skip
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_LIST = re.compile(r"\s*[\[{(]\s*[-+]?[\d.]")
_SEP = re.compile(r"sep=.\r?\n", re.IGNORECASE)
_COUNTS = re.compile(r"\s*\d+[ \t]+\d+\s*")


def certainty(names: list[str], body: list[list[str]]) -> str:
    """Certainty that the first row names columns: words above numbers do; numbers do only if they count: `0, 1, 2`."""
    if not body and len(names) > 1 and not any(map(is_number, names)) and any(map(is_name, names)):
        return "sure"
    if body and len(names) == 1 and not is_number(names[0]):
        cells = [row[0] for row in body[:200]]
        if not _LIST.match(names[0]) and sum(bool(_LIST.match(cell)) for cell in cells) > 0.8 * len(cells):
            return "sure"
        if all(map(is_number, cells)):
            return "likely"
    if not body or len(names) == 1:
        return "none"  # a list of labels; one row too many proves a header later
    names = trimmed(names, 1)
    numbers = [name.strip() for name in names if is_number(name)]
    counted = [str(int(numbers[0]) + n) for n in range(len(numbers))] if numbers and numbers[0].isdecimal() else None
    if len(numbers) > 1 and numbers == counted:
        below = [row[n].strip() for row in body[:1] for n in range(min(len(row), len(names))) if is_number(names[n])]
        whole = all(cell.isdecimal() for cell in below)
        alone = len(numbers) == len(names)
        return "none" if alone and whole and (numbers[0] != "0" or len(body) < 2) else "sure"
    if numbers:
        return "sure" if is_name(names[0]) and len(numbers) < len(names) else "none"
    for n in range(len(names)):
        column = [row[n] for row in body[:50] if n < len(row) and row[n].strip()]
        if names[n].strip() and column and sum(map(is_number, column)) > 0.8 * len(column):
            return "sure"
    if any(name.strip() == r"\N" or _LIST.match(name) for name in names):
        return "none"  # a value, not a name
    return "sure" if any(map(is_name, names)) else "likely"


def preamble(sample: str) -> str:
    """Lines before the table: Excel's `sep=;`, comments that begin with `#`, and a title above the header."""
    found = _SEP.match(sample)
    end = found.end() if found else 0
    lines = sample[end:].split("\n", ROWS)[:ROWS]
    comments = next((n for n, line in enumerate(lines) if not line.startswith("#")), 0)
    row = next((line for line in lines[comments:] if line.strip()), "")
    width = [len(row.split(sign)) for sign in (*DELIMITERS, " ")]
    for n, line in enumerate(lines[:comments]):
        if any(there == len(line.split(sign)) > 1 for there, sign in zip(width, (*DELIMITERS, " "), strict=True)):
            comments = n
            break
    below = [line for line in lines[comments:] if line.strip()][:3]
    alike = [
        len(below) > 1 and len({line.count(sign) for line in below}) == 1 and sign in row for sign in (*DELIMITERS, " ")
    ]
    comments = (comments if any(alike) else 0) or _titles(lines)
    return sample[: end + sum(len(line) + 1 for line in lines[:comments])]


def _titles(lines: list[str]) -> int:
    """Number of lines above the header of a table that have one cell or none: a title, a date, blank lines."""
    for sign in DELIMITERS:
        rows = [[cell.strip(' "\r') for cell in line.split(sign)] for line in lines[:12]]
        above = next((n for n, row in enumerate(rows) if sum(map(bool, row)) > 2), 0)
        table = [row for row in rows[above:] if any(row)]
        if (
            above
            and len(table) > 2
            and len({len(row) for row in table}) == 1
            and any(map(any, rows[:above]))
            and all(sum(map(bool, row)) < 2 for row in rows[:above])
            and not any(line.count('"') % 2 or _COUNTS.fullmatch(line) for line in lines[:above])
            and all(table[0])
            and not any(map(is_number, table[0]))
            and any(map(is_number, table[1]))
        ):
            return above
    return 0


def untyped(name: str) -> str:
    """A name in a header of RecBole without its type: `user_id:token` -> `user_id`."""
    return name.rpartition(":")[0]


def is_number(text: object) -> bool:
    """Whether a cell is a finite number; empty cells, `nan` and `inf` are not."""
    return bool(_NUMBER.fullmatch(str(text).strip()))


def is_name(text: object) -> bool:
    """Whether a cell is a typical column name: `title`, `item_id`, `n_ratings`."""
    return str(text).strip().lower() in NAMES


def trimmed(row: list[str], width: int) -> list[str]:
    """Drop empty cells beyond a width from a row."""
    end = len(row)
    while end > width and not row[end - 1].strip():
        end -= 1
    return row[:end]
