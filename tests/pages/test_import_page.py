"""Import: files are read and shown as they are, what is wrong is decided upon, and an artifact comes of it."""

import gzip
import io
import json
import os
import pickle
import time
import zipfile

import h5py
import numpy as np
import pytest

from explorer import artifacts
from explorer.formats import EXPORTS
from explorer.jobs.job import list_jobs
from explorer.jobs.layout_job import LayoutRequest
from explorer.webapp.views import export
from explorer.webapp.views.importing import files as import_files
from tests.pages.test_every_page import RAW

KEYS = [f"item {n}" for n in range(12)]
VECTORS = np.stack([np.cos(np.arange(12) / 4), np.sin(np.arange(12) / 4), np.full(12, 0.5)], axis=1).astype(np.float32)


def npy(array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def word2vec(keys, vectors) -> bytes:
    rows = [" ".join([key.replace(" ", "_"), *map(str, row)]) for key, row in zip(keys, vectors.tolist(), strict=True)]
    return "\n".join([f"{len(keys)} {vectors.shape[1]}", *rows, ""]).encode()


def facts(keys=KEYS) -> bytes:
    rows = [f'"{key}",{1990 + n},{"even" if n % 2 == 0 else "odd"}' for n, key in enumerate(keys)]
    return "\n".join(["title,year,kind", *rows, ""]).encode()


def bring(screen, *files):
    screen.at.file_uploader[0].set_value([(name, raw, "application/octet-stream") for name, raw in files])
    return screen.run()


def press(screen, label="Import"):
    next(button for button in screen.at.button if button.label == label).click()
    return screen.run()


def box(screen, label):
    return next(one for one in screen.at.selectbox if one.label.startswith(label))


def left(root) -> list[str]:
    return [file.name for file in (root / ".uploads").rglob("*")]


def test_from_a_file_to_a_first_neighbor_in_one_step(world, root, visit):
    screen = bring(visit("Import"), ("My vectors.npy", npy(VECTORS)), ("facts.csv", facts()))
    assert not screen.errors
    assert "12 items in 3 dimensions" in screen.at.header[0].value.replace("\\", "")
    press(screen)
    assert not screen.errors
    assert screen.url["artifact"] == "my-vectors"
    assert artifacts.check("my-vectors")["kind"] == "import"
    made = artifacts.load("my-vectors")
    assert made.items["key"].tolist() == KEYS and made.items["year"].tolist() == list(range(1990, 2002))
    assert np.array_equal(made.vectors, VECTORS) and made.layout("pca").shape == (12, 2)
    assert screen.lists[0][0] == "item 1"  # the nearest to item 0
    assert sorted(left(root))[:3] == [".import.json", "My vectors.npy", "facts.csv"]  # for a day, to import again


def test_what_was_brought_is_an_artifact_like_any_other(world, visit, page):
    press(bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", facts())))
    screen = visit(page, artifact="mine", item="item 4", items="item 4")
    assert not screen.errors
    assert screen.control("artifact").value == "mine"
    if page in ("Home", "Neighbors"):
        assert set(screen.lists[0][:2]) == {"item 3", "item 5"}


def test_there_is_something_to_try(world, visit):
    screen = press(visit("Import"), "Try an example: named colors")
    assert "148 items in 3 dimensions" in screen.at.header[0].value.replace("\\", "")
    colours = artifacts.load(press(screen).url["artifact"])
    assert {"darkred", "maroon", "firebrick"} & set(colours.neighbors("red", 6, "euclidean")["key"])


def test_slow_maps_are_made_by_a_worker(world, visit, monkeypatch):
    asked = []
    monkeypatch.setattr("explorer.jobs.launcher.start", asked.append)
    screen = bring(visit("Import"), ("slow.npy", npy(VECTORS)))
    next(one for one in screen.at.multiselect if one.label == "Maps").set_value(["pca", "tsne"])
    press(screen)
    assert [(request.method, request.artifact.endswith("slow")) for request in asked] == [("tsne", True)]
    assert list(artifacts.load("slow").layouts) == ["pca"]


def test_of_many_items_even_pca_is_made_by_a_worker(world, visit, monkeypatch):
    asked = []
    monkeypatch.setattr("explorer.jobs.launcher.start", asked.append)
    monkeypatch.setattr("explorer.webapp.views.importing.upload.SOON", 11)
    screen = press(bring(visit("Import"), ("many.npy", npy(VECTORS))))
    assert [request.method for request in asked] == ["pca"]
    assert screen.lists[0] and not artifacts.load("many").layouts


def test_small_counts_leave_nothing_out(world, visit):
    counted = "\n".join(["title,count", *(f"{key},{n + 1}" for n, key in enumerate(KEYS)), ""]).encode()
    press(bring(visit("Import"), ("counted.npy", npy(VECTORS)), ("facts.csv", counted)))
    assert artifacts.load("counted").items["count"].tolist() == list(range(1, 13))
    for page in ("Home", "Neighbors"):
        assert visit(page, artifact="counted", item="item 5", items="item 5").lists[0][0] in ("item 4", "item 6")


def test_facts_in_another_order_are_joined_by_key_and_what_did_not_match_is_told(world, visit):
    keys = [key.replace(" ", "_") for key in KEYS]
    screen = bring(
        visit("Import"), ("words.txt", word2vec(KEYS, VECTORS)), ("facts.csv", facts([*keys[:9:-1], *keys[:9]]))
    )
    assert "11 of 12 vectors matched, by title" in screen.notes
    assert "another order" in screen.notes
    assert "1 row has no metadata" in screen.notes and "item_9" in screen.notes
    assert "No problems found" not in screen.notes
    made = artifacts.load(press(screen).url["artifact"])
    assert made.items.loc[made.items["key"] == "item_11", "year"].item() == 1990


def test_a_row_taken_for_a_header_is_said_and_can_stop_it(world, visit):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.tsv", b"word\n" + "\n".join(KEYS).encode()))
    assert "1 row of facts is taken for its header" in screen.notes and "item 0, item 1" in screen.notes
    box(screen, "About header").set_value("stop")
    assert next(button for button in screen.run().at.button if button.label == "Import").disabled


def test_facts_that_cannot_be_joined_as_guessed_can_be_joined_by_another_column(world, visit):
    few = "number,name\n" + "".join(f"{n * 100 if n < 8 else n},{KEYS[n]}\n" for n in range(10))
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", few.encode()))
    assert any("10 rows" in error for error in screen.errors)
    box(screen, "Match metadata to vectors").set_value("number")
    made = artifacts.load(press(screen.run()).url["artifact"])
    assert made.items["key"].tolist()[7:] == ["7", "item 8", "item 9", "10", "11"]


@pytest.mark.parametrize(("choice", "rows"), [("drop", 11), ("fix", 12)])
def test_nan_stops_until_it_is_decided(world, visit, choice, rows):
    broken = VECTORS.copy()
    broken[3, 1] = np.nan
    screen = bring(visit("Import"), ("broken.npy", npy(broken)), ("facts.csv", facts()))
    assert "1 row holds NaN" in screen.notes and "item 3" in screen.notes
    assert next(button for button in screen.at.button if button.label == "Import").disabled
    box(screen, "About nan").set_value(choice)
    made = artifacts.load(press(screen.run()).url["artifact"])
    assert len(made) == rows and np.isfinite(made.vectors).all()
    if choice == "fix":
        others = np.delete(VECTORS[:, 1], 3)
        assert made.vectors[3, 1] == pytest.approx(others.mean(), abs=1e-6)


def test_an_array_is_chosen(world, visit):
    stream = io.BytesIO()
    np.savez(stream, large=VECTORS, small=VECTORS[:, :2])
    screen = bring(visit("Import"), ("two.npz", stream.getvalue()))
    assert box(screen, "Vectors (").label == "Vectors (2 choices)"
    box(screen, "Vectors (").set_value("small")
    screen.run()
    assert "in 2 dimensions" in screen.at.header[0].value.replace("\\", "")


def test_a_pickle_is_refused_told_how_to_convert_and_taken_away(world, root, visit):
    class Evil:
        def __reduce__(self):
            return (root.mkdir, ())

    screen = bring(visit("Import"), ("model.bin", pickle.dumps(Evil())))
    (error,) = screen.errors
    assert "model.bin" in error and "is a pickle" in error and "save_word2vec_format" in error
    assert left(root) == []
    assert screen.run().errors == [error]


def test_a_file_over_the_limit_is_refused_before_it_is_written(world, root, visit, monkeypatch):
    monkeypatch.setenv("EXPLORER_MAX_UPLOAD", "1")
    screen = bring(visit("Import"), ("large.npy", npy(np.zeros((600, 500), np.float32))))
    assert any("the limit is 1 MB" in error for error in screen.errors)
    assert left(root) == []


def test_a_file_that_unpacks_to_more_than_ten_times_the_limit_is_refused(world, root, visit, monkeypatch):
    monkeypatch.setenv("EXPLORER_MAX_UPLOAD", "1")
    rows = b"".join(b"%d 0 0 0\n" % n for n in range(10))
    small, large = (gzip.compress(rows + b"zero 0 0 0\n" * n) for n in (100, 2_000_000))
    assert len(large) < 2**20
    assert not bring(visit("Import"), ("small.txt.gz", small)).errors
    (error,) = bring(visit("Import"), ("bomb.txt.gz", large)).errors
    assert "bomb" in error and f"{10 * 2**20:,}" in error


def test_files_have_safe_names_and_go_when_others_come(world, root, visit):
    screen = bring(visit("Import"), ("../../.ev\u202eil*\n.npy", npy(VECTORS)))
    assert sorted(left(root))[0] == "ev_il_.npy"
    bring(screen, ("other.npy", npy(VECTORS)))
    assert sorted(left(root))[1:] == ["other.npy"]
    screen.at.file_uploader[0].set_value([])
    screen.run()
    assert left(root) == []


def test_texts_of_a_file_are_shown_as_they_are(world, visit):
    keys = ["<img src=x onerror=alert(1)>", "**strong**", "\u202eturned", *KEYS[3:]]
    screen = bring(visit("Import"), ("[link](x).npy", npy(VECTORS)), ("facts.csv", facts(keys)))
    assert not screen.errors
    assert not [text for text in screen.markdown if RAW.search(text)]
    made = press(screen)
    assert not [text for text in made.markdown if RAW.search(text)]
    assert artifacts.load(made.url["artifact"]).items["key"][0] == keys[0]


def test_files_on_the_server_are_offered_only_where_that_is_asked_for(world, tmp_path, visit, monkeypatch):
    (tmp_path / "here.npy").write_bytes(npy(VECTORS))
    assert not visit("Import").at.text_area
    monkeypatch.setenv("EXPLORER_SERVER_FILES", "1")
    screen = visit("Import")
    screen.at.text_area[0].set_value(str(tmp_path / "here.npy"))
    assert artifacts.load(press(screen.run()).url["artifact"]).name == "here"
    assert (tmp_path / "here.npy").exists()


@pytest.mark.parametrize("kind", [kind for kind in EXPORTS if kind not in ("gensim", "html")])
def test_what_is_taken_away_comes_back_the_same(world, visit, kind):
    raw = export.exported(world, kind)
    files = [(f"world.{kind}", raw)]
    if kind not in export.ONE_FILE:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            files = [(name, archive.read(name)) for name in archive.namelist()]
    back = artifacts.load(press(bring(visit("Import"), *files)).url["artifact"])
    assert back.items["key"].tolist() == world.items["key"].tolist()
    assert np.array_equal(back.vectors, world.vectors)


def test_every_format_can_be_chosen(world, visit):
    for kind in EXPORTS:
        screen = visit("Import", format=kind)
        assert not screen.errors
        assert screen.control("format").value == kind
        assert EXPORTS[kind] in screen.notes


def test_a_name_that_is_taken_is_refused_and_the_files_stay(world, root, visit):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)))
    next(one for one in screen.at.text_input if one.label == "Name").set_value("reds")
    assert any("There is an artifact 'reds' already" in error for error in press(screen).errors)
    assert "mine.npy" in left(root)


