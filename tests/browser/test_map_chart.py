"""The map's chart: selection, details, keyboard, zoom, saved views, labels, image."""

import math
import re

import pytest
from playwright.sync_api import expect

from tests.browser.chart import drag, figure, inside, pixel

pytestmark = pytest.mark.browser


def test_lasso_lists_the_films_inside(new_tab):
    tab = new_tab().open("Map")
    plot = tab.page.locator(".js-plotly-plot").first
    plot.hover()
    tab.page.locator(".modebar-btn[data-val=lasso]").click()
    box = tab.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.page.mouse.move(x - 120, y - 120)
    tab.page.mouse.down()
    for dx, dy in ((120, -120), (120, 120), (-120, 120), (-120, -120)):
        tab.page.mouse.move(x + dx, y + dy, steps=6)
    tab.page.mouse.up()
    expect(tab.page.locator("ol li").first).to_be_visible()
    expect(tab.page.get_by_role("heading", name=re.compile(r"\d+ selected"))).to_be_visible()


def test_clicking_a_point_opens_the_details_of_its_film(new_tab, shipped):
    tab = new_tab().open("Map", item="Alien")
    tab.until(lambda: figure(tab, "plot._fullData.length") > 1)
    x, y = pixel(tab, int(shipped.index("Aliens")[0]))
    tab.page.mouse.move(x, y, steps=4)
    expect(tab.page.locator("aside")).to_contain_text("Aliens")  # requested at that moment
    expect(tab.page.locator("aside")).to_contain_text("of its 15 neighbors are near here too")
    tab.page.mouse.click(x, y)
    panel = tab.page.locator(".st-key-item_panel")
    expect(panel.locator("h2")).to_contain_text("Aliens")
    plot = tab.page.locator(".js-plotly-plot").first.bounding_box()
    assert panel.bounding_box()["x"] >= plot["x"] + plot["width"]  # beside the map
    panel.get_by_role("button", name="Close").click()
    expect(panel.locator("h2")).not_to_contain_text("Aliens")


def test_shift_clicks_and_boxes_are_added_and_removed(new_tab, shipped):
    tab = new_tab().open("Map", item="Alien")
    near = [int(row) for row in shipped.index(["Alien", "True Lies"])]

    def selected() -> list[str]:
        return tab.url.get("select", [""])[0].split(";")

    for n, row_number in enumerate(near):
        with_shift = {"modifiers": ["Shift"]} if n else {}
        x, y = pixel(tab, row_number)
        tab.page.locator(".js-plotly-plot .nsewdrag").first.click(position=inside(tab, x, y), **with_shift)
        tab.until(lambda n=n: selected() == [f"rows:{','.join(map(str, near[: n + 1]))}"])
        tab.settle()
    tab.page.locator(".js-plotly-plot").first.hover()
    tab.page.locator(".modebar-btn[data-val=select]").click()
    tab.page.keyboard.down("Shift")
    drag(tab, x - 8, y - 8, (x + 8, y + 8))  # around a selected point that is far from the others
    tab.until(lambda: f"{near[1]}" not in selected()[0].split(","))
    tab.settle()
    drag(tab, x - 8, y - 8, (x + 7, y + 8))
    tab.until(lambda: selected()[-1].startswith("lasso:"))
    tab.page.keyboard.up("Shift")
    tab.settle()
    tab.page.get_by_role("button", name="Clear the selection").click()
    tab.until(lambda: selected() == [""])


def test_points_can_be_visited_and_opened_by_keyboard(new_tab):
    tab = new_tab().open("Map", item="Alien")
    figure(tab, "plot._fullLayout.xaxis.range")
    tab.page.get_by_role("application", name=re.compile("Map of")).focus()
    seen = []
    for key in ("ArrowRight", "n", "ArrowLeft"):
        tab.page.keyboard.press(key)
        tab.until(lambda: tab.page.locator("aside .title").first.is_visible())
        tab.page.wait_for_timeout(150)
        seen.append(tab.page.locator("aside .title").first.inner_text())
    first, second, again = seen
    assert first == again != second
    assert tab.page.get_by_role("status").filter(has_text=first).count() == 1
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".st-key-item_panel h2")).to_contain_text(first)


def test_matches_are_zoomed_to_and_escape_shows_the_whole_map(new_tab):
    tab = new_tab().open("Map", title="^Harry Potter")
    span = "plot._fullLayout.xaxis.range[1] - plot._fullLayout.xaxis.range[0]"
    whole = figure(tab, span)
    tab.page.get_by_role("button", name=re.compile("Zoom to 8 found")).click()
    tab.until(lambda: figure(tab, span) < whole / 3)
    tab.until(lambda: "view" in tab.url)
    near, titles = figure(tab, span), "plot._fullLayout.annotations.map((name) => name.text)"
    tab.until(lambda: sum(name.startswith("Harry Potter") for name in figure(tab, titles)) == 8)
    parts = {name for name in figure(tab, titles) if "Hallows: Part" in name}
    assert len(parts) == 2
    tab.page.reload()
    tab.settle()
    tab.until(lambda: abs(figure(tab, span) - near) < near / 50)
    tab.page.keyboard.press("Escape")
    tab.until(lambda: abs(figure(tab, span) - whole) < whole / 50)


