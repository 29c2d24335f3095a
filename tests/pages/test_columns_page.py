"""Columns page: distribution, direction, stored measurements."""

from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts
from explorer.core.directions.column_direction import column_direction
from explorer.jobs.columns_job import ProbeRequest, probe_columns


def test_group_column_is_shown_first_with_its_counts(world, visit):
    screen = visit("Columns")
    assert screen.control("column").value == "genres"
    rows = {row["name"]: row["value"] for row in screen.components("value_list")[0]["rows"]}
    assert rows == {"Even": "12", "Blue": "8", "Green": "8", "Red": "8"}
    assert "Known for 24 of 24 films" in screen.notes


def test_number_has_a_histogram_and_a_direction_with_two_ends(world, visit):
    screen = visit("Columns", column="n_ratings")
    assert sum(screen.figures[0]["data"][0]["y"]) == 24
    assert [len(keys) for keys in screen.lists] == [10, 10]


def test_direction_links_to_a_map_axis_and_to_neighbors_without_the_column(products, visit):
    screen = visit("Columns", column="price")
    links = {link.proto.label.replace("\\", ""): link.proto.query_string for link in screen.at.get("page_link")}
    axis = parse_qs(links["Use as an axis of the map"])
    assert axis["x"] == ["direction.price"] and axis["method"] == ["axes"]
    chart = visit("Map", **axis).figures[0]
    (trace,) = [t for t in chart["data"] if len(t.get("customdata", ()))]
    rows = [int(row[0]) for row in trace["customdata"]]
    assert np.asarray(trace["x"]) == pytest.approx(column_direction(products, "price")[rows], abs=1e-4)
    assert parse_qs(links["Neighbors that ignore price"])["without"] == ["price"]


def test_direction_of_a_category_value_is_an_axis(products, root, visit):
    items = pd.concat([products.items, products.items.assign(key=products.items["key"] + "x")], ignore_index=True)
    vectors = np.random.default_rng(1).normal(size=(48, 5))
    twice = artifacts.load(artifacts.save(root / "movielens", vectors, items, {}, layouts={"pca": vectors[:, :2]}))
    screen = visit("Map", method="axes", x="direction.brand", x_value="Bolt")
    assert screen.control("x_value").value == "Bolt"
    (trace,) = [t for t in screen.figures[0]["data"] if len(t.get("customdata", ()))]
    rows = [int(row[0]) for row in trace["customdata"]]
    assert np.asarray(trace["x"]) == pytest.approx(column_direction(twice, "brand", "Bolt")[rows], abs=1e-4)
    assert "direction of Bolt" in str(screen.figures[0]["layout"]["xaxis"])
    screen = visit("Map", method="axes", x="direction.brand", x_value="no such")
    assert not screen.errors and screen.control("x_value").value == "Acme"


def test_column_without_a_direction_is_reported_and_the_map_stays(products, visit):
    screen = visit("Map", method="axes", x="direction.brand")
    assert "has no direction" in screen.errors[0] and screen.figures


def test_measurements_are_shown(world, root, visit):
    assert any(button.label == "Measure" for button in visit("Columns").at.button)
    probe_columns(ProbeRequest(str(root / "movielens")))
    assert "probes" in artifacts.manifest("movielens")
    screen = visit("Columns")
    assert any(button.label == "Measure again" for button in screen.at.button)
    assert any("Number of ratings" in row["name"] for data in screen.components("value_list") for row in data["rows"])


def test_measurements_of_a_changed_kind_are_hidden(world, root, visit):
    probe_columns(ProbeRequest(str(root / "movielens")))
    artifacts.set_schema("movielens", lambda schema: schema.changed("mean_rating", kind="category", label="Stars"))
    screen = visit("Columns")
    (shown,) = [data["rows"] for data in screen.components("value_list")][1:]
    assert shown and not any(row["name"] == "Stars" for row in shown)
    assert "changed since: Stars" in screen.notes


def test_no_page_names_a_film_column():
    import re

    from tests import ROOT

    known = re.compile(
        r"""\bgenres?\b|(?<!\.)\bn_ratings\b|\bfilms?\b|\[["']year["']\]|["']year["'] in""", re.IGNORECASE
    )
    files = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "explorer/webapp").rglob("*.py")]
    files += [file for end in ("js", "css") for file in (ROOT / "explorer/webapp").rglob(f"*.{end}")]
    assert len(files) > 50
    found = [f"{file.relative_to(ROOT)}: {hit[0]}" for file in files for hit in known.finditer(file.read_text("utf-8"))]
    assert not found


def test_the_histogram_of_years_is_labeled_without_commas(world, visit):
    labels = visit("Columns", column="year").figures[0]["layout"]["xaxis"]["ticktext"]
    years = world.items["year"]
    assert float(labels[0]) == years.min() and not any("," in label for label in labels)