def h5() -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["model_weights/words/words/embeddings:0"] = VECTORS
        file["model_weights/out/out/kernel:0"] = np.ones((3, 50), np.float32)
    return stream.getvalue()


def keras() -> bytes:
    config = {"layers": [{"class_name": "Embedding", "config": {"name": "words"}}]}
    return zipped({"config.json": json.dumps(config).encode(), "model.weights.h5": h5()})


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return stream.getvalue()


def safetensors() -> bytes:
    header = json.dumps({"emb": {"dtype": "F32", "shape": [12, 3], "data_offsets": [0, 144]}}).encode()
    return len(header).to_bytes(8, "little") + header + VECTORS.tobytes()


def several() -> list[tuple[str, bytes]]:
    """A config with two embeddings, `small` and `raw`, and the files it names."""
    tensors = "".join("\t".join(map(str, row)) + "\n" for row in VECTORS[:, :2].tolist())
    entries = [
        {"tensorName": "small", "tensorShape": [12, 2], "tensorPath": "small.tsv", "metadataPath": "names.tsv"},
        {"tensorName": "raw", "tensorShape": [12, 3], "tensorPath": "raw.bytes", "metadataPath": "names.tsv"},
    ]
    config = json.dumps({"embeddings": entries}).encode()
    files = {"projector_config.json": config, "small.tsv": tensors.encode(), "raw.bytes": VECTORS.tobytes()}
    return [*files.items(), ("names.tsv", "".join(f"{key}\n" for key in KEYS).encode())]


