"""Every page in a real browser: it opens by its link, fits, and complains of nothing."""

import pytest

from tests.browser.conftest import HOSTILE, PAGES

pytestmark = pytest.mark.browser
WIDTHS = (
    "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1400, 900), (390, 844)], ids=["desktop", "phone"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_and_fits(tab, page, size, scheme):
    one = tab(*size, scheme).open(page)
    assert one.at == page
    assert one.page.get_by_test_id("stAlertContentError").count() == 0
    assert not one.page.evaluate(TOO_WIDE)
    background = one.page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    brightness = sum(int(part) for part in background.strip("rgba()").split(",")[:3]) / 3
    assert brightness > 200 if scheme == "light" else brightness < 60


def test_home_answers_above_the_fold(tab):
    one = tab().open("Home")
    first = one.page.locator("ol li").first.bounding_box()
    assert first["y"] + first["height"] < 900
    assert one.page.get_by_test_id("stMain").get_by_role("combobox").first.is_visible()
    assert one.page.locator(".js-plotly-plot").first.bounding_box()["y"] < 900


@pytest.mark.parametrize("page", PAGES)
def test_markup_in_titles_and_genres_is_shown_as_text(tab, page):
    hostile = "<b>Bold</b> **strong** :material/home: $x^2$ <img src=x onerror=alert(1)>"
    one = tab().open(page, artifact="hostile", item=hostile, items=hostile, plus=hostile)
    assert (
        one.page.locator("main img[src=x], main b:text('Bold'), main strong:text('strong'), main .katex").count() == 0
    )
    if page in ("Home", "Neighbors"):
        assert hostile in one.page.get_by_test_id("stMain").inner_text()
