"""File locks between processes, on a folder and on a file beside it (as on Windows)."""

import subprocess
import sys

import pytest

from explorer.artifacts import locks
from explorer.artifacts.locks import AlreadyLocked, lock_file, locked
from tests import ROOT

HOLD = """
import sys
from pathlib import Path
from explorer.artifacts import locks
locks.LOCK_FILES = {files}
with locks.locked(Path({folder!r}), shared={shared}):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=[False, True], ids=["folder", "file beside it"])
def folder(request, monkeypatch, tmp_path):
    monkeypatch.setattr(locks, "LOCK_FILES", request.param)
    (tmp_path / "artifacts").mkdir()
    return tmp_path / "artifacts"


def held(folder, shared):
    """A process that holds the lock until its stdin is closed."""
    script = HOLD.format(files=locks.LOCK_FILES, folder=str(folder), shared=shared)
    other = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert other.stdout.readline() == "locked\n"
    return other


@pytest.mark.parametrize(
    ("theirs", "ours", "free"), [(True, True, True), (True, False, False), (False, True, False), (False, False, False)]
)
def test_readers_share_the_lock_and_a_writer_holds_it_alone(folder, theirs, ours, free):
    with held(folder, theirs) as other:
        if free:
            with locked(folder, shared=ours, wait=False):
                pass
        else:
            with pytest.raises(AlreadyLocked), locked(folder, shared=ours, wait=False):
                pass
        other.kill()
        other.wait()
        with locked(folder, shared=ours, wait=False):  # released when the process ends
            pass


def test_locking_a_missing_folder_raises(folder):
    with pytest.raises(FileNotFoundError), locked(folder / "absent"):
        pass
    assert list(folder.parent.iterdir()) == [folder]


def test_child_process_that_inherits_the_file_holds_the_lock(tmp_path):
    file = tmp_path / "lock"
    with file.open("wb") as ours:
        lock_file(ours)
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=[ours.fileno()]
        )
    with file.open("rb") as again, pytest.raises(AlreadyLocked):
        lock_file(again, shared=True, wait=False)
    child.stdin.close()
    child.wait()
    with file.open("rb") as again:
        lock_file(again, shared=True, wait=False)
