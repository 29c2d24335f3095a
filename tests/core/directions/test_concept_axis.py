"""Concept axes between groups with known centroids."""

import numpy as np
import pytest

from explorer import BadRequest, Embedding, UnknownItem
from explorer.core.directions.concept_axis import concept_axis


def test_ends_are_0_and_1_and_the_midpoint_is_half(colours):
    way = concept_axis(colours, "Red 0", "Green 0")
    red, green, blue = (int(colours.index(f"{colour} 0")[0]) for colour in ("Red", "Green", "Blue"))
    assert way.shape == (len(colours),)
    assert way.dtype == np.float32
    np.testing.assert_allclose(way[[red, green, blue]], [0, 1, 0.5], atol=1e-6)


def test_group_centroids_are_at_0_and_1(colours):
    low, high = ["Red 0", "Red 1", "Blue 3"], ["Green 2", "Green 5"]
    way = concept_axis(colours, low, high)
    assert way[colours.index(low)].mean() == pytest.approx(0, abs=1e-6)
    assert way[colours.index(high)].mean() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(concept_axis(colours, high, low), 1 - way, atol=1e-6)


def test_axis_orders_items_and_extends_beyond_its_ends(colours):
    way = concept_axis(colours, "Red 1", "Red 5")
    reds = way[colours.index([f"Red {shade}" for shade in range(8)])]
    assert (np.diff(reds) > 0).all()
    assert reds[0] < 0
    assert reds[7] > 1


def test_axis_ignores_vector_length_and_repeated_keys(colours):
    longer = Embedding(colours.vectors * np.arange(1, 25)[:, None], colours.items)
    np.testing.assert_allclose(
        concept_axis(longer, "Red 0", "Green 3"), concept_axis(colours, ["Red 0", "Red 0"], "Green 3"), atol=1e-5
    )


def test_axis_between_equal_ends_is_refused(colours):
    with pytest.raises(BadRequest, match="at least one item at each end"):
        concept_axis(colours, [], "Red 0")
    with pytest.raises(BadRequest, match="'Red 0' is at both ends"):
        concept_axis(colours, ["Red 1", "Red 0"], "Red 0")
    with pytest.raises(UnknownItem, match="Did you mean"):
        concept_axis(colours, "Red 0", "Gren 0")
    twins = Embedding(np.ones((24, 3)), colours.items)
    with pytest.raises(BadRequest, match="same center"):
        concept_axis(twins, "Red 0", "Red 1")