@pytest.mark.parametrize(
    ("files", "choice"),
    [
        pytest.param([("m.keras", keras())], None, id="keras"),
        pytest.param([("m.h5", h5())], None, id="h5"),
        pytest.param([("m.safetensors", safetensors())], None, id="safetensors"),
        pytest.param(several(), "raw", id="bytes"),
        pytest.param([("all.zip", zipped(dict(several())))], "projector_config.json :: raw", id="zip"),
    ],
)
def test_models_and_configs_are_brought(world, visit, files, choice):
    facts_too = [("facts.csv", facts())] if choice is None else []
    screen = bring(visit("Import"), *files, *facts_too)
    if choice is not None:
        box(screen, "Vectors (").set_value(choice)
        screen.run()
    made = artifacts.load(press(screen).url["artifact"])
    assert np.array_equal(made.vectors, VECTORS) and made.items["key"].tolist() == KEYS


def test_where_nothing_is_wrong_it_says_what_was_looked_for(world, visit):
    assert "No problems found. Checked: NaN" in bring(visit("Import"), *several()).notes


@pytest.mark.slow
def test_a_saved_model_is_brought_as_a_zip(world, visit, saved_model):
    files = {f"m/variables/{file.name}": file.read_bytes() for file in (saved_model / "variables").iterdir()}
    screen = bring(visit("Import"), ("model.zip", zipped({"m/saved_model.pb": b"never looked into", **files})))
    assert not screen.errors
    assert "8 items in 5 dimensions" in screen.at.header[0].value.replace("\\", "")
    assert len(artifacts.load(press(screen).url["artifact"])) == 8


