"""The web server: Streamlit's ASGI app, warmed up before the first visit.

    streamlit run explorer/webapp/server.py

serves the same pages as `streamlit run app.py`, and adds security headers and the routes of item_api and map_tiles.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from streamlit.file_util import get_static_dir
from streamlit.runtime.scriptrunner import StopException

from explorer import artifacts
from explorer.paths import FRONTEND, app_folder, page_files
from explorer.webapp import cache, item_api, map_tiles, page
from explorer.webapp.chart import PIXEL_RATIO
from explorer.webapp.components.frontend import code_file
from explorer.webapp.guard import Guard
from explorer.webapp.http_api import API_PATH, http_api
from explorer.webapp.limits import DescriptorLimit, LoginLimits, raise_descriptor_limit
from explorer.webapp.no_delay import send_at_once
from explorer.webapp.streamlit_costs import reduce_costs
from explorer.webapp.theme_message import make_theme_once
from explorer.webapp.views import home
from explorer.webapp.views.importing import files as import_files

# Parts of Streamlit's client that every page needs. Without a preload hint the browser loads them on first use.
SHOWN_FIRST = ("Selectbox", "BidiComponent", "DownloadButton")
CODE_PATH = "/components"
LONGEST = 20.0  # seconds that drawing Home may delay the first answer
WITH_CHARTS = ("Map", "Factors", "Compare")  # plotly is preloaded only here: it is larger than all other parts


@functools.cache
def shell(charts: bool = False) -> str:
    """Streamlit's HTML page with our style and components, a cookie with the screen's pixel ratio, and preload hints.

    It also names the address of its server: a client opened at /Map would first look for it below /Map, and the browser
    would log an error.
    """
    static = Path(get_static_dir())
    html = (static / "index.html").read_text(encoding="utf-8")
    preload = "".join(
        f'<link rel="modulepreload" crossorigin href="/static/js/{name}">' for name in _parts(static, charts)
    )
    ratio = f"document.cookie = `{PIXEL_RATIO}=${{devicePixelRatio}}; path=/; SameSite=Strict`"
    origin = f"<script>window.__streamlit = {{ BACKEND_BASE_URL: window.location.origin }}; {ratio}</script>"
    back = f"<script>{(FRONTEND / 'back.js').read_text(encoding='utf-8')}</script>"
    code = f'<script type="module" async src="{CODE_PATH}/{code_file()[0]}"></script>'
    style = f"<style>{page.STYLE}</style>"  # in the body: after the client's own style, which it overrides
    html = html.replace("<head>", f"<head>{origin}{back}", 1).replace("</head>", f"{code}{preload}</head>", 1)
    return html.replace("<body>", f"<body>{style}", 1)


def _parts(static: Path, charts: bool) -> list[str]:
    """File names of the parts to preload and of all their imports."""
    folder = static / "static" / "js"
    wanted = [
        file.name
        for part in (*SHOWN_FIRST, *(["PlotlyChart"] if charts else []))
        for file in folder.glob(f"{part}.*.js")
    ]
    for name in wanted:  # the loop appends to the list
        imports = re.findall(r'(?:from|import)\s*[`"\']\./([\w.-]+\.js)', (folder / name).read_text(encoding="utf-8"))
        wanted += [file for file in dict.fromkeys(imports) if file not in wanted]
    return wanted


def deep_link(request: Request) -> HTMLResponse:
    """The HTML page for the address of any page."""
    name = request.url.path.rpartition("/")[2]
    return HTMLResponse(shell(name in WITH_CHARTS), headers={"Cache-Control": "no-cache"})


def component_code(request: Request) -> Response:
    """The code of all components; 404 for the name of other code."""
    name, content = code_file()
    if request.path_params["file"] != name:
        return Response(status_code=404)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, media_type="text/javascript", headers=headers)


class _PageName(StringConvertor):
    """Path parameter for the name of a page: letters, except the paths that Streamlit and the API use."""

    regex = "(?!(?:static|media|component|app|api|auth|healthz|script-health-check)$)[A-Za-z][A-Za-z-]*"


register_url_convertor("page", _PageName())


def unknown_page(request: Request) -> RedirectResponse:
    """Redirect a page's name in other case to the page, and an unknown name to Home, which reports it."""
    names = {name.lower(): name for name in page_files()}
    if (asked := request.path_params["name"].lower()) in {"home", *names}:
        query = request.url.query
        return RedirectResponse(f"/{names.get(asked, '')}{'?' * bool(query)}{query}", 303)
    query = request.url.include_query_params(**{page.UNKNOWN: request.path_params["name"]}).query
    return RedirectResponse(f"/?{query}", 303)  # without the host, which a proxy may know by another name


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[None]:
    """Import what the pages need and draw Home once, so the first visitor does not wait for it."""
    item_api.mark_own_server()
    raise_descriptor_limit()
    import sklearn.decomposition
    import sklearn.metrics  # noqa: F401
    from threadpoolctl import threadpool_limits

    logging.disable(logging.WARNING)  # Streamlit warns for each element that is drawn outside a session
    # The pages themselves show errors about artifacts to the visitor.
    with suppress(OSError):
        import_files.sweep()
    # A large artifact of a database is copied first; the server answers meanwhile.
    drawing = threading.Thread(target=_draw_home, daemon=True)
    drawing.start()
    await asyncio.to_thread(drawing.join, LONGEST)
    logging.disable(logging.NOTSET)
    # Threads of OpenBLAS wait for each other in a loop: a third of the processor time of small products.
    threadpool_limits(limits=1, user_api="blas")
    gc.collect()
    gc.freeze()  # loaded modules stay in memory: later collections need not look at them
    yield


def _draw_home() -> None:
    """Draw Home with the artifact that opens first; it stays in the caches.

    Running app.py would open another one: without a session, Streamlit's widgets return their first option.
    """
    with suppress(Exception, StopException), page.frame("Home"):
        if names := artifacts.list_artifacts():
            embedding = cache.embedding(page.default_artifact(names))
            home.opened_item(embedding, *home.search_box(embedding))


send_at_once()
make_theme_once()
reduce_costs()
ROUTES = [
    *(Route(f"/{name}", deep_link) for name in ["", *page_files()]),
    item_api.route(),
    map_tiles.route(),
    Route(f"{CODE_PATH}/{{file}}", component_code),
    Route(API_PATH, lambda _: RedirectResponse(f"{API_PATH}/")),
    Mount(API_PATH, http_api),
    Route("/{name:page}", unknown_page),
]
MIDDLEWARE = [Middleware(Guard), Middleware(DescriptorLimit), Middleware(LoginLimits)]
app = st.App(app_folder() / "app.py", routes=ROUTES, middleware=MIDDLEWARE, lifespan=warm)
