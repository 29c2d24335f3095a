"""Import page: uploaded files and files on the server; limits, names, cleanup."""

import gzip
import io
import os
import pickle
import time
import zipfile

import numpy as np
import pytest

from explorer import artifacts
from explorer.formats import EXPORTS
from explorer.webapp.views import export
from explorer.webapp.views.importing import files as import_files
from tests.pages.import_files import KEYS, VECTORS, bring, facts, left, npy, press
from tests.pages.test_every_page import RAW


def test_pickle_is_refused_with_a_way_to_convert_it_and_deleted(world, root, visit):
    class Evil:
        def __reduce__(self):
            return (root.mkdir, ())

    screen = bring(visit("Import"), ("model.bin", pickle.dumps(Evil())))
    (error,) = screen.errors
    assert "model.bin" in error and "is a pickle" in error and "save_word2vec_format" in error
    assert left(root) == []
    assert screen.run().errors == [error]


def test_file_over_the_limit_is_refused_before_it_is_written(world, root, visit, monkeypatch):
    monkeypatch.setenv("EXPLORER_MAX_UPLOAD", "1")
    screen = bring(visit("Import"), ("large.npy", npy(np.zeros((600, 500), np.float32))))
    assert any("the limit is 1 MB" in error for error in screen.errors)
    assert left(root) == []


def test_file_that_expands_to_more_than_ten_times_the_limit_is_refused(world, root, visit, monkeypatch):
    monkeypatch.setenv("EXPLORER_MAX_UPLOAD", "1")
    rows = b"".join(b"%d 0 0 0\n" % n for n in range(10))
    small, large = (gzip.compress(rows + b"zero 0 0 0\n" * n) for n in (100, 2_000_000))
    assert len(large) < 2**20
    assert not bring(visit("Import"), ("small.txt.gz", small)).errors
    (error,) = bring(visit("Import"), ("bomb.txt.gz", large)).errors
    assert "bomb" in error and f"{10 * 2**20:,}" in error


def test_files_have_safe_names_and_are_replaced_by_later_ones(world, root, visit):
    screen = bring(visit("Import"), ("../../.ev\u202eil*\n.npy", npy(VECTORS)))
    assert sorted(left(root))[0] == "ev_il_.npy"
    bring(screen, ("other.npy", npy(VECTORS)))
    assert sorted(left(root))[1:] == ["other.npy"]
    screen.at.file_uploader[0].set_value([])
    screen.run()
    assert left(root) == []


def test_text_of_a_file_is_shown_unrendered(world, visit):
    keys = ["<img src=x onerror=alert(1)>", "**strong**", "\u202eturned", *KEYS[3:]]
    screen = bring(visit("Import"), ("[link](x).npy", npy(VECTORS)), ("facts.csv", facts(keys)))
    assert not screen.errors
    assert not [text for text in screen.markdown if RAW.search(text)]
    made = press(screen)
    assert not [text for text in made.markdown if RAW.search(text)]
    assert artifacts.load(made.url["artifact"]).items["key"][0] == keys[0]


def test_files_on_the_server_are_offered_only_if_configured(world, tmp_path, visit, monkeypatch):
    (tmp_path / "here.npy").write_bytes(npy(VECTORS))
    assert not visit("Import").at.text_area
    monkeypatch.setenv("EXPLORER_SERVER_FILES", "1")
    screen = visit("Import")
    screen.at.text_area[0].set_value(str(tmp_path / "here.npy"))
    assert artifacts.load(press(screen.run()).url["artifact"]).name == "here"
    assert (tmp_path / "here.npy").exists()


@pytest.mark.parametrize("kind", [kind for kind in EXPORTS if kind not in ("gensim", "html")])
def test_exported_files_are_imported_unchanged(world, visit, kind):
    raw = export.exported(world, kind)
    files = [(f"world.{kind}", raw)]
    if kind not in export.ONE_FILE:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            files = [(name, archive.read(name)) for name in archive.namelist()]
    back = artifacts.load(press(bring(visit("Import"), *files)).url["artifact"])
    assert back.items["key"].tolist() == world.items["key"].tolist()
    assert np.array_equal(back.vectors, world.vectors)


def test_uploads_are_deleted_after_a_day(root):
    for name, age in (("in-old", 90_000), ("in-new", 80_000)):
        (root / ".uploads" / name).mkdir(parents=True)
        os.utime(root / ".uploads" / name, (time.time() - age,) * 2)
    import_files.sweep()
    assert left(root) == ["in-new"]


def test_parts_of_one_table_can_be_uploaded_together(world, visit):
    header = "title," + ",".join(f"d{n}" for n in range(3)) + "\n"
    rows = [f"{key},{','.join(map(str, row))}\n" for key, row in zip(KEYS, VECTORS.tolist(), strict=True)]
    parts = [(f"part-{n:05}.csv", (header + "".join(rows[4 * n : 4 * n + 4])).encode()) for n in range(3)]
    screen = bring(visit("Import"), *parts)
    assert "12 items in 3 dimensions" in screen.at.header[0].value.replace("\\", "")
    assert "3 parts were read as one table, part-00000.csv first." in screen.notes
    made = artifacts.load(press(screen).url["artifact"])
    assert made.items["key"].tolist() == KEYS and np.array_equal(made.vectors, VECTORS)


def test_folder_of_parts_on_the_server_is_imported(world, tmp_path, visit, monkeypatch):
    monkeypatch.setenv("EXPLORER_SERVER_FILES", "1")
    (tmp_path / "parts").mkdir()
    for n in range(2):
        (tmp_path / "parts" / f"emb-{n}.npy").write_bytes(npy(VECTORS[6 * n : 6 * n + 6]))
    (tmp_path / "facts.csv").write_bytes(facts())
    screen = visit("Import")
    screen.at.text_area[0].set_value(f"{tmp_path / 'parts'}\n{tmp_path / 'facts.csv'}")
    made = artifacts.load(press(screen.run()).url["artifact"])
    assert made.items["key"].tolist() == KEYS and np.array_equal(made.vectors, VECTORS)


def test_two_files_of_vectors_are_refused(world, visit):
    screen = bring(visit("Import"), ("a.npy", npy(VECTORS)), ("b.npy", npy(VECTORS)))
    assert any("both contain vectors and no metadata" in error for error in screen.errors)
