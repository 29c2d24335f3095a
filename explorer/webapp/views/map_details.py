"""What the Map page says: of the whole map, of a selection, of one film and those around it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.figures.scatter import LIVE
from explorer.maps.enrichment import enrichment
from explorer.maps.trustworthiness import Trust, chance
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
    "Neighbors kept: of an item's nearest in all dimensions, the share that is among its nearest here; by chance it "
    "would be what stands behind. Trustworthiness falls where the map shows false neighbors, continuity where it "
    "separates true ones; 1 is perfect, 0.5 chance. With another seed: the share of an item's nearest on the map that "
    "stays when the map is computed again; the rest is chance, not the data."
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
    """How far a stored layout can be trusted as a whole; "" where that is not known."""
    facts = embedding.manifest.get("layouts", {}).get(method, {})
    points = facts.get("points", len(embedding))
    k = facts.get("k", min(15, (points - 1) // 2))
    told = [f"{what} {facts[what]:.2f}" for what in ("trustworthiness", "continuity") if what in facts]
    told += [f"neighbors kept {facts['recall']:.0%}"] if "recall" in facts else []
    told += [f"with another seed {facts['recall_other_seed']:.0%}"] if "recall_other_seed" in facts else []
    if "recall" in facts or "recall_other_seed" in facts:
        told[-1] += f" (of {k}; chance {chance(points, k):.1%})"
    part = f", of the {points:,} it was learned from" if points != len(embedding) else ""
    return f"{name}: {', '.join(told)}{part}." if told else ""


def selection_details(embedding: Embedding, mask: np.ndarray, what: str, among: np.ndarray) -> None:
    """Items of a selection, what sets them apart from the others in `among`, and what is near their centre.

    mask, among: (n,) bool.
    """
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
        compared = (mask & among).any() and (among & ~mask).any()
        rows = enrichment(embedding.columns, mask, among) if compared else pd.DataFrame()
        widgets.heading("What sets them apart", rows, f"what sets {what} apart")
        if rows.empty:
            st.caption(f"No significant difference from the other {int((among & ~mask).sum()):,} shown.")
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
