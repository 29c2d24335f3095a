"""Every page on unusual item tables: all column kinds, none, many values, only missing values, hostile text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer import artifacts
from explorer.webapp.views.map.controls import COMBINED, LAYERED

N = 40
HOSTILE = (
    "<b>bold</b><img src=x onerror=alert(1)>",
    "a \"quoted\" 'name'; --",
    "long" * 1_250,
    "\u202eמימין לשמאל",
    "[x](https://evil.example) *x*",
)
NAMES = (*HOSTILE, "select", "index", "year", "factor 1", "None", "f.price", "direction.price", "from … to …")
LABELS = "[x](https://evil.example) tags"
RAW = re.compile(r"(?<!\\)(<b>bold|<img|\[x\]\(|\*x)")  # in Markdown
HTML = re.compile(r"(?<!\\)(<b>bold|<img)")


def all_kinds(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({
        "brand": rng.choice(["Acme", "Bolt", "Cork"], N), "tags": [["new", "oak"][: n % 3] for n in range(N)],
        "price": rng.lognormal(3, 1, N), "added": pd.date_range("2021-03-01", periods=N, freq="9D"),
        "in_stock": rng.random(N) < 0.5, "description": [f"A chair with {n} legs, made of oak." for n in range(N)],
        "page": [f"https://example.org/{n}" for n in range(N)], "image_url": [f"pictures/{n}.png" for n in range(N)],
    })  # fmt: skip


def unknown(rng: np.random.Generator) -> pd.DataFrame:
    """All column kinds, every value missing."""
    found = all_kinds(rng)
    return found.assign(**{name: [[]] * N if name == "tags" else pd.array([None] * N, object) for name in found})


WORLDS = {
    "all kinds": all_kinds,
    "no columns": lambda rng: pd.DataFrame(index=range(N)),
    "only unknown values": unknown,
    "hostile names and values": lambda rng: pd.DataFrame(
        {name: [HOSTILE[(n + m) % 5] if m % 2 else float(n + m) for n in range(N)] for m, name in enumerate(NAMES)}
        | {LABELS: [[HOSTILE[n % 5], HOSTILE[4], "x"][: 1 + n % 3] for n in range(N)]}
    ),
}
NOUN = {"noun": ["[x](https://evil.example)", "<b>bold</b>"]}
KINDS = {"brand": "category", "tags": "labels", "price": "number", "added": "date", "in_stock": "boolean",
         "description": "text", "page": "link", "image_url": "image"}  # fmt: skip


@pytest.fixture(scope="session")
def worlds(tmp_path_factory) -> Path:
    """One artifact per table, and one with a category of 10,000 values."""
    folder = tmp_path_factory.mktemp("worlds")
    for name, make in WORLDS.items():
        rng = np.random.default_rng(0)
        facts = make(rng)
        described = [{"name": column, "kind": kind} for column, kind in KINDS.items() if column in facts]
        items = facts.assign(key=[f"item {n}" for n in range(N)], title=[HOSTILE[n % 5] for n in range(N)])
        vectors = rng.normal(size=(N, 6))
        artifacts.save(folder / name, vectors, items, {"columns": described, **NOUN}, layouts={"pca": vectors[:, :2]})
    many = 10_000
    items = pd.DataFrame({"key": [f"item {n}" for n in range(many)], "maker": [f"maker {n}" for n in range(many)]})
    vectors = np.random.default_rng(0).normal(size=(many, 4))
    described = [{"name": "maker", "kind": "category", "role": "group"}]
    artifacts.save(folder / "many values", vectors, items, {"columns": described}, layouts={"pca": vectors[:, :2]})
    return folder


@pytest.mark.parametrize("name", [*WORLDS, "many values"])
def test_every_page_opens(worlds, visit, page, name, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(worlds))
    screen = visit(page, artifact=name)
    assert not [error for error in screen.errors if "no item bias" not in error]
    assert screen.control("artifact").value == name if screen.has("artifact") else page in ("Train", "Import", "Learn")
    assert not [text for text in screen.markdown if RAW.search(text)]
    for figure in screen.figures:
        assert not HTML.search(json.dumps(figure, default=np.ndarray.tolist))


@pytest.mark.parametrize("column", NAMES)
def test_column_of_any_name_can_be_filtered_colored_and_opened(worlds, visit, column, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(worlds))
    name = "hostile names and values"
    embedding = artifacts.load(name)
    query = {f"f.{column}": '{"known":false}', "colour": embedding.schema[column].label}
    assert not visit("Map", artifact=name, **query).errors
    opened = visit("Columns", artifact=name, column=column)
    assert not opened.errors and not [text for text in opened.markdown if RAW.search(text)]


@pytest.mark.parametrize("ending", [LAYERED, COMBINED])
def test_hostile_labels_can_be_layered_and_combined(worlds, visit, ending, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(worlds))
    screen = visit("Map", artifact="hostile names and values", colour=f"{LABELS}{ending}")
    assert screen.control("colour").value == f"{LABELS}{ending}"
    assert not [text for text in screen.markdown if RAW.search(text)]
