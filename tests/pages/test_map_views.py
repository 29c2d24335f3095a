"""Map page: saved views are created from the URL, listed, opened, renamed and deleted."""

import json
from urllib.parse import parse_qs

import pytest

from explorer.artifacts import notes
from explorer.webapp.wording import escape_markdown


def links(screen) -> dict[str, dict]:
    """The URL parameters of each link to the map, by its label."""
    return {
        link.proto.label.replace("\\", ""): parse_qs(link.proto.query_string)
        for link in screen.at.get("page_link")
        if link.proto.page.endswith("Map") and link.proto.label != "Map"
    }


def press(screen, label: str):
    next(button for button in screen.at.button if button.label == label).click()
    return screen.run()


def save(screen, name: str):
    next(box for box in screen.at.text_input if box.key == "view:name").set_value(name)
    return press(screen, "Save")


def test_saved_view_is_listed_and_restores_the_whole_state(world, visit):
    query = {"title": "^red [01]", "view": "-0.5,0.25,-0.1,0.4", "colour": "Year", "select": "rows:1,2"}
    screen = save(visit("Map", **query), "Two *reds*")
    (view,) = notes.read("movielens").views
    assert view.name == "Two *reds*" and view.parameters == {name: [value] for name, value in query.items()}
    opened = links(screen)["Two *reds*"]
    assert opened == {**view.parameters, "artifact": ["movielens"], "saved": ["Two *reds*"]}
    again = visit("Map", **opened)
    assert again.control("title").value == "^red [01]" and again.control("colour").value == "Year"
    assert again.figures[0]["layout"]["xaxis"]["range"] == [-0.5, 0.25]
    assert json.dumps(again.figures[0]["layout"]) == json.dumps(screen.figures[0]["layout"])


def test_tour_leads_from_each_view_to_the_next(world, visit):
    for name in ("First", "Second", "Third"):
        notes.change("movielens", lambda now, name=name: now.with_view(name, {"title": [name]}))
    screen = visit("Map")
    assert links(screen)["Start the tour"]["saved"] == ["First"]
    seen = []
    query = links(screen)["Start the tour"]
    while query:
        screen = visit("Map", **query)
        seen.append(screen.control("title").value)
        query = links(screen).get("Next view")
    assert seen == ["First", "Second", "Third"]
    assert "Third** · 3 of 3" in screen.notes
    assert links(screen)["Previous view"]["saved"] == ["Second"]


def test_view_can_be_renamed_and_deleted(world, visit):
    notes.change("movielens", lambda now: now.with_view("Reds", {}).with_view("Blues", {}))
    screen = visit("Map", saved="Reds")
    next(box for box in screen.at.text_input if box.key == "view:new").set_value("Red ones")
    screen = press(screen.run(), "Rename")
    assert [view.name for view in notes.read("movielens").views] == ["Red ones", "Blues"]
    assert screen.url["saved"] == "Red ones"
    screen = press(screen, "Delete")
    assert [view.name for view in notes.read("movielens").views] == ["Blues"]
    assert "saved" not in screen.url and "is deleted" in screen.notes


@pytest.mark.parametrize(("name", "said"), [("Reds", "already"), ("  ", "1 to 80 characters")])
def test_invalid_name_is_reported(world, visit, name, said):
    notes.change("movielens", lambda now: now.with_view("Reds", {}))
    assert said in save(visit("Map"), name).notes
    assert len(notes.read("movielens").views) == 1


@pytest.mark.parametrize(
    "name",
    ["<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", ":material/home: **b** $x^2$", "\u202egpj.exe",
     "`'\"&?#", "../../etc/passwd", "x" * 80],
)  # fmt: skip
def test_hostile_name_is_shown_as_text(world, visit, name):
    screen = save(visit("Map"), name)
    shown = [link.proto.label for link in screen.at.get("page_link")]
    assert not screen.errors and escape_markdown(name) in shown
    opened = visit("Map", saved=name)
    assert not opened.errors and [view.name for view in notes.read("movielens").views] == [name]
    assert press(opened, "Delete").errors == [] and notes.read("movielens").views == ()


def test_missing_view_and_damaged_notes_are_reported(world, visit, root):
    notes.change("movielens", lambda now: now.with_view("Reds", {}))
    screen = visit("Map", saved="Red")
    assert "Did you mean: Reds" in screen.notes and len(screen.figures) == 1
    (root / "movielens" / "notes.json").write_text("{")
    screen = visit("Map")
    assert "notes.json cannot be read" in " ".join(screen.errors) and len(screen.figures) == 1
