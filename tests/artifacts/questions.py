"""Every query the library, the commands and the pages make of an artifact."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np

from explorer import artifacts
from explorer.cli import main
from explorer.core import recommend
from explorer.core.directions.factors import factors
from explorer.core.embedding import Embedding
from explorer.errors import BadArtifact, ExplorerError
from tests import PATIENCE, ROOT

PAGES = ["app.py", *(f"pages/{file.name}" for file in sorted((ROOT / "pages").glob("[0-9]*.py")))]


def ask_library(path: Path) -> None:
    """Load and check an artifact and run each kind of query. Raises ExplorerError on invalid data.

    Raises AssertionError where a query raises BadArtifact although `check` passed.
    """
    try:
        artifacts.check(path)
        sound = True
    except BadArtifact:
        sound = False
    try:
        embedding = artifacts.load(path)
    except BadArtifact:
        assert not sound, "check passed what load refuses"
        raise
    keys = embedding.items["key"].tolist()
    json.dumps([embedding.name, repr(embedding), embedding.schema.document()])
    for column in embedding.columns.values():
        column.summary(None)
        column.colors()
    for name in embedding.layouts:
        embedding.layout(name)
    _ = embedding.plane
    everything = np.ones(len(embedding), bool)
    asked = [
        lambda: embedding.neighbors(keys[0], k=3),
        lambda: embedding.neighbors(keys[-1], k=3, metric="euclidean", mask=everything),
        lambda: embedding.analogy(keys[:2], keys[2:3], k=3),
        lambda: embedding.between(keys[0], keys[-1], k=3),
        lambda: embedding.where("key <> ''"),
        lambda: factors(embedding, 20, 3),
        lambda: _recommend(embedding, keys),
    ]
    for ask in asked:
        try:
            ask()
        except BadArtifact as error:
            raise AssertionError(f"check passed, but: {error}") if sound else error from error
        except ExplorerError:
            continue


def _recommend(embedding: Embedding, keys: list[str]) -> None:
    fold_in = recommend.fold_in if recommend.predicts(embedding) else recommend.user_without_model
    user = fold_in(embedding, [(keys[0], 5.0), (keys[-1], 1.0)])
    for order in recommend.orders_for(embedding, user):
        recommend.recommend(embedding, user, 5, order=order)
        recommend.contributions(embedding, user, keys[1], order, 1.0)


def ask_commands(path: Path) -> None:
    """Run commands on an artifact in its folder of artifacts; each ends with status 0 or 2."""
    name = path.name
    _status("list", "--json", done=True)  # whatever one folder contains
    _status("list", done=True)
    for words in (
        ["check", name],
        ["neighbors", name, "Toy Story", "--k", "3"],
        ["neighbors", name, "Toy Story", "--json", "--min-ratings", "1"],
        ["recommend", name, "--rate", "Toy Story=5", "--k", "3"],
        ["factors", name, "--factors", "2", "--k", "2"],
        ["columns", name],
    ):
        _status(*words)


def _status(*words: str, done: bool = False) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            status = main(list(words))
        except SystemExit as stop:
            status = int(stop.code or 0)
    assert status == 0 or (status == 2 and not done), f"{words} ended with {status}: {out.getvalue()[-300:]}"


def ask_pages(path: Path) -> None:
    """Render every page on an artifact; none may raise."""
    import streamlit as st
    from streamlit import config
    from streamlit.testing.v1 import AppTest

    config.set_option("client.showErrorDetails", "full")
    st.cache_resource.clear()
    st.cache_data.clear()
    for page in PAGES:
        screen = AppTest.from_file(ROOT / "app.py", default_timeout=PATIENCE)
        screen.query_params["artifact"] = path.name
        if page != "app.py":
            screen.switch_page(page)
        screen.run()
        raised = [f"{error.message} {error.stack_trace[-1]}" for error in screen.exception]
        assert not raised, f"{page}: {raised[0]}"
