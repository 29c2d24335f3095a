"""Parts that several pages are made of: lists of items, the item card, pickers, filters, downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import streamlit as st

from explorer import filters
from explorer.bidi import steady
from explorer.colouring import Kinds
from explorer.embedding import Embedding
from explorer.errors import BadRequest
from explorer.webapp import cache, state
from explorer.webapp.page import called, plain

FRONTEND = Path(__file__).parent / "frontend"


def component(name: str, html: str) -> Any:
    return st.components.v2.component(
        name,
        html=html,
        css=(FRONTEND / f"{name}.css").read_text(encoding="utf-8"),
        js=(FRONTEND / f"{name}.js").read_text(encoding="utf-8"),
    )


def film_list(
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
    component("film_list", "<ol></ol>")(key=key, data=data)


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


def film_card(embedding: Embedding, key: str) -> None:
    """One item's title, genres, facts, and links to where more is known of it."""
    row = int(embedding.index(key)[0])
    data = {**facts(embedding, row), "links": _links(embedding, embedding.items.iloc[row])}
    component("film_card", "<article></article>")(key="film_card", data=data)


OFFERED = 5_000  # items a search box lists at once; of a larger catalogue the server searches
LISTED = 500


def one_item(
    embedding: Embedding, label: str, name: str = "item", default: str | None = None, **kwargs: Any
) -> str | None:
    """A search box for one item, tied to the URL."""
    key = state.bind(
        st.selectbox, label, name, default, allowed=_Keys(embedding), **_search_box(embedding), **kwargs,
    )  # fmt: skip
    if key is not None and key not in embedding:
        state.put(name, _meant(embedding, key))
        st.rerun()
    return key


def some_items(embedding: Embedding, label: str, name: str, default: list[str], most: int, **kwargs: Any) -> list[str]:
    """A search box for several items, tied to the URL."""
    keys = state.bind(
        st.multiselect, label, name, default, allowed=_Keys(embedding), max_selections=most, **_search_box(embedding),
        **kwargs,
    )  # fmt: skip
    if not all(key in embedding for key in keys):
        state.put(name, list(dict.fromkeys(key if key in embedding else _meant(embedding, key) for key in keys)))
        st.rerun()
    return keys


def any_item(embedding: Embedding, label: str) -> str | None:
    """A search box that the URL does not remember, as in a form."""
    key = st.selectbox(label, index=None, **_search_box(embedding))
    return key if key is None or key in embedding else _meant(embedding, key)


def _search_box(embedding: Embedding) -> dict[str, Any]:
    """What a search box offers; of a large catalogue the best known, and whatever one types."""
    options = cache.options(embedding)
    if len(options) <= OFFERED:
        return {"options": options, "placeholder": "Type a title"}
    return {"options": options[:LISTED], "placeholder": "Type (part of) a title, Enter", "accept_new_options": True}


def _meant(embedding: Embedding, text: str) -> str:
    """The best-known item whose key holds what was typed, one that begins with it first. Raises UnknownItem."""
    rows = filters.named(embedding.items, text, 1)
    return str(embedding.items["key"].iloc[rows[0] if len(rows) else embedding.index(text)[0]])


class _Keys:
    """Membership by the embedding's own index: a list of a million keys would be searched from end to end."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding

    def __contains__(self, key: object) -> bool:
        return key in self._embedding

    def __iter__(self) -> Any:
        return iter(self._embedding.items["key"])


def popularity_filter(embedding: Embedding, default: int = 100) -> np.ndarray:
    """ "At least N ratings": (n,) bool."""
    if "n_ratings" not in embedding.items:
        return np.ones(len(embedding), bool)
    steps = [0, 20, 50, 100, 200, 500, 1000]
    default = _enough(embedding, default)
    at_least = state.bind(
        st.select_slider, "At least this many ratings", "min_ratings", default, allowed=steps, options=steps
    )
    return filters.popularity(embedding.items, at_least)


def genre_filter(embedding: Embedding, name: str = "genres") -> np.ndarray:
    """Chosen genres and how they combine, shown as a legend in the genres' colours: (n,) bool."""
    colours = cache.colours(embedding)
    if not colours:
        return np.ones(len(embedding), bool)
    chosen = genre_chips(embedding, state.current(name, [], list(colours)))
    state.keep(name, chosen, [])
    modes = {"any": "any", "all": "all", "only": "only these"}
    mode = one_of(f"A {called(embedding, 1)} needs", "genre_mode", "any", modes, disabled=len(chosen) < 1)
    return filters.genres(embedding.items, chosen, mode, cache.genres(embedding))


