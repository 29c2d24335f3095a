"""Typed columns: kinds of values, and the operations on each kind."""

from explorer.core.columns.choice import Choice, Contains, OneOf, Range
from explorer.core.columns.color import ColorEncoding, Continuous, Discrete
from explorer.core.columns.column import ROLES, Column
from explorer.core.columns.kind import Kind
from explorer.core.columns.registry import KINDS, guess, kind_named
from explorer.core.columns.schema import Schema, guess_column, guess_columns, read_schema
from explorer.core.columns.summary import Counts, Histogram, Summary
from explorer.core.columns.table import Columns, CrossFilter, largest
from explorer.core.columns.target import Target
from explorer.core.columns.traits import Traits

__all__ = [
    "KINDS",
    "ROLES",
    "Choice",
    "ColorEncoding",
    "Column",
    "Columns",
    "Contains",
    "Continuous",
    "Counts",
    "CrossFilter",
    "Discrete",
    "Histogram",
    "Kind",
    "OneOf",
    "Range",
    "Schema",
    "Summary",
    "Target",
    "Traits",
    "guess",
    "guess_column",
    "guess_columns",
    "kind_named",
    "largest",
    "read_schema",
]  # fmt: skip
