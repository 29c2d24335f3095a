"""Import page: the saved artifact, its layouts, and repeated imports."""

import time

import numpy as np
import pytest

from explorer import artifacts
from explorer.jobs.job import list_jobs
from explorer.jobs.layout_job import LayoutRequest
from tests import PATIENCE
from tests.pages.import_files import KEYS, VECTORS, box, bring, change, facts, holds, left, npy, press


def test_imported_artifact_opens_on_every_page(world, visit, page):
    press(bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", facts())))
    screen = visit(page, artifact="mine", item="item 4", items="item 4")
    assert not screen.errors
    assert screen.control("artifact").value == "mine"
    if page in ("Home", "Neighbors"):
        assert set(screen.lists[0][:2]) == {"item 3", "item 5"}


def test_slow_layouts_are_made_by_a_worker(world, visit, monkeypatch):
    asked = []
    monkeypatch.setattr("explorer.jobs.launcher.start", asked.append)
    screen = bring(visit("Import"), ("slow.npy", npy(VECTORS)))
    next(one for one in screen.at.multiselect if one.label == "Maps").set_value(["pca", "tsne"])
    press(screen)
    assert [(request.method, request.artifact.endswith("slow")) for request in asked] == [("tsne", True)]
    assert list(artifacts.load("slow").layouts) == ["pca"]


def test_pca_of_many_items_is_made_by_a_worker(world, visit, monkeypatch):
    asked = []
    monkeypatch.setattr("explorer.jobs.launcher.start", asked.append)
    monkeypatch.setattr("explorer.webapp.views.importing.upload.SOON", 11)
    screen = press(bring(visit("Import"), ("many.npy", npy(VECTORS))))
    assert [request.method for request in asked] == ["pca"]
    assert screen.lists[0] and not artifacts.load("many").layouts


def test_existing_name_is_refused_and_the_files_are_kept(world, root, visit):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)))
    next(one for one in screen.at.text_input if one.label == "Name").set_value("reds")
    assert any("There is an artifact 'reds' already" in error for error in press(screen).errors)
    assert "mine.npy" in left(root)


def test_layout_without_vectors_has_no_neighbors_and_every_page_says_so(world, visit, page):
    rows = "".join(f"{key},{x},{y}\n" for key, (x, y, _) in zip(KEYS, VECTORS.tolist(), strict=True))
    screen = press(bring(visit("Import"), ("places.csv", f"name,x,y\n{rows}".encode())))
    assert not screen.errors and not screen.lists
    assert "12 items, a map without vectors" in screen.at.success[0].value.replace("\\", "")
    made = artifacts.load("places")
    assert made.plane_name == "xy" and np.array_equal(made.plane, VECTORS[:, :2])
    seen = visit(page, artifact="places", item="item 4")
    assert not seen.errors and not seen.lists
    if page == "Map":
        assert seen.control("method").options[0] == "Original layout"
    elif page not in ("Train", "Learn", "Import"):
        assert "has a map but no vectors" in seen.notes


def test_requested_t_sne_layout_is_made_and_becomes_the_default(world, visit):
    screen = bring(visit("Import"), ("slow.npy", npy(VECTORS)), ("facts.csv", facts()))
    next(one for one in screen.at.multiselect if one.label == "Maps").set_value(["pca", "tsne"])
    notes = press(screen).notes
    [job] = list_jobs(LayoutRequest)
    # A warm worker may have finished the layout of 12 items before the page was drawn.
    assert "t-SNE layout is being computed" in notes or not job.running
    deadline = time.monotonic() + PATIENCE
    while job.running and time.monotonic() < deadline:
        time.sleep(0.1)
    assert job.state == "done", job.message
    made = artifacts.load("slow")
    assert made.plane_name.startswith("tsne") and made.plane.shape == (12, 2)
    assert visit("Map", artifact="slow").control("method").value == made.plane_name


def test_imported_artifact_can_be_renamed_deleted_and_restored(world, visit):
    press(bring(visit("Import"), ("mine.npy", npy(VECTORS))))
    screen = visit("Import", artifact="mine")

    def manage(label: str):
        next(button for button in screen.at.button if button.label == label).click()
        return screen.run()

    box(screen, "Artifact").set_value("mine")
    for new, error in (("", "Write the new name of mine first."), ("a/b", "not a valid name"), ("ours", "")):
        next(one for one in screen.at.text_input if one.label == "New name").set_value(new)
        manage("Rename")  # in the same run, as when a click follows the last letter
        assert [error in one.value.replace("\\", "") for one in screen.at.error] == [True] * bool(error)
    assert "ours" in artifacts.list_artifacts() and "mine" not in artifacts.list_artifacts()
    box(screen, "Artifact").set_value("ours")
    screen.run()
    manage("Delete")
    assert "ours" not in artifacts.list_artifacts()
    assert not screen.errors and screen.url.get("artifact") != "ours"
    manage("Restore")
    assert np.array_equal(artifacts.load("ours").vectors, VECTORS)


@pytest.mark.parametrize("replace", [True, False])
def test_import_can_be_repeated_with_other_choices(world, visit, replace):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", facts()))
    press(change(screen, kind="text"))
    press(screen, "Import again")
    assert "The files of mine, with the choices made for it." in screen.notes
    assert next(one.value for one in screen.at.dataframe if "holds" in one.value)["kind"].tolist()[2] == "text"
    assert holds(screen)["kind"] == ("", "12 known")
    change(screen, year="skip")
    if not replace:
        next(one for one in screen.at.checkbox if one.label.startswith("Replace")).set_value(False)
        screen.run()
    press(screen)
    name = "mine" if replace else "mine-2"
    made = artifacts.load(name)
    assert "year" not in made.items and made.schema["kind"].kind == "text"
    assert ("year" in artifacts.load("mine").items) != replace
    assert screen.url["artifact"] == name
    if replace:
        press(screen, "Delete")
        assert "mine" not in artifacts.list_artifacts()


def test_import_without_its_files_cannot_be_repeated(world, root, visit):
    screen = press(bring(visit("Import"), ("mine.npy", npy(VECTORS))))
    assert any(button.label == "Import again" for button in screen.at.button)
    next((root / ".uploads").rglob("mine.npy")).unlink()
    assert not any(button.label == "Import again" for button in screen.run().at.button)
