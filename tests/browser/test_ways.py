"""Ways through the app: titles lead on, back and reload bring back, controls land in the link."""

import json
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def row(one, title: str):
    return one.page.locator("ol li").filter(
        has=one.page.locator(".title", has_text=re.compile(f"^{re.escape(title)}$"))
    )


def test_clicking_a_title_opens_the_film_and_back_returns(tab):
    one = tab().open("Home", item="The Matrix")
    before, second = one.titles, one.titles[1]
    row(one, second).first.locator(".title").click()
    one.until(lambda: one.film.startswith(second) and one.titles != before)
    assert one.url["item"] == [second]
    one.page.go_back()
    one.until(lambda: one.film.startswith("The Matrix") and one.titles == before)
    one.page.go_forward()
    one.until(lambda: one.film.startswith(second))


def lead(one, title: str, link: str, page: str):
    """Follow a link beside a title."""
    row(one, title).first.hover()
    row(one, title).first.get_by_text(link, exact=True).click()
    one.until(lambda: one.at == page)


def test_near_and_map_links_open_their_page_and_back_returns(tab):
    one = tab().open("Home", item="Alien")
    first = one.titles[0]
    lead(one, first, "near", "Neighbors")
    one.until(lambda: one.drawn == "Neighbors" and one.settle().titles)
    assert one.url["items"] == [first]
    near = one.titles
    lead(one, near[0], "map", "Map")
    one.until(lambda: one.drawn == "Map")
    assert one.settle().url["item"] == near[:1]
    one.page.go_back()
    one.until(lambda: one.drawn == one.at == "Neighbors" and one.titles == near)
    one.settle().page.go_back()
    one.until(lambda: one.drawn == one.at == "Home" and one.film.startswith("Alien"))
    assert one.settle().titles[0] == first


def outrun(one):
    """Ignore the 404 of a download that was replaced by the next run; Streamlit's client logs it."""
    one.complaints = [said for said in one.complaints if "404" not in said]


def test_back_twice_before_a_page_is_drawn_goes_back_two_pages(tab):
    one = tab().open("Home", item="Alien")
    home = one.titles
    for pause in (0, 0, 0, 30, 30, 30):  # about one in two failed without back.js, or where messages are dropped
        lead(one, home[0], "near", "Neighbors")
        one.until(lambda: one.drawn == "Neighbors" and one.settle().titles)
        lead(one, one.titles[0], "map", "Map")
        one.page.evaluate("history.back()")
        one.page.wait_for_timeout(pause)
        one.page.evaluate("history.back()")
        one.until(lambda: one.at == "Home" and one.settle().drawn == "Home" and one.titles == home)
        assert one.film.startswith("Alien")
        assert one.url == {"item": ["Alien"]}
    outrun(one)


def test_reload_restores_the_page(tab):
    one = tab().open("Neighbors", items=["Alien", "Toy Story"], metric="dot", k="5")
    before = one.page.locator("ol").all_inner_texts()
    assert len(before) == 2
    one.page.reload()
    assert one.settle().page.locator("ol").all_inner_texts() == before


def test_changed_control_is_in_the_url_and_back_undoes_it(tab):
    one = tab().open("Neighbors", items="Alien")
    cosine = one.titles
    one.page.get_by_role("radio", name="euclidean").click()
    one.until(lambda: one.url.get("metric") == ["euclidean"] and one.titles != cosine)
    euclidean = one.titles
    one.page.go_back()
    one.until(lambda: "metric" not in one.url and one.titles == cosine)
    one.page.go_forward()
    one.until(lambda: one.url.get("metric") == ["euclidean"] and one.titles == euclidean)


def test_control_changed_faster_than_the_server_responds_keeps_its_last_value(tab):
    one = tab().open("Recommend", rated="Alien=5")
    one.page.get_by_role("button", name="Steer").click()
    popularity = one.page.get_by_role("slider", name="Popularity")
    popularity.focus()
    for _ in range(8):
        one.page.keyboard.press("ArrowLeft")
    one.until(lambda: one.url.get("popularity") == ["0.2"])
    assert one.settle().url == {"rated": ["Alien=5"], "popularity": ["0.2"]}
    assert float(popularity.input_value()) == 0.2
    outrun(one)

    one = tab().open("Neighbors", items="Alien")
    one.page.evaluate("""() => {
      const all = [...document.querySelectorAll("[role=radio]")];
      for (const name of ["dot", "euclidean"]) all.find((one) => one.innerText === name).click();
    }""")
    one.until(lambda: one.url.get("metric") == ["euclidean"])
    assert one.settle().url == {"items": ["Alien"], "metric": ["euclidean"]}
    expect(one.page.get_by_role("radio", name="euclidean")).to_be_checked()
    outrun(one)


