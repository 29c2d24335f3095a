"""Files for the Import page, and its controls."""

import io
import json

import numpy as np

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


def change(screen, **kinds):
    """Set kinds in the table of columns, which AppTest cannot edit."""
    editor = next(one for one in screen.at.dataframe if "kind" in one.value and "separator" in one.value)
    now = screen.at._tree.get_widget_states()
    rows = {editor.value["column"].tolist().index(name): {"kind": kind} for name, kind in kinds.items()}
    edits = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    now.widgets.add(id=editor.proto.id, string_value=json.dumps(edits))
    screen.at._run(now)
    return screen


def holds(screen) -> dict[str, tuple[str, str]]:
    """Role and summary of each column of the file, as it will be imported."""
    table = next(one.value for one in screen.at.dataframe if "holds" in one.value)
    return dict(zip(table["column"], zip(table["role"], table["holds"], strict=True), strict=True))
