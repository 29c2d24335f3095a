"""Damaged SavedModels, as in test_fuzz; TensorFlow, which reads their variables, is loaded once for all of them."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from explorer import formats
from explorer.formats import saved_models
from tests.formats.checkpoint_server import VECTORS
from tests.formats.damage import TooLong, damaged, outcome


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A SavedModel's folder; the commands that read it are answered by a process that has TensorFlow ready."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "variables").mkdir()
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.formats.checkpoint_server", str(folder / "variables" / "variables")]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        assert server.stdout.readline() == "ready\n"
        memory = []

        def run(command, **_):
            server.stdin.write(json.dumps(command[3:]) + "\n")
            server.stdin.flush()
            said = SimpleNamespace(**json.loads(server.stdout.readline()))
            if said.returncode == -14:
                raise TooLong
            memory.append(said.kB)
            assert memory[-1] - memory[0] < 200_000  # kB
            return said

        patch.setattr(saved_models.subprocess, "run", run)
        np.testing.assert_array_equal(formats.read(folder).vectors, VECTORS)
        yield folder
        server.stdin.close()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "inputs"), [("variables.index", 100), ("variables.data-00000-of-00001", 40)])
def test_damaged_variables(model, tmp_path, name, inputs):
    file, seen = model / "variables" / name, Counter()
    raw = file.read_bytes()

    def look(made: bytes) -> None:
        file.write_bytes(made)
        seen[outcome(model, tmp_path / "made")] += 1

    assert damaged(raw, inputs, look) >= inputs * 0.9
    file.write_bytes(raw)
    assert seen["artifact"] and seen["BadData"]
