"""Navigation: links of titles, browser back and reload, controls and their URL."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.chart import figure

pytestmark = pytest.mark.browser


def row(tab, title: str):
    return tab.page.locator("ol li").filter(
        has=tab.page.locator(".title", has_text=re.compile(f"^{re.escape(title)}$"))
    )


def test_clicking_a_title_opens_the_film_and_back_returns(new_tab):
    tab = new_tab().open("Home", item="The Matrix")
    before, second = tab.titles, tab.titles[1]
    row(tab, second).first.locator(".title").click()
    tab.until(lambda: tab.film.startswith(second) and tab.titles != before)
    assert tab.url["item"] == [second]
    tab.page.go_back()
    tab.until(lambda: tab.film.startswith("The Matrix") and tab.titles == before)
    tab.page.go_forward()
    tab.until(lambda: tab.film.startswith(second))


def lead(tab, title: str, link: str, page: str):
    """Follow a link beside a title."""
    row(tab, title).first.hover()
    row(tab, title).first.get_by_text(link, exact=True).click()
    tab.until(lambda: tab.at == page)


def test_near_and_map_links_open_their_page_and_back_returns(new_tab):
    tab = new_tab().open("Home", item="Alien")
    first = tab.titles[0]
    lead(tab, first, "near", "Neighbors")
    tab.until(lambda: tab.drawn == "Neighbors" and tab.settle().titles)
    assert tab.url["items"] == [first]
    near = tab.titles
    lead(tab, near[0], "map", "Map")
    tab.until(lambda: tab.drawn == "Map")
    assert tab.settle().url["item"] == near[:1]
    tab.page.go_back()
    tab.until(lambda: tab.drawn == tab.at == "Neighbors" and tab.titles == near)
    tab.settle().page.go_back()
    tab.until(lambda: tab.drawn == tab.at == "Home" and tab.film.startswith("Alien"))
    assert tab.settle().titles[0] == first


def outrun(tab):
    """Ignore the 404 of a download that was replaced by the next run; Streamlit's client logs it."""
    tab.complaints = [said for said in tab.complaints if "404" not in said]


def test_back_twice_before_a_page_is_drawn_goes_back_two_pages(new_tab):
    tab = new_tab().open("Home", item="Alien")
    home = tab.titles
    for pause in (0, 0, 0, 30, 30, 30):  # about one in two failed without back.js, or where messages are dropped
        lead(tab, home[0], "near", "Neighbors")
        tab.until(lambda: tab.drawn == "Neighbors" and tab.settle().titles)
        lead(tab, tab.titles[0], "map", "Map")
        tab.page.evaluate("history.back()")
        tab.page.wait_for_timeout(pause)
        tab.page.evaluate("history.back()")
        tab.until(lambda: tab.at == "Home" and tab.settle().drawn == "Home" and tab.titles == home)
        assert tab.film.startswith("Alien")
        assert tab.url == {"item": ["Alien"]}
    outrun(tab)


def test_reload_restores_the_page(new_tab):
    tab = new_tab().open("Neighbors", items=["Alien", "Toy Story"], metric="dot", k="5")
    before = tab.page.locator("ol").all_inner_texts()
    assert len(before) == 2
    tab.page.reload()
    assert tab.settle().page.locator("ol").all_inner_texts() == before


def test_changed_control_is_in_the_url_and_back_undoes_it(new_tab):
    tab = new_tab().open("Neighbors", items="Alien")
    cosine = tab.titles
    tab.page.get_by_role("radio", name="euclidean").click()
    tab.until(lambda: tab.url.get("metric") == ["euclidean"] and tab.titles != cosine)
    euclidean = tab.titles
    tab.page.go_back()
    tab.until(lambda: "metric" not in tab.url and tab.titles == cosine)
    tab.page.go_forward()
    tab.until(lambda: tab.url.get("metric") == ["euclidean"] and tab.titles == euclidean)


def test_control_changed_faster_than_the_server_responds_keeps_its_last_value(new_tab):
    tab = new_tab().open("Recommend", rated="Alien=5")
    tab.page.get_by_role("button", name="Steer").click()
    popularity = tab.page.get_by_role("slider", name="Popularity")
    popularity.focus()
    for _ in range(8):
        tab.page.keyboard.press("ArrowLeft")
    tab.until(lambda: tab.url.get("popularity") == ["0.2"])
    assert tab.settle().url == {"rated": ["Alien=5"], "popularity": ["0.2"]}
    assert float(popularity.input_value()) == 0.2
    outrun(tab)

    tab = new_tab().open("Neighbors", items="Alien")
    tab.page.evaluate("""() => {
      const all = [...document.querySelectorAll("[role=radio]")];
      for (const name of ["dot", "euclidean"]) all.find((one) => one.innerText === name).click();
    }""")
    tab.until(lambda: tab.url.get("metric") == ["euclidean"])
    assert tab.settle().url == {"items": ["Alien"], "metric": ["euclidean"]}
    expect(tab.page.get_by_role("radio", name="euclidean")).to_be_checked()
    outrun(tab)


