"""What is known of items, drawn: lists of them, the card of one, facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.webapp import cache
from explorer.webapp.components.widgets import component


def item_list(
    embedding: Embedding,
    table: pd.DataFrame,
    key: str,
    *,
    metric: str = "cosine",
    marked: dict[str, str] | None = None,
    bar: np.ndarray | None = None,
    columns: dict[str, str] | None = None,
    empty: str = "Nothing matches. Loosen the filters.",
) -> None:
    """Items one below the other, each title a link to it, its neighbors and its place on the map.

    table: rows with `key`, optionally `score`, and the item columns. metric: how `score` is drawn as a bar.
    marked: key -> short remark. bar: (rows,) in 0..1 instead of the metric's own. columns: heading -> how to format the
    table's column of that name, shown as aligned numbers instead of a bar. empty: said when there is no row.
    """
    if table.empty:
        st.info(empty)
        return
    drawn = _bars(table, metric) if bar is None else bar
    rows = [
        {
            "key": row["key"],
            "title": row.get("title") or row["key"],
            "year": "" if pd.isna(row.get("year")) else str(row["year"]),
            "by": "" if pd.isna(row.get("author")) else row["author"],
            "genres": list(row.get("genres", [])),
            "bar": None if np.isnan(length) else round(float(length), 3),
            "number": _number(row["score"]) if "score" in row else None,
            "marked": (marked or {}).get(row["key"]),
            "cells": [form.format(row[name]) for name, form in (columns or {}).items()],
        }
        for (_, row), length in zip(table.iterrows(), drawn, strict=True)
    ]
    data = {
        "artifact": embedding.name,
        "has_map": bool(embedding.layouts),
        "rows": rows,
        "columns": [name.replace("n_ratings", "ratings").replace("_", " ") for name in columns or {}],
        "colours": cache.colours(embedding),
    }
    component("item_list", "<ol></ol>")(key=key, data=data)


def fact_list(rows: Sequence[tuple[str, str, float] | tuple[str, str]], key: str) -> None:
    """Facts one below the other: what, its measure, and, where given, how strong it is (0 to 1) as a bar."""
    shown = [
        {"title": what, "year": measure, "bar": [round(s, 3) for s in strength]} for what, measure, *strength in rows
    ]
    component("fact_list", "<ol></ol>")(key=key, data={"rows": shown})


def facts(embedding: Embedding, row: int) -> dict[str, Any]:
    """What is known of one item, in words: title, year, genres with their colours, rating and how many rated."""
    item = embedding.items.iloc[row]
    told = [str(item[name]) for name in ("author", "series", "country") if not pd.isna(item.get(name))]
    if not pd.isna(item.get("pages")):
        told.append(f"{int(item['pages']):,} pages")
    if not pd.isna(item.get("mean_rating")):
        told.append(f"★ {item['mean_rating']:.1f}")
    if not pd.isna(item.get("n_ratings")):
        told.append(f"{int(item['n_ratings']):,} ratings")
    genres, colours = list(item.get("genres", [])), cache.colours(embedding)
    return {
        "title": item.get("title") or item["key"],
        "year": "" if pd.isna(item.get("year")) else str(item["year"]),
        "genres": genres,
        "facts": told,
        "colours": {genre: colours[genre] for genre in genres if genre in colours},
    }


def item_card(embedding: Embedding, key: str) -> None:
    """One item's title, genres, facts, and links to where more is known of it."""
    row = int(embedding.index(key)[0])
    data = {**facts(embedding, row), "links": _links(embedding, embedding.items.iloc[row])}
    component("item_card", "<article></article>")(key="item_card", data=data)


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


def _links(embedding: Embedding, item: pd.Series) -> dict[str, str]:
    links = {}
    if embedding.manifest.get("kind") in ("books", "links"):  # their keys are names of articles
        links["Wikipedia"] = f"https://en.wikipedia.org/wiki/{quote(item['key'].replace(' ', '_'))}"
    if not pd.isna(item.get("imdb_id")):
        links["IMDb"] = f"https://www.imdb.com/title/tt{int(item['imdb_id']):07d}/"
    if not pd.isna(item.get("tmdb_id")):
        links["TMDB"] = f"https://www.themoviedb.org/movie/{int(item['tmdb_id'])}"
    return links
