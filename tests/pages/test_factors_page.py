"""Factors page: both ends, correlates, scatter plot of two factors, item bias."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts
from explorer.core.directions.factors import bias_ranking, factors


@pytest.mark.parametrize("number", [1, 3])
def test_both_ends_of_a_factor_are_listed(world, visit, number):
    screen = visit("Factors", factor=str(number))
    low, high = factors(world).extremes(number)
    assert screen.lists == [low["key"].tolist(), high["key"].tolist()]
    assert screen.control("factor").value == number


def test_variance_of_each_factor_is_shown_with_the_chosen_one_highlighted(world, visit):
    (bars,) = visit("Factors", factor="2").figures[0]["data"]
    assert np.asarray(bars["y"]) == pytest.approx(100 * factors(world).explained)
    colours = list(bars["marker"]["color"])
    assert [n for n, colour in enumerate(colours) if colours.count(colour) == 1] == [1]


def test_correlates_are_listed_strongest_first(world, visit):
    screen = visit("Factors", factor="3")
    told = [row["name"] for row in screen.components("value_list")[0]["rows"]]
    table = factors(world).goes_with(3)
    assert 0 < len(told) == min(len(table), 6)
    strengths = [row["bar"][0] for row in screen.components("value_list")[0]["rows"]]
    assert strengths == pytest.approx(table["strength"].head(6).tolist(), abs=1e-3)


def test_factor_without_correlates_says_so(world, visit):
    assert factors(world).goes_with(1).empty
    assert "No column correlates" in visit("Factors").notes


def test_factor_is_named_by_the_common_values_of_its_ends(world, visit):
    low, high = factors(world).meaning_of_ends(3)
    assert low and high
    screen = visit("Factors", factor="3")
    assert f"Factor 3: {low} vs {high}" in [header.value.replace("\\", "") for header in screen.at.header]
    bars = [[row["bar"] for row in one["rows"]] for one in screen.components("item_list")]
    assert min(bars[0]) == min(min(one) for one in bars) < 0 < max(bars[1])


def test_chosen_name_of_a_factor_is_shown_on_every_page(world, visit):
    screen = visit("Factors", factor="2")
    before = next(header.value for header in screen.at.header if "Factor 2" in header.value)
    next(box for box in screen.at.text_input if box.key == "factor_name:2").set_value("Warm vs *cold*")
    next(button for button in screen.at.button if button.label == "Save").click()
    assert "Factor 2: Warm vs *cold*" in [one.value.replace("\\", "") for one in screen.run().at.header]
    assert not any("Warm" in header.value for header in visit("Factors", factor="1").at.header)
    axis = visit("Factors", view="two", x="2", y="1").figures[0]["layout"]["xaxis"]["title"]["text"]
    assert axis.endswith(": Warm vs *cold*")
    axes = visit("Map", method="axes", x="factor 2").figures[0]["layout"]["xaxis"]["title"]["text"]
    assert axes == "factor 2: Warm vs *cold*"
    screen = visit("Factors", factor="2")
    next(box for box in screen.at.text_input if box.key == "factor_name:2").set_value("")
    next(button for button in screen.at.button if button.label == "Save").click()
    assert before in [header.value for header in screen.run().at.header]


def test_scatter_plot_of_two_factors(world, visit):
    screen = visit("Factors", view="two", x="2", y="3")
    points = screen.figures[0]["data"][0]
    found = factors(world)
    assert np.asarray(points["x"]) == pytest.approx(found.column(2))
    assert np.asarray(points["y"]) == pytest.approx(found.column(3))
    assert (screen.control("x").value, screen.control("y").value) == (2, 3)


def test_item_bias_is_listed_with_the_mean_rating(world, visit):
    screen = visit("Factors", view="bias")
    low, high = bias_ranking(world)
    assert screen.lists == [low["key"].tolist(), high["key"].tolist()]
    assert screen.lists[0][0] == "Red 0"
    assert screen.lists[1][0] == "Blue 7"
    first = screen.components("item_list")[1]["rows"][0]
    assert first["number"] == "1.07"
    assert "4.1" in json.dumps(first)


def test_embedding_without_a_bias_says_so(root, colours, visit):
    artifacts.save(root / "movielens", colours.vectors, colours.items.drop(columns="bias"), {})
    screen = visit("Factors", view="bias")
    assert not screen.errors
    assert "no item bias" in screen.notes
    assert not visit("Factors").errors


def test_too_few_items_for_factors_are_reported(root, colours, visit):
    artifacts.save(root / "movielens", colours.vectors[:2], colours.items.head(2), {})
    (error,) = visit("Factors").errors
    assert "at least 3 items" in error


def test_changed_factor_and_view_change_the_url(world, visit):
    screen = visit("Factors").set("factor", 2)
    assert screen.url == {"factor": "2"}
    assert screen.set("view", "bias").url["view"] == "bias"


def test_both_ends_can_be_downloaded(world, visit, files):
    visit("Factors")
    tables = [pd.read_csv(io.StringIO(text)) for text in files.values()]
    offered = [table["key"].tolist() for table in tables if "key" in table]
    assert offered == [end["key"].tolist() for end in factors(world).extremes(1)]


def test_two_factors_can_be_downloaded(world, visit, files):
    visit("Factors", view="two", x="1", y="2")
    (text,) = files.values()
    table = pd.read_csv(io.StringIO(text))
    assert len(table) == len(world)
    assert table["x"].to_numpy() == pytest.approx(factors(world).column(1), abs=1e-5)


def test_the_columns_that_name_a_factor_can_be_chosen(world, visit):
    found = factors(world)
    strongest = found.goes_with(3)
    column = strongest["column"].iloc[-1]
    low, high = found.meaning_of_ends(3, [column])
    screen = visit("Factors", factor="3").set("named", [column])
    assert screen.url["named"] == column
    ends = [
        header.value.replace("\\", "") for header in screen.at.header if header.value.startswith(("Lowest", "Highest"))
    ]
    assert ends == [f"{end}: {name}" if name else end for end, name in (("Lowest", low), ("Highest", high))]
    table = strongest[strongest["column"] == column]
    phrase, names = world.schema[column].phrase, set(table["what"])
    assert {low, high} <= {"", f"low {phrase}", f"high {phrase}", *names}
    assert screen.go("Neighbors").control("named").value == [column]  # one choice for all pages
