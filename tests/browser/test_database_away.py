"""A page whose database becomes unreachable says so, and continues when it returns."""

import pytest

from explorer.artifacts.milvus import publish
from tests import PATIENCE
from tests.browser.conftest import Tab, serving
from tests.lite import Lite

pytest.importorskip("pymilvus")
pytestmark = pytest.mark.browser


@pytest.fixture
def database(tmp_path, colours_path):
    server = Lite(tmp_path / "lite").start()
    publish.publish(str(colours_path), server.uri)
    yield server
    server.kill()


def test_page_reports_an_unreachable_database_and_continues_when_it_returns(database, browser):
    with serving(database.uri) as address:
        page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        tab = Tab(page, address)
        for leave, come_back in ((database.hang, database.go_on), (database.kill, database.start)):
            tab.open("Neighbors", items="Red 3", k="5")
            first = tab.titles
            assert first[0] == "Red 2"
            leave()
            page.get_by_role("link", name="Home").click()
            said = page.get_by_test_id("stAlert")
            said.wait_for(timeout=1000 * PATIENCE)
            assert "cannot answer" in said.inner_text()
            page.wait_for_timeout(4_000)  # it retries without harm
            assert said.is_visible()
            assert page.get_by_test_id("stException").count() == 0
            come_back()
            tab.until(lambda said=said: tab.film and not said.is_visible())  # without any action on the page
            page.go_back()
            tab.until(lambda first=first: tab.at == "Neighbors" and tab.titles == first)
        page.context.close()
