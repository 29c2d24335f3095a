"""Tables of ratings or interactions on any path that Spark reads, recognized by datasets.table_detection.

Spark reads all rows. Formats and columns are guessed on the driver, from the files themselves or, if they are not on
this machine, from the first bytes of each.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from explorer.datasets.lines.text_files import SAMPLE_BYTES
from explorer.datasets.table_detection import FORMATS, open_table
from explorer.datasets.table_file import TableFile
from explorer.errors import BadData, BadRequest
from explorer.training.spark.filesystem import Store
from explorer.training.spark.values import column

GZIP = b"\x1f\x8b"
WRONG_LINE = "wrong line"  # the column of lines that are no rows
FILE = "place: file"  # the column of the file's address
PLACE = ("place: number", "place: block", "place: row")  # columns by which rows are in the order of the files
CHARSETS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "latin-1": "ISO-8859-1"}  # others have the same name in Java


def describe(spark: SparkSession, store: Store, path: str, here: Path) -> tuple[TableFile, list[str]]:
    """Format and columns of a table, and its files as Spark names them. here: a new local folder. Raises BadData."""
    local = local_path(path)
    if local is not None:
        table = open_table(local)
        files = [f"file://{file.absolute()}" for file in table.files]
    else:
        files = _files(store, path)
        table = _parquet(spark, store, path, files) or _of_heads(store, path, files, here)
    packed = store.head(files[0], len(GZIP)) == GZIP
    if packed != files[0].endswith(".gz"):
        advice = "Name it .gz" if packed else "Unpack it, or name it without .gz"
        raise BadData(f"{files[0]}: Spark knows compressed files by their names. {advice}.")
    return table, files


def read(spark: SparkSession, table: TableFile, files: list[str]) -> DataFrame:
    """All columns of a table, those of CSV and JSON as text; WRONG_LINE, FILE and those of PLACE. Raises BadData."""
    names = [re.sub(r"([\\*?\[\]{}])", r"\\\1", file) for file in files]  # Hadoop's patterns
    try:
        if table.format == "parquet":
            frame = spark.read.option("mergeSchema", True).parquet(*names).withColumn(WRONG_LINE, _no_text())
        else:
            frame = _read_text(spark, table, names)
    except (AnalysisException, PySparkException, Py4JJavaError) as error:
        raise BadData(f"{table.path} cannot be read: {reason(error)}") from error
    number, block, row = PLACE
    frame = frame.select(
        *(column(name) for name in (*table.columns, WRONG_LINE)),
        F.col("_metadata.file_path").alias(FILE),
        F.url_decode(F.replace("_metadata.file_name", F.lit("+"), F.lit("%2B"))).alias("place: name"),
        F.col("_metadata.file_block_start").alias(block),
        F.monotonically_increasing_id().alias(row),  # ascending within a block
    )
    numbers = [(file.rpartition("/")[2], place) for place, file in enumerate(files)]
    order = spark.createDataFrame(numbers, f"`place: name` string, `{number}` int")
    return frame.join(F.broadcast(order), "place: name", "left")


def shown(file: str) -> str:
    """A file as a person writes it: a local one without `file://`."""
    parts = urlsplit(file)
    return unquote(parts.path) if parts.scheme == "file" else file


def local_path(path: str) -> Path | None:
    """The path on this machine; None on another file system."""
    parts = urlsplit(path)
    if parts.scheme == "file":
        return Path(parts.path)
    return None if "://" in path else Path(path)


def _files(store: Store, path: str) -> list[str]:
    try:
        names = store.names(path)
    except Py4JJavaError as error:
        raise BadData(f"{path} cannot be read: {reason(error)}") from error
    if names is None:
        return [path]
    known = [name for name in sorted(names) if Path(name.removesuffix(".gz")).suffix.lower() in FORMATS]
    if not known:
        found = ", ".join(sorted(names)[:10]) or "nothing"
        raise BadData(f"{path}: no table in the folder; give CSV, TSV, JSON Lines or parquet. Found: {found}.")
    return [f"{path.rstrip('/')}/{name}" for name in known]


def _parquet(spark: SparkSession, store: Store, path: str, files: list[str]) -> TableFile | None:
    if store.head(files[0], 4) != b"PAR1":
        return None
    try:
        columns = spark.read.option("mergeSchema", True).parquet(*files).columns
    except (AnalysisException, PySparkException, Py4JJavaError) as error:
        raise BadData(f"{path} cannot be read: {reason(error)}") from error
    return TableFile(Path(path), tuple(map(Path, files)), "parquet", tuple(columns))


def _of_heads(store: Store, path: str, files: list[str], here: Path) -> TableFile:
    """The format of text files, from their first lines, which are copied to a local folder."""
    here.mkdir()
    for file in files:
        (here / Path(file).name).write_bytes(_first_lines(store.head(file, SAMPLE_BYTES)))
    with named(here, path):
        table = open_table(here if len(files) > 1 else here / Path(files[0]).name)
    return replace(table, path=Path(path), files=tuple(map(Path, files)))


def _first_lines(head: bytes) -> bytes:
    """Whole lines of the first bytes of a file, unpacked."""
    if head.startswith(GZIP):
        try:
            text = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(head, SAMPLE_BYTES)
        except zlib.error as error:
            raise gzip.BadGzipFile(str(error)) from error
    else:
        text = head
    whole = len(head) < SAMPLE_BYTES or head.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE))
    return text if whole and text is head else text[: text.rfind(b"\n") + 1] or text


@contextmanager
def named(here: Path, path: str) -> Iterator[None]:
    """Name `path` in errors about its copy, and as it was given."""
    try:
        yield
    except (BadData, BadRequest) as error:
        message = re.sub(rf"{re.escape(str(here))}(/[^:,\s]*)?", path, str(error))
        raise type(error)(message.replace(str(Path(path)), path)) from error


def _read_text(spark: SparkSession, table: TableFile, names: list[str]) -> DataFrame:
    if table.encoding not in CHARSETS:
        spark.conf.set("spark.sql.legacy.javaCharsets", "true")
    if table.aligned:
        raise BadData(f"{table.path}: Spark reads one space between cells only; write tabs or commas.")
    text = StructType([StructField(name, StringType()) for name in (*table.columns, WRONG_LINE)])
    reader = spark.read.schema(text).option("columnNameOfCorruptRecord", WRONG_LINE).option("mode", "PERMISSIVE")
    reader = reader.option("encoding", CHARSETS.get(table.encoding, table.encoding))
    if table.format == "json":
        if table.encoding != "utf-8":
            raise BadData(f"{table.path}: Spark reads JSON Lines in UTF-8 only; convert the file.")
        return reader.option("lineSep", "\n").json(names)
    # A file with lines in quotes, or in UTF-16, cannot be split between workers.
    whole = table.encoding.startswith("utf-16") or table.multiline
    reader = reader.option("columnPruning", False)  # otherwise rows with other numbers of fields go unnoticed
    quote = '"' if table.quoted else ""
    return reader.csv(
        names,
        sep=table.delimiter,
        header=table.header,
        quote=quote,
        escape="\\" if table.escaped else '"',
        multiLine=whole,
    )


def _no_text() -> Any:
    return F.lit(None).cast("string")


def reason(error: Any) -> str:
    """First line of an error of Java or Spark, at most 300 characters."""
    cause = getattr(error, "java_exception", None)
    text = str(cause.getMessage() if cause is not None else error)
    return (text.strip().splitlines() or [type(error).__name__])[0][:300]
