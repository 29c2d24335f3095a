"""Parts of the Map page: what it shows, in which colours, and what is said of a selection or of one film."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.contrast import contrast
from explorer.diagnostics import Trust
from explorer.embedding import Embedding
from explorer.errors import BadRequest
from explorer.maps import Colouring, space_figure
from explorer.projection import METRICS
from explorer.queries import nearest
from explorer.selection import Selection, drawn, parse
from explorer.webapp import cache, state, widgets
from explorer.webapp.chart import chart
from explorer.webapp.page import called, plain

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
PARAMS = {"perplexity": "perplexity", "n_neighbors": "neighbors", "min_dist": "min distance"}
SCALES = {"year": "Year", "mean_rating": "Mean rating", "n_ratings": "Number of ratings", "bias": "Bias"}
TRUST = "Trust: neighbors kept"
NEAR = 15  # neighbors that count when a map is compared with the full space


def layout(embedding: Embedding) -> str:
    """The chosen layout: a stored method, or `axes`. Raises BadRequest where there is none."""
    there = [m for m in METHODS if m in embedding.layouts] + [m for m in embedding.layouts if m not in METHODS]
    if not there:
        raise BadRequest(
            f"{embedding.name} has no layout, so no map yet. "
            f"Make one: python -m explorer project {embedding.name} --method tsne"
        )
    names = {method: _layout_name(embedding, method) for method in there}
    return widgets.one_of("Layout", "method", there[0], {**names, "axes": "Axes", "space": "3-D"}, wrap=True)


def _layout_name(embedding: Embedding, name: str) -> str:
    facts = embedding.manifest.get("layouts", {}).get(name, {})
    method = facts.get("method")
    if name in METHODS or method not in METHODS:
        return METHODS.get(name, name)
    said = [f"{PARAMS[param]} {value:g}" for param, value in facts.get("params", {}).items() if param in PARAMS]
    said += [facts["metric"]] if facts.get("metric") != METRICS[method] else []
    said += [f"seed {facts['seed']}"] if facts.get("seed") else []
    return ", ".join([METHODS[method], *said])


def plane(embedding: Embedding, method: str) -> np.ndarray:
    """The points of a stored layout; for any other method those of the first."""
    return embedding.layouts.get(method, next(iter(embedding.layouts.values())))


def axes(embedding: Embedding) -> tuple[np.ndarray, tuple[str, str]]:
    """Two chosen axes: the points (n, 2) and what the axes are called."""
    factors = cache.item_factors(embedding, min(1000, len(embedding)))
    numbers = [f"factor {n}" for n in range(1, min(5, len(factors.explained)) + 1)]
    options = [*numbers, *(name for name in SCALES if name in embedding.items), "from … to …"]
    chosen = []
    for side, name, default in (("Across", "x", options[0]), ("Up", "y", options[1])):
        what = state.bind(st.selectbox, side, name, default, allowed=options, options=options, format_func=_axis_name)
        chosen.append(_axis(embedding, what, name))
    return np.column_stack([values for values, _ in chosen]).astype(np.float32), (chosen[0][1], chosen[1][1])


def space(embedding: Embedding, shown: np.ndarray) -> None:
    """The items in space, by the three factors along which they differ most; to be turned."""
    xyz = np.column_stack([cache.factor_scores(embedding, number) for number in (1, 2, 3)])
    figure = space_figure(embedding, xyz, shown, cache.colours(embedding))
    chart(figure, "space")
    share = cache.item_factors(embedding, min(1000, len(embedding))).explained[:3].sum()
    st.caption(plain(f"The first three factors, {share:.0%} of the variance. Drag to turn."))


def _axis_name(what: str) -> str:
    return SCALES.get(what, what)


def _axis(embedding: Embedding, what: str, name: str) -> tuple[np.ndarray, str]:
    if what.startswith("factor "):
        number = int(what.removeprefix("factor "))
        return cache.factor_scores(embedding, number), what
    if what in SCALES:
        values = numbers(embedding, what)
        return np.where(np.isfinite(values), values, np.nanmedian(values)), SCALES[what]
    from explorer.axes import axis

    first, last = cache.options(embedding)[:2]
    low = widgets.one_item(embedding, "from", f"{name}_from", first) or first
    high = widgets.one_item(embedding, "to", f"{name}_to", last) or last
    return axis(embedding, [low], [high]), f"{low} → {high}"


def numbers(embedding: Embedding, column: str) -> np.ndarray:
    """A column of numbers, counts on a log scale: (n,) float, nan where not known."""
    values = embedding.items[column].to_numpy(dtype=float, na_value=np.nan)
    return np.log10(np.maximum(values, 1)) if column == "n_ratings" else values


def colouring(embedding: Embedding, method: str) -> Colouring | None:
    """What points are coloured by: None for genres."""
    options = ["Genres", *(SCALES[name] for name in SCALES if name in embedding.items)]
    options += ["Factor 1", "Factor 2", "Factor 3"] + ([TRUST] if method in embedding.layouts else [])
    what = state.bind(st.selectbox, "Colour", "colour", "Genres", allowed=options, options=options)
    if what == "Genres":
        return None
    if what == TRUST:
        return Colouring("neighbors kept", cache.trust(embedding, method).kept)
    if what.startswith("Factor "):
        return Colouring(what, cache.factor_scores(embedding, int(what[-1])), diverging=True)
    column = next(name for name, title in SCALES.items() if title == what)
    title = "ratings, powers of ten" if column == "n_ratings" else what
    return Colouring(title, numbers(embedding, column), diverging=column == "bias")


def regions(embedding: Embedding, method: str, row: int | None) -> pd.DataFrame:
    """Named regions: near one item all of them, on the whole map a few that a genre sets apart most."""
    found = cache.named_regions(embedding, method)
    if row is not None:
        return found
    weight = found["effect"] * np.sqrt(found["size"])
    by_genre = found["name"].str.startswith(tuple(cache.colours(embedding)))
    return found[by_genre].loc[weight[by_genre].sort_values(ascending=False).index].head(12)


def window(xy: np.ndarray, row: int, shown: np.ndarray, n: int = 60) -> tuple[float, float, float, float]:
    """x0, x1, y0, y1 of the region that holds the n shown points nearest to one on the map."""
    distance = np.linalg.norm(xy - xy[row], axis=1)
    reach = np.sort(distance[shown])[: n + 1][-1] or 1.0
    x, y = map(float, xy[row])
    return x - 1.6 * reach, x + 1.6 * reach, y - reach, y + reach


def selected() -> Selection:
    """What is selected: what was drawn last, else what the URL says."""
    now = drawn((st.session_state.get("map") or {}).get("selection", {}))
    session = st.session_state
    if now.text() != session.get("_drawn", ""):
        session["_drawn"] = now.text()
        state.keep("select", now.text(), "")
        return now
    return parse(st.query_params.get("select", ""))


def said(embedding: Embedding, method: str, shown: np.ndarray, by: str) -> str:
    """One sentence under the picture: how many, what colour and size mean, how far it can be trusted."""
    facts = embedding.manifest.get("layouts", {}).get(method, {})
    trust = ""
    if "trustworthiness" in facts:
        trust = (
            f" Near points are alike, far distances mean little: trustworthiness {facts['trustworthiness']:.2f} of 1."
        )
    return f"{shown.sum():,} of {len(embedding):,} {called(embedding)}, {by}, larger when better known.{trust}"


def apart(embedding: Embedding, mask: np.ndarray, what: str) -> None:
    """Items of a selection, what sets them apart, and what lies around their middle."""
    table = embedding.items[mask]
    if "n_ratings" in table:
        table = table.sort_values("n_ratings", ascending=False)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        widgets.heading(f"{len(table):,} {what}", table, what)
        widgets.film_list(embedding, table.head(40), "listed")
    with right:
        rows = contrast(embedding.items, mask) if 0 < mask.sum() < len(mask) else pd.DataFrame()
        widgets.heading("What sets them apart", rows, f"what sets {what} apart")
        if rows.empty:
            st.caption("Nothing that chance would not show as well.")
        else:
            widgets.fact_list(
                [(s, "", min(1.0, e / 2)) for s, e in zip(rows.sentence, rows.effect, strict=True)][:8], "apart"
            )
        unit = embedding.vectors[mask] / embedding.norms[mask, None]
        near = nearest(embedding, unit.mean(axis=0), 8, mask=widgets.well_known(embedding) & ~mask)
        widgets.heading("Nearest to their middle", near, f"near {what}")
        widgets.film_list(embedding, near, "middle")


def honesty(embedding: Embedding, trust: Trust, row: int) -> None:
    """For one item: its true neighbors and whether the map keeps them, and who only seems to be one."""
    key = embedding.items["key"].iloc[row]
    true, false = trust.true_neighbors(row), trust.false_neighbors(row)
    left, right = st.columns(2, gap="medium")
    with left:
        table = embedding.items.iloc[true["row"]]
        kept = {k: "also near on the map" for k, there in zip(table["key"], true["kept"], strict=True) if there}
        widgets.heading(f"Truly near to {key}", table, "true neighbors")
        widgets.film_list(embedding, table, "true", marked=kept)
    with right:
        table = embedding.items.iloc[false["row"]]
        ranks: dict[str, Any] = {k: f"truly no. {rank:,}" for k, rank in zip(table["key"], false["rank"], strict=True)}
        widgets.heading("Near on the map only", table, "false neighbors")
        widgets.film_list(
            embedding, table, "false", marked=ranks, empty="None: every neighbor on the map is a true one."
        )
    overall = trust.overall
    st.caption(
        plain(
            f"The whole map, {len(true)} neighbors each: trustworthiness {overall['trustworthiness']:.3f}, continuity "
            f"{overall['continuity']:.3f}, neighbors kept {overall['recall']:.0%}."
        )
    )
