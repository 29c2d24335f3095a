"""Dialect of a text table: delimiter, quotes and decimal sign."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from explorer.formats.tables.header import DELIMITERS, ROWS, certainty, is_name, is_number, trimmed

CELL = 1 << 27  # characters per cell; Python's default limit is too low for a list of numbers
SENTENCE = 3  # words between commas, on average, from which a line is a sentence
ALIKE = 0.95  # least share of rows with the same number of cells for a delimiter
KEYS = re.compile(  # names of columns with ids
    r"(?:^|[_ .])(?:id|ids|key|uuid|guid|isbn\d*|asin|sku|ean|gtin|doi|uri|urn|code|handle|slug|qid|cid)$"
    r"|(?:[a-z]Id|ID)$",
    re.IGNORECASE,
)
_POINTS = re.compile(r"[-+]?\d{1,3}(\.\d{3})+(\.\d{3}|,\d+)")
_THOUSANDS = re.compile(r"[-+]?(\d{1,3}(\.\d{3})*|\d+)(,\d+)?")
_GROUPED = re.compile(r"[-+]?\d{1,3},\d{3}")
_ESCAPED = re.compile(r"""[^\\]\\"(?![,;|\t\r\n]|$)""")  # a quote within a cell, as a last one is before a delimiter
_NODE_LABEL = re.compile(r"\d{1,15} \S*[^\W\d]\S*")
_WORD_COUNT = re.compile(r"\S+ \d{1,15}")
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
        signs = [sign for sign in DELIMITERS if sign in sample and not _are_sentences(sample, sign)]
        found = {sign: rows for sign in signs if _consistent(rows := _rows(sample, sign))}
        delimiter = _best(found) or _space(sample) or _first_seen(sample, signs)
    quoted = _quotes(sample, delimiter)
    rows = _rows(sample, delimiter)
    if not rows:
        return Dialect(delimiter, quoted, ".", "none", False, [])
    names, body = rows[0], rows[1:]
    widths = Counter(len(trimmed(row, len(names) + 1)) for row in body)
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
        said = "sure" if indexed else certainty([name.replace(decimal, ".") for name in names], body)
    return Dialect(delimiter, quoted, decimal, said, indexed, rows, _is_escaped(sample, quoted))


def _has_thousands(column: list[str]) -> bool:
    """Whether numbers have points between their thousands, so that their points are no decimal points: 1.234.567."""
    known = [cell for cell in column if cell]
    return any(map(_POINTS.fullmatch, known)) and all(map(_THOUSANDS.fullmatch, known))


def has_double_colons(sample: str) -> bool:
    """Whether the cells of all lines are separated by `::`, as in MovieLens: as many in each line, and no tabs."""
    lines = [line for line in sample.split("\n")[:ROWS] if line.strip()]
    return len({line.count("::") for line in lines}) == 1 and "::" in lines[0] and "\t" not in sample


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


def _consistent(rows: list[list[str]]) -> bool:
    if not rows or len(rows[0]) < 2:
        return False
    first = len(rows[0])
    widths = Counter(len(trimmed(row, first)) for row in rows[1:])
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
    if _is_vocabulary(lines) or _are_node_labels(lines):
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


def _are_node_labels(lines: list[str]) -> bool:
    """Whether each line has the number of another node and its label, as graph tools write them."""
    if len(lines) < 3 or not all(map(_NODE_LABEL.fullmatch, lines)):
        return False
    nodes, labels = zip(*(line.split(" ") for line in lines), strict=True)
    return len({*nodes}) == len(nodes) and len({*labels}) <= len(labels) / 2


def _are_sentences(sample: str, sign: str) -> bool:
    """Whether commas or semicolons are those of sentences, one in each line: a space behind each, and many words."""
    lines = [line.strip() for line in sample.split("\n")[:ROWS] if line.strip()]
    cells = [cell for line in lines for cell in line.split(sign)]
    if sign not in ",;" or len(lines) < 3 or any(map(is_number, cells)) or lines[0].startswith('"'):
        return False
    behind = sum(len(re.findall(f"{sign}(?! )(?=.)", line)) for line in lines)
    named = sign in lines[0] and any(map(is_name, lines[0].split(sign)))
    return not behind and not named and len(sample.split()) > SENTENCE * len(cells)


def _first_seen(sample: str, signs: list[str]) -> str:
    """One of the signs in the first line if none fits all lines, else a character that occurs in no line."""
    line = sample.lstrip("\n").partition("\n")[0]
    lines = [text for text in sample.split("\n")[:ROWS] if text.strip()]
    for sign in signs:
        held = sum(sign in text for text in lines)
        if held > 0.5 * len(lines) and (sign in line or (sign == "\t" and held == len(lines) - 1)):
            return sign
    return next(sign for sign in "\x1f\x1e\x1d\x1c\t" if sign not in sample or sign == "\t")