def genre_chips(embedding: Embedding, key: str) -> list[str]:
    """A chip per genre with its colour and count, pressed or not; key: where the session keeps those pressed."""
    mount = f"chips:{key}"

    def toggle() -> None:
        chosen, genre = st.session_state[key], st.session_state[mount].toggle
        st.session_state[key] = [g for g in chosen if g != genre] if genre in chosen else [*chosen, genre]

    table, chosen = cache.genres(embedding), list(st.session_state[key])
    counts = dict(zip(table.names, table.have.sum(axis=0).tolist(), strict=True))
    genres = [{"name": g, "colour": c, "count": f"{counts[g]:,}"} for g, c in cache.colours(embedding).items()]
    data = {"label": "Genres", "genres": genres, "chosen": chosen}
    component("genre_chips", "<div role='group'></div>")(key=mount, data=data, on_toggle_change=toggle)
    return chosen


def legend(kinds: Kinds) -> None:
    """What the colours of kinds mean and how many have each."""
    known = kinds.codes[kinds.codes >= 0]
    counts = np.bincount(known, minlength=len(kinds.colours))
    shown = [
        {"name": name, "colour": colour, "count": f"{n:,}"}
        for (name, colour), n in zip(kinds.colours.items(), counts, strict=True)
    ]
    data = {"label": kinds.title, "genres": shown, "chosen": [], "still": True}
    component("genre_chips", "<div role='group'></div>")(key=f"legend:{kinds.title}", data=data)


def title_filter(embedding: Embedding, example: str, width: Any = "stretch") -> np.ndarray:
    """A title pattern: (n,) bool; one that is no valid expression is told so and leaves everything as it is."""
    said = "A regular expression (RE2), in any case."
    pattern = state.bind(st.text_input, "Title pattern", "title", "", placeholder=example, help=said, width=width)
    try:
        return filters.title(embedding.items, pattern)
    except BadRequest as error:
        st.error(plain(str(error)))
        return np.ones(len(embedding), bool)


def year_filter(embedding: Embedding) -> np.ndarray:
    """First and last year: (n,) bool."""
    if "year" not in embedding.items or embedding.items["year"].isna().all():
        return np.ones(len(embedding), bool)
    first, last = int(embedding.items["year"].min()), int(embedding.items["year"].max())
    if first == last:
        return np.ones(len(embedding), bool)
    chosen = state.bind(st.slider, "Years", "years", (first, last), min_value=first, max_value=last)
    if chosen == (first, last):
        return np.ones(len(embedding), bool)
    return filters.years(embedding.items, *chosen)


def filter_popover(embedding: Embedding, default_ratings: int = 100) -> np.ndarray:
    """Ratings, genres and years behind one button: (n,) bool."""
    with st.popover("Filters", icon=":material/tune:"):
        return popularity_filter(embedding, default_ratings) & genre_filter(embedding) & year_filter(embedding)


def one_of(label: str, name: str, default: Any, names: Mapping[Any, str], **kwargs: Any) -> Any:
    """One of a few, side by side, tied to the URL. names: value -> what it is called on screen."""
    return state.bind(
        st.segmented_control, label, name, default, allowed=names, options=list(names), format_func=names.get,
        required=True, **kwargs,
    )  # fmt: skip


def how_many() -> int:
    """How many answers are wanted."""
    steps = [5, 10, 15, 20, 30, 50, 100]
    return state.bind(st.selectbox, "How many", "k", 10, allowed=steps, options=steps, width=110)


def named(embedding: Embedding, title: str) -> str | None:
    """The key of the best-known item of that title, if there is one: `Psycho` -> `Psycho (1960)`."""
    if title in embedding:
        return title
    same = embedding.items[embedding.items.get("title", embedding.items["key"]) == title]
    if same.empty:
        return None
    return same.loc[same["n_ratings"].idxmax() if "n_ratings" in same else same.index[0], "key"]


def well_known(embedding: Embedding, at_least: int = 100) -> np.ndarray:
    """Items with enough ratings for their vector to mean something: (n,) bool; all where counts are not known."""
    return filters.popularity(embedding.items, _enough(embedding, at_least))


def _enough(embedding: Embedding, at_least: int) -> int:
    """Counts that somebody brought may count anything: none of them is too small."""
    return 0 if embedding.manifest.get("kind") == "import" else at_least


def heading(text: str, table: pd.DataFrame | None = None, file: str = "", key: str | None = None) -> None:
    """A heading over a list and, at its side, the list as a CSV file."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", gap="small"):
        st.subheader(plain(cut(text)), anchor=False)
        if table is not None and len(table):
            csv_button(table, file, key)


def cut(text: str, most: int = 160) -> str:
    """A text that fits a heading: one that is longer ends in an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def csv_button(table: pd.DataFrame, name: str, key: str | None = None, label: str = "CSV") -> None:
    """Offer a table as a CSV file."""
    flat = table.copy()
    if "genres" in flat:
        flat["genres"] = flat["genres"].map("|".join)
    file = f"{cut(steady(name), 80)}.csv"
    st.download_button(
        label, flat.to_csv(index=False).encode("utf-8"), file, "text/csv", icon=":material/download:",
        type="tertiary", on_click="ignore", key=key or f"csv:{name}", help="Download this table",
    )  # fmt: skip


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
