"""Import in a real browser: upload, review, import, open; refused files; text shown as text."""

import io
import pickle

import numpy as np
import pytest

pytestmark = pytest.mark.browser
KEYS = [f"thing {n}" for n in range(30)]
MARKUP = "<img src=x onerror=alert(1)><b>Bold</b> **strong** \u202eturned"


def npy(vectors) -> bytes:
    stream = io.BytesIO()
    np.save(stream, vectors, allow_pickle=False)
    return stream.getvalue()


def around(n: int) -> np.ndarray:
    """Points on a circle: the nearest of each are its two neighbors on it."""
    return np.stack([np.cos(np.arange(n) / 10), np.sin(np.arange(n) / 10), np.full(n, 2.0)], axis=1).astype(np.float32)


def bring(tab, *files: tuple[str, bytes]) -> None:
    given = [{"name": name, "mimeType": "application/octet-stream", "buffer": raw} for name, raw in files]
    tab.page.locator("input[type=file]").set_input_files(given)


def facts(keys) -> bytes:
    return "\n".join(["title,kind", *(f'"{key}",{"ab"[n % 2]}' for n, key in enumerate(keys)), ""]).encode()


def test_imported_file_opens_on_neighbors_and_home(new_tab):
    tab = new_tab().open("Import")
    bring(tab, ("things.npy", npy(around(30))), ("things.csv", facts(KEYS)))
    tab.page.get_by_role("button", name="Import", exact=True).click()
    tab.page.get_by_text("30 items in 3 dimensions").first.wait_for()
    tab.until(lambda: tab.titles[:1] == ["thing 1"])
    name = tab.url["artifact"][0]
    assert name.startswith("things")
    tab.page.get_by_test_id("stMain").get_by_role("link", name="Open", exact=True).click()
    tab.until(lambda: tab.at == "Home" and tab.film == "thing 0")
    assert tab.settle().url["artifact"] == [name]


@pytest.mark.parametrize("width", [1400, 390])
def test_file_content_is_shown_as_text_and_fits(new_tab, width):
    tab = new_tab(width).open("Import")
    bring(tab, ("<b>x.npy", npy(around(30))), ("facts.csv", facts([MARKUP, "long" * 2_500, *KEYS[2:]])))
    tab.page.get_by_role("button", name="Import", exact=True).wait_for()
    tab.page.get_by_role("heading", name="Columns").wait_for()
    tab.settle()
    assert tab.page.locator("img[src=x], b:text('x'), b:text('Bold'), strong:text('strong')").count() == 0
    wide = "document.querySelector('[data-testid=stMain]')"
    assert tab.page.evaluate(f"{wide}.scrollWidth <= {wide}.clientWidth")
    tab.page.get_by_role("button", name="Import", exact=True).click()
    tab.page.get_by_text("30 items in 3 dimensions").first.wait_for()
    tab.settle()
    assert tab.page.locator("img[src=x], b:text('Bold'), strong:text('strong')").count() == 0


def test_kind_is_changed_by_keyboard_and_shows_its_effect(new_tab):
    tab = new_tab().open("Import")
    bring(tab, ("things.npy", npy(around(30))), ("facts.csv", facts(KEYS)))
    cell = tab.page.get_by_test_id("stDataFrame").first.locator("[data-testid=glide-cell-1-1]")
    cell.wait_for(state="attached")
    tab.settle()
    tab.page.get_by_test_id("stDataFrame").first.locator("canvas").first.focus()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        tab.page.keyboard.press(key)
    tab.page.get_by_role("option", name="skip").wait_for()
    tab.page.keyboard.type("skip")
    tab.page.keyboard.press("Enter")
    tab.page.locator("[data-testid=stDataFrame] td", has_text="left out").first.wait_for(state="attached")
    assert cell.inner_text() == "skip"


def test_embedding_can_be_exported(new_tab, shipped):
    tab = new_tab().open("Import", format="csv")
    with tab.page.expect_download() as download:
        tab.page.get_by_test_id("stMain").get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "movielens.csv"
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert "dim_0" in lines[0] and len(lines) >= 1 + len(shipped)


def test_pickle_is_refused(new_tab):
    tab = new_tab().open("Import")
    bring(tab, ("model.kv", pickle.dumps({"vectors": [1.0]})))
    tab.page.get_by_text("is a pickle").wait_for()
    assert tab.page.get_by_role("button", name="Import", exact=True).count() == 0
