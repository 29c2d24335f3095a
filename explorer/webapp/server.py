"""The web server: Streamlit's own ASGI app, warmed up before the first visitor comes.

    streamlit run explorer/webapp/server.py

serves the same pages as `streamlit run app.py`.
"""

from __future__ import annotations

import logging
import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit.file_util import get_static_dir
from streamlit.runtime.scriptrunner import StopException

ROOT = Path(__file__).parents[2]
PAGES = [file.stem.split("_", 1)[1] for file in (ROOT / "pages").glob("[0-9]*.py")]


def deep_link(_: Request) -> HTMLResponse:
    """Streamlit's own page, told where its server is.

    Opened at /Map, its client would first look for a server below /Map, and the browser would log an error.
    """
    html = (Path(get_static_dir()) / "index.html").read_text(encoding="utf-8")
    origin = "<script>window.__streamlit = { BACKEND_BASE_URL: window.location.origin }</script>"
    return HTMLResponse(html.replace("<head>", f"<head>{origin}", 1), headers={"Cache-Control": "no-cache"})


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[None]:
    """Import what the pages need and draw Home once, seen by nobody, before the first visitor waits for it."""
    import sklearn.decomposition
    import sklearn.metrics  # noqa: F401

    logging.disable(logging.WARNING)  # Streamlit would say of each element that nobody sees it
    # Whatever is wrong with an artifact is for the page to say, to a visitor.
    with suppress(Exception, StopException):
        runpy.run_path(str(ROOT / "app.py"))
    logging.disable(logging.NOTSET)
    yield


app = st.App(ROOT / "app.py", routes=[Route(f"/{page}", deep_link) for page in PAGES], lifespan=warm)
