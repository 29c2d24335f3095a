"""The API as an ASGI app, to mount below /api/v1."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, RedirectResponse

from explorer import __version__, artifacts
from explorer.api import jobs, problems, questions
from explorer.api.access import Access, App
from explorer.api.docs_page import docs_page
from explorer.api.library import Library
from explorer.core.embedding import Embedding
from explorer.rights import Actor

PATH = "/api/v1"
ABOUT = """Questions about embeddings, and jobs.

Errors are problem documents (RFC 9457). On a server that others reach, every request needs the header
`Authorization: Bearer TOKEN`; `explorer token NAME` makes a token. Keys in paths are percent-encoded."""


def make_api(
    load: Callable[[str], Embedding] = artifacts.load,
    anonymous: Callable[[], Actor | None] = lambda: None,
    upload: Callable[[], int] = lambda: 200 * 2**20,
) -> App:
    """Make the ASGI app of the API.

    load: returns the embedding of a name. anonymous: returns the caller without a token; None if a token is required.
    upload: most bytes of a file to import.
    """
    app = FastAPI(
        title="Embedding Explorer",
        version=__version__,
        description=ABOUT,
        root_path_in_servers=False,
        servers=[{"url": PATH}],
        responses=problems.responses(),
        docs_url=None,
        redoc_url=None,
    )
    problems.add_handlers(app)

    @app.get("/", include_in_schema=False)
    async def start(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/docs")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    app.include_router(questions.routes(Library(load)))
    app.include_router(jobs.routes())
    return Access(app, anonymous, upload)
