"""A visit to the app without a browser, on a world where the right answers are known."""

from __future__ import annotations

import base64
import json
from collections import UserDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from explorer import Embedding, artifacts
from explorer.paths import page_files
from tests import ROOT

PAGES = {name: f"pages/{file.name}" for name, file in page_files().items()}
CONTROLS = ("selectbox", "multiselect", "segmented_control", "slider", "select_slider", "text_input")
MARKDOWN = ("body", "label", "help", "caption", "content")  # fields of a message that the browser reads as Markdown


class Screen:
    """What a visitor has on screen, and the controls to change it; an uncaught exception fails at once."""

    def __init__(self, page: str, query: dict[str, Any]) -> None:
        self.page = page
        self.at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        self.at.query_params.update(query)
        if page != "Home":
            self.at.switch_page(PAGES[page])
        self.run()

    def run(self) -> Screen:
        self.at.run()
        assert not self.at.exception, [(error.value, error.stack_trace[-1]) for error in self.at.exception]
        return self

    def go(self, page: str) -> Screen:
        """Open another page in the same session by its link in the sidebar."""
        links = {link.proto.label: link.proto.query_string for link in self.at.get("page_link")}
        self.page = page
        self.at.query_params = parse_qs(links[page])
        self.at.switch_page(PAGES.get(page, "app.py"))
        return self.run()

    def control(self, name: str) -> Any:
        """The control that is tied to the URL parameter of that name."""
        return next(one for kind in CONTROLS for one in self.at.get(kind) if one.key == f"{self.page}:{name}")

    def has(self, name: str) -> bool:
        return any(one.key == f"{self.page}:{name}" for kind in CONTROLS for one in self.at.get(kind))

    def set(self, name: str, value: Any) -> Screen:
        self.control(name).set_value(value)
        return self.run()

    @property
    def url(self) -> dict[str, Any]:
        """The URL's parameters, a parameter with one value as that value."""
        return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in self.at.query_params.items()}

    def components(self, name: str) -> list[dict[str, Any]]:
        """What was handed to each component of one kind, in order."""
        return [json.loads(c.proto.json) for c in self.at.get("bidi_component") if c.proto.component_name == name]

    @property
    def lists(self) -> list[list[str]]:
        """The keys of each list of films."""
        return [[row["key"] for row in data["rows"]] for data in self.components("item_list")]

    @property
    def figures(self) -> list[dict[str, Any]]:
        return [_decoded(json.loads(chart.proto.spec)) for chart in self.at.get("plotly_chart")]

    @property
    def errors(self) -> list[str]:
        return [_read(error.value) for error in self.at.error]

    @property
    def notes(self) -> str:
        """Everything that is said in words, without Markdown's escapes."""
        return " ".join(_read(text) for text in self.markdown)

    @property
    def markdown(self) -> Iterator[str]:
        """Every text that is shown by way of Markdown, as it is sent."""
        for element in [*self.at.main, *self.at.sidebar]:
            yield from _texts(element.proto)


def _texts(message: Any) -> Iterator[str]:
    for field, value in message.ListFields() if hasattr(message, "ListFields") else ():
        for one in value if isinstance(value, (list, tuple)) or hasattr(value, "add") else [value]:
            if isinstance(one, str) and field.name in MARKDOWN:
                yield one
            yield from _texts(one)


def _read(markdown: str) -> str:
    return markdown.replace("\\", "")


def _decoded(value: Any) -> Any:
    """A figure with its base64 arrays as numpy arrays."""
    if isinstance(value, dict) and "bdata" in value:
        array = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
        return array.reshape([int(n) for n in value["shape"].split(",")]) if "shape" in value else array
    if isinstance(value, dict):
        return {key: _decoded(one) for key, one in value.items()}
    return [_decoded(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch) -> Path:
    """An empty place for artifacts, and no memory of those of other tests."""
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    config.set_option("client.showErrorDetails", "full")  # visitors see none; a failing test should
    st.cache_resource.clear()
    st.cache_data.clear()
    return tmp_path / "artifacts"


@pytest.fixture
def world(root, colours) -> Embedding:
    """24 films in three colours as `movielens`, and its eight red ones as `reds`."""
    manifest = {"kind": "movielens", "model": "made up", "mean": 3.5, "licence": "Free *for all*"}
    artifacts.save(root / "movielens", colours.vectors, colours.items, manifest, layouts=colours.layouts)
    reds = {method: xy[:8] for method, xy in colours.layouts.items()}
    artifacts.save(root / "reds", colours.vectors[:8], colours.items.head(8), manifest, layouts=reds)
    return artifacts.load("movielens")


@pytest.fixture
def products(root) -> Embedding:
    """Items with a column of each kind and none of films."""
    rng = np.random.default_rng(0)
    items = pd.DataFrame({
        "key": [f"SKU-{n}" for n in range(24)],
        "title": [f"Chair {n}" for n in range(24)],
        "brand": ["Acme", "Bolt", "Core"] * 8,
        "price": rng.lognormal(3, 2, 24),
        "added": pd.date_range("2020-01-01", periods=24, freq="30D"),
        "in_stock": [True, False] * 12,
        "tags": [["new"], ["new", "sale"], ["old"]] * 8,
    })  # fmt: skip
    xy = rng.normal(size=(24, 2)).astype(np.float32)
    artifacts.save(root / "movielens", rng.normal(size=(24, 5)), items, {}, layouts={"pca": xy})
    return artifacts.load("movielens")


@pytest.fixture
def visit():
    """Open a page, as a link with these parameters does."""
    return lambda page, **query: Screen(page, query)


class Files(UserDict[str, str]):
    """The CSV files of a screen: name -> text, made when it is read, as a click makes it."""

    def __getitem__(self, name: str) -> str:
        return self.data[name]().decode("utf-8")


@pytest.fixture
def files(monkeypatch) -> Files:
    """The CSV files that the screen offers."""
    offered = Files()
    add = MediaFileManager.add_deferred

    def kept(self: Any, data: Any, mimetype: str, place: str, file_name: str = "", **kwargs: Any) -> str:
        if mimetype == "text/csv":
            offered.data[file_name] = data
        return add(self, data, mimetype, place, file_name, **kwargs)

    monkeypatch.setattr(MediaFileManager, "add_deferred", kept)
    return offered


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `page` runs for every page there is."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", ["Home", *PAGES])
