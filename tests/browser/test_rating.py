"""Ratings in a real browser: one click or key each, one history entry, saved by the browser."""

import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import Tab

pytestmark = pytest.mark.browser


def rows(tab: Tab, cross: str) -> Locator:
    """The rows of the list whose remove buttons have this label."""
    return tab.page.locator(f"li:has([aria-label^='{cross}:'])")


def kept(tab: Tab) -> object:
    return tab.page.evaluate("JSON.parse(localStorage.getItem('explorer:ratings:movielens'))")


def steps(tab: Tab) -> int:
    return int(tab.page.evaluate("history.length"))


def test_ratings_are_saved_restored_and_forgotten(new_tab):
    tab = new_tab().open("Recommend")
    before = steps(tab)
    first = rows(tab, "I do not know it").first.locator(".title").inner_text()
    rows(tab, "I do not know it").first.get_by_role("radio", name="4.5 of 5").click()
    tab.until(lambda: tab.url.get("rated") == [f"{first}=4.5"])
    assert steps(tab.settle()) == before + 1
    assert kept(tab) == {first: 4.5}

    refused = rows(tab, "Not this one").first.locator(".title").inner_text()
    rows(tab, "Not this one").first.locator(".drop").press("Enter")
    tab.until(lambda: tab.url.get("not") == [refused])
    assert steps(tab.settle()) == before + 2

    second = rows(tab, "Not this one").nth(1).locator(".title").inner_text()
    rows(tab, "Not this one").nth(1).locator(".star[tabindex='0']").focus()
    for key in ("ArrowLeft", "ArrowLeft", "Enter"):
        tab.page.keyboard.press(key)
    tab.until(lambda: tab.url.get("rated") == [f"{first}=4.5", f"{second}=4"])
    assert kept(tab.settle()) == {first: 4.5, refused: "no", second: 4}

    tab.page.goto(f"{tab.address}/Recommend")
    tab.until(lambda: tab.url.get("rated") == [f"{first}=4.5", f"{second}=4"])
    assert tab.settle().url["not"] == [refused]
    tab.page.get_by_role("button", name="Delete all ratings").click()
    tab.until(lambda: "rated" not in tab.url and "not" not in tab.url)
    assert kept(tab.settle()) is None
    assert tab.complaints == []


def test_url_with_ratings_does_not_change_the_saved_ones(new_tab):
    tab = new_tab().open("Recommend", rated=["Alien=5", "Fargo=1"])
    assert kept(tab) is None
    tab.page.evaluate("localStorage.setItem('explorer:ratings:movielens', JSON.stringify({Heat: 3}))")
    tab.open("Recommend", rated=["Alien=5"])
    assert tab.url["rated"] == ["Alien=5"]
    rows(tab, "Remove").first.get_by_role("radio", name="0.5 of 5").first.click()
    tab.until(lambda: tab.url.get("rated") == ["Alien=0.5"])
    assert kept(tab.settle()) == {"Heat": 3, "Alien": 0.5}