def test_sidebar_links_keep_film_and_embedding(tab, shipped):
    film = shipped.items["title"][5]
    one = tab().open("Home", artifact="hostile", item=shipped.items["key"][5])
    for page in ("Neighbors", "Map", "Factors", "Home"):
        one.page.get_by_test_id("stSidebar").get_by_role("link", name=page, exact=True).click()
        one.until(lambda page=page: one.at == page)
        assert one.settle().url["artifact"] == ["hostile"]
    one.until(lambda: one.film.startswith(film))


def test_genre_chips_toggle_and_are_in_the_url(tab):
    one = tab().open("Map")
    chip = one.page.get_by_role("button", name=re.compile("^Horror")).first

    def chosen() -> list[str]:
        return json.loads(one.url.get("f.genres", ["{}"])[0]).get("values", [])

    chip.click()
    one.until(lambda: chosen() == ["Horror"])
    expect(chip).to_have_attribute("aria-pressed", "true")
    one.page.get_by_role("button", name=re.compile("^Comedy")).first.click()
    one.until(lambda: chosen() == ["Horror", "Comedy"])
    chip.click()
    one.until(lambda: chosen() == ["Comedy"])
    expect(chip).to_have_attribute("aria-pressed", "false")
    one.settle()


def test_lasso_lists_the_films_inside(tab):
    one = tab().open("Map")
    plot = one.page.locator(".js-plotly-plot").first
    plot.hover()
    one.page.locator(".modebar-btn[data-val=lasso]").click()
    box = one.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    one.page.mouse.move(x - 120, y - 120)
    one.page.mouse.down()
    for dx, dy in ((120, -120), (120, 120), (-120, 120), (-120, -120)):
        one.page.mouse.move(x + dx, y + dy, steps=6)
    one.page.mouse.up()
    expect(one.page.locator("ol li").first).to_be_visible(timeout=60_000)
    expect(one.page.get_by_role("heading", name=re.compile(r"\d+ selected"))).to_be_visible()


PIXEL = """(plot, row) => {
  for (const { x, y, customdata } of plot._fullData) {
    const n = customdata ? [...customdata].findIndex((one) => one[0] === row) : -1;
    if (n < 0) continue;
    const { xaxis, yaxis } = plot._fullLayout;
    const box = plot.getBoundingClientRect();
    return [box.x + xaxis._offset + xaxis.l2p(x[n]), box.y + yaxis._offset + yaxis.l2p(y[n])];
  }
}"""


def pixel(one, row: int) -> tuple[float, float]:
    """Screen position of a point."""
    one.until(lambda: one.page.locator(".js-plotly-plot").first.evaluate(PIXEL, row))
    x, y = one.page.locator(".js-plotly-plot").first.evaluate(PIXEL, row)
    return x, y


def test_clicking_a_point_opens_the_details_of_its_film(tab, shipped):
    one = tab().open("Map", item="Alien")
    one.until(lambda: figure(one, "plot._fullData.length") > 1)
    x, y = pixel(one, int(shipped.index("Aliens")[0]))
    one.page.mouse.move(x, y, steps=4)
    expect(one.page.locator("aside")).to_contain_text("Aliens")  # requested at that moment
    expect(one.page.locator("aside")).to_contain_text("of its 15 neighbors are near here too")
    one.page.mouse.click(x, y)
    panel = one.page.locator(".st-key-item_panel")
    expect(panel.locator("h2")).to_contain_text("Aliens", timeout=60_000)
    plot = one.page.locator(".js-plotly-plot").first.bounding_box()
    assert panel.bounding_box()["x"] >= plot["x"] + plot["width"]  # beside the map
    panel.get_by_role("button", name="Close").click()
    expect(panel.locator("h2")).not_to_contain_text("Aliens", timeout=60_000)


def drag(one, x: float, y: float, to: tuple[float, float]):
    """Draw a box from one corner to the other."""
    one.page.mouse.move(x, y)
    one.page.mouse.down()
    one.page.mouse.move(*to, steps=5)
    one.page.mouse.up()


