"""What is known of one item, asked for by the browser when the pointer rests on it: the map sends no titles ahead."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from explorer import artifacts
from explorer.embedding import Embedding
from explorer.errors import ExplorerError
from explorer.webapp import cache, served, widgets

PLACE = "/item"
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}  # the address changes with the artifact


def route() -> Route:
    """The address for a web server that has such routes."""
    return Route(f"{PLACE}/{{artifact}}/{{digest}}/{{row:int}}", _answer)


def address(embedding: Embedding) -> str:
    """Where to ask for an item, but for its row; "" where nobody answers, as under plain `streamlit run`.

    It holds the artifact's digest, which only who may see the page knows.
    """
    return f"{PLACE}/{quote(embedding.name, safe='')}/{embedding.digest}/" if served.ours() else ""


def _answer(request: Request) -> JSONResponse:
    asked: dict[str, Any] = request.path_params
    try:
        if asked["artifact"] in artifacts.list_artifacts():
            embedding = cache.embedding(asked["artifact"])
            if embedding.digest == asked["digest"] and asked["row"] < len(embedding):
                return JSONResponse(widgets.facts(embedding, asked["row"]), headers=FOREVER)
    except ExplorerError as error:
        return JSONResponse({"error": str(error)}, 404)
    return JSONResponse({"error": "There is no such item; the artifact may have changed since."}, 404)
