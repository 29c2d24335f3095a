"""Recommend page: the visitor's ratings, stored in the URL and in the visitor's browser."""

from __future__ import annotations

import json
import uuid
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.core.recommend import LIKED, predicts, scale, suggestions
from explorer.webapp import cache, url_state
from explorer.webapp.components import item_list, item_search, widgets
from explorer.webapp.components.frontend import component
from explorer.webapp.page import show_errors
from explorer.webapp.wording import escape_markdown, item_noun

# Ratings of a person who likes spoofs and old thrillers.
EXAMPLE = {
    "Airplane!": 5.0, "Airplane II: The Sequel": 5.0, "Fletch": 4.5, "History of the World: Part I": 4.5,
    "Six Degrees of Separation": 4.5, "Mr. Smith Goes to Washington": 4.5, "Strangers on a Train": 4.5, "Dr. No": 4.5,
    "Notorious": 4.0, "To Catch a Thief": 4.0, "Diamonds Are Forever": 4.0, "Spy Hard": 4.0, "Network": 3.5,
    "Waiting for Guffman": 3.5, "Thunderball": 3.5, "Gosford Park": 3.5, "On the Waterfront": 3.0,
    "A Streetcar Named Desire": 2.5, "Keeping the Faith": 2.5, "The Day the Earth Stood Still": 2.0,
    "A Civil Action": 0.5,
}  # fmt: skip
SUGGESTED = 6
# Session keys: changes of the ratings (number, key, rating; None if removed, or REJECTED); id of the session;
# suggested items; items the visitor does not know; the item in the search box.
CHANGES, SESSION, SHOWN, UNKNOWN, FOUND = "_rating_changes", "_rating_session", "_suggested", "_unknown", "rate:search"
REJECTED = "no"
PRIVACY = "Your ratings are stored in this browser and in the address of this page, not on the server."


def rating_values(embedding: Embedding) -> tuple[list[float], bool]:
    """Possible ratings (at most ten), lowest first, and whether two of them make one star.

    A scale that starts at 0.5 has steps of 0.5, a short scale steps of 1, any other scale ten equal steps.
    """
    low, high = scale(embedding)
    if not predicts(embedding):
        return [high], False
    if low == 0.5 and high <= 5:
        return [float(value) for value in np.arange(low, high + 0.25, 0.5)], True
    if float(low).is_integer() and float(high).is_integer() and high - low < 10:
        values = [float(value) for value in np.arange(low, high + 1)]
        return values, len(values) > 7
    return [round(low + (high - low) * step / 10, 4) for step in range(1, 11)], True


def rated(embedding: Embedding) -> tuple[dict[str, float], list[str]]:
    """The visitor's ratings, key -> stars in the order given, and the rejected keys. Draws nothing visible."""
    place, no = url_state.current("rated", []), url_state.current("not", [])
    bare = not st.query_params.get_all("rated") and not st.query_params.get_all("not")
    ratings = _read(st.session_state[place], embedding)
    rejected = [key for key in st.session_state[no] if key in embedding and key not in ratings]
    st.session_state[place], st.session_state[no] = _texts(ratings), rejected
    url_state.keep_lists({"rated": st.session_state[place], "not": rejected})
    state = st.session_state
    data = {"artifact": embedding.name, "changes": state.get(CHANGES, []), "bare": bare and not ratings,
            "session": state.setdefault(SESSION, uuid.uuid4().hex)}  # fmt: skip
    component("kept_ratings", "<i hidden></i>")(key="kept_ratings", data=data)
    return ratings, rejected


def rating_form(embedding: Embedding, ratings: dict[str, float], rejected: list[str]) -> None:
    """Draw a search box, a list of items to rate, and the ratings given."""
    _search(embedding.name, ratings)
    _suggestions(embedding, ratings, rejected)
    if ratings or rejected:
        _own(embedding, ratings, rejected)


def rating_control(
    embedding: Embedding, mount: str, drop: str = "", words: str = "", rated: dict[str, float] | None = None
) -> item_list.Rating:
    """Rating controls for a list. drop: action of the cross (`reject`, `remove` or `unknown`); words: its label."""
    values, halves = rating_values(embedding)
    act = partial(_act, mount, url_state.page(), drop)
    return item_list.Rating(values, halves, act, words, rated or {})


def _act(mount: str, page: str, drop: str) -> None:
    """Callback: apply a click in a list before the page runs."""
    state = st.session_state
    sent = json.loads(state[mount].act)
    key, stars = sent.get("key"), sent.get("rated")
    if not isinstance(key, str) or not isinstance(stars, int | float | None):
        return
    if stars is None and drop == "unknown":
        state[UNKNOWN] = [*state.get(UNKNOWN, []), key]
        return
    place, no = f"{page}:rated", f"{page}:not"
    rated = [text for text in state.get(place, []) if text.rpartition("=")[0] != key]
    refused = [rejected for rejected in state.get(no, []) if rejected != key]
    state[place] = rated if stars is None else [*rated, f"{key}={stars:g}"]
    state[no] = [*refused, key] if stars is None and drop == "reject" else refused
    _note(key, REJECTED if drop == "reject" and stars is None else stars)
    if state.get(FOUND) == key:
        state[FOUND] = None


