"""Errors as problem documents (RFC 9457, application/problem+json)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from explorer.errors import (
    BadArtifact,
    BadData,
    BadRequest,
    ExplorerError,
    Forbidden,
    Unavailable,
    UnknownItem,
)

MEDIA_TYPE = "application/problem+json"
STATUS = {
    UnknownItem: 404, BadArtifact: 404, Forbidden: 403, BadRequest: 400, BadData: 422, Unavailable: 503,
}  # fmt: skip
POSSIBLE = (400, 401, 403, 404, 413, 422, 503, 504)  # documented for every route


class Problem(BaseModel):
    """Problem document: what was wrong, and what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """Response with a problem document."""
    document = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return Response(json.dumps(document.model_dump()), status, headers, MEDIA_TYPE)


def responses() -> dict[int | str, dict[str, Any]]:
    """The error responses of every route, for the OpenAPI document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "model": Problem, "content": content} for status in POSSIBLE
    }


def add_handlers(app: FastAPI) -> None:
    """Return problem documents for errors of the library and of FastAPI."""

    @app.exception_handler(ExplorerError)
    async def explorer_error(_: Request, error: ExplorerError) -> Response:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return problem(status, str(error))

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        told = [f"{'.'.join(map(str, one['loc'][1:])) or 'the body'}: {one['msg']}" for one in error.errors()]
        return problem(422, "; ".join(told))