def test_shift_clicks_and_boxes_are_added_and_removed(tab, shipped):
    one = tab().open("Map", item="Alien")
    near = [int(row) for row in shipped.index(["Alien", "Aliens"])]

    def selected() -> list[str]:
        return one.url.get("select", [""])[0].split(";")

    for n, row_number in enumerate(near):
        with_shift = {"modifiers": ["Shift"]} if n else {}
        x, y = pixel(one, row_number)
        one.page.locator(".js-plotly-plot .nsewdrag").first.click(position=inside(one, x, y), **with_shift)
        one.until(lambda n=n: selected() == [f"rows:{','.join(map(str, near[: n + 1]))}"])
        one.settle()
    one.page.locator(".js-plotly-plot").first.hover()
    one.page.locator(".modebar-btn[data-val=select]").click()
    one.page.keyboard.down("Shift")
    drag(one, x - 9, y - 9, (x + 9, y + 9))  # around a selected point
    one.until(lambda: f"{near[1]}" not in selected()[0].split(","))
    one.settle()
    drag(one, x - 9, y - 9, (x + 8, y + 9))
    one.until(lambda: selected()[-1].startswith("lasso:"))
    one.page.keyboard.up("Shift")
    one.settle()
    one.page.get_by_role("button", name="Clear the selection").click()
    one.until(lambda: selected() == [""])


def inside(one, x: float, y: float) -> dict[str, float]:
    box = one.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    return {"x": x - box["x"], "y": y - box["y"]}


def test_points_can_be_visited_and_opened_by_keyboard(tab):
    one = tab().open("Map", item="Alien")
    figure(one, "plot._fullLayout.xaxis.range")
    one.page.get_by_role("application", name=re.compile("Map of")).focus()
    seen = []
    for key in ("ArrowRight", "n", "ArrowLeft"):
        one.page.keyboard.press(key)
        one.until(lambda: one.page.locator("aside .title").first.is_visible())
        one.page.wait_for_timeout(150)
        seen.append(one.page.locator("aside .title").first.inner_text())
    first, second, again = seen
    assert first == again != second
    assert one.page.get_by_role("status").filter(has_text=first).count() == 1
    one.page.keyboard.press("Enter")
    expect(one.page.locator(".st-key-item_panel h2")).to_contain_text(first)


def test_matches_are_zoomed_to_and_escape_shows_the_whole_map(tab):
    one = tab().open("Map", title="^Harry Potter")
    span = "plot._fullLayout.xaxis.range[1] - plot._fullLayout.xaxis.range[0]"
    whole = figure(one, span)
    one.page.get_by_role("button", name=re.compile("Zoom to 8 found")).click()
    one.until(lambda: figure(one, span) < whole / 3)
    one.until(lambda: "view" in one.url)
    near, titles = figure(one, span), "plot._fullLayout.annotations.map((name) => name.text)"
    one.until(lambda: sum(name.startswith("Harry Potter") for name in figure(one, titles)) == 8)
    parts = {name for name in figure(one, titles) if "Hallows: Part" in name}
    assert len(parts) == 2
    one.page.reload()
    one.settle()
    one.until(lambda: abs(figure(one, span) - near) < near / 50)
    one.page.keyboard.press("Escape")
    one.until(lambda: abs(figure(one, span) - whole) < whole / 50)


def test_saved_view_is_opened_by_its_link_and_left_by_back(tab):
    one = tab().open("Map", artifact="hostile", method="pca")
    one.page.get_by_text("Saved views", exact=True).click()
    one.page.get_by_role("button", name="Save this view").click()
    one.page.get_by_label("Name", exact=True).fill("In two directions")
    one.page.get_by_role("button", name="Save", exact=True).click()
    link = one.page.get_by_role("link", name="In two directions")
    link.wait_for()
    one.page.keyboard.press("Escape")
    one.page.get_by_role("radio", name="UMAP").click()
    one.until(lambda: one.url.get("method") == ["umap"])
    one.settle()
    link.click()
    one.until(lambda: one.url == {"artifact": ["hostile"], "method": ["pca"], "saved": ["In two directions"]})
    one.settle().page.go_back()
    one.until(lambda: one.url.get("method") == ["umap"] and "saved" not in one.url)
    one.settle()


def linked_span(one) -> float:
    """Width of the view in the URL."""
    x0, x1 = map(float, one.url["view"][0].split(",")[:2])
    return x1 - x0


