"""Map page: captions, and details of a selection or of one item."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from explorer.core.embedding import Embedding
from explorer.core.vectors.remote import MOST, RemoteVectors
from explorer.figures.scatter import LIVE
from explorer.maps.selection import Selection
from explorer.maps.trustworthiness import Trust, chance
from explorer.webapp import cache, url_state
from explorer.webapp.components import filters, item_list, widgets
from explorer.webapp.views.map import chart as map_chart
from explorer.webapp.views.map import controls as map_controls
from explorer.webapp.views.map.scene import Scene, array_digest
from explorer.webapp.wording import escape_markdown, item_noun

FIRST = 40  # items of a selection that are listed
LISTED = 100_000  # most items of a selection in its CSV
PANEL_LIST = 280  # pixels: height of a list of neighbors beside the map
DISTANCE = {  # method of a layout -> what distances mean
    "pca": "The two directions of most variance. Items far apart differ; items close together may differ in other "
    "directions.",
    "axes": "Items close together are similar on these two axes, but may differ otherwise.",
    "space": "Items close together are similar in these three directions, but may differ otherwise.",
}
DEFAULT_DISTANCE = "Items close together are similar. Distances between groups and sizes of groups mean little."
TRUST = (
    "Neighbors kept: share of an item's nearest neighbors in all dimensions that are also its nearest on the map, with "
    "the share expected by chance. Trustworthiness falls when the map shows false neighbors, continuity when it "
    "separates true ones; 1 is perfect, 0.5 is chance. With another seed: share of an item's nearest on the map that "
    "stay the same when the map is computed again. The others are there by chance."
)


def map_caption(scene: Scene, method: str, outside: int = 0) -> str:
    """Caption of the map: number of items, outliers, and what distances mean."""
    embedding, shown = scene.embedding, int((scene.shown & scene.lit).sum())
    kind = embedding.manifest.get("layouts", {}).get(method, {}).get("method", method)
    parts = [f"{shown:,} of {len(embedding):,} {item_noun(embedding)}."]
    if scene.shown.sum() > LIVE:
        parts.append("The most popular ones are points, the others a background image; zoom in to see more points.")
    if outside:
        parts.append(f"{outside:,} outliers are outside this view.")
    return " ".join([*parts, DISTANCE.get(kind, DEFAULT_DISTANCE)])


def trusted(embedding: Embedding, method: str, name: str) -> str:
    """Trustworthiness measures of a whole layout as text; "" if they are unknown."""
    metadata = embedding.manifest.get("layouts", {}).get(method, {})
    points = metadata.get("points", len(embedding))
    k = metadata.get("k", min(15, (points - 1) // 2))
    shown = [f"{what} {metadata[what]:.2f}" for what in ("trustworthiness", "continuity") if what in metadata]
    shown += [f"neighbors kept {metadata['recall']:.0%}"] if "recall" in metadata else []
    shown += [f"with another seed {metadata['recall_other_seed']:.0%}"] if "recall_other_seed" in metadata else []
    if "recall" in metadata or "recall_other_seed" in metadata:
        shown[-1] += f" (of {k}; chance {chance(points, k):.1%})"
    part = f", for the {points:,} items it was computed from" if points != len(embedding) else ""
    return f"{name}: {', '.join(shown)}{part}." if shown else ""


def selection_details(scene: Scene, mask: np.ndarray, what: str) -> None:
    """Draw the items of a selection, (n,) bool, how they differ from the rest, and the nearest to their center."""
    embedding, among = scene.embedding, scene.shown
    rows_of = np.flatnonzero(mask)
    popularity = embedding.columns.numbers("popularity")
    order = rows_of if popularity is None else rows_of[np.argsort(-popularity[rows_of], kind="stable")]
    table = embedding.items.take(order[:LISTED])
    left, right = st.columns([3, 2], gap="medium")
    with left:
        widgets.heading(f"{len(rows_of):,} {what}", table, what)
        item_list.item_list(embedding, table.head(FIRST), "listed")
        if len(rows_of) > FIRST:
            which = "all" if len(rows_of) == len(table) else "the first"
            st.caption(f"The first {FIRST}; {which} {len(table):,} are in the CSV.")
    with right:
        compared = (mask & among).any() and (among & ~mask).any()
        digest = f"{array_digest(mask)} {array_digest(among)}"
        rows = cache.differences(embedding, digest, scene.named_by, mask, among) if compared else pd.DataFrame()
        widgets.heading("What sets them apart", rows, f"what sets {what} apart")
        if rows.empty:
            st.caption(f"No significant difference from the other {int((among & ~mask).sum()):,} shown.")
        else:
            item_list.value_list(
                [(s, "", min(1.0, e / 2)) for s, e in zip(rows.sentence, rows.effect, strict=True)][:8], "apart"
            )
        sampled = isinstance(embedding.vectors, RemoteVectors) and len(rows_of) > MOST
        if sampled:
            rows_of = np.sort(np.random.default_rng(0).choice(rows_of, MOST, replace=False))
        near = embedding.nearest(embedding.center(rows_of), 8, mask=filters.default_mask(embedding) & ~mask)
        widgets.heading("Nearest to their center", near, f"near {what}")
        item_list.item_list(embedding, near, "middle")
        if sampled:
            st.caption(f"The center is that of a random sample of {MOST:,} of them.")


def item_panel(scene: Scene, method: str, row: int) -> None:
    """Draw one item: its columns, actions, and its true and false neighbors on this map."""
    embedding, key = scene.embedding, str(scene.embedding.items["key"].iloc[row])
    with st.container(key="item_panel", border=True):
        item_list.item_card(embedding, key)
        _actions(embedding, method, key, row)
        if method in embedding.layouts and not embedding.has_no_vectors and cache.trust_neighbor_count(embedding) > 0:
            neighbor_check(embedding, cache.trust(embedding, method), row)


def _actions(embedding: Embedding, method: str, key: str, row: int) -> None:
    """Draw links and buttons: open, rate, add to an analogy, use as an axis, zoom to."""
    shared = {"artifact": embedding.name, "item": key}
    links = [("app.py", "Open", shared), ("pages/1_Neighbors.py", "Neighbors", shared)]
    links += (
        [("pages/2_Analogies.py", "Add to an analogy", {**shared, "plus": key})] if not embedding.has_no_vectors else []
    )
    if embedding.manifest.get("dataset", {}).get("users"):
        links += [("pages/5_Recommend.py", "Rate it", {**shared, "rated": f"{key}=5"})]

    def use_as_axis() -> None:
        for name, value in (("method", "axes"), ("x", map_controls.BETWEEN), ("x_to", [key])):
            url_state.put(name, value)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for file, label, query in links:
            with suppress(StreamlitPageNotFoundError):
                st.page_link(file, label=label, query_params=query)
        if not embedding.has_no_vectors and method != "axes":
            st.button("Use as axis", on_click=use_as_axis, type="tertiary", key="panel:axis")
        if st.query_params.get("item") != key:
            st.button("Zoom to it", on_click=url_state.put, args=("item", key), type="tertiary", key="panel:zoom")
        if st.query_params.get("select"):
            st.button("Close", on_click=map_chart.select, args=(Selection(),), type="tertiary", key="panel:close")


def neighbor_check(embedding: Embedding, trust: Trust, row: int) -> None:
    """Draw an item's true neighbors, those that the map keeps marked, and its false neighbors on the map."""
    if trust.among is None:
        _true_and_false(embedding, trust, row)
    overall = trust.overall
    about = "The whole map" if trust.among is None else f"A random sample of {len(trust.among):,} points"
    st.caption(
        escape_markdown(
            f"{about}, {trust.k} neighbors each: trustworthiness {overall['trustworthiness']:.3f}, continuity "
            f"{overall['continuity']:.3f}, neighbors kept {overall['recall']:.0%}."
        )
    )


def _true_and_false(embedding: Embedding, trust: Trust, row: int) -> None:
    true, false = trust.true_neighbors(row), trust.false_neighbors(row)
    tabs = [f"True neighbors ({len(true)})", f"False neighbors ({len(false)})"]
    left, right = st.tabs(tabs, key=f"neighbor_check:{row}", on_change="rerun")
    with left.container(height=PANEL_LIST, border=False):
        table = pd.DataFrame({"key": embedding.items["key"].array.take(true["row"])})
        kept = {k: "also near on the map" for k, is_kept in zip(table["key"], true["kept"], strict=True) if is_kept}
        item_list.item_list(embedding, table, "true", marked=kept)
    if not right.open:
        return
    with right.container(height=PANEL_LIST, border=False):
        table = pd.DataFrame({"key": embedding.items["key"].array.take(false["row"])})
        ranks: dict[str, Any] = {k: f"neighbor {rank:,}" for k, rank in zip(table["key"], false["rank"], strict=True)}
        item_list.item_list(embedding, table, "false", marked=ranks, empty="None: all neighbors on the map are true.")
