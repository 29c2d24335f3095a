"""`explorer open` and `explorer.show`: vectors served as pages, without leftovers."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import h5py
import numpy as np
import pandas as pd
import pytest

import explorer
from explorer.cli import main
from explorer.commands.open_files import summary
from explorer.paths import module_command, module_environment
from tests import PATIENCE

N = 30
VECTORS = np.random.default_rng(0).standard_normal((N, 6)).astype(np.float32)
NAMES = [f"item {n}" for n in range(N)]


def test_arrays_are_shown_and_removed_on_close(tmp_path):
    viewer = explorer.show(VECTORS, NAMES, name="mine", layout=None, open_browser=False)
    try:
        assert urlopen(viewer.url, timeout=PATIENCE).status == 200
        made = explorer.load(viewer.folder / "mine")
        assert made.items["key"].tolist() == NAMES and "pca" in made.layouts
        assert f'src="{viewer.url}"' in viewer._repr_html_() and viewer.url.endswith("?artifact=mine")
        assert "mine" not in explorer.list_artifacts()
    finally:
        viewer.close()
    assert not viewer.folder.exists()
    with pytest.raises(OSError, match="refused"):
        urlopen(viewer.url, timeout=5)


@pytest.mark.parametrize(("keep", "sign", "status"), [([], signal.SIGINT, 0), (["--keep", "kept"], signal.SIGHUP, 129)])
def test_file_is_open_until_ctrl_c_or_the_terminal_closes(tmp_path, keep, sign, status):
    """A terminal sends both signals to all processes that it started; only the first may answer."""
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
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # shells ignore it in background jobs
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
        assert urlopen(url, timeout=PATIENCE).status == 200
        os.killpg(process.pid, sign)
        assert process.wait(PATIENCE) == status
        assert len(lines) <= 6 and process.stderr.read() == ""
        with pytest.raises(OSError, match="refused"):
            urlopen(url, timeout=5)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    if keep:
        assert json.loads((folder / "kept" / "manifest.json").read_text())["items"] == N
    assert not list(Path(tmp_path).glob("explorer-open-*"))


def test_invalid_input_is_refused_in_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    (tmp_path / "facts.csv").write_text("title,year\nA,1990\nB,1991\n")
    for words, told in (
        (["nowhere.csv"], "no such file"),
        ([tmp_path / "facts.csv"], "contains metadata but no vectors"),
        ([tmp_path / "facts.csv", "--keep", "a/b"], "not a valid name for an artifact"),
    ):
        assert main(["open", *map(str, words), "--no-browser"]) == 2
        assert told in capsys.readouterr().err


class Server:
    """Replaces Viewer: a folder without a server, interrupted at once."""

    url = "http://localhost:1"

    def __init__(self, folder, port):
        self.folder = folder
        Server.closed, Server.shown = False, None

    def show(self, name):
        Server.shown = explorer.load(self.folder / name)

    def prewarm(self, method):
        pass

    def lay_out(self, method):
        raise AssertionError("no layout was asked for")

    def wait(self):
        pass

    def watch(self):
        raise KeyboardInterrupt

    def close(self):
        Server.closed = True


def files_to_open(folder: Path) -> dict[str, list[Path | str]]:
    """The same vectors in several formats."""
    (folder / "parts").mkdir()
    table = pd.DataFrame({"title": NAMES, "vector": list(VECTORS)})
    for n in range(2):
        table.iloc[15 * n : 15 * n + 15].to_parquet(folder / "parts" / f"part-{n}.parquet")
    words = [name.replace(" ", "_") for name in NAMES]
    rows = [" ".join([word, *map(str, row)]) for word, row in zip(words, VECTORS.tolist(), strict=True)]
    (folder / "words.vec").write_text("\n".join([f"{N} 6", *rows, ""]))
    (folder / "tensors.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in VECTORS.tolist()))
    (folder / "names.tsv").write_text("".join(f"{name}\n" for name in NAMES))
    one = {"tensorName": "t", "tensorPath": "tensors.tsv", "metadataPath": "names.tsv"}
    (folder / "projector_config.json").write_text(json.dumps({"embeddings": [one]}))
    with h5py.File(folder / "model.h5", "w") as file:
        file["model_weights/words/words/embeddings:0"] = VECTORS
    return {
        "-": ["-"],
        "parts": [folder / "parts"],
        "word2vec": [folder / "words.vec"],
        "config": [folder / "projector_config.json"],
        "keras": [folder / "model.h5", folder / "names.tsv"],
    }


@pytest.mark.parametrize("what", ["-", "parts", "word2vec", "config", "keras"])
def test_opened_embedding_is_kept_and_ctrl_c_stops_the_server(tmp_path, monkeypatch, what):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    monkeypatch.setattr("explorer.viewer.Viewer", Server)
    given = files_to_open(tmp_path)[what]
    monkeypatch.setattr("sys.stdin", (tmp_path / "words.vec").open())
    assert main(["open", *map(str, given), "--no-browser", "--map", "none", "--keep", "kept"]) == 0
    assert Server.closed and Server.shown.items["key"].str.replace("_", " ").tolist() == NAMES
    assert np.array_equal(Server.shown.vectors, VECTORS) and "pca" in explorer.load("kept").layouts


def test_ctrl_c_while_reading_leaves_no_files(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    monkeypatch.setattr("explorer.viewer.Viewer", Server)
    np.save(tmp_path / "v.npy", VECTORS)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("explorer.maps.projection.project", interrupted)
    assert main(["open", str(tmp_path / "v.npy"), "--no-browser", "--keep", "kept"]) == 130
    assert Server.closed and not [file for file in (tmp_path / "artifacts").rglob("*") if "kept" in file.name]


def test_summary_names_the_columns_by_kind_and_at_most_20(capsys):
    columns = {"brand": ["a", "b"] * 15, "price": range(N), **{f"shade{n}": ["x", "y"] * 15 for n in range(30)}}
    embedding = explorer.from_arrays(VECTORS, pd.DataFrame({"title": NAMES, **columns}))
    embedding.manifest["source"] = {"notes": [f"note {n}" for n in range(9)]}
    read, plan = SimpleNamespace(name="v", format="csv"), SimpleNamespace(key="title", title="title")
    lines = summary(SimpleNamespace(embedding=embedding, read=read, plan=plan))
    assert len(lines) == 5 and "8 more notes" in lines[4]
    assert lines[2].startswith("Columns: brand, shade0, ") and lines[2].endswith(
        "(category) · price (number) · and 12 more"
    )


def test_ctrl_c_before_the_server_answers_tells_what_was_kept(tmp_path, monkeypatch, ask):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    monkeypatch.setattr("explorer.viewer.Viewer", Server)
    monkeypatch.setattr(Server, "wait", Server.watch)
    (tmp_path / "words.vec").write_text("a 1 2\nb 2 1\n")
    status, out, _ = ask("open", tmp_path / "words.vec", "--no-browser", "--map", "none", "--keep", "kept")
    assert status == 0 and Server.closed and "Kept: explorer neighbors kept" in out


@pytest.mark.parametrize("place", [".", "..", "./", "../parts/."])
def test_current_folder_gives_its_name_to_the_artifact(tmp_path, monkeypatch, ask, place):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    monkeypatch.setattr("explorer.viewer.Viewer", Server)
    files_to_open(tmp_path)
    (tmp_path / "parts" / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "parts" / ("inner" if place == ".." else ""))
    _, _, error = ask("open", place, "--no-browser", "--map", "none", "--keep", "kept")
    assert error.startswith("parts: 30 items")
