"""Ranges set by dragging: the histogram of a filter, the color bar of the map."""

import json
import re

import pytest

pytestmark = pytest.mark.browser


def test_range_dragged_on_a_histogram_filters_and_survives_reload_and_sharing(new_tab):
    tab = new_tab().open("Neighbors", items="Alien")
    before = tab.titles

    def opened():
        tab.page.get_by_role("button", name=re.compile("Filters")).first.click()
        return tab.page.get_by_label("Year, lowest", exact=True)

    handle = opened()
    box = handle.bounding_box()
    tab.page.mouse.move(box["x"] + 8, box["y"] + box["height"] - 8)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] - 8, steps=6)
    tab.page.mouse.up()
    tab.until(lambda: "f.year" in tab.url)
    kept = tab.url["f.year"][0]
    low = json.loads(kept)["low"]
    assert low > 1980
    tab.until(lambda: tab.titles and tab.titles != before)
    found = tab.settle().titles
    tab.page.reload()
    tab.settle().until(lambda: tab.titles == found)
    assert json.loads(tab.url["f.year"][0])["low"] == low
    handle = opened()
    assert float(handle.input_value()) > float(handle.get_attribute("max")) / 2
    handle.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.until(lambda: json.loads(tab.url["f.year"][0])["low"] >= low and tab.url["f.year"][0] != kept)
    tab.settle()
    focused = "() => document.activeElement.shadowRoot?.activeElement?.getAttribute('aria-label')"
    tab.until(lambda: tab.page.evaluate(focused) == "Year, lowest")  # the next key moves it further
    found = tab.titles
    other = new_tab()
    other.page.goto(tab.page.url)
    other.settle().until(lambda: other.titles == found)


def test_color_bar_handle_moves_by_key_and_by_mouse(new_tab):
    tab = new_tab().open("Map", colour="Year")
    first = tab.page.get_by_label("Year, first color", exact=True)
    text = first.get_attribute("aria-valuetext")
    first.focus()
    for _ in range(3):
        tab.page.keyboard.press("ArrowRight")
    tab.until(lambda: "limits" in tab.url)
    tab.settle()
    assert first.get_attribute("aria-valuetext") > text
    assert first.evaluate("(one) => one.getRootNode().activeElement === one")  # the next key moves it further
    tab.page.get_by_role("button", name="Reset", exact=True).click()
    tab.until(lambda: "limits" not in tab.url)
