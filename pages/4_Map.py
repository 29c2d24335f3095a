"""All items as points: what is similar lies close together."""

import numpy as np
import streamlit as st

from explorer import figures
from explorer.embedding import Embedding
from explorer.errors import BadRequest
from explorer.webapp import cache, state, widgets
from explorer.webapp.page import called, page, plain, told

METHODS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}


def layout(embedding: Embedding) -> str:
    there = [m for m in METHODS if m in embedding.layouts] + [m for m in embedding.layouts if m not in METHODS]
    if not there:
        raise BadRequest(
            f"{embedding.name} has no layout, so no map yet. "
            f"Make one: python -m explorer project {embedding.name} --method tsne"
        )
    return state.bind(
        st.segmented_control, "Layout", "method", there[0], allowed=there, options=there,
        format_func=lambda m: METHODS.get(m, m), required=True,
    )  # fmt: skip


def window(xy: np.ndarray, row: int, shown: np.ndarray, n: int = 60) -> tuple[float, float, float, float]:
    """x0, x1, y0, y1 of the region that holds the n shown points nearest to one on the map."""
    distance = np.linalg.norm(xy - xy[row], axis=1)
    reach = np.sort(distance[shown])[: n + 1][-1]
    x, y = map(float, xy[row])
    return x - 1.6 * reach, x + 1.6 * reach, y - reach, y + reach


@st.fragment
@told()
def picture(embedding: Embedding) -> None:
    main, side = st.columns([3, 1], gap="medium")
    with side:
        method = layout(embedding)
        around = widgets.one_item(embedding, "Zoom to", "item")
        titled = widgets.title_filter(embedding, "Harry Potter")
        shown = widgets.popularity_filter(embedding, 50)
        lit = widgets.genre_filter(embedding) & titled
    row = None if around is None else int(embedding.index(around)[0])
    xy = embedding.layout(method)
    if row is not None:
        shown = shown | (np.arange(len(embedding)) == row)
    with main:
        figure = figures.map_figure(
            embedding, xy, shown, cache.colours(embedding), lit=None if lit.all() else lit, focus=row,
            window=None if row is None else window(xy, row, shown), n_labels=45 if row is None else 90,
            dark=st.context.theme.type == "dark",
        )  # fmt: skip
        picked = st.plotly_chart(
            figure, key="map", on_select="rerun", selection_mode=("points", "box", "lasso"),
            config={"displaylogo": False, "scrollZoom": True, "modeBarButtonsToRemove": ["autoScale2d", "toImage"]},
        )  # fmt: skip
        if not (shown & lit).any():
            st.info(plain(f"No {called(embedding, 1)} matches the title pattern and the genres among those shown."))
        else:
            st.caption(plain(legend(embedding, method, shown, lit)))
        rows = [int(point["customdata"][0]) for point in picked.selection.points if "customdata" in point]
        found = [] if lit.all() else np.flatnonzero(shown & lit).tolist()
        listed(embedding, rows or found, "selected" if rows else "found")


def legend(embedding: Embedding, method: str, shown: np.ndarray, lit: np.ndarray) -> str:
    """One sentence under the picture: how many, what colour and size mean, how far it can be trusted."""
    facts = embedding.manifest.get("layouts", {}).get(method, {})
    trust = f" Trustworthiness {facts['trustworthiness']:.2f} of 1." if "trustworthiness" in facts else ""
    return (
        f"{(shown & lit).sum():,} of {len(embedding):,} {called(embedding)}, each in the colour of its rarest genre, "
        f"larger when better known. Near points are alike; far distances and empty directions mean little.{trust}"
    )


def listed(embedding: Embedding, rows: list[int], what: str) -> None:
    """The items of some rows, the best known first."""
    if not rows:
        st.caption("Click a point, or draw a box or a lasso around some, to see them listed here.")
        return
    table = embedding.items.iloc[sorted(set(rows))]
    if "n_ratings" in table:
        table = table.sort_values("n_ratings", ascending=False)
    widgets.heading(f"{len(table):,} {what}", table, what)
    widgets.film_list(embedding, table.head(50), "listed")


with page("Map", "All {n} {items}: what is liked by the same people lies close together.") as embedding:
    picture(embedding)
