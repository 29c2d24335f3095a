"""Dialect of a text table: delimiter, quotes, decimal sign and header."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

DELIMITERS = ("\t", ";", ",", "|")
_TYPED = r"[^\t:\n]+:(?:token|token_seq|float|float_seq)"
TYPED_HEADER = re.compile(rf"\s*{_TYPED}(?:\t{_TYPED})*\r?(?:\n|$)")  # of RecBole: user_id:token, rating:float
ROWS = 1000  # rows of the sample that are inspected
CELL = 1 << 27  # characters per cell; Python's default limit is too low for a list of numbers
ALIKE = 0.95  # least share of rows with the same number of cells for a delimiter
NAMES = frozenset(
    [
        "key",
        "id",
        "ids",
        "index",
        "idx",
        "title",
        "name",
        "names",
        "label",
        "labels",
        "word",
        "words",
        "text",
        "term",
        "token",
        "tokens",
        "item",
        "item_id",
        "uuid",
        "asin",
        "sku",
        "isbn",
        "url",
        "link",
        "path",
        "file",
        "filename",
        "year",
        "date",
        "genre",
        "genres",
        "tags",
        "category",
        "class",
        "cluster",
        "group",
        "type",
        "count",
        "counts",
        "freq",
        "frequency",
        "embedding",
        "vector",
        "vectors",
        "x",
        "y",
        "user",
        "user_id",
        "source",
        "target",
        "description",
        "author",
        "authors",
        "country",
        "language",
        "lang",
        "price",
        "rating",
        "ratings",
        "score",
        "n_ratings",
        "entity",
        "node",
    ]
)
KEYS = re.compile(  # names of columns with ids
    r"(?:^|[_ .])(?:id|ids|key|uuid|guid|isbn\d*|asin|sku|ean|gtin|doi|uri|urn|code|handle|slug|qid|cid)$"
    r"|(?:[a-z]Id|ID)$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_POINTS = re.compile(r"[-+]?\d{1,3}(\.\d{3})+(\.\d{3}|,\d+)")
_THOUSANDS = re.compile(r"[-+]?(\d{1,3}(\.\d{3})*|\d+)(,\d+)?")
_LIST = re.compile(r"\s*[\[{(]\s*[-+]?[\d.]")
_SEP = re.compile(r"sep=.\r?\n", re.IGNORECASE)
_GROUPED = re.compile(r"[-+]?\d{1,3},\d{3}")
_ESCAPED = re.compile(r"""[^\\]\\"(?![,;|\t\r\n]|$)""")  # a quote within a cell, as a last one is before a delimiter
_WORD_COUNT = re.compile(r"\S+ \d{1,15}")
_COUNTS = re.compile(r"\s*\d+[ \t]+\d+\s*")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Dialect:
    """Dialect of a text table, and its first rows."""

    delimiter: str  # for a single column, a character that occurs in no cell
    quoted: bool  # cells may be in double quotes
    decimal: str  # "." or ","
    header: str  # "sure", "likely" or "none": whether the first row names the columns
    indexed: bool  # rows have one more cell than the header, as in R's tables with row names
    rows: list[list[str]]  # the first rows, with the header
    escaped: bool = False  # quotes within cells are written after a backslash

    @property
    def width(self) -> int:
        """Number of columns."""
        first = len(self.rows[0]) + self.indexed if self.rows else 0
        return max(first, 1)

    @property
    def body(self) -> list[list[str]]:
        """The first rows without the header."""
        return self.rows[self.header != "none" :]


def sniff(sample: str, delimiter: str | None = None, header: bool | None = None) -> Dialect:
    """Detect the dialect of a table from its first lines.

    delimiter, header (whether the first row names the columns): if already known.
    """
    if delimiter is None:
        found = {sign: rows for sign in DELIMITERS if sign in sample and _consistent(rows := _rows(sample, sign))}
        delimiter = _best(found) or _space(sample) or _first_seen(sample)
    quoted = _quotes(sample, delimiter)
    rows = _rows(sample, delimiter)
    if not rows:
        return Dialect(delimiter, quoted, ".", "none", False, [])
    names, body = rows[0], rows[1:]
    widths = Counter(len(_trimmed(row, len(names) + 1)) for row in body)
    indexed = bool(widths) and widths.most_common(1)[0][0] == len(names) + 1 and not any(len(row) > len(names) and
              row[-1] == "" for row in body[:1])  # fmt: skip
    columns = [[row[n].strip() for row in body[:200] if n < len(row)] for n in range(max(map(len, rows)))]
    cells = [cell for column in columns if not _has_thousands(column) for cell in column]
    commas = sum(bool(_DECIMAL_COMMA.fullmatch(cell)) for cell in cells)
    if delimiter == "," and all(map(_GROUPED.fullmatch, (cell for cell in cells if _DECIMAL_COMMA.fullmatch(cell)))):
        commas = 0  # 1,234 in quotes
    points = sum("." in cell and is_number(cell) for cell in cells)
    decimal = "," if commas and not points else "."
    if header is not None:
        said = "sure" if header else "none"
    else:
        said = "sure" if indexed else _header([name.replace(decimal, ".") for name in names], body)
    return Dialect(delimiter, quoted, decimal, said, indexed, rows, _is_escaped(sample, quoted))