def test_panned_view_is_in_the_url(tab):
    one = tab().open("Map")
    span = "plot._fullLayout.xaxis.range[1] - plot._fullLayout.xaxis.range[0]"
    whole = figure(one, span)
    box = one.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    one.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(6):
        one.page.mouse.wheel(0, -300)
    # The URL is updated a moment after the last wheel event.
    one.until(lambda: "view" in one.url and abs(linked_span(one) - figure(one, span)) < figure(one, span) / 50)
    one.settle()
    near, link = figure(one, span), one.page.url
    assert near < whole / 1.5
    one.page.goto(link)
    one.settle()
    one.until(lambda: abs(figure(one, span) - near) < near / 50)


def figure(one, what):
    """A property of the chart as drawn by plotly."""
    # Plotly sets its element's class before it has drawn anything, so wait for the drawing.
    drawn = "document.querySelector('.js-plotly-plot')"
    asked = f"() => {{ const plot = {drawn}; return plot?._fullData?.length > 0 && {{ value: {what} }}; }}"
    return one.page.wait_for_function(asked, timeout=60_000).json_value()["value"]


def test_chart_is_redrawn_when_a_control_changes_and_keeps_its_zoom(tab):
    one = tab().open("Map")
    names = "plot._fullData.map((trace) => trace.name)"
    one.until(lambda: "Genres" in figure(one, names))
    assert "other" not in figure(one, names)
    box = one.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    one.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    whole = figure(one, "plot._fullLayout.xaxis.range")
    listening = "plot._ev.listenerCount('plotly_relayout')"
    listeners = figure(one, listening)
    titles = "plot._fullLayout.annotations.map((name) => name.text)"
    before = figure(one, titles)
    for _ in range(8):
        one.page.mouse.wheel(0, -300)
    one.until(lambda: figure(one, titles) != before)  # other labels, for the visible part
    span = "plot._fullLayout.xaxis.range[1] - plot._fullLayout.xaxis.range[0]"
    one.until(lambda: figure(one, span) < (whole[1] - whole[0]) / 2)
    zoomed = figure(one, "plot._fullLayout.xaxis.range")
    one.page.get_by_test_id("stTextInputField").fill("Star Wars")
    one.page.keyboard.press("Enter")
    one.until(lambda: "other" in figure(one, names))
    assert figure(one, "plot._fullLayout.xaxis.range") == pytest.approx(zoomed)
    one.settle()
    assert figure(one, listening) == listeners  # the listener of the previous figure was removed


def test_control_that_loads_late_keeps_its_value(tab):
    one = tab()
    one.page.route("**/Slider.*.js", lambda route: (one.page.wait_for_timeout(2000), route.continue_()))
    one.open("Analogies", mode="between")
    position = one.page.get_by_role("slider", name="Position")
    position.wait_for()
    assert float(position.input_value()) == 50
    assert one.settle().url == {"mode": ["between"]}


def test_labels_fit_on_a_narrow_screen(tab):
    one = tab(390, 844).open("Map")
    one.until(lambda: figure(one, "plot._fullLayout.height") < 500, 60)  # redrawn for the screen size
    one.settle()
    top = figure(one, "plot.getBoundingClientRect().top")
    assert one.page.locator(".st-key-map_search").bounding_box()["y"] < top < 500  # both without scrolling
    across = figure(one, "plot.getBoundingClientRect().right")
    one.until(lambda: one.page.locator(".annotation").count() > 10, 60)
    one.until(lambda: one.page.locator(".annotation-text").evaluate_all(WIDEST) <= across + 4, 60)


WIDEST = "all => Math.max(...all.map((one) => one.getBoundingClientRect().right))"


@pytest.mark.parametrize("query", [{}, {"method": "space"}, {"colour": "Year"}])
def test_map_image_is_saved_with_its_legend(tab, shipped, query):
    one = tab().open("Map", **query)
    one.until(lambda: figure(one, "plot._fullData.some((trace) => trace.marker?.colorscale)"))
    before = figure(one, "[plot.layout.height, plot.layout.annotations.length]")
    saved = {}
    for kind in ("SVG", "PNG"):
        with one.page.expect_download() as download:
            one.page.locator("nav button", has_text=kind).click()
        saved[kind] = download.value.path().read_bytes()
        assert figure(one, "[plot.layout.height, plot.layout.annotations.length]") == before
    assert saved["PNG"].startswith(b"\x89PNG")
    assert saved["SVG"].startswith(b"<svg")
    svg = saved["SVG"].decode()
    told = {genre for genres in shipped.items["genres"] for genre in genres if f"</tspan> {genre}" in svg}
    assert ("colour" in query) == (not told)


