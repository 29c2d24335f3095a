"""Ratings in a real browser: one click or key each, one history entry, saved by the browser."""

import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import Tab

pytestmark = pytest.mark.browser


def rows(one: Tab, cross: str) -> Locator:
    """The rows of the list whose remove buttons have this label."""
    return one.page.locator(f"li:has([aria-label^='{cross}:'])")


def kept(one: Tab) -> object:
    return one.page.evaluate("JSON.parse(localStorage.getItem('explorer:ratings:movielens'))")


def steps(one: Tab) -> int:
    return int(one.page.evaluate("history.length"))


def test_ratings_are_saved_restored_and_forgotten(tab):
    one = tab().open("Recommend")
    before = steps(one)
    first = rows(one, "I do not know it").first.locator(".title").inner_text()
    rows(one, "I do not know it").first.get_by_role("radio", name="4.5 of 5").click()
    one.until(lambda: one.url.get("rated") == [f"{first}=4.5"])
    assert steps(one.settle()) == before + 1
    assert kept(one) == {first: 4.5}

    refused = rows(one, "Not this one").first.locator(".title").inner_text()
    rows(one, "Not this one").first.locator(".drop").press("Enter")
    one.until(lambda: one.url.get("not") == [refused])
    assert steps(one.settle()) == before + 2

    second = rows(one, "Not this one").nth(1).locator(".title").inner_text()
    rows(one, "Not this one").nth(1).locator(".star[tabindex='0']").focus()
    for key in ("ArrowLeft", "ArrowLeft", "Enter"):
        one.page.keyboard.press(key)
    one.until(lambda: one.url.get("rated") == [f"{first}=4.5", f"{second}=4"])
    assert kept(one.settle()) == {first: 4.5, refused: "no", second: 4}

    one.page.goto(f"{one.address}/Recommend")
    one.until(lambda: one.url.get("rated") == [f"{first}=4.5", f"{second}=4"])
    assert one.settle().url["not"] == [refused]
    one.page.get_by_role("button", name="Delete all ratings").click()
    one.until(lambda: "rated" not in one.url and "not" not in one.url)
    assert kept(one.settle()) is None
    assert one.complaints == []


def test_url_with_ratings_does_not_change_the_saved_ones(tab):
    one = tab().open("Recommend", rated=["Alien=5", "Fargo=1"])
    assert kept(one) is None
    one.page.evaluate("localStorage.setItem('explorer:ratings:movielens', JSON.stringify({Heat: 3}))")
    one.open("Recommend", rated=["Alien=5"])
    assert one.url["rated"] == ["Alien=5"]
    rows(one, "Remove").first.get_by_role("radio", name="0.5 of 5").first.click()
    one.until(lambda: one.url.get("rated") == ["Alien=0.5"])
    assert kept(one.settle()) == {"Heat": 3, "Alien": 0.5}
