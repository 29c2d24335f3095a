"""Every page as an editor, as a viewer, and before a login; a new control for editors fails until it is listed."""

import shutil
from types import SimpleNamespace

import pytest
import streamlit as st

from explorer import artifacts
from explorer.artifacts import lifecycle, notes
from explorer.errors import BadRequest
from explorer.jobs import launcher

EDITORS_BUTTONS = {
    "Train": {"Train"},
    "Import": {"Rename", "Delete", "Restore", "Try an example: named colors"},
    "Map": {"Create", "Save", "Rename", "Delete"},
    "Factors": {"Save"},
    "Columns": {"Measure"},
}
NEEDS_TEXT = {"Save": ("Name", "Name of the factor"), "Rename": ("New name",)}  # button: text inputs to fill first


@pytest.fixture
def folder(world, root, monkeypatch):
    """Two artifacts, a deleted one and a saved view; what would start a process only writes a file."""
    shutil.copytree(root / "reds", root / "old")
    lifecycle.delete("old")
    notes.change("movielens", lambda now: now.with_view("one", {"method": ["pca"]}))

    def start(request, place):
        (place / "started").touch()
        raise BadRequest("No process is started in this test.")

    monkeypatch.setattr(launcher, "_start", start)
    return root


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and not file.name.endswith("lock")}


def buttons(screen):
    return {button.label for button in screen.at.button}


def test_viewer_sees_every_page_without_the_controls_of_editors(folder, visit, monkeypatch, page):
    editors = buttons(visit(page))
    monkeypatch.setenv("EXPLORER_READ_ONLY", "1")
    screen = visit(page)
    assert any("not change it" in caption.value for caption in screen.at.sidebar.caption)
    assert editors - buttons(screen) == EDITORS_BUTTONS.get(page, set())
    assert not screen.at.error


CONTROLS = [(page, label) for page, labels in EDITORS_BUTTONS.items() for label in sorted(labels)]


@pytest.mark.parametrize(("opened", "label"), CONTROLS)
@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_button_left_on_screen_works_for_editors_only(folder, visit, monkeypatch, opened, label, role):
    """As when a form is open while its visitor becomes a viewer, or a client sends what its page does not offer."""
    before = contents(folder)
    screen = visit(opened)
    for field in screen.at.text_input:
        if field.label in NEEDS_TEXT.get(label, ()):
            field.set_value("mine")
    monkeypatch.setenv("EXPLORER_READ_ONLY", str(int(role == "viewer")))
    next(button for button in screen.at.button if button.label == label).click()
    screen.run()
    assert (contents(folder) != before) == (role == "editor")


@pytest.mark.parametrize(("opened", "action"), [("Train", "train an embedding"), ("Import", "import vectors")])
def test_page_for_editors_says_so(world, visit, monkeypatch, opened, action):
    monkeypatch.setenv("EXPLORER_READ_ONLY", "1")
    assert any(f"Only an editor may {action}" in info.value for info in visit(opened).at.info)


def test_every_page_shows_only_the_login_before_it(folder, visit, monkeypatch, page):
    monkeypatch.setattr(st, "user", SimpleNamespace(to_dict=lambda: {"is_logged_in": False}))
    monkeypatch.setattr(artifacts, "list_artifacts", lambda: pytest.fail("artifacts were read"))
    screen = visit(page)
    assert buttons(screen) == {"Log in"}
    assert [title.value for title in screen.at.title] == ["Embedding Explorer"]
    assert not screen.at.get("bidi_component") and not screen.at.get("plotly_chart") and not screen.at.sidebar
