"""A page on a database that goes away: it says so, and goes on by itself when the database is back."""

import pytest

from explorer.artifacts.milvus import publish
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


@pytest.mark.parametrize("hung", [False, True], ids=["ended", "hung"])
def test_a_page_tells_that_the_database_is_away_and_goes_on_when_it_is_back(database, browser, hung):
    with serving(database.uri) as address:
        page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        tab = Tab(page, address).open("Neighbors", items="Red 3", k="5")
        first = tab.titles
        assert first[0] == "Red 2"
        database.hang() if hung else database.kill()
        page.get_by_role("link", name="Home").click()
        said = page.get_by_test_id("stAlert")
        said.wait_for(timeout=60_000)
        assert "cannot answer" in said.inner_text()
        page.wait_for_timeout(4_000)  # it asks again, and is none the worse
        assert said.is_visible()
        assert page.get_by_test_id("stException").count() == 0
        database.go_on() if hung else database.start()
        tab.until(lambda: tab.film and not said.is_visible())  # nobody has touched the page
        page.go_back()
        tab.until(lambda: tab.at == "Neighbors" and tab.titles == first)
        page.context.close()
