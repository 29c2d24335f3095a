"""Explanations of the guesses of an import."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.core.columns.kinds.category import CODES
from explorer.importing.plan import Plan

RULES = {
    "image": "images or URLs of images",
    "link": "URLs",
    "date": "dates",
    "labels": "lists of texts",
    "boolean": "two values, such as yes and no",
    "number": "numbers",
    "year": "whole numbers from 1000 to 2100, and the name of a year",
    "category": "few values that repeat",
    "text": "texts that seldom repeat",
    "skip": "no values, or lists of numbers",
}


def kind_rule(values: pd.Series, kind: str, separator: str = "") -> str:
    """Why a kind was guessed for a column, with the numbers of values and distinct values."""
    known = values.dropna()
    counted = f"{len(known):,} values, {known.map(str).nunique():,} distinct"
    rule = RULES[kind]
    if kind == "labels" and separator:
        rule = f"texts with parts that repeat, separated by {separator!r}"
    elif kind == "category" and isinstance(values.dtype, pd.CategoricalDtype):
        rule = "categorical in the file"
    elif kind == "category" and pd.api.types.is_numeric_dtype(values):
        rule = "few whole numbers, and the name of a code" if CODES.search(str(values.name).lower()) else rule
    elif kind == "text" and pd.api.types.is_integer_dtype(values):
        rule = "whole numbers, and the name of an id"
    elif kind == "boolean" and pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        rule = "only 0 and 1"
    elif kind == "skip" and len(known) and not isinstance(known.iloc[0], list | tuple | np.ndarray):
        rule = "objects, which are not supported"
    return f"{rule}: {counted}"


def naming_rules(plan: Plan) -> list[str]:
    """Sentences about why the key, the title and the popularity were guessed."""
    sentences = ["No key was guessed: no column has distinct values in all rows."]
    if plan.key:
        sentences = [f"Key guessed: {plan.key!r}, because its values are short and distinct."]
    if plan.title:
        sentences.append(f"Title guessed: {plan.title!r}, by its name or because its words vary most.")
    if plan.popularity:
        sentences.append(f"Popularity guessed: {plan.popularity!r}, by its name.")
    return sentences