def test_a_map_alone_has_no_neighbors_and_every_page_says_so(world, visit, page):
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


def test_what_a_column_is_can_be_changed(world, visit):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", facts()))
    editor = next(one for one in screen.at.dataframe if "kind" in one.value and "separator" in one.value)
    assert editor.value["kind"].tolist() == ["text", "year", "category"]
    now = screen.at._tree.get_widget_states()  # AppTest has no hands for this widget
    edits = {"edited_rows": {1: {"kind": "skip"}, 2: {"kind": "text"}}, "added_rows": [], "deleted_rows": []}
    now.widgets.add(id=editor.proto.id, string_value=json.dumps(edits))
    screen.at._run(now)
    made = artifacts.load(press(screen).url["artifact"]).items
    assert "year" not in made and "genres" not in made and made["kind"].tolist() == ["even", "odd"] * 6


def test_a_t_sne_map_asked_for_is_made_and_shown_first(world, visit):
    screen = bring(visit("Import"), ("slow.npy", npy(VECTORS)), ("facts.csv", facts()))
    next(one for one in screen.at.multiselect if one.label == "Maps").set_value(["pca", "tsne"])
    assert "t-SNE layout is being computed" in press(screen).notes
    [job] = list_jobs(LayoutRequest)
    deadline = time.monotonic() + 120
    while job.running and time.monotonic() < deadline:
        time.sleep(0.1)
    assert job.state == "done", job.message
    made = artifacts.load("slow")
    assert made.plane_name.startswith("tsne") and made.plane.shape == (12, 2)
    assert visit("Map", artifact="slow").control("method").value == made.plane_name


def test_what_visitors_left_goes_after_a_day(root):
    for name, age in (("in-old", 90_000), ("in-new", 80_000)):
        (root / ".uploads" / name).mkdir(parents=True)
        os.utime(root / ".uploads" / name, (time.time() - age,) * 2)
    import_files.sweep()
    assert left(root) == ["in-new"]


def test_what_was_imported_can_be_renamed_deleted_and_restored(world, visit):
    press(bring(visit("Import"), ("mine.npy", npy(VECTORS))))
    screen = visit("Import")

    def manage(label: str):
        next(button for button in screen.at.button if button.label == label).click()
        return screen.run()

    box(screen, "Artifact").set_value("mine")
    next(one for one in screen.at.text_input if one.label == "New name").set_value("ours")
    screen.run()
    manage("Rename")
    assert "ours" in artifacts.list_artifacts() and "mine" not in artifacts.list_artifacts()
    box(screen, "Artifact").set_value("ours")
    screen.run()
    manage("Delete")
    assert "ours" not in artifacts.list_artifacts()
    manage("Restore")
    assert np.array_equal(artifacts.load("ours").vectors, VECTORS)


