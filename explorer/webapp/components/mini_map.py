"""A small map with the position of one item, or of a user."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer.core.embedding import Embedding
from explorer.core.recommend import User, direction
from explorer.figures.palette import CONTRAST
from explorer.maps import out_of_sample
from explorer.webapp import cache
from explorer.webapp.components import filters
from explorer.webapp.components.frontend import component
from explorer.webapp.components.item_rows import item_rows
from explorer.webapp.wording import item_noun

DRAWN = 12_000  # background points; a sample of this size shows the shape of any map


def place_map(
    embedding: Embedding, key: str, near: Sequence[str], here: np.ndarray | None = None, height: int = 400,
    name: str = "you",
) -> None:  # fmt: skip
    """Draw all items as faint points (a sample if there are many), with an item and its nearest ones highlighted.

    near: keys of the nearest items; without `here`, the first one is the item itself. here: the position (2,) of
    something that is not an item, such as a user, labeled with `name`.
    """
    xy = embedding.plane
    if xy is None:
        st.caption("This embedding has no map.")
        return
    rows, made = embedding.index(near), item_rows(embedding)
    titles = [made.title(row)["title"] for row in rows.tolist()]
    kinds = ["near"] * len(rows)
    places = _grid(embedding, xy[rows])
    if here is None:
        kinds[0] = "itself"
    else:
        kinds, titles, places = [*kinds, "ring"], [*titles, name], np.vstack([places, _grid(embedding, here)])
    drawn = zip(places.tolist(), kinds, titles, strict=True)
    spots = [{"x": x, "y": y, "kind": kind, "title": title} for (x, y), kind, title in drawn]
    data = {
        "points": _faint_points(embedding),
        "spots": sorted(spots, key=lambda spot: spot["kind"] != "near"),
        "accent": CONTRAST,
        "height": height,
        "label": f"A map of all {item_noun(embedding)}; similar ones are close together.",
    }
    component("place_map", "<figure><canvas></canvas><span></span></figure>")(key=key, data=data)


def _grid(embedding: Embedding, points: np.ndarray) -> np.ndarray:
    """Points (m, 2) of the default layout as whole numbers from 0 to 65535 between its ends: (m, 2) uint16."""
    low, spread = _ends(embedding)
    return np.round((points - low) / spread * 65535).clip(0, 65535).astype(np.uint16)


@cache.by_artifact(max_entries=32)
def _ends(embedding: Embedding) -> tuple[np.ndarray, np.ndarray]:
    """The lowest coordinates of the default layout, and the distance to the highest, 1 if it is 0: (2,) each."""
    xy = np.asarray(embedding.plane)
    low, high = xy.min(axis=0), xy.max(axis=0)
    return low, np.where(high > low, high - low, 1)


@cache.by_artifact(max_entries=32)
def _faint_points(embedding: Embedding) -> str:
    """All points, or a sample, as base64 of _grid; the embedding has a map."""
    xy = np.asarray(embedding.plane)
    faint = np.random.default_rng(0).choice(len(xy), DRAWN, replace=False) if len(xy) > DRAWN else slice(None)
    return base64.b64encode(_grid(embedding, xy[faint]).tobytes()).decode()


def map_position(embedding: Embedding, vector: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Position (2,) of a vector (d,) on the map; see out_of_sample.place_new_points. Needs an embedding with a map."""
    near = embedding.neighbor_index.search(vector, 10, mask=mask)[0]
    assert embedding.plane is not None
    return out_of_sample.place_new_points(embedding.vectors[near], embedding.plane[near], vector)[0]


def user_on_map(embedding: Embedding, user: User) -> None:
    """Draw a user on the map, where most of the items nearest to the user's vector are."""
    xy = embedding.plane
    if xy is None:
        st.caption("This embedding has no map.")
        return
    known = filters.default_mask(embedding)
    liked = direction(embedding, user)
    rows, _ = embedding.nearest_rows(liked, 10, mask=known, exclude=user.rows)
    near = embedding.items["key"].array.take(rows).tolist()
    place_map(embedding, "visitor", near, map_position(embedding, liked, known), 360)
    st.caption("Dots: the ten items nearest to your ratings. Ring: where most of them are.")
