"""The rules behind the guesses of an import, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.core.columns.kinds.category import CODES
from explorer.importing.plan import Plan

RULES = {
    "image": "addresses or pictures of images",
    "link": "addresses of the web",
    "date": "dates",
    "labels": "lists of texts",
    "boolean": "two values, such as yes and no",
    "number": "numbers",
    "year": "whole numbers from 1000 to 2100, and the name says year",
    "category": "few values, which repeat",
    "text": "texts, which seldom repeat",
    "skip": "no values, or lists of numbers",
}


def kind_rule(values: pd.Series, kind: str, separator: str = "") -> str:
    """Why a column is taken for a kind, with how many values and how many different ones it has."""
    known = values.dropna()
    counted = f"{len(known):,} values, {known.map(str).nunique():,} different"
    rule = RULES[kind]
    if kind == "labels" and separator:
        rule = f"texts of several parts, which {separator!r} separates and which repeat"
    elif kind == "category" and isinstance(values.dtype, pd.CategoricalDtype):
        rule = "the file calls it categorical"
    elif kind == "category" and pd.api.types.is_numeric_dtype(values):
        rule = "few whole numbers, and the name says a code" if CODES.search(str(values.name).lower()) else rule
    elif kind == "text" and pd.api.types.is_integer_dtype(values):
        rule = "whole numbers, and the name says an id"
    elif kind == "boolean" and pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        rule = "0 and 1 alone"
    elif kind == "skip" and len(known) and not isinstance(known.iloc[0], list | tuple | np.ndarray):
        rule = "objects, which no column kind shows"
    return f"{rule}: {counted}"


def naming_rules(plan: Plan) -> list[str]:
    """Why the key, the title and the popularity were guessed, a sentence each."""
    told = ["No key was guessed: no column has another value in each row."]
    if plan.key:
        told = [f"Key guessed: {plan.key!r}, which has another short text or number in each row."]
    if plan.title:
        told.append(f"Title guessed: {plan.title!r}, by its name or as the words that differ most.")
    if plan.popularity:
        told.append(f"Popularity guessed: {plan.popularity!r}, by its name.")
    return told
