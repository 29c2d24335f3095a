"""`explorer open` and `explorer.show`: from vectors to a page that answers, and nothing left behind."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pandas as pd
import pytest

import explorer
from explorer.cli import main
from explorer.paths import module_command, module_environment

N = 30
VECTORS = np.random.default_rng(0).standard_normal((N, 6)).astype(np.float32)
NAMES = [f"item {n}" for n in range(N)]


def test_arrays_are_shown_and_taken_away(tmp_path):
    viewer = explorer.show(VECTORS, NAMES, name="mine", layout=None, open_browser=False)
    try:
        assert urlopen(viewer.url, timeout=20).status == 200
        made = explorer.load(viewer.folder / "mine")
        assert made.items["key"].tolist() == NAMES and "pca" in made.layouts
        assert f'src="{viewer.url}"' in viewer._repr_html_() and viewer.url.endswith("?artifact=mine")
        assert "mine" not in explorer.list_artifacts()
    finally:
        viewer.close()
    assert not viewer.folder.exists()
    with pytest.raises(OSError, match="refused"):
        urlopen(viewer.url, timeout=5)


@pytest.mark.parametrize("keep", [[], ["--keep", "kept"]])
def test_a_file_is_opened_until_ctrl_c(tmp_path, keep):
    pd.DataFrame({"title": NAMES, "year": range(1990, 1990 + N), "vector": list(VECTORS)}).to_parquet(
        tmp_path / "f.parquet"
    )
    words = ["open", str(tmp_path / "f.parquet"), "--no-browser", "--map", "none", *keep]
    folder = tmp_path / "artifacts"
    process = subprocess.Popen(
        module_command("explorer", *words),
        env=module_environment(EXPLORER_ARTIFACTS=str(folder), TMPDIR=str(tmp_path)),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        lines = []
        for line in process.stderr:
            lines.append(line.rstrip())
            if line.startswith("Open after"):
                break
        said = "\n".join(lines)
        assert "f: 30 items in 6 dimensions, read as parquet" in said
        assert "Key: title" in said and "year (number)" in said
        url = re.search(r"http://\S+", said)[0]
        assert urlopen(url, timeout=20).status == 200
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    if keep:
        assert json.loads((folder / "kept" / "manifest.json").read_text())["items"] == N
    assert not list(Path(tmp_path).glob("explorer-open-*"))


def test_what_cannot_be_opened_is_told_in_a_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    (tmp_path / "facts.csv").write_text("title,year\nA,1990\nB,1991\n")
    for words, told in (
        (["nowhere.csv"], "no such file"),
        ([tmp_path / "facts.csv"], "contains metadata but no vectors"),
        ([tmp_path / "facts.csv", "--keep", "a/b"], "not a valid name for an artifact"),
    ):
        assert main(["open", *map(str, words), "--no-browser"]) == 2
        assert told in capsys.readouterr().err
