"""Which items are meant: controls for title, genres, years and popularity."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from explorer.core import filters
from explorer.core.columns.choice import OneOf
from explorer.core.embedding import Embedding
from explorer.errors import BadRequest
from explorer.webapp import cache, url_state
from explorer.webapp.components.widgets import component, one_of
from explorer.webapp.wording import escape_markdown, item_noun


def popularity_filter(embedding: Embedding, default: int = 100) -> np.ndarray:
    """ "At least N ratings": (n,) bool."""
    if "n_ratings" not in embedding.items:
        return np.ones(len(embedding), bool)
    steps = [0, 20, 50, 100, 200, 500, 1000]
    default = _enough(embedding, default)
    at_least = url_state.bind(
        st.select_slider, "At least this many ratings", "min_ratings", default, allowed=steps, options=steps
    )
    return filters.popularity(embedding.items, at_least)


def genre_filter(embedding: Embedding, name: str = "genres") -> np.ndarray:
    """Chosen genres and how they combine, shown as a legend in the genres' colours: (n,) bool."""
    colours = cache.colours(embedding)
    if not colours:
        return np.ones(len(embedding), bool)
    chosen = genre_chips(embedding, url_state.current(name, [], list(colours)))
    url_state.keep(name, chosen, [])
    modes = {"any": "any", "all": "all", "only": "only these"}
    mode = one_of(f"A {item_noun(embedding, 1)} needs", "genre_mode", "any", modes, disabled=len(chosen) < 1)
    group = embedding.columns.get_role("group")
    assert group is not None
    return group.mask(OneOf(tuple(chosen), mode)) if chosen else np.ones(len(embedding), bool)


def genre_chips(embedding: Embedding, key: str) -> list[str]:
    """A chip per genre with its colour and count, pressed or not; key: where the session keeps those pressed."""
    mount = f"chips:{key}"

    def toggle() -> None:
        chosen, genre = st.session_state[key], st.session_state[mount].toggle
        st.session_state[key] = [g for g in chosen if g != genre] if genre in chosen else [*chosen, genre]

    group, chosen = embedding.columns.get_role("group"), list(st.session_state[key])
    found: Any = group.summary() if group is not None else None
    counts = dict(zip(found.names, found.counts.tolist(), strict=True))
    genres = [{"name": g, "colour": c, "count": f"{counts[g]:,}"} for g, c in cache.colours(embedding).items()]
    data = {"label": "Genres", "genres": genres, "chosen": chosen}
    component("genre_chips", "<div role='group'></div>")(key=mount, data=data, on_toggle_change=toggle)
    return chosen


def title_filter(embedding: Embedding, example: str, width: Any = "stretch") -> np.ndarray:
    """A title pattern: (n,) bool; one that is no valid expression is told so and leaves everything as it is."""
    said = "A regular expression (RE2), in any case."
    pattern = url_state.bind(st.text_input, "Title pattern", "title", "", placeholder=example, help=said, width=width)
    try:
        return filters.title(embedding.items, pattern)
    except BadRequest as error:
        st.error(escape_markdown(str(error)))
        return np.ones(len(embedding), bool)


def year_filter(embedding: Embedding) -> np.ndarray:
    """First and last year: (n,) bool."""
    if "year" not in embedding.items or embedding.items["year"].isna().all():
        return np.ones(len(embedding), bool)
    first, last = int(embedding.items["year"].min()), int(embedding.items["year"].max())
    if first == last:
        return np.ones(len(embedding), bool)
    chosen = url_state.bind(st.slider, "Years", "years", (first, last), min_value=first, max_value=last)
    if chosen == (first, last):
        return np.ones(len(embedding), bool)
    return filters.years(embedding.items, *chosen)


def filter_popover(embedding: Embedding, default_ratings: int = 100) -> np.ndarray:
    """Ratings, genres and years behind one button: (n,) bool."""
    with st.popover("Filters", icon=":material/tune:"):
        return popularity_filter(embedding, default_ratings) & genre_filter(embedding) & year_filter(embedding)


def well_known(embedding: Embedding, at_least: int = 100) -> np.ndarray:
    """Items with enough ratings for their vector to mean something: (n,) bool; all where counts are not known."""
    return filters.popularity(embedding.items, _enough(embedding, at_least))


def _enough(embedding: Embedding, at_least: int) -> int:
    """Counts that somebody brought may count anything: none of them is too small."""
    return 0 if embedding.manifest.get("kind") == "import" else at_least