def _note(key: str | None, rated: float | str | None) -> None:
    """Record a change for the browser to store; without a key, the browser deletes all ratings."""
    changes = st.session_state.setdefault(CHANGES, [])
    changes.append([len(changes) + 1, key, rated])


@st.fragment
def _search(artifact: str, ratings: dict[str, float]) -> None:
    """Draw a search box, and below it the item found, to be rated. Only a rating runs the whole page again."""
    if st.session_state.get(f"{url_state.page()}:rated", []) != _texts(ratings):
        st.rerun()
    embedding = cache.embedding(artifact)  # by name: Streamlit keeps the arguments in the session
    with show_errors(stop=False):
        key = item_search.any_item(embedding, f"Search for {item_noun(embedding)} you know", FOUND)
        if key:
            table = pd.DataFrame({"key": [key]})
            item_list.item_list(embedding, table, "found", rating=rating_control(embedding, "found", rated=ratings))


def _suggestions(embedding: Embedding, ratings: dict[str, float], rejected: list[str]) -> None:
    """Draw a list of items to rate: popular ones that differ from each other, which say most about a taste."""
    state = st.session_state
    skip = [key for key in [*rejected, *state.get(UNKNOWN, [])] if key in embedding]
    out = {*ratings, *skip}
    known = embedding.index(list(ratings))
    shown: list[str | None] = [key if key in embedding and key not in out else None for key in state.get(SHOWN, [])]
    shown += [None] * (SUGGESTED - len(shown))
    seen = [key for key in shown if key]
    if len(seen) < len(shown):
        more = suggestions(embedding, SUGGESTED - len(seen), np.append(known, embedding.index(seen)).astype(np.int64),
                           embedding.index(skip))  # fmt: skip
        fresh = iter(more["key"])
        shown = [key or next(fresh, None) for key in shown]  # replaces rated items at their positions
    keys = [key for key in shown if key]
    state[SHOWN] = keys
    if not keys:
        return
    widgets.heading(f"{item_noun(embedding).capitalize()} to rate")
    control = rating_control(embedding, "suggested", "unknown", "I do not know it")
    item_list.item_list(embedding, pd.DataFrame({"key": keys}), "suggested", rating=control)
    example = {} if ratings else _example(embedding)
    if example and st.button("Try an example", type="tertiary", icon=":material/person:"):
        _show(example)


def _own(embedding: Embedding, ratings: dict[str, float], rejected: list[str]) -> None:
    """Draw the items that the visitor rated and rejected, newest first, and a button that deletes all ratings."""
    keys = [*reversed(ratings), *rejected]
    table = pd.DataFrame({"key": keys, "stars": [ratings.get(key) for key in keys]})
    # ratings from a link, or given to an embedding with stars, may be lower than a like
    all_liked = not predicts(embedding) and min(ratings.values(), default=0) >= LIKED * scale(embedding)[1]
    verb = "liked" if all_liked else "rated"
    with st.expander(f"You {verb} {len(ratings):,}", expanded=True, key="own"):
        control = rating_control(embedding, "own:list", "remove", "Remove", ratings)
        marked = dict.fromkeys(rejected, "not this one")
        item_list.item_list(embedding, table[["key"]], "own:list", marked=marked, rating=control)
        st.caption(PRIVACY)
        with st.container(horizontal=True, gap="small"):
            widgets.csv_button(table, "my ratings")
            if st.button(
                "Delete all ratings",
                type="tertiary",
                icon=":material/delete:",
                help="Delete your ratings from this page and this browser",
            ):
                _note(None, None)
                _show({})


def _show(ratings: dict[str, float]) -> None:
    """Replace all ratings without storing the new ones in the browser."""
    state = st.session_state
    for name, texts in (("rated", _texts(ratings)), ("not", [])):
        state[url_state.current(name, [])] = texts
    url_state.keep_lists({"rated": _texts(ratings), "not": []})
    st.rerun()


def _example(embedding: Embedding) -> dict[str, float]:
    found = {item_search.key_for_title(embedding, title): stars for title, stars in EXAMPLE.items()}
    return {key: stars for key, stars in found.items() if key} if predicts(embedding) else {}


def _texts(ratings: dict[str, float]) -> list[str]:
    return [f"{key}={stars:g}" for key, stars in ratings.items()]


def _read(texts: list[str], embedding: Embedding) -> dict[str, float]:
    """Parse ratings such as `KEY=5` from the URL; returns key -> stars. Warns about invalid ones and unknown keys."""
    ratings, left_out = {}, []
    low, high = scale(embedding)
    for text in texts:
        key, _, stars = text.rpartition("=")
        try:
            value = float(stars)
        except ValueError:
            value = float("nan")
        if key in embedding and low <= value <= high:
            ratings[key] = value
        else:
            left_out.append(text)
    if left_out:
        st.warning(escape_markdown(f"Left out: {', '.join(left_out[:5])}. A rating is KEY=stars, {low:g} to {high:g}."))
    return ratings
