"""CSV, TSV and other text tables. Numbers are parsed exactly; texts that look like numbers, such as 007, stay texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from explorer.core.columns.kinds.category import VERSIONS
from explorer.errors import BadData
from explorer.formats.parsed_file import Limits
from explorer.formats.tables.copy_escapes import UNKNOWN, has_escapes, unescaped
from explorer.formats.tables.dialect import KEYS, Dialect, has_double_colons, sniff, split_rows
from explorer.formats.tables.header import TYPED_HEADER, is_number, preamble, untyped
from explorer.formats.tables.odd_numbers import has_long, has_padded
from explorer.formats.tables.utf8_source import utf8_source

BLOCK = 1 << 22
EXACT = 2.0**53  # float64 represents all integers up to this exactly
MISSING = [
    "", UNKNOWN, "NA", "N/A", "n/a", "#N/A", "<NA>", "nan", "NaN", "-nan", "-NaN", "NAN", "null", "NULL", "Null",
    "None", "none", "NONE", "?", "-", ".", "--", "\u2013", "\u2014", "na", "N.A.", "n.a.", "nil", "NIL", "Nil",
    "(null)", "<null>", "[null]", "missing", "Missing", "unknown", "Unknown", "UNKNOWN", "undefined", "#NULL!",
    "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NV",
]  # fmt: skip
TRUE, FALSE = ["true", "True", "TRUE"], ["false", "False", "FALSE"]
_COUNTED = re.compile(r".*?\d{1,6}")  # names of dimensions: v0, 17
_ADDRESS = r"^\s*([0-9]{1,3}\.){3}[0-9]{1,3}\s*$"  # of the internet (IPv4)
_LOOKS_PADDED = r"^\s*([+-]?0[0-9]+|\+[0-9]+|[+-]?0[xX].*)\s*$"
_WHOLE = r"^\s*[+-]?[0-9]+(\.0*)?\s*$"


def read(
    path: Path, delimiter: str | None, limit: Limits, notes: list[str], header: bool | None = None
) -> tuple[pa.Table, Dialect]:
    """Read a text table; returns the table and its dialect. Each column has a type that represents its values exactly.

    delimiter: detected from the first rows by default. header: whether the first row names the columns; inferred by
    default. Raises BadData with the invalid line, or an exception of pyarrow.
    """
    source = utf8_source(path, limit, notes)
    source, skipped = without_preamble(source)
    if skipped:
        notes.append(f"The first {skipped:,} lines are above the table.")
    text = source.read(BLOCK).decode(errors="replace")
    if delimiter is None and has_double_colons(text if source.size() <= BLOCK else text[: text.rfind("\n") + 1]):
        source.seek(0)
        source, delimiter = pa.BufferReader(source.read().replace(b"::", b"\t")), "\t"
        text = source.read(BLOCK).decode(errors="replace")
    size = source.size()
    dialect = sniff(text if size <= BLOCK else text[: text.rfind("\n") + 1] or text, delimiter, header)
    if not dialect.rows:
        raise BadData(f"{path.name}: contains no rows.")
    names = column_names(dialect)
    if len(names) == 1 and dialect.header == "none" and header is None:
        names = ["key"]  # a single column is a list of keys, even if all are numbers
    if dialect.header == "none" and header is None:
        notes.append("The first row is no header: the columns are numbered.")
    limit.check_columns(path.name, len(names), 0)
    source.seek(0)
    widths = {len(row) for row in dialect.rows}
    if len(widths - {len(names)}) and any(len(row) > len(names) for row in dialect.rows):
        source = _squared(source, dialect, len(names), path, skipped)
    try:
        table = _Columns(path, source, dialect, names).read()
    except pa.ArrowInvalid:  # a row has another number of cells: find it
        source.seek(0)
        table = _Columns(path, _squared(source, dialect, len(names), path, skipped), dialect, names).read()
    if dialect.delimiter == "\t" and has_escapes(text):
        table = unescaped(table)
    last = table.column_names[-1]
    if last.startswith("column") and len(names) > 1 and table[last].null_count == table.num_rows:
        table = table.drop_columns([last])  # every row ends with a delimiter
    return table, dialect


def without_preamble(source: pa.NativeFile) -> tuple[pa.NativeFile, int]:
    """A text without the lines before its table, and the number of these lines; see dialect.preamble."""
    lead = preamble(source.read(BLOCK).decode(errors="replace"))
    source.seek(0)
    if not lead:
        return source, 0
    return pa.BufferReader(source.read()[len(lead.encode()) :]), lead.count("\n")


def column_names(dialect: Dialect) -> list[str]:
    """Unique names of all columns. An index column without a name is called `key` if it contains words."""
    if dialect.header == "none":
        return _numbered(dialect)
    typed = TYPED_HEADER.fullmatch("\t".join(dialect.rows[0]))
    names = [*[""] * dialect.indexed, *(map(untyped, dialect.rows[0]) if typed else dialect.rows[0])]
    if not names[0].strip() and len(names) > 1:
        cells = [row[0] for row in dialect.body if row]
        counted = cells == [str(n) for n in range(len(cells))] or cells == [str(n + 1) for n in range(len(cells))]
        names[0] = "index" if counted or len(set(cells)) < len(cells) else "key"
        names[0] = "column" if names[0] in names[1:] else names[0]
    return unique(names, "column")


def unique(names: Iterable[object], empty: str) -> list[str]:
    """Make names unique: `a`, `a (2)`; blank names become `empty`."""
    taken: dict[str, None] = {}
    for name in names:
        wanted = " ".join(str(name).split()) or empty
        distinct, number = wanted, 1
        while distinct in taken:
            number += 1
            distinct = f"{wanted} ({number})"
        taken[distinct] = None
    return list(taken)


def _numbered(dialect: Dialect) -> list[str]:
    """Names for a table without a header: `key` for a first column of words or ids, then 0, 1, ..."""
    width = max(map(len, dialect.rows))
    point = dialect.decimal
    columns = [[row[n].strip().replace(point, ".") for row in dialect.rows if n < len(row)] for n in range(width)]
    numbers = [sum(map(is_number, column)) > 0.5 * len(column) for column in columns]
    if width == 1:
        return ["0"] if numbers[0] else ["key"]
    ids = columns[0]
    fractions = sum(not cell.lstrip("-").isdecimal() for column in columns[1:] for cell in column)
    whole = all(cell.isdecimal() for cell in ids) and len(set(ids)) == len(ids) and width > 2
    keyed = not numbers[0] or (whole and fractions > 0.5 * sum(map(len, columns[1:])))
    names, number = ["key"] if keyed else [], 0
    for n in range(int(keyed), width):
        names.append(str(number) if numbers[n] else f"column {n + 1}")
        number += numbers[n]
    return unique(names, "column")


class _Columns:
    """The columns of one table, reread until each type represents its values exactly."""

    def __init__(self, path: Path, source: pa.NativeFile, dialect: Dialect, names: list[str]) -> None:
        self.path, self.source, self.dialect, self.names = path, source, dialect, names
        self.types: dict[str, pa.DataType] = {"key": pa.string()}  # a key is text, even if all are numbers
        self.padded = has_padded(source)
        self.long = dialect.decimal == "." and has_long(source)

    def read(self) -> pa.Table:
        table = self._parsed(self.names)
        wrong = [name for name in table.column_names if self._doubtful(name, table[name])]
        if wrong:
            self.types |= {name: pa.string() for name in wrong}
            exact = self._parsed(wrong)
            for name in wrong:
                typed = exact[name] if _are_odd_ids(name, exact[name]) else _typed(exact[name], self.dialect.decimal)
                table = table.set_column(table.column_names.index(name), name, typed)
        for n, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
            if pa.types.is_string(column.type):
                unknown = pc.is_in(column, pa.array([UNKNOWN] if name == "key" else ["", UNKNOWN]))
                if pc.any(unknown).as_py():
                    table = table.set_column(n, name, pc.if_else(unknown, pa.scalar(None, pa.string()), column))
        return table

    def _doubtful(self, name: str, column: pa.ChunkedArray) -> bool:
        """Whether the type inferred by pyarrow may change values."""
        kind = column.type
        if pa.types.is_integer(kind):
            return self.padded
        if pa.types.is_floating(kind):
            long = self.long and not _COUNTED.fullmatch(name)  # dimensions are rounded to float32 anyway
            large = pc.any(pc.greater_equal(pc.abs(column), EXACT)).as_py()
            return long or _may_be_ids(name) or bool(large) or (self.padded and _whole(column))
        if pa.types.is_string(kind):
            first = column.slice(0, 1000).drop_null()
            return bool(len(first)) and _ungrouped(first, self.dialect.decimal) is not first
        return not pa.types.is_large_string(kind)

    def _parsed(self, wanted: list[str]) -> pa.Table:
        self.source.seek(0)
        parse = pacsv.ParseOptions(delimiter=self.dialect.delimiter, ignore_empty_lines=len(self.names) > 1)
        parse.quote_char = '"' if self.dialect.quoted else False
        parse.escape_char = "\\" if self.dialect.escaped else False
        parse.newlines_in_values = self.dialect.quoted
        return pacsv.read_csv(
            self.source,
            pacsv.ReadOptions(
                column_names=self.names, skip_rows_after_names=int(self.dialect.header != "none"), block_size=4 * BLOCK
            ),
            parse,
            pacsv.ConvertOptions(
                column_types=self.types, include_columns=wanted, null_values=MISSING,
                decimal_point=self.dialect.decimal, true_values=TRUE, false_values=FALSE,
            ),
        )  # fmt: skip


def _may_be_ids(name: str) -> bool:
    """Whether a name is that of ids or versions, in which 1.10 is not 1.1."""
    return bool(KEYS.search(name) or VERSIONS.search(name))


def _are_odd_ids(name: str, texts: pa.ChunkedArray) -> bool:
    """Whether a column of ids holds others than whole numbers, which numbers would change: 1.10, 12e4."""
    known = texts.filter(pc.invert(pc.fill_null(pc.is_in(texts, pa.array(MISSING)), True)))
    return _may_be_ids(name) and not pc.all(pc.match_substring_regex(known, _WHOLE)).as_py()


def _typed(texts: pa.ChunkedArray, decimal: str = ".") -> pa.ChunkedArray:
    """Convert texts to booleans or numbers if this changes no value, else return them unchanged."""
    known = pc.if_else(pc.is_in(texts, pa.array(MISSING)), pa.scalar(None, pa.string()), texts)
    if known.null_count == len(known):
        return texts
    if pc.all(pc.is_in(known.drop_null(), pa.array([*TRUE, *FALSE]))).as_py():
        return pc.cast(pc.utf8_lower(known), pa.bool_())
    if pc.any(pc.match_substring_regex(known, _LOOKS_PADDED)).as_py():
        return texts
    known = _ungrouped(known, decimal)
    for kind in (pa.int64(), pa.uint64()):
        try:
            return pc.cast(pc.utf8_trim_whitespace(known), kind)
        except pa.ArrowInvalid:
            continue
    if pc.all(pc.match_substring_regex(known, r"^\s*[+-]?[0-9]+\s*$")).as_py():
        return texts  # whole numbers of more than 64 bits
    try:
        numbers = pc.cast(pc.utf8_trim_whitespace(known), pa.float64())
    except pa.ArrowInvalid:
        return texts
    return numbers if _shows(numbers, known) else texts


def _shows(numbers: pa.ChunkedArray, texts: pa.ChunkedArray) -> bool:
    """Whether numbers, written with as many digits as the texts of more than 17 have, are those texts."""
    long = pc.greater(pc.utf8_length(pc.replace_substring_regex(texts, r"[eE].*|[^0-9]", "")), 17)
    chosen = pc.fill_null(long, False)
    pairs = zip(pc.filter(numbers, chosen).to_pylist(), pc.filter(texts, chosen).to_pylist(), strict=True)
    return all(_shows_one(number, Decimal(text.strip())) for number, text in pairs)


def _shows_one(number: float, written: Decimal) -> bool:
    digits = len(written.as_tuple().digits)
    return not written or Decimal(f"{number:.{max(digits - 1, 0)}e}") == written


def _ungrouped(texts: pa.ChunkedArray, decimal: str) -> pa.ChunkedArray:
    """Numbers without the signs between their thousands, where all are numbers and one of them proves the sign.

    `1,234,567` and `1,234.5` prove a comma, `1.234.567` and `1.234,5` a point; a space or an apostrophe needs no proof.
    """
    for sign, point in ((",", "."), (".", ","), ("['\u2019]", "."), ("[ \u00a0\u202f]", decimal)):
        group, end = (sign, f"[{point}]") if len(sign) > 1 else (f"[{sign}]", f"[{point}]")
        proof = f"[0-9]{group}[0-9]{{3}}" + ("" if len(sign) > 1 else f"({group}|{end})")
        number = rf"^\s*[+-]?(([1-9][0-9]{{0,2}}({group}[0-9]{{3}})*|0)({end}[0-9]+)?|[1-9][0-9]*{end}[0-9]+)\s*$"
        if (
            pc.any(pc.match_substring_regex(texts, proof)).as_py()
            and pc.all(pc.match_substring_regex(texts, number)).as_py()
            and not pc.all(pc.match_substring_regex(texts, _ADDRESS)).as_py()
        ):
            plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(texts), group, "")
            return pc.replace_substring(plain, point, ".")
    return texts


def _whole(column: pa.ChunkedArray) -> bool:
    return bool(pc.all(pc.equal(pc.floor(column), column)).as_py())


def _squared(source: pa.NativeFile, dialect: Dialect, width: int, path: Path, skipped: int) -> pa.NativeFile:
    """Reread a table and drop extra delimiters at the ends of rows. Raises BadData with the invalid line."""
    text = source.read().decode()
    rows = split_rows(text, dialect.delimiter, dialect.quoted, dialect.escaped)
    made: list[str] = []
    for row in rows:
        if not row:
            continue
        head = dialect.header != "none" and not made and dialect.indexed
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            row = row[:width]
        if len(row) != width - head:
            found = dialect.delimiter.join(row)[:80]
            raise BadData(
                f"{path.name}, line {rows.line_num + skipped:,}: {len(row)} cells, expected {width}: {found!r}. "
                "A delimiter or a line break inside a cell needs quotes around the cell."
            )
        made.append(dialect.delimiter.join(_quoted(cell) if dialect.quoted else cell for cell in row))
    return pa.BufferReader(("\n".join(made) + "\n").encode())


def _quoted(cell: str) -> str:
    return '"{}"'.format(cell.replace('"', '""')) if re.search('[",;|\t\n\r]', cell) else cell
