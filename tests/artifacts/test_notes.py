"""Saved views and factor names: stored with the artifact, safe with several writers, validated."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from explorer import artifacts
from explorer.artifacts import folder, lifecycle, notes
from explorer.artifacts.notes import Notes
from explorer.errors import BadArtifact, BadRequest

HERE = {"view": ["0,1,0,1"], "genres": ["Drama", "Comedy"]}


def test_views_can_be_saved_renamed_and_deleted_without_changing_the_artifact(colours_path):
    before = artifacts.digest(colours_path)
    notes.change(colours_path, lambda now: now.with_view("  The   reds ", HERE))
    notes.change(colours_path, lambda now: now.with_view("All", {}))
    found = notes.read(colours_path)
    assert [view.name for view in found.views] == ["The reds", "All"]
    assert found.view("The reds").parameters == HERE
    assert artifacts.digest(colours_path) == before
    assert artifacts.check(colours_path)
    assert not list(colours_path.parent.glob(".*notes*"))
    notes.change(colours_path, lambda now: now.renamed_view("The reds", "Reds").without_view("All"))
    assert notes.read(colours_path).views == (notes.SavedView("Reds", HERE),)


def test_notes_survive_a_new_layout_and_a_rename(colours_path, colours, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(colours_path.parent))
    notes.change("colours", lambda now: now.with_view("Reds", HERE))
    artifacts.add_layout("colours", "umap", colours.layout("pca"))
    lifecycle.rename("colours", "shades")
    assert notes.read("shades").view("Reds").parameters == HERE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda now: now.with_view("Reds", {}), "already"),
        (lambda now: now.with_view(" ", {}), "1 to 80 characters"),
        (lambda now: now.with_view("x" * 81, {}), "has 81"),
        (lambda now: now.with_view("Large", {"select": ["x" * 9_000]}), "at most 8,000"),
        (lambda now: now.renamed_view("reds", "x"), "Did you mean: Reds"),
        (lambda now: now.renamed_view("Reds", "Blues"), "already"),
        (lambda now: now.without_view("Greens"), "no saved view 'Greens'"),
    ],
)
def test_invalid_notes_are_refused_and_change_nothing(colours_path, change, message):
    before = notes.change(colours_path, lambda now: now.with_view("Reds", HERE).with_view("Blues", {}))
    with pytest.raises(BadRequest, match=message):
        notes.change(colours_path, change)
    assert notes.read(colours_path) == before


def test_notes_saved_by_several_processes_at_once_are_all_kept(colours_path):
    def save(n: int) -> None:
        notes.change(colours_path, lambda now: now.with_view(f"View {n}", {}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(save, range(24)))
    assert {view.name for view in notes.read(colours_path).views} == {f"View {n}" for n in range(24)}


def test_factor_name_is_independent_of_sign_and_belongs_to_one_factor(colours_path):
    x, y = np.eye(4)[0], np.eye(4)[1]
    notes.change(colours_path, lambda now: now.with_factor_name(x, "old vs new"))
    found = notes.change(colours_path, lambda now: now.with_factor_name(-x + 0.05 * y, "new vs old"))
    assert found == notes.read(colours_path)
    assert found.factor_name(x) == found.factor_name(-3 * x) == "new vs old"
    assert found.factor_name(y) == found.factor_name(np.ones(5)) == ""
    assert found.with_factor_name(x, " ") == Notes()


def test_notes_on_a_sample_are_written_to_a_copy(colours_path, tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "samples_folder", lambda: colours_path.parent)
    monkeypatch.setattr(folder, "root", lambda: tmp_path / "own")
    notes.change("colours", lambda now: now.with_view("Reds", HERE))
    assert notes.read("colours").view("Reds").parameters == HERE
    assert (tmp_path / "own" / "colours" / "manifest.json").is_file()
    assert not (colours_path / "notes.json").exists()
    notes.change("colours", lambda now: now.with_view("Blues", HERE))
    assert len(notes.read("colours").views) == 2


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"views": 3}', '{"views": [{"name": "x"}], "factors": []}', "[" * 100_000, '{"views": [7]}',
     r'{"views": [{"name": "\ud800", "parameters": {}}], "factors": []}',
     r'{"views": [{"name": "x", "parameters": {"title": ["\ud800"]}}], "factors": []}',
     '{"views": [{"name": "' + 81 * "x" + '", "parameters": {}}], "factors": []}',
     '{"views": [{"name": " ", "parameters": {}}], "factors": []}',
     '{"views": [], "factors": [{"name": "x", "direction": [NaN]}]}'],
)  # fmt: skip
def test_damaged_notes_file_raises(colours_path, text):
    (colours_path / "notes.json").write_text(text)
    with pytest.raises(BadArtifact, match=r"notes\.json cannot be read"):
        notes.read(colours_path)


def test_pipe_in_place_of_the_notes_is_not_read(colours_path):
    os.mkfifo(colours_path / "notes.json")
    with pytest.raises(BadArtifact, match="not a regular file"):
        notes.read(colours_path)


def test_notes_are_plain_json(colours_path):
    notes.change(colours_path, lambda now: now.with_view("Rötliche", HERE).with_factor_name(np.ones(4), "all"))
    assert json.loads((colours_path / "notes.json").read_text(encoding="utf-8")) == {
        "views": [{"name": "Rötliche", "parameters": HERE}],
        "factors": [{"name": "all", "direction": [0.5, 0.5, 0.5, 0.5]}],
    }
