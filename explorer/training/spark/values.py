"""Columns of tables as ids, numbers and seconds, read by the rules of datasets.events."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from explorer.datasets.events import MILLISECONDS
from explorer.datasets.times import FORMATS

WHOLE = ("tinyint", "smallint", "int", "bigint")
REAL = ("float", "double")
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"  # Java also takes 1f, 1d and 0x1p3
DATE = r"^[+-]?\d+-\d+-\d+"  # Spark also takes 2005-04


def column(name: str) -> Column:
    """A column by its exact name, which may contain dots."""
    return F.col("`" + name.replace("`", "``") + "`")


def identifier(name: str, kind: str) -> Column:
    """Ids: whole numbers as they are, others as text without surrounding spaces and `.0`; null for an empty text."""
    values = column(name)
    if kind in WHOLE:
        return values
    if kind in REAL:
        whole = (values == F.floor(values)) & (F.abs(values) < 2**53)
        return F.when(whole, values.cast("bigint").cast("string")).otherwise(values.cast("string"))
    return F.nullif(_trimmed(values), F.lit(""))


def number(name: str, kind: str, comma: bool = False) -> Column:
    """Numbers as double; null for other texts. comma: whether they have decimal commas."""
    values = column(name)
    if kind in WHOLE + REAL or kind.startswith("decimal"):
        return values.cast("double")
    text = F.translate(_trimmed(values), ",", ".") if comma else _trimmed(values)
    return F.when(text.rlike(NUMBER), text.try_cast("double"))


def seconds(name: str, kind: str, form: str | None = None) -> Column:
    """Times as whole seconds since 1970: of seconds, milliseconds or dates (UTC without a zone); null for others.

    form: a format of datasets.times.FORMATS.
    """
    values = column(name)
    if form is not None:
        return F.unix_timestamp(F.try_to_timestamp(_trimmed(values), F.lit(FORMATS[form])))
    if kind in ("timestamp", "timestamp_ntz", "date"):
        return F.unix_timestamp(values.cast("timestamp"))
    value = number(name, kind)
    whole = F.floor(F.when(F.abs(value) >= MILLISECONDS, value / 1000).otherwise(value))
    if kind != "string":
        return whole
    text = _trimmed(values)
    return F.coalesce(whole, F.when(text.rlike(DATE), F.unix_timestamp(text.try_cast("timestamp"))))


def given(name: str) -> Column:
    """The value as text; null if it is missing or blank."""
    return F.nullif(_trimmed(column(name)), F.lit(""))


def _trimmed(values: Column) -> Column:
    return F.btrim(values.cast("string"), F.lit(" \t"))
