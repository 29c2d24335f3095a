"""The web server: Streamlit's own ASGI app, warmed up before the first visitor comes.

    streamlit run explorer/webapp/server.py

serves the same pages as `streamlit run app.py`.
"""

from __future__ import annotations

import gc
import logging
import re
import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit.file_util import get_static_dir
from streamlit.runtime.scriptrunner import StopException

from explorer.paths import FRONTEND, app_folder
from explorer.webapp import item_api
from explorer.webapp.guard import Guard
from explorer.webapp.views.importing import files as import_files

PAGES = [file.stem.split("_", 1)[1] for file in (app_folder() / "pages").glob("[0-9]*.py")]


# Parts of Streamlit's client that every page shows; without a hint they are asked for only when the first is drawn.
SHOWN_FIRST = ("PageLink", "Selectbox", "BidiComponent", "Html", "DownloadButton")
WITH_CHARTS = ("Map", "Factors", "Compare")  # plotly is larger than all the rest


@cache
def shell(charts: bool = False) -> str:
    """Streamlit's own page, told where its server is and which parts of the client it will need.

    Opened at /Map, its client would first look for a server below /Map, and the browser would log an error.
    """
    static = Path(get_static_dir())
    html = (static / "index.html").read_text(encoding="utf-8")
    there = "".join(
        f'<link rel="modulepreload" crossorigin href="/static/js/{name}">' for name in _parts(static, charts)
    )
    origin = "<script>window.__streamlit = { BACKEND_BASE_URL: window.location.origin }</script>"
    back = f"<script>{(FRONTEND / 'back.js').read_text(encoding='utf-8')}</script>"
    return html.replace("<head>", f"<head>{origin}{back}", 1).replace("</head>", f"{there}</head>", 1)


def _parts(static: Path, charts: bool) -> list[str]:
    """File names of the parts shown first and of all that they import."""
    folder = static / "static" / "js"
    wanted = [
        file.name
        for part in (*SHOWN_FIRST, *(["PlotlyChart"] if charts else []))
        for file in folder.glob(f"{part}.*.js")
    ]
    for name in wanted:  # grows while it is read
        imports = re.findall(r'(?:from|import)\s*[`"\']\./([\w.-]+\.js)', (folder / name).read_text(encoding="utf-8"))
        wanted += [file for file in dict.fromkeys(imports) if file not in wanted]
    return wanted


def deep_link(request: Request) -> HTMLResponse:
    """The page shell for a request of any page's address."""
    page = request.url.path.rpartition("/")[2]
    return HTMLResponse(shell(page in WITH_CHARTS), headers={"Cache-Control": "no-cache"})


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[None]:
    """Import what the pages need and draw Home once, seen by nobody, before the first visitor waits for it."""
    item_api.mark_own_server()
    import sklearn.decomposition
    import sklearn.metrics  # noqa: F401

    logging.disable(logging.WARNING)  # Streamlit would say of each element that nobody sees it
    # Whatever is wrong with an artifact is for the page to say, to a visitor.
    with suppress(OSError):
        import_files.sweep()
    with suppress(Exception, StopException):
        runpy.run_path(str(app_folder() / "app.py"))
    logging.disable(logging.NOTSET)
    gc.collect()
    gc.freeze()  # what is loaded by now stays, so that no collection looks through it again
    yield


ROUTES = [*(Route(f"/{page}", deep_link) for page in ["", *PAGES]), item_api.route()]
app = st.App(app_folder() / "app.py", routes=ROUTES, middleware=[Middleware(Guard)], lifespan=warm)
