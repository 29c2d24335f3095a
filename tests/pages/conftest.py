"""Pages run by AppTest, on generated artifacts with known answers."""

from __future__ import annotations

import base64
import json
from collections import UserDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from explorer import Embedding, artifacts
from explorer.paths import page_files
from tests import PATIENCE, ROOT

PAGES = {name: f"pages/{file.name}" for name, file in page_files().items()}
CONTROLS = ("selectbox", "multiselect", "segmented_control", "slider", "select_slider", "text_input")
OPENED = (
    "columns",
    "rename",
    "steer",
    "about_embedding",
    "new_layout",
    "saved_views",
)  # open in each run: what they hold is drawn
MARKDOWN = ("body", "label", "help", "caption", "content")  # message fields that the browser renders as Markdown


class Screen:
    """The elements of a page and its controls; an uncaught exception fails the test."""

    def __init__(self, page: str, query: dict[str, Any], opened: Sequence[str] = OPENED) -> None:
        self.page, self.opened = page, opened
        self.at = AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE)
        self.at.query_params.update(query)
        if page != "Home":
            self.at.switch_page(PAGES[page])
        self.run()

    def run(self) -> Screen:
        for key in self.opened:
            self.at.session_state[key] = True
        self.at.run()
        assert not self.at.exception, [(error.value, error.stack_trace[-1]) for error in self.at.exception]
        return self

    def go(self, page: str) -> Screen:
        """Open another page in the same session, as its sidebar link does."""
        (data,) = self.components("navigation")
        assert page in [link["label"] for link in data["pages"]]
        self.page = page
        self.at.query_params = parse_qs(urlencode(data["query"]))
        self.at.switch_page(PAGES.get(page, "app.py"))
        return self.run()

    def control(self, name: str) -> Any:
        """The control bound to a URL parameter."""
        return next(one for kind in CONTROLS for one in self.at.get(kind) if one.key == f"{self.page}:{name}")

    def has(self, name: str) -> bool:
        return any(one.key == f"{self.page}:{name}" for kind in CONTROLS for one in self.at.get(kind))

    def set(self, name: str, value: Any) -> Screen:
        self.control(name).set_value(value)
        return self.run()

    def open_filters(self) -> Screen:
        """Open the filters, which are drawn only while they are open."""
        self.at.session_state["filters"] = True
        return self.run()

    @property
    def url(self) -> dict[str, Any]:
        """The URL's parameters; one value as str, several as list."""
        return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in self.at.query_params.items()}

    def components(self, name: str) -> list[dict[str, Any]]:
        """The arguments of each custom component of a kind, in order."""
        return [json.loads(c.proto.json)[0] for c in self.at.get("bidi_component") if c.proto.component_name == name]

    @property
    def lists(self) -> list[list[str]]:
        """The keys of each item list."""
        return [[row["key"] for row in data["rows"]] for data in self.components("item_list")]

    @property
    def figures(self) -> list[dict[str, Any]]:
        return [_decoded(json.loads(chart.proto.spec)) for chart in self.at.get("plotly_chart")]

    @property
    def errors(self) -> list[str]:
        return [_read(error.value) for error in self.at.error]

    @property
    def notes(self) -> str:
        """All text shown, without Markdown escapes."""
        return " ".join(_read(text) for text in self.markdown)

    @property
    def markdown(self) -> Iterator[str]:
        """All Markdown text as sent to the browser."""
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
    """A figure with base64 arrays decoded to numpy."""
    if isinstance(value, dict) and "bdata" in value:
        array = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
        return array.reshape([int(n) for n in value["shape"].split(",")]) if "shape" in value else array
    if isinstance(value, dict):
        return {key: _decoded(one) for key, one in value.items()}
    return [_decoded(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch) -> Path:
    """An empty artifacts folder, with cleared caches."""
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path / "artifacts"))
    config.set_option("client.showErrorDetails", "full")  # hidden from visitors, shown by failing tests
    st.cache_resource.clear()
    st.cache_data.clear()
    return tmp_path / "artifacts"


@pytest.fixture
def world(root, colours) -> Embedding:
    """The colors artifact as `movielens`, and its eight red items as `reds`."""
    manifest = {"kind": "movielens", "model": "made up", "mean": 3.5, "licence": "Free *for all*"}
    artifacts.save(root / "movielens", colours.vectors, colours.items, manifest, layouts=colours.layouts)
    reds = {method: xy[:8] for method, xy in colours.layouts.items()}
    artifacts.save(root / "reds", colours.vectors[:8], colours.items.head(8), manifest, layouts=reds)
    return artifacts.load("movielens")


@pytest.fixture
def products(root) -> Embedding:
    """An artifact with one column of each kind and no film columns."""
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
    """Open a page with these URL parameters."""
    return lambda page, **query: Screen(page, query)


class Files(UserDict[str, str]):
    """The CSV files of a screen: name -> text, generated on access as by a click."""

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
    """Run a test that takes `page` for every page."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", ["Home", *PAGES])
