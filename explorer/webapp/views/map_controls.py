"""What the Map page lets one choose: the layout, the axes, what points are coloured by."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.errors import BadRequest
from explorer.figures.color_encoding import Categories, ColorScale, mixtures
from explorer.maps.projection import METRICS
from explorer.webapp import cache, url_state
from explorer.webapp.components import item_search, widgets

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
GIVEN = {"xy": "As it came"}  # a map that came with a file
PARAMS = {"perplexity": "perplexity", "n_neighbors": "neighbors", "min_dist": "min distance"}
SCALES = {
    "year": "Year", "mean_rating": "Mean rating", "n_ratings": "Number of ratings", "bias": "Bias", "pages": "Pages",
    "n_links": "Number of links",
}  # fmt: skip
TRUST = {
    "Trust: neighbors kept": "kept",
    "Trust: trustworthiness": "trustworthiness",
    "Trust: continuity": "continuity",
}
MIXED = "Genres and their mixtures"
MIXED_BY_DEFAULT = ("Comedy", "Drama", "Romance")
NEAR = 15  # neighbors that count when a map is compared with the full space


def layout(embedding: Embedding) -> str:
    """The chosen layout: a stored one, `axes` or `space`. Raises BadRequest where there is none."""
    there = _stored(embedding)
    if not there:
        raise BadRequest(f"{embedding.name} has no layout, so no map yet. Make one at the side, under Make your own.")
    first = embedding.plane_name or next(iter(there))
    return widgets.one_of("Layout", "method", first, {**there, "axes": "Axes", "space": "3-D"}, wrap=True)


def beside(embedding: Embedding, method: str) -> str | None:
    """Another stored layout to be seen at its side, if one was chosen."""
    others = [m for m in _stored(embedding) if m != method and not in_space(embedding, m)]
    if not others:
        return None
    names = {"": "nothing", **{m: name for m, name in _stored(embedding).items() if m in others}}
    chosen = url_state.bind(
        st.selectbox, "Beside it", "beside", "", allowed=names, options=list(names), format_func=names.get
    )
    return chosen or None


def in_space(embedding: Embedding, method: str) -> bool:
    """Whether a layout has three dimensions."""
    return method == "space" or (method in embedding.layouts and embedding.layouts[method].shape[1] == 3)


def _stored(embedding: Embedding) -> dict[str, str]:
    """Every stored layout and what it is called, the plain methods first."""
    there = [m for m in METHODS if m in embedding.layouts] + [m for m in embedding.layouts if m not in METHODS]
    return {method: layout_name(embedding, method) for method in there}


def layout_name(embedding: Embedding, name: str) -> str:
    """What a stored layout is called: its method, and what sets it apart from others by that method."""
    facts = embedding.manifest.get("layouts", {}).get(name, {})
    method = facts.get("method")
    if name in METHODS or method not in METHODS:
        return (METHODS | GIVEN).get(name, name)
    said = ["3-D"] if facts.get("dimensions") == 3 else []
    said += [f"{PARAMS[param]} {value:.3g}" for param, value in facts.get("params", {}).items() if param in PARAMS]
    said += [facts["metric"]] if facts.get("metric") != METRICS[method] else []
    said += [f"seed {facts['seed']}"] if facts.get("seed") else []
    said += [f"of {facts['learned_from']:,}"] if "learned_from" in facts else []
    return ", ".join([METHODS[method], *said])


def plane(embedding: Embedding, method: str) -> np.ndarray:
    """The points of a stored layout on a plane; for any other method those of the first."""
    chosen = embedding.layouts.get(method)
    xy = chosen if chosen is not None and chosen.shape[1] == 2 else embedding.plane
    if xy is None:
        raise BadRequest(f"{embedding.name} has layouts in space only; make one on a plane.")
    return xy


def axes(embedding: Embedding) -> tuple[np.ndarray, tuple[str, str]]:
    """Two chosen axes: the points (n, 2) and what the axes are called."""
    factors = cache.item_factors(embedding, min(1000, len(embedding)))
    numbers = [f"factor {n}" for n in range(1, min(5, len(factors.explained)) + 1)]
    options = [*numbers, *(name for name in SCALES if name in embedding.items), "from … to …"]
    chosen = []
    for side, name, default in (("Across", "x", options[0]), ("Up", "y", options[min(1, len(options) - 1)])):
        what = url_state.bind(
            st.selectbox, side, name, default, allowed=options, options=options, format_func=_axis_name
        )
        chosen.append(_axis(embedding, what, name))
    return np.column_stack([values for values, _ in chosen]).astype(np.float32), (chosen[0][1], chosen[1][1])


def _axis_name(what: str) -> str:
    return SCALES.get(what, what)


def _axis(embedding: Embedding, what: str, name: str) -> tuple[np.ndarray, str]:
    if what.startswith("factor "):
        number = int(what.removeprefix("factor "))
        return cache.factor_scores(embedding, number), what
    if what in SCALES:
        values = numbers(embedding, what)
        return np.where(np.isfinite(values), values, np.nanmedian(values)), SCALES[what]
    from explorer.core.factors import concept_axis

    first, last = cache.options(embedding)[:2]
    low = item_search.some_items(embedding, "From", f"{name}_from", [first], 8) or [first]
    high = item_search.some_items(embedding, "To", f"{name}_to", [last], 8) or [last]
    return concept_axis(embedding, low, high), f"{', '.join(low)} → {', '.join(high)}"


def numbers(embedding: Embedding, column: str) -> np.ndarray:
    """A column of numbers, counts on a log scale: (n,) float, nan where not known."""
    values = embedding.items[column].to_numpy(dtype=float, na_value=np.nan)
    return np.log10(np.maximum(values, 1)) if column == "n_ratings" else values


def colouring(embedding: Embedding, method: str) -> tuple[Categories, ColorScale | None]:
    """What points are coloured by: kinds, as the rarest genre of each, unless by a number."""
    colours, kinds = cache.colours(embedding), cache.by_genre(embedding)
    options = (["Genres", MIXED] if len(colours) > 1 else ["Genres"] if colours else []) + [
        title for name, title in SCALES.items() if name in embedding.items
    ]
    options += ["Factor 1", "Factor 2", "Factor 3"] + (list(TRUST) if method in embedding.layouts else [])
    what = url_state.bind(st.selectbox, "Colour", "colour", options[0], allowed=options, options=options)
    if what == "Genres":
        return kinds, None
    if what == MIXED:
        chosen = url_state.current("mixed", _mixed_by_default(list(colours)), list(colours))
        picked = st.multiselect("Genres to mix", list(colours), key=chosen, max_selections=3)
        url_state.keep("mixed", picked, _mixed_by_default(list(colours)))
        return mixtures(embedding.items, picked, cache.genres(embedding)), None
    if what in TRUST:
        return kinds, ColorScale(what.removeprefix("Trust: "), getattr(cache.trust(embedding, method), TRUST[what]))
    if what.startswith("Factor "):
        return kinds, ColorScale(what, cache.factor_scores(embedding, int(what[-1])), diverging=True)
    column = next(name for name, title in SCALES.items() if title == what)
    log = column == "n_ratings"
    return kinds, ColorScale(what, numbers(embedding, column), diverging=column == "bias", log=log)


def _mixed_by_default(genres: list[str]) -> list[str]:
    usual = [genre for genre in MIXED_BY_DEFAULT if genre in genres]
    return usual if len(usual) == len(MIXED_BY_DEFAULT) else genres[:3]


def regions(embedding: Embedding, method: str, row: int | None) -> pd.DataFrame:
    """Named regions: near one item all of them, on the whole map a few that a genre sets apart most."""
    found = cache.named_regions(embedding, method)
    if row is not None:
        return found
    weight = found["effect"] * np.sqrt(found["size"])
    by_genre = found["name"].str.startswith(tuple(cache.colours(embedding)))
    return found[by_genre].loc[weight[by_genre].sort_values(ascending=False).index].head(12)
