"""What the Map page says: of the whole map, of a selection, of one film and those around it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.figures.scatter import LIVE
from explorer.maps.enrichment import enrichment
from explorer.maps.trustworthiness import Trust
from explorer.webapp.components import filters, item_list, widgets
from explorer.webapp.views.map_chart import Scene
from explorer.webapp.wording import escape_markdown, item_noun

FIRST = 40  # items of a selection that are listed
NEAR_AND_FAR = {  # what a distance on the map means, and what it does not
    "pca": "A straight view along the two directions of most difference: what lies far apart differs, what lies close "
    "together may differ too, in other directions.",
    "axes": "Each axis says one thing: what lies close together is alike in these two, and may differ in all else.",
    "space": "What lies close together is alike in these three directions, and may differ in all else.",
}
USUALLY = "What lies close together is alike. How far apart groups lie, and how large one is drawn, means little."
TRUST = (
    "Neighbors kept: how many of the nearest in all dimensions are among the nearest here. Trustworthiness falls where "
    "the map shows neighbors that are none, continuity where it tears true ones apart; 1 is perfect, 0.5 chance. "
    "Another start: the map made again from elsewhere; what differs then is chance, not the data."
)


def map_caption(scene: Scene, method: str, outside: int = 0) -> str:
    """What one sees: how many, what colour, size and distance mean, what is not in the picture."""
    embedding, shown = scene.embedding, int((scene.shown & scene.lit).sum())
    kind = embedding.manifest.get("layouts", {}).get(method, {}).get("method", method)
    if scene.number is not None:
        by = f"coloured by {scene.number.title.lower()}"
    else:
        by = "each in the colour of its rarest genre" if scene.kinds.title == "genres" else "by which genres they mix"
    size = ", larger when better known" if "n_ratings" in embedding.items else ""
    parts = [f"{shown:,} of {len(embedding):,} {item_noun(embedding)}, {by}{size}."]
    if scene.shown.sum() > LIVE:
        parts.append("Those best known are drawn one by one, all others as a picture behind them; zoom in for more.")
    if outside:
        parts.append(f"{outside:,} so far out that they are not in the picture.")
    return " ".join([*parts, NEAR_AND_FAR.get(kind, USUALLY)])


def trusted(embedding: Embedding, method: str, name: str) -> str:
    """How far a stored layout of some name can be trusted as a whole; "" where that is not known."""
    facts = embedding.manifest.get("layouts", {}).get(method, {})
    told = [f"{what} {facts[what]:.2f}" for what in ("trustworthiness", "continuity") if what in facts]
    told += [f"neighbors kept {facts['recall']:.0%}"] if "recall" in facts else []
    told += [f"the same from another start {facts['stability']:.0%}"] if "stability" in facts else []
    return f"{name}: {', '.join(told)}." if told else ""


def selection_details(embedding: Embedding, mask: np.ndarray, what: str) -> None:
    """Items of a selection, what sets them apart, and what lies around their middle."""
    table = embedding.items[mask]
    if "n_ratings" in table:
        table = table.sort_values("n_ratings", ascending=False)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        widgets.heading(f"{len(table):,} {what}", table, what)
        item_list.item_list(embedding, table.head(FIRST), "listed")
        if len(table) > FIRST:
            st.caption(f"The first {FIRST}; all {len(table):,} are in the CSV.")
    with right:
        rows = enrichment(embedding.items, mask) if 0 < mask.sum() < len(mask) else pd.DataFrame()
        widgets.heading("What sets them apart", rows, f"what sets {what} apart")
        if rows.empty:
            st.caption("Nothing that chance would not show as well.")
        else:
            item_list.fact_list(
                [(s, "", min(1.0, e / 2)) for s, e in zip(rows.sentence, rows.effect, strict=True)][:8], "apart"
            )
        unit = embedding.vectors[mask] / embedding.norms[mask, None]
        near = embedding.nearest(unit.mean(axis=0), 8, mask=filters.well_known(embedding) & ~mask)
        widgets.heading("Nearest to their middle", near, f"near {what}")
        item_list.item_list(embedding, near, "middle")


def neighbor_check(embedding: Embedding, trust: Trust, row: int) -> None:
    """For one item: its true neighbors and whether the map keeps them, and who only seems to be one."""
    key = embedding.items["key"].iloc[row]
    true, false = trust.true_neighbors(row), trust.false_neighbors(row)
    left, right = st.columns(2, gap="medium")
    with left:
        table = embedding.items.iloc[true["row"]]
        kept = {k: "also near on the map" for k, there in zip(table["key"], true["kept"], strict=True) if there}
        widgets.heading(f"Truly near to {key}", table, "true neighbors")
        item_list.item_list(embedding, table, "true", marked=kept)
    with right:
        table = embedding.items.iloc[false["row"]]
        ranks: dict[str, Any] = {k: f"truly no. {rank:,}" for k, rank in zip(table["key"], false["rank"], strict=True)}
        widgets.heading("Near on the map only", table, "false neighbors")
        item_list.item_list(
            embedding, table, "false", marked=ranks, empty="None: every neighbor on the map is a true one."
        )
    overall = trust.overall
    st.caption(
        escape_markdown(
            f"The whole map, {len(true)} neighbors each: trustworthiness {overall['trustworthiness']:.3f}, continuity "
            f"{overall['continuity']:.3f}, neighbors kept {overall['recall']:.0%}."
        )
    )
