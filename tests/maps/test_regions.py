"""Names of map regions in generated maps, and in a map without structure."""

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest
from explorer.core.columns import Columns, read_schema
from explorer.maps import regions as module
from explorer.maps.regions import regions

CORNERS = np.array([[0, 0], [10, 0], [0, 10], [10, 10]])


@pytest.fixture
def world() -> tuple[pd.DataFrame, np.ndarray]:
    """Four islands of 150 films: old Film-Noir and Crime, Westerns of the 1960s, cartoons, and mixed genres."""
    rng = np.random.default_rng(0)
    island = np.repeat(np.arange(4), 150)
    xy = CORNERS[island] + rng.normal(size=(600, 2))
    sure = [["Film-Noir", "Crime"], ["Western"], ["Children", "Animation", "IMAX"], []]
    genres = [[*sure[i], *(["Drama"] if rng.random() < 0.5 else ["Comedy"])] for i in island]
    first, last = np.array([1940, 1960, 1930, 1930])[island], np.array([1949, 1969, 2019, 2019])[island]
    items = pd.DataFrame({"key": [str(n) for n in range(600)], "genres": genres, "year": rng.integers(first, last + 1)})
    return items, xy.astype(np.float32)


def test_islands_are_named_by_their_distinctive_values(world):
    items, xy = world
    table = regions(items, xy).set_index("name")
    assert set(table.index) == {"Crime & Film-Noir, 1940s", "Western, 1960s", "Animation & Children"}
    for corner, name in enumerate(("Crime & Film-Noir, 1940s", "Western, 1960s", "Animation & Children")):
        region = table.loc[name]
        assert region["size"] == len(region["rows"]) > 130
        assert (region["rows"] // 150 == corner).mean() > 0.98
        assert np.abs(CORNERS[corner] - [region["x"], region["y"]]).max() < 1
        assert region["effect"] > 0.8


def test_names_are_invariant_to_rotation_and_an_outlier(world):
    items, xy = world
    table = regions(items, xy)
    pd.testing.assert_frame_equal(table, regions(items, xy))
    far = xy.copy()
    far[599] = 1e6
    for other in (-3 * xy[:, ::-1], far):
        assert set(regions(items, other)["name"]) >= set(table["name"])


def test_regions_are_disjoint_and_adjacent_ones_have_different_names(world):
    items, xy = world
    rows = np.concatenate(regions(items, xy)["rows"].tolist())
    assert len(rows) == len(set(rows))
    one_crowd = regions(items.assign(genres=[["Western"]] * 600).assign(year=1965), xy)
    assert one_crowd.empty  # a value shared by all items is not distinctive


def test_cluster_split_by_density_is_merged_under_its_name():
    rng = np.random.default_rng(1)
    xy = np.concatenate(
        [rng.normal(0, 1, (200, 2)), rng.normal([3.2, 0], 1, (200, 2)), rng.normal([0, 30], 1, (400, 2))]
    )
    items = pd.DataFrame({"genres": [["Horror"]] * 400 + [["Drama"]] * 400})
    assert sorted(regions(items, xy)["name"]) == ["Drama", "Horror"]


def test_noise_has_no_names(world):
    items, xy = world
    rng = np.random.default_rng(2)
    assert regions(items.sample(frac=1, random_state=3), xy).empty
    assert regions(items, rng.uniform(size=(600, 2))).empty


def test_few_coincident_or_plain_items_have_no_regions(world):
    items, xy = world
    assert regions(items[:3], xy[:3]).empty
    assert regions(items, np.zeros((600, 2))).empty
    table = regions(items[["key"]], xy)
    assert table.empty
    assert table.columns.tolist() == ["name", "x", "y", "size", "effect", "rows"]


def test_layout_of_other_items_is_refused(world):
    items, xy = world
    with pytest.raises(BadRequest, match="599 points does not belong to 600 items"):
        regions(items, xy[1:])


def test_regions_can_be_named_by_any_column():
    rng = np.random.default_rng(4)
    island = np.repeat(np.arange(3), [270, 60, 270])
    xy = CORNERS[island] + rng.normal(size=(600, 2))
    other_brands = rng.choice([f"Brand {letter}" for letter in "BCDEFGHIJ"], 600)
    years = np.where(island == 2, 5, rng.integers(0, 4, 600))
    items = pd.DataFrame(
        {
            "key": [str(n) for n in range(600)],
            "brand": np.where(island == 0, "Acme", other_brands),
            "price": np.where(island == 1, 90 + rng.random(600), 10 * rng.random(600)),
            "added": pd.Timestamp("2015-03-01") + pd.to_timedelta(365 * years, "D"),
        }
    )
    assert set(regions(items, xy)["name"]) == {"Acme"}  # the column with the role group
    assert set(regions(items, xy, by=["price", "added"])["name"]) == {"Price 90 or more", "2020"}
    with pytest.raises(BadRequest, match="Did you mean 'price'"):
        regions(items, xy, by=["prices"])


def test_another_column_names_regions_that_the_group_does_not():
    rng = np.random.default_rng(5)
    brand = np.repeat(["Acme", "Bolt", "Corvid"], 200)
    xy = np.repeat([[0, 0], [20, 0], [0, 20]], 200, axis=0) + rng.normal(size=(600, 2))
    tags = [[("new", "old")[n]] for n in rng.integers(0, 2, 600)]
    items = pd.DataFrame({"key": [f"p{n}" for n in range(600)], "tags": tags, "brand": brand})
    schema = read_schema({"columns": [{"name": "tags", "kind": "labels", "role": "group"}]}, items)
    assert set(regions(Columns(items, schema), xy)["name"]) == {"Acme", "Bolt", "Corvid"}


def test_regions_of_many_items_are_those_of_a_sample(monkeypatch):
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 3, 3_000)
    items = pd.DataFrame({"key": [f"k{n}" for n in range(3_000)], "kind": np.array(["Fish", "Bird", "Tree"])[kinds]})
    xy = np.array([[0, 0], [5, 0], [0, 5]])[kinds] + rng.normal(0, 0.3, (3_000, 2))
    whole = regions(items, xy)
    monkeypatch.setattr(module, "SAMPLE", 1_000)
    part = regions(items, xy)
    assert sorted(part["name"]) == sorted(whole["name"]) and len(part) == 3
    assert part["size"].sum() <= 1_000
    for name, rows in zip(part["name"], part["rows"], strict=True):
        assert (items["kind"].to_numpy()[rows] == name).mean() > 0.95
        assert (np.diff(rows) > 0).all()
