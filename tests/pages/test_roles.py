"""Viewers see every page without the forms that change something."""

import pytest

FORMS = {
    "Train": {"Train", "Download"},
    "Import": {"Rename", "Delete", "Try an example: named colors"},
    "Map": {"Create", "Save"},
    "Factors": {"Save"},
    "Columns": {"Measure", "Measure again"},
}


def buttons(screen):
    return {button.label for button in screen.at.button}


def test_viewer_can_open_every_page_and_change_nothing(world, visit, monkeypatch, page):
    offered = buttons(visit(page))
    monkeypatch.setenv("EXPLORER_READ_ONLY", "1")
    screen = visit(page)
    assert any("not change it" in caption.value for caption in screen.at.sidebar.caption)
    changing = FORMS.get(page, set())
    assert not buttons(screen) & changing
    assert not changing or offered & changing  # labels that an editor sees
    assert not screen.at.error


@pytest.mark.parametrize(("opened", "action"), [("Train", "train an embedding"), ("Import", "import vectors")])
def test_page_for_editors_says_so(world, visit, monkeypatch, opened, action):
    monkeypatch.setenv("EXPLORER_READ_ONLY", "1")
    assert any(f"Only an editor may {action}" in info.value for info in visit(opened).at.info)
