"""Paths over nearest neighbors on arcs, where the shortest path is known."""

import numpy as np
import pandas as pd
import pytest

import explorer
from explorer.core.path import neighbor_path
from explorer.errors import BadRequest


def arc(*degrees: float) -> explorer.Embedding:
    angle = np.radians(degrees)
    vectors = np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    return explorer.from_arrays(vectors, pd.DataFrame({"key": [f"{degree:g}" for degree in degrees]}))


def test_many_small_steps_are_preferred_to_one_large_step():
    path = neighbor_path(arc(*range(0, 100, 10)), "0", "40")
    assert path["key"].tolist() == ["0", "10", "20", "30", "40"]
    assert path["score"].tolist() == pytest.approx([1, *[np.cos(np.radians(10))] * 4], abs=1e-5)


def test_mask_excludes_intermediate_items_but_not_the_ends():
    embedding = arc(*range(0, 100, 10))
    mask = ~embedding.items["key"].isin(["0", "20"]).to_numpy()
    assert neighbor_path(embedding, "0", "40", mask)["key"].tolist() == ["0", "10", "30", "40"]


def test_unconnected_items_raise():
    embedding = arc(*np.linspace(0, 5, 12), *np.linspace(90, 95, 12))
    with pytest.raises(BadRequest, match="No path"):
        neighbor_path(embedding, "0", "90")
    with pytest.raises(BadRequest, match="itself"):
        neighbor_path(embedding, "0", "0")
