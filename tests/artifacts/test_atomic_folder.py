"""Artifacts are written atomically: exceptions, killed writers, concurrent writers, a full disk."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer import BadData, BadRequest, artifacts, load
from explorer.artifacts import atomic_folder, folder_writer

# every number of one writing is the same, so that a mixture of two would show
SAVE = """
import os, signal, sys
import numpy as np, pandas as pd
from explorer import artifacts

def save(number):
    items = pd.DataFrame({"key": [f"item {row}" for row in range(200)], "n_ratings": number})
    xy = np.full((200, 2), number)
    artifacts.save(sys.argv[1], np.full((200, 50), number), items, {"number": number}, layouts={"pca": xy})
"""
WRITER = """
for number in range(1, 10_000):
    save(number)
    print(number, flush=True)
"""
HANGING_WRITER = """
def hang(*_):
    print("within", flush=True)
    sys.stdin.readline()

from explorer.artifacts import folder_writer
folder_writer.write_manifest = hang
save(1)
"""
DYING_WRITER = """
def save_and_die(number):
    seen = 0
    def kill_at_the_step_of_that_number(event, _):
        nonlocal seen
        if event in ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "shutil.rmtree"):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(kill_at_the_step_of_that_number)
    save(number)
    os._exit(0)

for number in range(1, 10_000):
    child = os.fork()
    if not child:
        save_and_die(number)
    _, status = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(status) else "done", flush=True)
    sys.stdin.readline()  # while what is left is looked at
"""


def test_failed_write_leaves_the_old_artifact(colours_path, colours, monkeypatch):
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("write_manifest", "_save_layout"):
        with monkeypatch.context() as patch:
            patch.setattr(folder_writer, step, full_disk)
            with pytest.raises(BadRequest, match="no space left on the disk"):
                artifacts.save(colours_path, 2 * colours.vectors, colours.items, {}, layouts=colours.layouts)
    assert artifacts.check(colours_path)["model"] == "made up"
    assert [file.name for file in colours_path.parent.iterdir()] == ["colours"]


def test_interrupted_swap_leaves_the_old_artifact(colours_path, colours, monkeypatch):
    rename = Path.rename

    def stop_at_the_second(self: Path, target: Path) -> Path:
        if ".new-" in self.name:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        artifacts.save(colours_path, 2 * colours.vectors, colours.items, {})
    assert artifacts.check(colours_path)["model"] == "made up"
    assert [file.name for file in colours_path.parent.iterdir()] == ["colours"]


def test_process_killed_between_the_two_renames_is_recovered(colours_path):
    colours_path.rename(atomic_folder.backup_path(colours_path))
    assert load(colours_path).name == "colours"
    assert artifacts.check(colours_path)["items"] == 24


def test_invalid_target_is_refused_before_writing(tmp_path):
    with pytest.raises(BadData):
        artifacts.save(tmp_path / "a", np.full((1, 2), np.nan), pd.DataFrame({"key": ["x"]}), {})
    assert not list(tmp_path.iterdir())


@pytest.fixture
def run(tmp_path):
    """Start a script that writes the artifact `a`; kill it at the end of the test."""
    started = []

    def start(script: str) -> subprocess.Popen:
        command = [sys.executable, "-c", SAVE + script, str(tmp_path / "a")]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def assert_of_one_writing(path: Path) -> int:
    embedding = load(path)
    number = embedding.manifest["number"]
    assert embedding.vectors.min() == embedding.vectors.max() == number
    assert embedding.layout("pca").max() == number
    assert set(embedding.items.n_ratings) == {number}
    return number


def test_process_killed_at_any_step_leaves_the_old_or_the_new_artifact(run, colours_path, tmp_path):
    colours_path.rename(tmp_path / "a")
    process, numbers = run(DYING_WRITER), []
    while process.stdout.readline() == "killed\n":
        artifacts.check(tmp_path / "a")
        embedding = load(tmp_path / "a")
        numbers.append(assert_of_one_writing(tmp_path / "a") if "number" in embedding.manifest else 0)
        process.stdin.write("\n")
        process.stdin.flush()
    assert all(number in (before, step) for step, (before, number) in enumerate(pairwise([0, *numbers]), start=1))
    assert numbers[0] == 0
    assert numbers[-1] > 10
    assert assert_of_one_writing(tmp_path / "a") == len(numbers) + 1


def test_readers_see_a_complete_version_while_another_process_writes(run, tmp_path):
    process = run(WRITER)
    assert process.stdout.readline() == "1\n"
    seen: list[int] = []
    while len(seen) < 150 or len(set(seen)) < 4:  # however slow the other process is
        assert process.poll() is None
        seen.append(assert_of_one_writing(tmp_path / "a"))
    assert seen == sorted(seen)


def test_layouts_added_by_two_processes_at_once_are_both_kept(colours_path):
    script = """
import sys
import numpy as np
from explorer import artifacts
for number in range(20):
    artifacts.add_layout(sys.argv[1], f"{sys.argv[2]}{number}", np.full((24, 2), number))
"""
    writers = [subprocess.Popen([sys.executable, "-c", script, str(colours_path), name]) for name in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    embedding = load(colours_path)
    assert set(embedding.layouts) == {"pca", *(f"{name}{number}" for name in "ab" for number in range(20))}
    assert set(embedding.manifest["layouts"]) == set(embedding.layouts)
    artifacts.check(colours_path)


def test_next_writer_removes_the_remains_of_a_killed_one(run, colours_path, colours, tmp_path):
    writer = run(HANGING_WRITER)
    assert writer.stdout.readline() == "within\n"
    (half,) = tmp_path.glob(".a.new-*")
    artifacts.save(tmp_path / "a", colours.vectors, colours.items, {})
    artifacts.save(tmp_path / "b", colours.vectors, colours.items, {})
    assert half.exists()  # its writer is alive
    writer.kill()
    writer.wait()
    artifacts.save(tmp_path / "b", colours.vectors, colours.items, {})
    assert half.exists()  # belongs to another artifact
    artifacts.save(tmp_path / "a", colours.vectors, colours.items, {})
    assert not half.exists()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "b", "colours"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("large", ["vectors", "items", "layouts", "card"])
def test_full_disk_raises_and_leaves_the_old_artifact(small_disk, colours, large):
    path = artifacts.save(small_disk / "a", colours.vectors, colours.items, {"model": "old"})
    rows = 4000
    items = pd.DataFrame({"key": [f"item {row}" for row in range(rows)]})
    vectors, layouts, card = np.ones((rows, 1)), {}, ""
    if large == "vectors":
        vectors = np.ones((rows, 100))
    elif large == "items":
        items["noise"] = [np.random.default_rng(row).bytes(200).hex() for row in range(rows)]
    elif large == "layouts":
        layouts = {f"m{number}": np.ones((rows, 2)) for number in range(40)}
    else:
        card = "long " * 300_000
    with pytest.raises(BadRequest, match="could not be written: there is no space left on the disk"):
        artifacts.save(path, vectors, items, {}, layouts=layouts, card=card)
    assert artifacts.check(path)["model"] == "old"
    assert [file.name for file in small_disk.iterdir()] == ["a"]
    artifacts.save(path, colours.vectors, colours.items, {"model": "new"})
    assert artifacts.check(path)["model"] == "new"