def test_selection_on_one_layout_is_highlighted_on_the_other(tab, shipped):
    one = tab().open("Map", beside="pca", item="Alien")
    names = "(plot) => plot._fullData.map((trace) => trace.name)"
    plots = one.page.locator(".js-plotly-plot")
    one.until(lambda: plots.count() == 2 and "Genres" in plots.nth(1).evaluate(names))
    x, y = pixel(one, int(shipped.index("Alien")[0]))
    one.page.mouse.move(x, y, steps=4)
    expect(one.page.locator("aside").first).to_contain_text("Alien")
    one.page.mouse.click(x, y)
    one.until(lambda: "other" in plots.nth(1).evaluate(names))
    assert "other" not in plots.first.evaluate(names)


def test_another_factor_changes_the_figure(tab):
    one = tab().open("Factors", view="two")
    across = "plot._fullData[0]?.x?.[0]"
    one.until(lambda: figure(one, across) is not None)
    before = figure(one, across)
    one.page.get_by_role("combobox", name="Horizontal").click()
    one.page.get_by_role("option", name="4").click()
    one.until(lambda: figure(one, across) != before)


def test_typing_a_title_opens_it(tab):
    one = tab().open("Home")
    one.page.get_by_test_id("stMain").get_by_role("combobox").first.click()
    one.page.keyboard.type("Blade Runn")
    one.page.get_by_role("option", name="Blade Runner", exact=True).click()
    one.until(lambda: one.film.startswith("Blade Runner") and one.url.get("item") == ["Blade Runner"])
    one.settle()


def test_table_can_be_downloaded(tab):
    one = tab().open("Home", item="Alien")
    with one.page.expect_download() as download:
        one.page.get_by_test_id("stDownloadButton").first.get_by_role("button").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("key,score")
    assert len(lines) == 1 + len(one.titles)


def test_range_dragged_on_a_histogram_filters_and_survives_reload_and_sharing(tab):
    one = tab().open("Neighbors", items="Alien")
    before = one.titles

    def opened():
        one.page.get_by_role("button", name=re.compile("Filters")).first.click()
        return one.page.get_by_label("Year, lowest", exact=True)

    handle = opened()
    box = handle.bounding_box()
    one.page.mouse.move(box["x"] + 8, box["y"] + box["height"] - 8)
    one.page.mouse.down()
    one.page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] - 8, steps=6)
    one.page.mouse.up()
    one.until(lambda: "f.year" in one.url)
    kept = one.url["f.year"][0]
    low = json.loads(kept)["low"]
    assert low > 1980
    one.until(lambda: one.titles and one.titles != before)
    found = one.settle().titles
    one.page.reload()
    one.settle().until(lambda: one.titles == found)
    assert json.loads(one.url["f.year"][0])["low"] == low
    handle = opened()
    assert float(handle.input_value()) > float(handle.get_attribute("max")) / 2
    handle.focus()
    one.page.keyboard.press("ArrowRight")
    one.until(lambda: json.loads(one.url["f.year"][0])["low"] >= low and one.url["f.year"][0] != kept)
    one.settle()
    focused = "() => document.activeElement.shadowRoot?.activeElement?.getAttribute('aria-label')"
    one.until(lambda: one.page.evaluate(focused) == "Year, lowest")  # the next key moves it further
    found = one.titles
    other = tab()
    other.page.goto(one.page.url)
    other.settle().until(lambda: other.titles == found)


def test_color_bar_handle_moves_by_key_and_by_mouse(tab):
    one = tab().open("Map", colour="Year")
    first = one.page.get_by_label("Year, first color", exact=True)
    text = first.get_attribute("aria-valuetext")
    first.focus()
    for _ in range(3):
        one.page.keyboard.press("ArrowRight")
    one.until(lambda: "limits" in one.url)
    one.settle()
    assert first.get_attribute("aria-valuetext") > text
    assert first.evaluate("(one) => one.getRootNode().activeElement === one")  # the next key moves it further
    one.page.get_by_role("button", name="Reset", exact=True).click()
    one.until(lambda: "limits" not in one.url)
