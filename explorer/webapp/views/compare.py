"""Parts of the Compare page: the two embeddings, neighbors of an item, overlap of all items, popularity bias."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import streamlit as st

from explorer import artifacts
from explorer.core.columns.schema import ITEM
from explorer.core.embedding import Embedding
from explorer.errors import BadArtifact, BadRequest
from explorer.figures import comparison, scatter
from explorer.quality import reports
from explorer.quality.comparison import Comparison, common_items, compare_embeddings, turned_layout
from explorer.quality.popularity_bias import PopularityBias, popularity_bias
from explorer.webapp import cache, examples, url_state
from explorer.webapp.chart import chart
from explorer.webapp.components import item_list, item_search, widgets
from explorer.webapp.wording import escape_markdown, item_noun

READY = (
    ("movielens", "movielens-item2vec"),
    ("movielens", "movielens-deep"),
    ("movielens-deep", "movielens-item2vec"),
)
POINTS = 6_000  # items on a small map, the most popular ones
NAMED = 8  # labels of an item and its neighbors on a small map
WIDTH = 360  # pixels: width of a small map on a phone
LEAST_OVERLAP = 0.1  # share of the smaller embedding that two must have in common to be compared by default
BARE = {"displayModeBar": False}


@st.cache_resource(max_entries=64, show_spinner=False)
def _common(names: tuple[str, str], digests: tuple[str, str]) -> np.ndarray:
    try:
        return common_items(cache.embedding(names[0]), cache.embedding(names[1]))[1]
    except BadRequest:
        return np.empty(0, np.int64)


@st.cache_resource(max_entries=8, show_spinner="Comparing the neighbors of every item")
def _compared(names: tuple[str, str], digests: tuple[str, str], k: int) -> Comparison:
    return compare_embeddings(cache.embedding(names[0]), cache.embedding(names[1]), k)


@st.cache_resource(max_entries=8, show_spinner=False)
def _popularity_bias(names: tuple[str, str], digests: tuple[str, str], k: int) -> PopularityBias:
    return popularity_bias(_compared(names, digests, k))


def common(a: str, b: str) -> np.ndarray:
    """Rows of artifact a whose items are also in b: (m,) int64; empty if one of them cannot be read."""
    try:
        return _common((a, b), (artifacts.digest(a), artifacts.digest(b)))
    except BadArtifact:
        return np.empty(0, np.int64)


def suggested_pairs() -> Iterator[tuple[str, str]]:
    """Those pairs of READY that exist and have items in common."""
    names = artifacts.list_artifacts()
    return ((a, b) for a, b in READY if a in names and b in names and common(a, b).size)


def partner(embedding: Embedding) -> Embedding | None:
    """Let the visitor choose the embedding to compare with; None if none is chosen. Raises BadArtifact."""
    names = [name for name in artifacts.list_artifacts() if name != embedding.name]
    if not names:
        return None
    pairs = [set(pair) for pair in READY]
    order = {name: pairs.index({name, embedding.name}) for name in names if {name, embedding.name} in pairs}
    names.sort(key=lambda name: order.get(name, len(pairs)))
    usual = _default_partner(embedding, names)
    chosen = url_state.bind(
        st.selectbox, escape_markdown(f"Compare {embedding.name} with"), "with", usual, allowed=names, options=names,
        placeholder="Another embedding", width=260,
    )  # fmt: skip
    return chosen and cache.embedding(chosen)


def _default_partner(embedding: Embedding, others: list[str]) -> str | None:
    """The embedding with most items in common, if the items are of the same kind; None if there is none.

    Different kinds of items, such as books and games, may share titles by chance.
    """
    found = {}
    for name in others:
        count = len(common(embedding.name, name))
        if not count:
            continue
        other = cache.embedding(name)
        nouns = {other.schema.noun, embedding.schema.noun} - {ITEM}  # the default noun fits any kind of item
        if len(nouns) <= 1 and count >= LEAST_OVERLAP * min(len(embedding), len(other)):
            found[name] = count
    return max(found, key=found.__getitem__, default=None)


def first(embedding: Embedding, other: Embedding | None, chosen: str | None) -> str:
    """The default item: the one chosen before, else an example in both embeddings, else any item in both."""
    if chosen in embedding:
        return str(chosen)
    known = examples.items(embedding)
    rows = common(embedding.name, other.name) if other else np.empty(0, np.int64)
    if not rows.size:
        return known[0]
    return next(
        (key for key in known if np.isin(embedding.index(key), rows).all()), str(embedding.items["key"].iloc[rows[0]])
    )


def settings(embedding: Embedding) -> tuple[Embedding | None, str | None, str, int]:
    """Draw the controls; returns the other embedding, the chosen item, the default item, the number of neighbors."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        other = partner(embedding)
        default = first(embedding, other, url_state.remember("item"))
        key = item_search.one_item(embedding, item_noun(embedding, 1).capitalize(), default=default, width=320)
        return other, key, default, widgets.result_count()


def nothing_to_compare(embedding: Embedding) -> None:
    """Show that there is no other embedding to compare with."""
    name, items = embedding.name, item_noun(embedding)
    text = f"{name} is the only embedding of these {items}. Train or import another one to compare."
    st.info(escape_markdown(text))


