"""Fixtures shared by all tests: generated artifacts with known answers, commands, browser, database."""

import functools
import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner

from explorer import Embedding, artifacts
from explorer.cli import main
from tests import ROOT
from tests.lite import Lite

# Every run tries the same examples, without a deadline. New ones: --hypothesis-profile thorough
settings.register_profile("quick", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=500)
settings.load_profile("quick")
# Streamlit clears Keras on each run of a page, if it was imported, and Keras then collects all garbage: a second in a
# process that has run other tests. The web process never imports Keras (tests/pages/test_web_process.py).
script_runner._clean_problem_modules = lambda: None
# Each AppTest reads the metadata of all installed packages, which is most of its processor time.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)
COLOURS, SHADES = ("Red", "Green", "Blue"), 8


def colour_items() -> pd.DataFrame:
    """24 films in three colors; shades 0 to 7 within a color, shade 0 the most popular."""
    rows = [
        {
            "key": f"{colour} {shade}",
            "item_id": 100 * c + shade,
            "title": f"{colour} {shade}",
            "year": 1980 + 10 * c + shade,
            "genres": [colour, "Even"] if shade % 2 == 0 else [colour],
            "n_ratings": 1000 - 100 * shade - c,
            "mean_rating": 3.0 + c / 2 + shade / 100,
            "bias": c / 2 + shade / 100,
        }
        for c, colour in enumerate(COLOURS)
        for shade in range(SHADES)
    ]
    return pd.DataFrame(rows)


def colour_vectors() -> np.ndarray:
    """Each color is an axis; shade s is rotated 3 s degrees from it towards the fourth axis."""
    lean = np.deg2rad(3 * np.arange(SHADES))
    vectors = np.zeros((len(COLOURS), SHADES, 4))
    for c in range(len(COLOURS)):
        vectors[c, :, c] = np.cos(lean)
        vectors[c, :, 3] = np.sin(lean)
    return vectors.reshape(-1, 4).astype(np.float32)


@pytest.fixture
def colours() -> Embedding:
    xy = np.stack([np.repeat(np.arange(3), SHADES), np.tile(np.arange(SHADES) / 10, 3)], axis=1).astype(np.float32)
    return Embedding(colour_vectors(), colour_items(), {"name": "colours", "mean": 3.5}, layouts={"pca": xy})


@pytest.fixture
def colours_path(tmp_path, colours):
    """The colors artifact on disk."""
    manifest = {"model": "made up", "mean": 3.5, "layouts": {"pca": {}}}
    return artifacts.save(
        tmp_path / "colours", colours.vectors, colours.items, manifest, layouts=colours.layouts, card="# Made up\n"
    )


@pytest.fixture(scope="session")
def browser():
    """One Chromium per process, because Playwright can be started only once."""
    from tests.browser.conftest import browsing

    with browsing() as browser:
        yield browser


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory):
    """Copies of the files of artifacts in databases are kept apart from the user's."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def lite(tmp_path_factory):
    """A Milvus Lite server; published artifacts stay for the session."""
    server = Lite(tmp_path_factory.mktemp("milvus") / "lite").start()
    yield server
    server.kill()


@pytest.fixture
def ratings(tmp_path) -> Path:
    """Thirty users who rated six films."""
    folder = tmp_path / "ml-made-up"
    folder.mkdir()
    films = [f"{film},Film {film} (1990),Drama" for film in range(6)]
    stars = [f"{user},{film},{1 + (user * film) % 5},{user}" for user in range(30) for film in range(6)]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]) + "\n")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *stars]) + "\n")
    return folder


@pytest.fixture
def ask(capsys):
    """Run a command. Returns exit status, stdout and stderr."""

    def run(*argv: object) -> tuple[int, str, str]:
        try:
            status = main([str(word) for word in argv])
        except SystemExit as stop:
            status = int(stop.code or 0)
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def answer(ask):
    """Run a command with --json. Returns its document; asserts that stdout contains nothing else."""

    def run(*argv: object) -> dict:
        status, out, err = ask(*argv, "--json")
        assert status == 0, err
        assert out.count("\n") == 1
        return json.loads(out)

    return run


@pytest.hookimpl(optionalhook=True)  # hook of xdist, absent without it
def pytest_xdist_auto_num_workers() -> int:
    """One more process than cores: tests of browsers, servers and clusters mostly wait."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow files (browsers, servers, child processes, trainings) first, so that none is left for the end."""
    marks = ("browser", "cluster", "slow")
    waiting = {item.path for item in items if any(item.get_closest_marker(mark) for mark in marks)}
    items.sort(key=lambda item: (item.path not in waiting, "training" not in item.path.parts))


def pytest_collection_finish() -> None:
    """Exclude modules and collected tests from garbage collections, as the server does with its modules."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    """A SavedModel folder; commands that read it run in a process with TensorFlow already imported."""
    from explorer.formats.vectors import tf_saved_model
    from tests.formats.damage import TooLong

    folder = tmp_path_factory.mktemp("model")
    (folder / "variables").mkdir()
    command = [sys.executable, "-m", "tests.formats.checkpoint_server", str(folder / "variables" / "variables")]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        assert server.stdout.readline() == "ready\n"
        memory = []

        def run(command, **_):
            server.stdin.write(json.dumps(command[command.index("-m") + 2 :]) + "\n")
            server.stdin.flush()
            said = SimpleNamespace(**json.loads(server.stdout.readline()))
            if said.returncode == -14:
                raise TooLong
            memory.append(said.kB)
            assert memory[-1] - memory[0] < 200_000  # kB
            return said

        patch.setattr(tf_saved_model.subprocess, "run", run)
        yield folder
        server.stdin.close()
