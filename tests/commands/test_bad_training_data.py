"""Training data without signal: ratings and interactions are refused, and nothing is written."""

import errno

import numpy as np
import pytest

from explorer.training.ratings import hyperparameters

MODELS = {"ratings": "mf", "interactions": "ials"}
ROWS = [(f"u{user}", f"i{item}", 1 + user * item % 5) for user in range(12) for item in range(6) if (user + item) % 3]


@pytest.fixture(params=MODELS)
def train(request, tmp_path, ask):
    """Train on rows of user, item and value. Returns exit status, stderr and the files beside the table."""
    kind = request.param

    def run(rows, *words, head="user,item,{}"):
        value = {"ratings": "rating", "interactions": "clicks"}[kind]
        lines = [head.format(value), *(",".join(map(str, row)) for row in rows)]
        (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
        least = {"ratings": "--min-ratings", "interactions": "--min-count"}[kind]
        asked = ["--data", tmp_path / "t.csv", "--model", MODELS[kind], "--out", tmp_path / "new", least, 1]
        status, _, err = ask("train", kind, *asked, "--epochs", 1, *words)
        return status, err, sorted(path.name for path in tmp_path.iterdir())

    run.kind = kind
    return run


def test_valid_rows_are_trained_on(train):
    status, err, names = train(ROWS, "--size", 2)
    assert status == 0, err
    assert "new" in names


@pytest.mark.parametrize(
    ("rows", "words", "message"),
    [
        (ROWS, ["--user", "usr"], "there is no column 'usr'.*Did you mean 'user'?"),
        (ROWS, ["--item", "items"], "there is no column 'items'.*Did you mean 'item'?"),
        ([*ROWS[:4], ("u1", "i2", "good"), *ROWS[4:]], [], "t.csv, line 6: (rating|clicks) 'good' is not a number"),
        ([row for row in ROWS if row[0] == "u1"], [], "only one user, 'u1'; at least two"),
        ([row for row in ROWS if row[1] == "i1"], [], "only one item, 'i1'; at least two"),
    ],
)
def test_data_without_signal_are_refused(train, rows, words, message):
    import re

    status, err, names = train(rows, *words)
    assert status == 2
    assert re.search(message, err), err
    assert err.count("\n") == 1 and "Traceback" not in err
    assert names == ["t.csv"]


def test_constant_values_are_refused_for_models_that_need_them(train):
    everything = [(f"u{user}", f"i{item}", 4) for user in range(6) for item in range(5)]
    status, err, names = train(everything)
    assert status == 2
    message = {"ratings": "all 30 ratings are 4", "interactions": "All 6 users chose all 5 items"}[train.kind]
    assert message in err
    assert names == ["t.csv"]


def test_data_larger_than_memory_are_refused_before_training(train, monkeypatch):
    monkeypatch.setattr(hyperparameters, "available", lambda: 1000)
    status, err, names = train(ROWS)
    assert status == 2
    assert "of memory" in err and "0.0 GB are free" in err
    assert names == ["t.csv"]


def test_full_disk_is_reported_and_leaves_no_partial_artifact(train, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("explorer.artifacts.folder_writer.np.save", full)
    assert np.save is full
    status, err, names = train(ROWS, "--size", 2)
    assert status == 2
    assert "could not be written: No space left on device" in err.replace("\n", " ") or "full" in err
    assert names == ["t.csv"]