def ready_pairs(a: Embedding, b: Embedding | None) -> None:
    """Draw buttons with suggested pairs, without the pair on screen."""
    pairs = [pair for pair in suggested_pairs() if b is None or set(pair) != {a.name, b.name}]
    with st.container(horizontal=True, gap="small"):
        for first, second in pairs:
            label = escape_markdown(f"{first} and {second}")
            if st.button(label, type="tertiary", icon=":material/compare:", key=f"pair:{first}:{second}"):
                url_state.put("artifact", first)
                url_state.put("with", second)
                st.rerun()


def compared(a: Embedding, b: Embedding, k: int) -> Comparison:
    """Compare the k nearest neighbors in two embeddings; cached. Raises BadRequest."""
    count = len(common(a.name, b.name))
    if not count:
        common_items(a, b)  # raises an error that explains why there are none
    return _compared((a.name, b.name), (a.digest, b.digest), min(k, count - 1))


def side_by_side(found: Comparison, key: str) -> None:
    """Draw an item's neighbors and its place on the map in both embeddings; shared neighbors are marked."""
    if key not in found.items["key"].to_numpy():
        st.info(escape_markdown(f"{key} is not among the {len(found):,} {item_noun(found.a)} in both embeddings."))
        return
    place = found.place(key)
    st.caption(
        escape_markdown(
            f"Of the {found.k} nearest {item_noun(found.a)}, {found.shared[place]} are in both lists. The average for "
            f"all {len(found):,} {item_noun(found.a)} is {found.shared.mean():.1f}."
        )
    )
    planes = _planes(found)
    sides = zip(st.columns(2, gap="medium"), (found.a, found.b), found.names, found.neighbors(key), strict=True)
    for side, (column, embedding, name, near) in enumerate(sides):
        with column:
            table = near.drop(columns="in_both")
            widgets.heading(f"{key} in {name}", table, f"{key} in {name}")
            marked = {row.key: "in both" for row in near.itertuples() if row.in_both}
            item_list.item_list(embedding, table, f"near:{side}", marked=marked)
            row = int(found.rows[side][place])
            _map(embedding, planes[side], row, embedding.index(near["key"]), f"map:{side}")
    if all(plane is not None for plane in planes):
        st.caption("The second map is rotated to match the first. The ring marks the item.")


def _planes(found: Comparison) -> list[np.ndarray | None]:
    """The layouts of both embeddings, the second rotated to match the first; None for an embedding without a map."""
    of_a, of_b = found.a.plane, found.b.plane
    return [of_a, of_b if of_a is None or of_b is None else turned_layout(found, of_a, of_b)]


def _map(embedding: Embedding, xy: np.ndarray | None, row: int, near: np.ndarray, key: str) -> None:
    if xy is None:
        st.caption(escape_markdown(f"{embedding.name} has no map."))
        return
    shown, lit = np.zeros((2, len(embedding)), bool)
    shown[embedding.columns.best_known(POINTS)[:POINTS]] = True
    lit[[row, *near]] = True
    figure = scatter.map_figure(
        embedding, xy, shown | lit, lit=lit, focus=row, linked=near, n_labels=NAMED,
        dark=st.context.theme.type == "dark", height=400, width=WIDTH,
    )  # fmt: skip
    chart(figure, key=key, config=BARE)


def overall_overlap(found: Comparison, key: str | None) -> None:
    """Draw the neighbor overlap of all items, other measures, and the items that changed most and least."""
    items = item_noun(found.a)
    mine = found.items["key"] == key
    known = found.a.schema.by_role("popularity")
    names = ("key", "item_id", known.name if known else "", "shared", "jaccard", "rbo")
    table = found.items[[name for name in names if name in found.items]]
    widgets.heading(f"Neighbor overlap for all {len(found):,} {items}", table, "overlap of all")
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption(escape_markdown(f"Percentage of {items} by the number of their {found.k} neighbors in both lists."))
        marked = int(found.shared[mine][0]) if mine.any() else None
        chart(comparison.overlap_figure(found, marked), key="overlap", config=BARE)
    with right:
        item_list.value_list(reports.comparison_summary(found), "summary")
    st.caption(
        escape_markdown(
            f"The {items} whose {found.k} neighbors changed most and least. Number: rank-biased overlap of both lists, "
            f"from 0 (nothing in common) to 1 (the same list)."
        )
    )
    for column, title, most in zip(
        st.columns(2, gap="medium"), ("Changed most", "Changed least"), (True, False), strict=True
    ):
        with column:
            table = found.changed(8, most)
            widgets.heading(title, table, title.lower())
            item_list.item_list(found.a, table.assign(score=table["rbo"]), title)
            st.caption(escape_markdown(found.ties(8, most)))


def popularity_comparison(found: Comparison) -> None:
    """Draw how strongly each embedding favors popular items."""
    st.header("Popularity bias", anchor=False)
    if found.counts is None:
        st.caption(escape_markdown(f"Neither embedding has a popularity column for its {item_noun(found.a)}."))
        return
    bias = _popularity_bias((found.a.name, found.b.name), (found.a.digest, found.b.digest), found.k)
    st.markdown("\n".join(f"- {escape_markdown(sentence)}" for sentence in bias.sentences))
    left, right = st.columns(2, gap="medium")
    with left:
        chart(comparison.popularity_figure(bias), key="popularity", config=BARE)
    if bias.shared is not None:
        with right:
            chart(comparison.shared_figure(bias), key="shared", config=BARE)
