"""Rename, delete and restore artifacts."""

import time

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts, load
from explorer.artifacts import lifecycle
from explorer.cli import main
from explorer.errors import BadArtifact, BadRequest


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path))
    vectors = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    artifacts.save(tmp_path / "mine", vectors, pd.DataFrame({"key": list("abcde")}), {"kind": "import"})
    return vectors


def test_renamed_artifact_has_the_new_name_and_the_same_vectors(mine):
    assert lifecycle.rename("mine", "ours").name == "ours"
    assert artifacts.list_artifacts() == ["ours"]
    assert load("ours").name == "ours" and artifacts.check("ours")
    np.testing.assert_array_equal(load("ours").vectors, mine)


def test_deleted_artifact_can_be_restored_once(mine):
    lifecycle.delete("mine")
    assert artifacts.list_artifacts() == []
    with pytest.raises(BadArtifact):
        load("mine")
    lifecycle.restore("mine")
    np.testing.assert_array_equal(load("mine").vectors, mine)
    assert artifacts.check("mine")
    with pytest.raises(BadRequest, match="No artifact 'mine' was deleted"):
        lifecycle.restore("mine")


def test_restore_returns_the_last_deleted_artifact_of_a_name(mine, tmp_path):
    lifecycle.delete("mine")
    artifacts.save(tmp_path / "mine", mine + 1, pd.DataFrame({"key": list("abcde")}), {"kind": "import"})
    lifecycle.delete("mine")
    lifecycle.restore("mine")
    np.testing.assert_array_equal(load("mine").vectors, mine + 1)
    with pytest.raises(BadRequest, match="already"):
        lifecycle.restore("mine")


def test_deleted_artifact_is_removed_after_a_day(mine, tmp_path, monkeypatch):
    path = lifecycle.delete("mine")
    later = time.time() + lifecycle.KEPT + 1
    monkeypatch.setattr(lifecycle.time, "time", lambda: later)
    lifecycle.sweep()
    assert not path.exists()
    with pytest.raises(BadRequest, match="No artifact 'mine'"):
        lifecycle.restore("mine")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rename", "mine", "a/b"], "not a valid name for an artifact"),
        (["rename", "mine", "mine"], "already"),
        (["rename", "other", "new"], "no artifact 'other'"),
        (["delete", "other"], "no artifact 'other'"),
        (["restore", "other"], "No artifact 'other' was deleted"),
    ],
)
def test_invalid_names_and_missing_artifacts_raise(mine, capsys, words, message):
    assert main(words) == 2
    assert message in capsys.readouterr().err
    assert artifacts.list_artifacts() == ["mine"]


def test_folder_that_is_no_artifact_is_not_deleted(mine, tmp_path, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "theirs"
    artifacts.save(elsewhere, mine, pd.DataFrame({"key": list("abcde")}), {"kind": "import"})
    (tmp_path / "linked").symlink_to(elsewhere)
    for name in (str(elsewhere), "linked"):
        with pytest.raises(BadRequest, match="was not changed"):
            lifecycle.delete(name)
    assert artifacts.check(elsewhere)


def test_rename_delete_and_restore_commands(mine, tmp_path, capsys):
    assert main(["rename", "mine", "ours"]) == 0
    assert main(["delete", "ours"]) == 0
    assert "explorer restore ours" in capsys.readouterr().out
    assert main(["restore", "ours"]) == 0 and artifacts.list_artifacts() == ["ours"]
    folder = str(tmp_path / "ours")
    assert main(["delete", folder]) == 0
    assert main(["restore", folder]) == 0 and artifacts.list_artifacts() == ["ours"]
