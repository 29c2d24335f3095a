"""Lists of items, the card of one item, and lists of name-value pairs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer import artifacts
from explorer.core.columns import Kind
from explorer.core.embedding import Embedding
from explorer.datasets.movielens.urls import ID_COLUMNS, pages_about
from explorer.errors import ExplorerError
from explorer.webapp import url_state
from explorer.webapp.components import naming
from explorer.webapp.components.frontend import component
from explorer.webapp.components.item_rows import item_rows

MOST_COLUMNS = 3  # columns shown below a title
LONG = 20_000  # characters: longer texts are cut on a card
PICTURE = 1_000_000  # bytes: larger pictures are not sent with a card
TYPES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp", b"BM": "bmp"}


@dataclass(frozen=True)
class Rating:
    """Rating controls for the rows of a list: stars, and a cross if `drop_words` is not empty.

    values: possible ratings, lowest first. halves: whether a star counts two ratings. act: callback before the next
    run; the session value `act` of the list is then JSON with `key` and `rated` (null for the cross). drop_words: what
    the cross means. rated: key -> current rating.
    """

    values: list[float]
    halves: bool
    act: Callable[[], None]
    drop_words: str = ""
    rated: dict[str, float] = field(default_factory=dict)


def list_columns(embedding: Embedding, naming_label: str = "") -> tuple[str, ...]:
    """Draw a button to choose the columns shown below each title in lists; its controls are drawn while it is open.

    naming_label: label of a second control, of the columns that name groups of items; returns these columns.
    """
    labels = {column.name: column.label for column in embedding.schema.attributes}
    names = list(labels)
    if not names:
        return ()
    form = st.popover("Columns", icon=":material/view_list:", key="columns", on_change="rerun")
    default = _default_columns(embedding)
    with form:
        if form.open:
            url_state.bind(
                st.multiselect, "Columns shown below each title", "columns", default, allowed=names, options=names,
                format_func=labels.get, max_selections=MOST_COLUMNS,
            )  # fmt: skip
        else:
            url_state.closed("columns", default, names, MOST_COLUMNS)
        return naming.named_by(embedding, naming_label, bool(form.open)) if naming_label else ()


def _default_columns(embedding: Embedding) -> list[str]:
    """Columns shown by default: the first category that is not the group, and the group."""
    schema = embedding.schema
    group = schema.by_role("group")
    first = [column.name for column in schema.of_kind("category") if column != group][:1]
    return first + ([group.name] if group else [])


def _shown_columns(embedding: Embedding) -> list[str]:
    chosen: list[str] = url_state.remember("columns", _default_columns(embedding))
    return [name for name in chosen if name in embedding.schema][:MOST_COLUMNS]


def item_list(
    embedding: Embedding,
    table: pd.DataFrame,
    key: str,
    *,
    metric: str = "cosine",
    marked: dict[str, str] | None = None,
    bar: np.ndarray | None = None,
    signed: bool = False,
    columns: dict[str, tuple[str, str]] | None = None,
    why: dict[str, str] | None = None,
    rating: Rating | None = None,
    empty: str = "Nothing matches. Remove a filter.",
) -> None:
    """Draw a list of items; each title links to the item, its neighbors and its place on the map.

    table: rows with `key` and, optionally, `score`. metric: how `score` determines the length of a bar. marked: key ->
    short remark. bar: (rows,) bar lengths from -1 to 1, instead of those from `score`. signed: draw negative bars to
    the left of a zero line. columns: column of the table -> heading and format, shown as aligned numbers instead of a
    bar. why: key -> line below the title. rating: rating controls for each row. empty: message for an empty table.
    """
    if table.empty:
        st.info(empty)
        return
    lengths = (_bars(table, metric) if bar is None else bar).tolist()
    numbers = [_number(score) for score in table["score"].tolist()] if "score" in table else [None] * len(table)
    cells = [[form.format(value) for value in table[name]] for name, (_, form) in (columns or {}).items()]
    made, shown, keys = item_rows(embedding), _shown_columns(embedding), table["key"].tolist()
    rows = [
        {
            "key": name,
            **made.title(row),
            "values": [part for column in shown for part in made.values(embedding, column, row)],
            "bar": None if length != length else round(length, 3),  # NaN: no bar
            "number": number,
            "marked": (marked or {}).get(name),
            "cells": [column[n] for column in cells],
            "why": (why or {}).get(name, ""),
            "rated": rating.rated.get(name) if rating else None,
        }
        for n, (row, name, length, number) in enumerate(
            zip(embedding.index(keys).tolist(), keys, lengths, numbers, strict=True)
        )
    ]
    data = {
        "artifact": embedding.name,
        "has_map": bool(embedding.layouts),
        "signed": signed,
        "rows": rows,
        "columns": [heading for heading, _ in (columns or {}).values()],
        "rating": {"values": rating.values, "halves": rating.halves} if rating else None,
        "drop": rating.drop_words if rating else "",
    }
    acts = {"on_act_change": rating.act} if rating else {}
    component("item_list", "<ol></ol>")(key=key, data=data, **acts)


def value_list(rows: Sequence[tuple[str, str, float] | tuple[str, str]], key: str) -> None:
    """Draw a list of names and values, optionally with bars (0 to 1)."""
    shown = [{"name": name, "value": value, "bar": [round(s, 3) for s in strength]} for name, value, *strength in rows]
    component("value_list", "<ol></ol>")(key=key, data={"rows": shown})


def item_details(embedding: Embedding, row: int) -> dict[str, Any]:
    """Data about one item: title, values of its group with their colors, and the other columns as text."""
    group = embedding.schema.by_role("group")
    roles = ("key", "title", "group", "year")  # shown elsewhere on the card
    shown = [
        embedding.columns[name] for name, column in embedding.schema.items()
        if column.role not in roles and column.kind != "image" and name not in ID_COLUMNS
    ]  # fmt: skip
    made, key = item_rows(embedding), embedding.items["key"].iloc[row]
    return {
        **made.title(row),
        "values": made.values(embedding, group.name, row) if group else [],
        "attributes": [
            {"label": kind.column.label, "text": text} for kind in shown if (text := kind.text(row)) not in ("", key)
        ],
    }


def item_card(embedding: Embedding, key: str) -> None:
    """Draw the card of one item: title, all known values, and links to pages about it."""
    row = int(embedding.index(key)[0])
    found = item_details(embedding, row)
    columns = [embedding.columns[column.name] for column in embedding.schema.attributes]  # reads no key or title
    kinds = {kind.column.label: kind for kind in columns}
    for attribute in found["attributes"]:
        kind = kinds[attribute["label"]]
        whole = kind.long_text(row)[:LONG]
        address = getattr(kind, "address", None)
        if kind.name == "link" and address and (url := address(row)):
            attribute["url"] = url
        elif whole != attribute["text"]:
            attribute["whole"] = whole
    pictures = [picture for kind in columns if (picture := _picture(embedding, kind, row))]
    title = found["title"]
    own = {"key": key} if key != title and not key.startswith(f"{title} (") else {"key": ""}
    data = {**found, **own, "pictures": pictures, "links": pages_about(embedding.manifest, embedding.items.iloc[row])}
    component("item_card", "<article></article>")(key="item_card", data=data)


def _picture(embedding: Embedding, kind: Kind, row: int) -> str | None:
    """Source of an HTML `img`: a URL, or a data URL for a picture of the artifact that is not too large."""
    if kind.name != "image":
        return None
    source = kind.source(row)  # type: ignore[attr-defined]
    if isinstance(source, str) and not source.lower().startswith(("http://", "https://")):
        with suppress(OSError, ExplorerError):
            folder = artifacts.find(embedding.name).resolve()
            file = (folder / source).resolve()
            inside = file.is_relative_to(folder) and file.stat().st_size <= PICTURE
            source = file.read_bytes() if inside else None
    if not isinstance(source, bytes):
        return source if isinstance(source, str) and source.lower().startswith("http") else None
    kinds = [name for begins, name in TYPES.items() if source.startswith(begins)]
    if not kinds or len(source) > PICTURE:
        return None
    return f"data:image/{kinds[0]};base64,{base64.b64encode(source).decode()}"


def _bars(table: pd.DataFrame, metric: str) -> np.ndarray:
    if "score" not in table:
        return np.full(len(table), np.nan)
    score = table["score"].to_numpy(float)
    if metric == "cosine":
        return score
    top = np.abs(score).max() or 1
    return score / top if metric == "dot" else score.min() / np.maximum(score, 1e-12)


def _number(score: float) -> str:
    return f"{score:.2f}" if abs(score) < 10 else f"{score:.0f}"