def test_saved_view_is_opened_by_its_link_and_left_by_back(new_tab):
    tab = new_tab().open("Map", artifact="hostile", method="pca")
    tab.page.get_by_text("Saved views", exact=True).click()
    tab.page.get_by_role("button", name="Save this view").click()
    tab.page.get_by_label("Name", exact=True).fill("In two directions")
    tab.page.get_by_role("button", name="Save", exact=True).click()
    link = tab.page.get_by_role("link", name="In two directions")
    link.wait_for()
    tab.page.keyboard.press("Escape")
    tab.page.get_by_role("radio", name="UMAP").click()
    tab.until(lambda: tab.url.get("method") == ["umap"])
    tab.settle()
    link.click()
    tab.until(lambda: tab.url == {"artifact": ["hostile"], "method": ["pca"], "saved": ["In two directions"]})
    tab.settle().page.go_back()
    tab.until(lambda: tab.url.get("method") == ["umap"] and "saved" not in tab.url)
    tab.settle()


def linked_span(tab) -> float:
    """Width of the view in the URL."""
    x0, x1 = map(float, tab.url["view"][0].split(",")[:2])
    return x1 - x0


def test_panned_view_is_in_the_url(new_tab):
    tab = new_tab().open("Map")
    span = "plot._fullLayout.xaxis.range[1] - plot._fullLayout.xaxis.range[0]"
    whole = figure(tab, span)
    box = tab.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(6):
        tab.page.mouse.wheel(0, -300)
    # The URL is updated a moment after the last wheel event.
    tab.until(lambda: "view" in tab.url and abs(linked_span(tab) - figure(tab, span)) < figure(tab, span) / 50)
    tab.settle()
    near, link = figure(tab, span), tab.page.url
    assert near < whole / 1.5
    tab.page.goto(link)
    tab.settle()
    tab.until(lambda: abs(figure(tab, span) - near) < near / 50)


RANGES = "[plot._fullLayout.xaxis.range, plot._fullLayout.yaxis.range].map((range) => range.map(Number))"
MOVED = "plot.querySelector('.gl-container').style.transform"


def test_drag_moves_the_drawing_and_draws_it_anew_when_it_ends(new_tab, shipped):
    tab = new_tab().open("Map", item="Alien")
    x, y = pixel(tab, int(shipped.index("Aliens")[0]))
    name = tab.page.locator(".annotation-text", has_text=re.compile("^Aliens")).first
    before, label = figure(tab, RANGES), name.bounding_box()
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + 60, y + 30, steps=3)
    tab.until(lambda: figure(tab, MOVED))
    assert figure(tab, RANGES) == before
    tab.until(lambda: abs(name.bounding_box()["x"] - label["x"] - 60) < 1)
    tab.page.mouse.up()
    tab.until(lambda: figure(tab, RANGES) != before and not figure(tab, MOVED))
    assert pixel(tab, int(shipped.index("Aliens")[0])) == pytest.approx((x + 60, y + 30), abs=0.6)
    tab.until(lambda: "view" in tab.url)
    assert "select" not in tab.url  # a drag is no click


def test_wheel_keys_and_two_fingers_zoom(new_tab):
    tab = new_tab().open("Map")
    before = figure(tab, RANGES)
    box = tab.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 2

    def zoomed(factor: float, share: float) -> None:
        """The horizontal range is that of before, magnified around a share of its width."""
        (low, high), wide = before[0], before[0][1] - before[0][0]
        at = low + share * wide
        expected = at + (low - at) / factor, at + (high - at) / factor
        tab.until(lambda: figure(tab, RANGES)[0] == pytest.approx(expected, abs=wide / 200))
        tab.until(lambda: not figure(tab, MOVED))

    tab.page.mouse.move(x, y)
    tab.page.mouse.wheel(0, -100)
    zoomed(math.exp(100 / 400), 0.25)
    tab.page.mouse.wheel(0, 100)
    zoomed(1, 0.25)
    tab.page.get_by_role("application", name=re.compile("Map of")).focus()
    tab.page.keyboard.press("+")
    zoomed(1.5, 0.5)
    tab.page.keyboard.press("-")
    zoomed(1, 0.5)
    touch = tab.page.context.new_cdp_session(tab.page)
    for type_, spread in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80), ("touchEnd", None)):
        points = [{"x": x + side * spread, "y": y, "id": side + 1} for side in (-1, 1)] if spread else []
        touch.send("Input.dispatchTouchEvent", {"type": type_, "touchPoints": points})
    zoomed(2, 0.25)


