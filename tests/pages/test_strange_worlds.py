"""Every page and command on extreme embeddings: few items, 1 to 20,000 dimensions, extreme numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts
from explorer.core.vectors.validation import LARGEST

RNG = np.random.default_rng(0)
TINY = np.where(RNG.random((12, 4)) < 0.5, 1e-42, 1.0)  # denormal float32 among ones
WORLDS = {
    "one item": RNG.normal(size=(1, 4)),
    "two items": RNG.normal(size=(2, 4)),
    "two opposite items": np.array([[1.0, 0], [-1, 0]]),
    "three equal items": np.ones((3, 4)),
    "one dimension": RNG.normal(size=(12, 1)),
    "20,000 dimensions": RNG.normal(size=(12, 20_000)),
    "all constant": np.full((12, 4), 2.5),
    "all zero": np.zeros((12, 4)),
    "the largest numbers": RNG.choice([-1, 1], size=(12, 4)) * LARGEST,
    "the smallest numbers": RNG.choice([-1, 1], size=(12, 4)) / LARGEST,
    "denormal numbers": TINY,
    "one far item": np.vstack([np.full((1, 4), 1e14), RNG.normal(size=(11, 4)) / 1e6]),
}
FACTS = {
    "known": lambda n: {"price": np.arange(n) * 1.0, "brand": ["ab"[row % 2] for row in range(n)]},
    "unknown": lambda n: {"price": [np.nan] * n, "brand": pd.array([None] * n, object), "tags": [[]] * n},
}


@pytest.fixture(scope="module")
def strange(tmp_path_factory) -> Path:
    """One artifact per case; every second one has no item columns."""
    folder = tmp_path_factory.mktemp("strange")
    for number, (name, vectors) in enumerate(WORLDS.items()):
        n = len(vectors)
        facts = FACTS["unknown" if number % 2 else "known"](n)
        items = pd.DataFrame({"key": [f"item {row}" for row in range(n)], **facts})
        about = {
            "columns": [{"name": "price", "kind": "number"}, {"name": "brand", "kind": "category", "role": "group"}]
        }
        xy = np.zeros((n, 2)) if number % 2 else RNG.normal(size=(n, 2))
        artifacts.save(folder / name, vectors, items, about, layouts={"pca": xy})
    return folder


def test_every_page_shows_a_result_or_a_message(strange, visit, page, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(strange))
    for name in WORLDS:
        assert visit(page, artifact=name, item="item 0", items="item 0", plus="item 0").at.title[0].value, name


@pytest.mark.parametrize("name", WORLDS)
def test_every_command_gives_a_result_or_a_message(strange, ask, tmp_path, name, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(strange))
    for words in (
        ["check", name],
        ["columns", name],
        ["neighbors", name, "item 0"],
        ["neighbors", name, "item 0", "--metric", "euclidean", "--where", "price >= 0"],
        ["neighbors", name, "item 0", "--without", "price"],
        ["analogy", name, "--positive", "item 0", "--negative", "item 1"],
        ["between", name, "item 0", "item 1"],
        ["factors", name],
        ["recommend", name, "--rate", "item 0=5"],
        ["compare", name, name],
        ["compare", name, "one dimension"],
        ["diagnose", name],
        ["project", name, "--method", "pca"],
        ["export", name, "--format", "word2vec", "--out", tmp_path / "vectors.txt"],
    ):
        status, out, err = ask(*words)
        assert (status, bool(out or err)) in ((0, True), (2, True)), (words, err)
        assert status == 0 or len(err.splitlines()) == 1, (words, err)
