"""What is known of one item, asked for by the browser when the pointer rests on it: the map sends no titles ahead."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from explorer import artifacts
from explorer.core.embedding import Embedding
from explorer.errors import ExplorerError
from explorer.maps.trustworthiness import point_trust
from explorer.webapp import cache, own_server
from explorer.webapp.components import item_list

PLACE = "/item"
MOST = 100_000  # of more items it would take too long to compare one with all
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}  # the address changes with the artifact


def route() -> Route:
    """The address for a web server that has such routes."""
    return Route(f"{PLACE}/{{artifact}}/{{digest}}/{{row:int}}", _answer)


def address(embedding: Embedding, layout: str = "") -> str:
    """Where to ask for an item, its row as `{row}`; "" where nobody answers, as under plain `streamlit run`.

    It holds the artifact's digest, which only who may see the page knows. layout: of those stored, the one that is
    drawn: the answer then tells how far it can be trusted there.
    """
    asked = f"?layout={quote(layout)}" if layout in embedding.layouts else ""
    return (
        f"{PLACE}/{quote(embedding.name, safe='')}/{embedding.digest}/{{row}}{asked}"
        if own_server.is_own_server()
        else ""
    )


def _trust(embedding: Embedding, layout: str, row: int) -> str:
    k = cache.trust_neighbor_count(embedding)
    if layout not in embedding.layouts or embedding.has_no_vectors or k < 1 or len(embedding) > MOST:
        return ""
    xy, metric = embedding.layouts[layout], cache.metric(embedding, layout)
    found = point_trust(embedding.vectors, xy, row, k, metric)
    kept = f"{found['recall'] * k:.0f} of its {k} neighbors are near here too"
    return f"{kept} · trustworthiness {found['trustworthiness']:.2f} · continuity {found['continuity']:.2f}"


def _answer(request: Request) -> JSONResponse:
    asked: dict[str, Any] = request.path_params
    try:
        if asked["artifact"] in artifacts.list_artifacts():
            embedding = cache.embedding(asked["artifact"])
            if embedding.digest == asked["digest"] and asked["row"] < len(embedding):
                told = item_list.facts(embedding, asked["row"])
                told["trust"] = _trust(embedding, request.query_params.get("layout", ""), asked["row"])
                return JSONResponse(told, headers=FOREVER)
    except ExplorerError as error:
        return JSONResponse({"error": str(error)}, 404)
    return JSONResponse({"error": "There is no such item; the artifact may have changed since."}, 404)
