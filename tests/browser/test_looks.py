"""Every page in a real browser: it opens, fits the screen, is accessible, and logs no errors."""

from importlib.resources import files

import pytest

from tests.browser.conftest import HOSTILE, LONG, PAGES, TURNED

pytestmark = pytest.mark.browser
TOO_WIDE = """[document.documentElement, document.querySelector("[data-testid=stMain]")]
  .some((element) => element.scrollWidth > element.clientWidth)"""
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
# Charts have one label as a whole; axe checks each text in them.
RUN = """async () => {
  const found = await axe.run({ exclude: [[".js-plotly-plot"]] }, { resultTypes: ["violations"] });
  return found.violations.map(({ id, impact, nodes }) => [id, impact, nodes.map(({ target, html }) => [target, html])]);
}"""
# Texts in a list that are broken into a column of letters.
SQUEEZED = """all => all.filter((one) => !one.children.length && one.textContent.trim().length > 3
  && one.offsetWidth < 48 && one.offsetHeight > 60).map((one) => one.textContent)"""
DESKTOP, PHONE = (1400, 900), (390, 844)
MARKED_UP = "img[src=x], b:text('Bold'), strong:text('strong'), .katex"


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_fits_and_is_accessible(new_tab, page):
    """On a light desktop, a phone, a dark one, and back; axe-core finds no serious or moderate violation."""
    tab = new_tab(*DESKTOP, "light").open(page)
    assert tab.at == page
    for size, scheme in ((DESKTOP, "light"), (PHONE, "light"), (PHONE, "dark"), (DESKTOP, "dark")):
        tab.page.emulate_media(color_scheme=scheme)
        tab.resize(*size)
        tab.until(lambda scheme=scheme: brightness(tab) > 200 if scheme == "light" else brightness(tab) < 60)
        assert tab.page.get_by_test_id("stAlertContentError").count() == 0
        assert not tab.page.evaluate(TOO_WIDE)
        assert tab.page.locator("li span").evaluate_all(SQUEEZED) == []
        if size == DESKTOP:
            assert violations(tab) == []


def violations(tab) -> list[tuple[str, str, int, object]]:
    """Violations found by axe-core, except minor ones."""
    tab.page.evaluate(AXE)
    found = tab.page.evaluate(RUN)
    return [(name, impact, len(nodes), nodes[:3]) for name, impact, nodes in found if impact not in (None, "minor")]


def test_axe_detects_a_violation(new_tab):
    tab = new_tab().open("Import")
    tab.page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=\"data:,\">')")
    assert [name for name, *_ in violations(tab)] == ["image-alt"]


def brightness(tab) -> float:
    """Brightness of the page's background, 0 to 255."""
    colour = tab.page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    return sum(int(part) for part in colour.strip("rgba()").split(",")[:3]) / 3


def test_home_result_is_above_the_fold(new_tab):
    tab = new_tab().open("Home")
    first = tab.page.locator("ol li").first.bounding_box()
    assert first["y"] + first["height"] < 900
    assert tab.page.get_by_test_id("stMain").get_by_role("combobox").first.is_visible()
    assert tab.page.locator("canvas, .js-plotly-plot").first.bounding_box()["y"] < 900


@pytest.mark.parametrize("page", ["Home", "Neighbors", "Analogies", "Map", "Recommend", "Compare"])
def test_markup_and_addresses_in_titles_and_genres_are_shown_as_text(new_tab, page):
    tab = new_tab().open(page, artifact="hostile", item=HOSTILE, items=HOSTILE, plus=HOSTILE)
    assert tab.page.locator(MARKED_UP).count() == 0
    assert tab.page.locator("a[href*='//example.org'], a[href*='//www.example'], a[href^='mailto:']").count() == 0
    if page in ("Home", "Neighbors"):
        headings = " ".join(tab.page.locator("h2, h3").all_inner_texts())
        assert HOSTILE in headings.replace("\u2060", "")  # a zero-width character keeps an address from becoming a link


@pytest.mark.parametrize("page", PAGES)
def test_title_of_ten_thousand_characters_fits(new_tab, page):
    tab = new_tab(*PHONE, "dark").open(page, artifact="hostile", item=LONG, items=LONG, plus=LONG)
    assert brightness(tab) < 60  # from its beginning
    highest = "Math.max(0, ...[...document.querySelectorAll('h2, h3, li')].map((one) => one.offsetHeight))"
    assert tab.page.locator(MARKED_UP).count() == 0  # within the other titles and genres on the page
    for size in (PHONE, DESKTOP):
        tab.resize(*size)
        assert not tab.page.evaluate(TOO_WIDE)
        assert tab.page.evaluate(highest) < 400


@pytest.mark.parametrize("page", ["Home", "Neighbors"])
def test_right_to_left_title_does_not_affect_other_text(new_tab, page, shipped):
    tab = new_tab().open(page, artifact="hostile", item=TURNED, items=TURNED)
    heading = tab.page.locator("h2, h3").first.inner_text()
    if page == "Neighbors":
        assert heading == f"\u2068{TURNED[1:]}\u2069"  # without its bidi control character
    else:
        year = tab.page.locator("h2.title .beside").first
        title = tab.page.locator("h2.title bdi").first
        assert title.bounding_box()["x"] < year.bounding_box()["x"]
        digits = "(node) => { const all = document.createRange(), text = node.firstChild; const at = (n) => "
        digits += "{ all.setStart(text, n); all.setEnd(text, n + 1); return all.getBoundingClientRect().x; }; "
        assert year.evaluate(digits + "return at(0) < at(3); }")