def _has_thousands(column: list[str]) -> bool:
    """Whether numbers have points between their thousands, so that their points are no decimal points: 1.234.567."""
    known = [cell for cell in column if cell]
    return any(map(_POINTS.fullmatch, known)) and all(map(_THOUSANDS.fullmatch, known))


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


def has_double_colons(sample: str) -> bool:
    """Whether the cells of all lines are separated by `::`, as in MovieLens: as many in each line, and no tabs."""
    lines = [line for line in sample.split("\n")[:ROWS] if line.strip()]
    return len({line.count("::") for line in lines}) == 1 and "::" in lines[0] and "\t" not in sample


def untyped(name: str) -> str:
    """A name in a header of RecBole without its type: `user_id:token` -> `user_id`."""
    return name.rpartition(":")[0]


def is_number(text: object) -> bool:
    """Whether a cell is a finite number; empty cells, `nan` and `inf` are not."""
    return bool(_NUMBER.fullmatch(str(text).strip()))


def is_name(text: object) -> bool:
    """Whether a cell is a typical column name: `title`, `item_id`, `n_ratings`."""
    return str(text).strip().lower() in NAMES


def split_rows(text: str, delimiter: str, quoted: bool, escaped: bool = False) -> Any:
    """The rows of a text as Python's csv reads them."""
    csv.field_size_limit(CELL)
    if escaped:
        return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, escapechar="\\")
    if quoted:
        return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE)


def _rows(sample: str, delimiter: str) -> list[list[str]]:
    quoted = _quotes(sample, delimiter)
    found = split_rows(sample, delimiter, quoted, _is_escaped(sample, quoted))
    return [row for row, _ in zip((row for row in found if row), range(ROWS), strict=False)]


def _is_escaped(sample: str, quoted: bool) -> bool:
    return quoted and bool(_ESCAPED.search(sample))


def _quotes(sample: str, delimiter: str) -> bool:
    """Whether cells may be quoted: with commas and semicolons always, with tabs only if all quotes are balanced."""
    if delimiter in (";", ",", "|", " "):
        return True
    starts = sum(sample.count(f'{sign}"') for sign in ("\n", delimiter)) + sample.startswith('"')
    if not starts:
        return False
    csv.field_size_limit(CELL)
    rows, needed = 0, False
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, strict=True):
            rows += 1
            needed = needed or any(sign in cell for cell in row for sign in (delimiter, "\n", "\r", '"'))
    except csv.Error as error:
        return rows > 100 and needed and "end of data" in str(error)
    return needed or starts >= rows - 1


def _trimmed(row: list[str], width: int) -> list[str]:
    """Drop empty cells beyond a width from a row."""
    end = len(row)
    while end > width and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _consistent(rows: list[list[str]]) -> bool:
    if not rows or len(rows[0]) < 2:
        return False
    first = len(rows[0])
    widths = Counter(len(_trimmed(row, first)) for row in rows[1:])
    if not widths:
        return True
    width, often = widths.most_common(1)[0]
    return often >= ALIKE * sum(widths.values()) and width in (first, first + 1)


def _best(found: dict[str, list[list[str]]]) -> str | None:
    """Choose among delimiters that fit: the tab, else the one with more columns or with decimal commas left."""
    if "\t" in found or len(found) < 2:
        return next(iter(found), None)
    if ";" in found and "," in found:
        held = [cell.strip() for row in found[";"][1:200] for cell in row if "," in cell]
        if held and sum(bool(_DECIMAL_COMMA.fullmatch(cell)) for cell in held) >= 0.9 * len(held):
            return ";"
    return max(found, key=lambda sign: (len(found[sign][0]), -DELIMITERS.index(sign)))


def _space(sample: str) -> str | None:
    """The space as delimiter, if quoted cells are separated by spaces, as by R's write.table, or words from counts."""
    lines = [line.rstrip("\r") for line in sample.split("\n")[:ROWS] if line.strip()]
    if _is_vocabulary(lines):
        return " "
    if len(lines) < 2 or not lines[0].startswith('"') or " " not in lines[1]:
        return None
    rows: list[list[str]] = list(split_rows("\n".join(lines), " ", True))
    return " " if _consistent(rows) or len({len(row) for row in rows[1:]}) == 1 == len(rows[1]) - len(rows[0]) else None


def _is_vocabulary(lines: list[str]) -> bool:
    """Whether each line has another word and its count, the most frequent first, as word2vec writes a vocabulary."""
    if len(lines) < 3 or not all(map(_WORD_COUNT.fullmatch, lines)):
        return False
    words, counts = zip(*(line.split(" ") for line in lines), strict=True)
    numbers = list(map(int, counts))
    return len({*words}) == len(words) and numbers == sorted(numbers, reverse=True) and numbers[0] > numbers[-1]


def _first_seen(sample: str) -> str:
    """A delimiter of the first line if none fits all lines, else a character that occurs in no line."""
    line = sample.lstrip("\n").partition("\n")[0]
    lines = [text for text in sample.split("\n")[:ROWS] if text.strip()]
    for sign in DELIMITERS:
        held = sum(sign in text for text in lines)
        if held > 0.5 * len(lines) and (sign in line or (sign == "\t" and held == len(lines) - 1)):
            return sign
    return next(sign for sign in "\x1f\x1e\x1d\x1c\t" if sign not in sample or sign == "\t")


def _header(names: list[str], body: list[list[str]]) -> str:
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
    names = _trimmed(names, 1)
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