def test_chart_is_redrawn_when_a_control_changes_and_keeps_its_zoom(new_tab):
    tab = new_tab().open("Map")
    names = "plot._fullData.map((trace) => trace.name)"
    tab.until(lambda: "Genres" in figure(tab, names))
    assert "other" not in figure(tab, names)
    box = tab.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    whole = figure(tab, "plot._fullLayout.xaxis.range")
    listening = "plot._ev.listenerCount('plotly_relayout')"
    listeners = figure(tab, listening)
    titles = "plot._fullLayout.annotations.map((name) => name.text)"
    before = figure(tab, titles)
    for _ in range(8):
        tab.page.mouse.wheel(0, -300)
    tab.until(lambda: figure(tab, titles) != before)  # other labels, for the visible part
    span = "plot._fullLayout.xaxis.range[1] - plot._fullLayout.xaxis.range[0]"
    tab.until(lambda: figure(tab, span) < (whole[1] - whole[0]) / 2)
    zoomed = figure(tab, "plot._fullLayout.xaxis.range")
    tab.page.get_by_test_id("stTextInputField").fill("Star Wars")
    tab.page.keyboard.press("Enter")
    tab.until(lambda: "other" in figure(tab, names))
    assert figure(tab, "plot._fullLayout.xaxis.range") == pytest.approx(zoomed)
    tab.settle()
    assert figure(tab, listening) == listeners  # the listener of the previous figure was removed


def test_webgl_pixel_ratio_is_at_most_that_of_the_screen(new_tab):
    tab = new_tab().open("Map")
    canvas = "plot.querySelector('.gl-canvas-context')"
    assert figure(tab, f"{canvas}.width / {canvas}.clientWidth / devicePixelRatio") == pytest.approx(1, abs=0.01)
    shown = "['focus', 'pick'].map((name) => plot.querySelector(`.gl-canvas-${name}`).style.visibility)"
    assert figure(tab, shown) == ["hidden", "hidden"]
    link = f"{tab.page.url}{'&' if '?' in tab.page.url else '?'}select=rows:1,2"
    tab.page.goto(link)
    tab.settle()
    tab.until(lambda: figure(tab, shown) == ["", "hidden"])  # selected points are on a canvas of their own


def test_labels_fit_on_a_narrow_screen(new_tab):
    tab = new_tab(390, 844).open("Map")
    tab.until(lambda: figure(tab, "plot._fullLayout.height") < 500)  # redrawn for the screen size
    tab.settle()
    top = figure(tab, "plot.getBoundingClientRect().top")
    assert tab.page.locator(".st-key-map_search").bounding_box()["y"] < top < 500  # both without scrolling
    across = figure(tab, "plot.getBoundingClientRect().right")
    tab.until(lambda: tab.page.locator(".annotation").count() > 10)
    tab.until(lambda: tab.page.locator(".annotation-text").evaluate_all(WIDEST) <= across + 4)


WIDEST = "all => Math.max(...all.map((one) => one.getBoundingClientRect().right))"


@pytest.mark.parametrize("query", [{}, {"method": "space"}, {"colour": "Year"}])
def test_map_image_is_saved_with_its_legend(new_tab, shipped, query):
    tab = new_tab().open("Map", **query)
    tab.until(lambda: figure(tab, "plot._fullData.some((trace) => trace.marker?.colorscale)"))
    before = figure(tab, "[plot.layout.height, plot.layout.annotations.length]")
    saved = {}
    for kind in ("SVG", "PNG"):
        with tab.page.expect_download() as download:
            tab.page.locator("nav button", has_text=kind).click()
        saved[kind] = download.value.path().read_bytes()
        assert figure(tab, "[plot.layout.height, plot.layout.annotations.length]") == before
    assert saved["PNG"].startswith(b"\x89PNG")
    assert saved["SVG"].startswith(b"<svg")
    svg = saved["SVG"].decode()
    told = {genre for genres in shipped.items["genres"] for genre in genres if f"</tspan> {genre}" in svg}
    assert ("colour" in query) == (not told)


def test_selection_on_one_layout_is_highlighted_on_the_other(new_tab, shipped):
    tab = new_tab().open("Map", beside="pca", item="Alien")
    names = "(plot) => plot._fullData.map((trace) => trace.name)"
    plots = tab.page.locator(".js-plotly-plot")
    tab.until(lambda: plots.count() == 2 and "Genres" in plots.nth(1).evaluate(names))
    x, y = pixel(tab, int(shipped.index("Alien")[0]))
    tab.page.mouse.move(x, y, steps=4)
    expect(tab.page.locator("aside").first).to_contain_text("Alien")
    tab.page.mouse.click(x, y)
    tab.until(lambda: "other" in plots.nth(1).evaluate(names))
    assert "other" not in plots.first.evaluate(names)
