"""Import page: read files, show them, fix problems, save an artifact."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest

from explorer import artifacts
from explorer.formats import EXPORTS
from tests.pages.import_files import KEYS, VECTORS, box, bring, change, facts, holds, left, npy, press, word2vec


def test_import_with_defaults_shows_the_first_neighbors(world, root, visit):
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
    assert sorted(left(root))[:3] == [".import.json", "My vectors.npy", "facts.csv"]  # kept for a day, to import again


def test_sample_files_are_offered(world, visit):
    screen = press(visit("Import"), "Try an example: named colors")
    assert "148 items in 3 dimensions" in screen.at.header[0].value.replace("\\", "")
    colours = artifacts.load(press(screen).url["artifact"])
    assert {"darkred", "maroon", "firebrick"} & set(colours.neighbors("red", 6, "euclidean")["key"])


def test_values_below_the_minimum_count_are_kept_by_default(world, visit):
    counted = "\n".join(["title,count", *(f"{key},{n + 1}" for n, key in enumerate(KEYS)), ""]).encode()
    press(bring(visit("Import"), ("counted.npy", npy(VECTORS)), ("facts.csv", counted)))
    assert artifacts.load("counted").items["count"].tolist() == list(range(1, 13))
    for page in ("Home", "Neighbors"):
        assert visit(page, artifact="counted", item="item 5", items="item 5").lists[0][0] in ("item 4", "item 6")


def test_reordered_item_table_is_joined_by_key_and_unmatched_rows_are_reported(world, visit):
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


def test_row_taken_for_a_header_is_reported_and_blocks_if_unresolved(world, visit):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.tsv", b"word\n" + "\n".join(KEYS).encode()))
    assert "1 row of facts is taken for its header" in screen.notes and "item 0, item 1" in screen.notes
    box(screen, "About header").set_value("stop")
    assert next(button for button in screen.run().at.button if button.label == "Import").disabled


def test_item_table_can_be_joined_by_another_column(world, visit):
    few = "number,name\n" + "".join(f"{n * 100 if n < 8 else n},{KEYS[n]}\n" for n in range(10))
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", few.encode()))
    assert any("10 rows" in error for error in screen.errors)
    box(screen, "Match metadata to vectors").set_value("number")
    made = artifacts.load(press(screen.run()).url["artifact"])
    assert made.items["key"].tolist()[7:] == ["7", "item 8", "item 9", "10", "11"]


@pytest.mark.parametrize(("choice", "rows"), [("drop", 11), ("fix", 12)])
def test_nan_blocks_the_import_until_a_fix_is_chosen(world, visit, choice, rows):
    broken = VECTORS.copy()
    broken[3, 1] = np.nan
    screen = bring(visit("Import"), ("broken.npy", npy(broken)), ("facts.csv", facts()))
    assert "1 row contains NaN" in screen.notes and "item 3" in screen.notes
    assert next(button for button in screen.at.button if button.label == "Import").disabled
    box(screen, "About nan").set_value(choice)
    made = artifacts.load(press(screen.run()).url["artifact"])
    assert len(made) == rows and np.isfinite(made.vectors).all()
    if choice == "fix":
        others = np.delete(VECTORS[:, 1], 3)
        assert made.vectors[3, 1] == pytest.approx(others.mean(), abs=1e-6)


def test_array_can_be_chosen(world, visit):
    stream = io.BytesIO()
    np.savez(stream, large=VECTORS, small=VECTORS[:, :2])
    screen = bring(visit("Import"), ("two.npz", stream.getvalue()))
    assert box(screen, "Vectors (").label == "Vectors (2 choices)"
    box(screen, "Vectors (").set_value("small")
    screen.run()
    assert "in 2 dimensions" in screen.at.header[0].value.replace("\\", "")


def test_every_format_can_be_chosen(world, visit):
    for kind in EXPORTS:
        screen = visit("Import", format=kind)
        assert not screen.errors
        assert screen.control("format").value == kind
        assert EXPORTS[kind] in screen.notes


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
    """A projector config with two embeddings, `small` and `raw`, and its files."""
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
def test_model_and_config_files_are_imported(world, visit, files, choice):
    facts_too = [("facts.csv", facts())] if choice is None else []
    screen = bring(visit("Import"), *files, *facts_too)
    if choice is not None:
        box(screen, "Vectors (").set_value(choice)
        screen.run()
    made = artifacts.load(press(screen).url["artifact"])
    assert np.array_equal(made.vectors, VECTORS) and made.items["key"].tolist() == KEYS


def test_valid_files_list_the_checks_made(world, visit):
    assert "No problems found. Checked: NaN" in bring(visit("Import"), *several()).notes


@pytest.mark.slow
def test_saved_model_is_imported_from_a_zip(world, visit, saved_model):
    files = {f"m/variables/{file.name}": file.read_bytes() for file in (saved_model / "variables").iterdir()}
    screen = bring(visit("Import"), ("model.zip", zipped({"m/saved_model.pb": b"never looked into", **files})))
    assert not screen.errors
    assert "8 items in 5 dimensions" in screen.at.header[0].value.replace("\\", "")
    assert len(artifacts.load(press(screen).url["artifact"])) == 8


def test_kind_of_a_column_can_be_changed(world, visit):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", facts()))
    editor = next(one for one in screen.at.dataframe if "kind" in one.value and "separator" in one.value)
    assert editor.value["kind"].tolist() == ["text", "year", "category"]
    now = screen.at._tree.get_widget_states()  # AppTest cannot edit this widget
    edits = {"edited_rows": {1: {"kind": "skip"}, 2: {"kind": "text"}}, "added_rows": [], "deleted_rows": []}
    now.widgets.add(id=editor.proto.id, string_value=json.dumps(edits))
    screen.at._run(now)
    made = artifacts.load(press(screen).url["artifact"]).items
    assert "year" not in made and "genres" not in made and made["kind"].tolist() == ["even", "odd"] * 6


def test_changed_kind_and_key_show_their_effect_at_once(world, visit):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", facts()))
    assert holds(screen)["title"] == ("key, title", "12 known")
    assert holds(screen)["year"] == ("year", "12 known; 1990 to 2001")
    assert holds(screen)["kind"] == ("group", "12 known; 2 distinct: even, odd")
    change(screen, year="category", kind="skip")
    assert holds(screen)["year"][1].startswith("12 known; 12 distinct") and holds(screen)["kind"] == ("", "left out")
    box(screen, "Key").set_value("year")
    first = next(one.value for one in screen.run().at.dataframe if "dim 1" in one.value)
    assert first["key"].tolist()[:2] == ["1990", "1991"]


def test_each_column_shows_five_values_and_how_it_was_guessed(world, visit):
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", facts()))
    table = next(one.value for one in screen.at.dataframe if "guessed" in one.value)
    assert not any("olumn" in one.label for one in screen.at.expander)
    assert table["column"].tolist() == ["title", "year", "kind"]
    assert table["values"].tolist()[1:] == ["1990, 1991, 1992, 1993, 1994", "even, odd, even, odd, even"]
    assert table["guessed"].tolist()[1:] == [
        "whole numbers from 1000 to 2100, and the name of a year: 12 values, 12 distinct",
        "few values that repeat: 12 values, 2 distinct",
    ]
    assert "Key guessed: 'title', because its values are short and distinct." in screen.notes


def test_columns_named_like_key_and_title_show_their_own_values(world, visit):
    table = "key,sku,title\n" + "".join(f"{'ab'[n % 2]},{key},{'long ' * 30}{n}\n" for n, key in enumerate(KEYS))
    screen = bring(visit("Import"), ("mine.npy", npy(VECTORS)), ("facts.csv", table.encode()))
    box(screen, "Key").set_value("sku")
    box(screen, "Title").set_value("sku")
    screen.run()
    assert holds(screen)["key"][1] == "12 known; 2 distinct: a, b"
    assert holds(screen)["sku"][0] == "key, title" and holds(screen)["title"][0] == ""


def test_match_counts_are_shown_for_both_sides(world, visit):
    keys = [key.replace(" ", "_") for key in KEYS]
    screen = bring(visit("Import"), ("words.txt", word2vec(KEYS, VECTORS)), ("facts.csv", facts([*keys[:9], "x", "y"])))
    assert "9 of 12 vectors matched, by title." in screen.notes
    assert "3 rows have no metadata. For example: item_9, item_10, item_11." in screen.notes
    assert "2 rows of metadata match no vector. For example: x, y." in screen.notes
    assert "Example: the vector item_0 has title item_0, year 1990, kind even." in screen.notes


def test_vectors_and_item_table_are_joined_once(world, visit, monkeypatch):
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
