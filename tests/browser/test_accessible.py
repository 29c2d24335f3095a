"""axe-core finds no serious or moderate violation on any page, light or dark."""

from importlib.resources import files

import pytest

from tests.browser.conftest import PAGES

pytestmark = pytest.mark.browser
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
# Charts that plotly draws are named as a whole; axe looks at each of their texts.
RUN = """async () => {
  const found = await axe.run({ exclude: [[".js-plotly-plot"]] }, { resultTypes: ["violations"] });
  return found.violations.map(({ id, impact, nodes }) => [id, impact, nodes.map(({ target, html }) => [target, html])]);
}"""


def violations(one) -> list[tuple[str, str, int, object]]:
    one.page.evaluate(AXE)
    found = one.page.evaluate(RUN)
    return [(name, impact, len(nodes), nodes[:3]) for name, impact, nodes in found if impact not in (None, "minor")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_serious_or_moderate_violation(tab, page, scheme):
    one = tab(scheme=scheme).open(page)
    assert violations(one) == []


def test_the_check_finds_what_is_wrong(tab):
    one = tab().open("Learn")
    one.page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=\"data:,\">')")
    assert [name for name, *_ in violations(one)] == ["image-alt"]