def test_sidebar_links_keep_film_and_embedding(new_tab, shipped):
    film = shipped.items["title"][5]
    tab = new_tab().open("Home", artifact="hostile", item=shipped.items["key"][5])
    for page in ("Neighbors", "Map", "Factors", "Home"):
        tab.page.get_by_test_id("stSidebar").get_by_role("link", name=page, exact=True).click()
        tab.until(lambda page=page: tab.at == page)
        assert tab.settle().url["artifact"] == ["hostile"]
    tab.until(lambda: tab.film.startswith(film))


def test_genre_chips_toggle_and_are_in_the_url(new_tab):
    tab = new_tab().open("Map")
    chip = tab.page.get_by_role("button", name=re.compile("^Horror")).first

    def chosen() -> list[str]:
        return json.loads(tab.url.get("f.genres", ["{}"])[0]).get("values", [])

    chip.click()
    tab.until(lambda: chosen() == ["Horror"])
    expect(chip).to_have_attribute("aria-pressed", "true")
    tab.page.get_by_role("button", name=re.compile("^Comedy")).first.click()
    tab.until(lambda: chosen() == ["Horror", "Comedy"])
    chip.click()
    tab.until(lambda: chosen() == ["Comedy"])
    expect(chip).to_have_attribute("aria-pressed", "false")
    tab.settle()


def test_control_that_loads_late_keeps_its_value(new_tab):
    tab = new_tab()
    tab.page.route("**/Slider.*.js", lambda route: (tab.page.wait_for_timeout(2000), route.continue_()))
    tab.open("Analogies", mode="between")
    position = tab.page.get_by_role("slider", name="Position")
    position.wait_for()
    assert float(position.input_value()) == 50
    assert tab.settle().url == {"mode": ["between"]}


def test_another_factor_changes_the_figure(new_tab):
    tab = new_tab().open("Factors", view="two")
    across = "plot._fullData[0]?.x?.[0]"
    tab.until(lambda: figure(tab, across) is not None)
    before = figure(tab, across)
    tab.page.get_by_role("combobox", name="Horizontal").click()
    tab.page.get_by_role("option", name="4").click()
    tab.until(lambda: figure(tab, across) != before)


def test_typing_a_title_opens_it(new_tab):
    tab = new_tab().open("Home")
    tab.page.get_by_test_id("stMain").get_by_role("combobox").first.click()
    tab.page.keyboard.type("Blade Runn")
    tab.page.get_by_role("option", name="Blade Runner", exact=True).click()
    tab.until(lambda: tab.film.startswith("Blade Runner") and tab.url.get("item") == ["Blade Runner"])
    tab.settle()


def test_table_can_be_downloaded(new_tab):
    tab = new_tab().open("Home", item="Alien")
    with tab.page.expect_download() as download:
        tab.page.get_by_test_id("stDownloadButton").first.get_by_role("button").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("key,score")
    assert len(lines) == 1 + len(tab.titles)


# What the last element looked like when it had the focus, against now; null before the second element.
FOCUS = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const look = (node) => {
    const found = [];
    for (let n = 0; n < 5 && node; n++, node = node.parentElement) {
      const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(node);
      found.push(outlineStyle === "none" ? "" : outlineWidth, boxShadow, borderColor);
    }
    return found.join();
  };
  const last = window.lastFocus;
  window.lastFocus = { element, looked: look(element) };
  return last && [last.element.ariaLabel || last.element.innerText, last.looked !== look(last.element)];
}"""


def test_focus_is_visible_on_every_element_and_the_sidebar_is_a_named_landmark(new_tab):
    tab = new_tab().open("Home")
    seen = []
    for _ in range(24):  # the links of the sidebar, the page, its controls and the first links of the list
        tab.page.keyboard.press("Tab")
        tab.page.wait_for_timeout(150)  # until the transition has ended
        seen.append(tab.page.evaluate(FOCUS))
    assert [name for name, visible in seen[1:] if not visible] == []
    assert any("Neighbors of" in name for name, _ in seen[1:])
    assert tab.page.get_by_role("region", name="Sidebar").get_by_role("link", name="Map", exact=True).is_visible()


def test_link_of_the_sidebar_works_while_a_popover_is_open(new_tab):
    tab = new_tab().open("Home", item="Alien")
    tab.page.get_by_role("button", name="Filters").click()
    tab.page.get_by_text("SQL condition").wait_for()
    tab.page.get_by_test_id("stSidebar").get_by_role("link", name="Neighbors", exact=True).click()
    tab.until(lambda: tab.at == "Neighbors" and tab.settle().drawn == "Neighbors")
    assert tab.url["item"] == ["Alien"]
