"""HTTP route that returns the details of one item; the map requests it for the point under the pointer."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from explorer import artifacts
from explorer.core.embedding import Embedding
from explorer.core.vectors import remote as remote_vectors
from explorer.errors import ExplorerError
from explorer.maps.trustworthiness import point_trust
from explorer.webapp import cache
from explorer.webapp.components import item_list

PATH = "/item"
ROW = re.compile(r"[0-9]{1,9}")
MOST = 100_000  # items; comparing one with more of them takes too long
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}  # the address changes with the artifact


_own_server = False


def mark_own_server() -> None:
    """Record that webapp/server.py serves the pages, so this route exists. The server calls it when it starts."""
    global _own_server
    _own_server = True


def is_own_server() -> bool:
    """True under webapp/server.py; False under `streamlit run app.py`, which does not have this route."""
    return _own_server


def route() -> Route:
    """The route, to be added to a web server."""
    return Route(f"{PATH}/{{artifact}}/{{digest}}/{{row}}", _answer)


def address(embedding: Embedding, layout: str = "") -> str:
    """URL template of an item's details, with `{row}` for its row; "" if the route does not exist.

    The URL contains the artifact's digest, which only visitors of the page know. layout: name of the layout shown; if
    it is stored, the response includes the trustworthiness of the item's position.
    """
    if not is_own_server():
        return ""
    query = f"?layout={quote(layout)}" if layout in embedding.layouts else ""
    return f"{PATH}/{quote(embedding.name, safe='')}/{embedding.digest}/{{row}}{query}"


def _trust(embedding: Embedding, layout: str, row: int) -> str:
    k = cache.trust_neighbor_count(embedding)
    most = remote_vectors.MOST if isinstance(embedding.vectors, remote_vectors.RemoteVectors) else MOST
    if layout not in embedding.layouts or embedding.has_no_vectors or k < 1 or len(embedding) > most:
        return ""
    xy, metric = embedding.layouts[layout], cache.metric(embedding, layout)
    found = point_trust(embedding.vectors, xy, row, k, metric)
    neighbors = f"{found['recall'] * k:.0f} of its {k} neighbors are near here too"
    return f"{neighbors} · trustworthiness {found['trustworthiness']:.2f} · continuity {found['continuity']:.2f}"


def _answer(request: Request) -> JSONResponse:
    wanted: dict[str, Any] = request.path_params
    if not ROW.fullmatch(wanted["row"]):
        return JSONResponse({"error": "The number of an item has up to nine digits."}, 404)
    row = int(wanted["row"])
    try:
        if wanted["artifact"] in artifacts.list_artifacts():
            embedding = cache.embedding(wanted["artifact"])
            if embedding.digest == wanted["digest"] and row < len(embedding):
                details = item_list.item_details(embedding, row)
                details["trust"] = _trust(embedding, request.query_params.get("layout", ""), row)
                return JSONResponse(details, headers=FOREVER)
    except ExplorerError as error:
        return JSONResponse({"error": str(error)}, 404)
    return JSONResponse({"error": "There is no such item. The artifact may have changed; reload the page."}, 404)