def change(screen, **kinds):
    """Other kinds in the table of columns, for which AppTest has no hands."""
    editor = next(one for one in screen.at.dataframe if "kind" in one.value and "separator" in one.value)
    now = screen.at._tree.get_widget_states()
    rows = {editor.value["column"].tolist().index(name): {"kind": kind} for name, kind in kinds.items()}
    edits = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    now.widgets.add(id=editor.proto.id, string_value=json.dumps(edits))
    screen.at._run(now)
    return screen


def holds(screen) -> dict[str, str]:
    table = next(one.value for one in screen.at.dataframe if "holds" in one.value)
    return dict(zip(table["column"], zip(table["kind"], table["holds"], strict=True), strict=True))


def test_a_change_of_a_kind_and_of_the_key_shows_its_effect_at_once(world, visit):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", facts()))
    assert holds(screen)["year"] == ("number", "12 known; 1990 to 2001")
    assert holds(screen)["kind"] == ("category", "12 known; 2 distinct: even, odd")
    change(screen, year="category", kind="skip")
    assert holds(screen)["year"][1].startswith("12 known; 12 distinct") and "kind" not in holds(screen)
    box(screen, "Key").set_value("year")
    first = next(one.value for one in screen.run().at.dataframe if "dim 1" in one.value)
    assert first["key"].tolist()[:2] == ["1990", "1991"]


def test_the_rules_behind_the_guesses_are_told(world, visit):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", facts()))
    rules = next(one.value for one in screen.at.dataframe if "guessed" in one.value)["guessed"].tolist()
    assert rules[1] == "whole numbers from 1000 to 2100, and the name of a year: 12 values, 12 distinct"
    assert rules[2] == "few values that repeat: 12 values, 2 distinct"
    assert "Key guessed: 'title', because its values are short and distinct." in screen.notes


def test_what_matched_is_told_for_both_sides(world, visit):
    keys = [key.replace(" ", "_") for key in KEYS]
    screen = bring(visit("Import"), ("words.txt", word2vec(KEYS, VECTORS)), ("facts.csv", facts([*keys[:9], "x", "y"])))
    assert "9 of 12 vectors matched, by title." in screen.notes
    assert "3 without metadata: item_9, item_10, item_11." in screen.notes
    assert "2 rows of metadata without a vector: x, y." in screen.notes
    assert "Example: the vector item_0 has title item_0, year 1990, kind even." in screen.notes


def test_vectors_and_metadata_are_joined_once(world, visit, monkeypatch):
    from explorer.importing import build, join, plan
    from explorer.webapp.views.importing import joining

    calls = []

    def counted(*given):
        calls.append(given)
        return join.join(*given)

    for place, name in ((joining, "join"), (plan, "joined"), (build, "joined")):
        monkeypatch.setattr(place, name, counted)
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS + 0.5)), ("facts.csv", facts(KEYS[::-1])))
    change(screen, year="skip")
    press(screen)
    assert "year" not in artifacts.load("mine").items and len(calls) == 1


def test_parts_of_one_table_are_uploaded_together(world, visit):
    header = "title," + ",".join(f"d{n}" for n in range(3)) + "\n"
    rows = [f"{key},{','.join(map(str, row))}\n" for key, row in zip(KEYS, VECTORS.tolist(), strict=True)]
    parts = [(f"part-{n:05}.csv", (header + "".join(rows[4 * n : 4 * n + 4])).encode()) for n in range(3)]
    screen = bring(visit("Import"), *parts)
    assert "12 items in 3 dimensions" in screen.at.header[0].value.replace("\\", "")
    assert "3 parts were read as one table, part-00000.csv first." in screen.notes
    made = artifacts.load(press(screen).url["artifact"])
    assert made.items["key"].tolist() == KEYS and np.array_equal(made.vectors, VECTORS)


def test_a_folder_of_parts_on_the_server_is_imported(world, tmp_path, visit, monkeypatch):
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


@pytest.mark.parametrize("replace", [True, False])
def test_an_import_is_repeated_with_other_choices(world, visit, replace):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", facts()))
    press(change(screen, kind="text"))
    press(screen, "Import again")
    assert "The files of mine, with the choices made for it." in screen.notes
    assert holds(screen)["kind"][0] == "text"
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


def test_an_import_whose_files_are_gone_is_not_repeated(world, root, visit):
    screen = press(bring(visit("Import"), ("mine.npy", npy(VECTORS))))
    assert any(button.label == "Import again" for button in screen.at.button)
    next((root / ".uploads").rglob("mine.npy")).unlink()
    assert not any(button.label == "Import again" for button in screen.run().at.button)
