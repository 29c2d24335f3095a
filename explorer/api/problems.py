"""Errors as problem documents (RFC 9457, application/problem+json)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.datastructures import FormData
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
    UnknownJob,
)

MEDIA_TYPE = "application/problem+json"
STATUS = {
    UnknownItem: 404, UnknownJob: 404, BadArtifact: 404, Forbidden: 403, BadRequest: 400, BadData: 422,
    Unavailable: 503,
}  # fmt: skip
POSSIBLE = (400, 401, 403, 404, 408, 413, 415, 422, 429, 500, 503, 504)  # documented for every route


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
    async def http_error(request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, _what_was_wrong(request, error), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        wanted = _other_media_type(request, error.body)
        if wanted:
            return problem(415, f"Send the body as {wanted}, with that Content-Type.")
        return problem(422, "; ".join(_invalid_part(detail) for detail in error.errors()))

    @app.exception_handler(Exception)
    async def fault(_: Request, __: Exception) -> Response:
        return problem(500, "The server failed to answer. This is a fault of the server; its log has the details.")


def _what_was_wrong(request: Request, error: HTTPException) -> str:
    """The message of an HTTP error; Starlette's and FastAPI's own say too little."""
    path = request.url.path
    routes = f"{request.scope.get('root_path', '')}/docs lists the routes."
    if error.status_code == 405:
        return f"{request.method} is not allowed at {path}; {routes}"
    if error.status_code == 404 and error.detail == HTTPStatus.NOT_FOUND.phrase:
        return f"There is nothing at {path}; {routes}"
    if isinstance(error.__cause__, RecursionError):
        return "The body is nested too deeply."
    if isinstance(error.__cause__, UnicodeDecodeError):
        return "The body is not text in UTF-8."
    return str(error.detail)


def _other_media_type(request: Request, body: object) -> str | None:
    """The media type to send a body as; None if it came as that."""
    if isinstance(body, bytes):  # FastAPI parses bodies of application/json only
        return "application/json"
    if isinstance(body, FormData) and not request.headers.get("content-type", "").startswith("multipart/"):
        return "multipart/form-data"
    return None


def _invalid_part(error: dict[str, Any]) -> str:
    """Which part of a request is invalid, and why."""
    if error["type"] == "json_invalid":
        return f"The body is not JSON: {error['ctx']['error']} at character {error['loc'][1]}"
    return f"{'.'.join(map(str, error['loc'][1:])) or 'the body'}: {error['msg']}"
