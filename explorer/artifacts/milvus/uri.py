"""The address of a Milvus database."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from explorer.errors import BadRequest

TOKEN = "EXPLORER_MILVUS_TOKEN"
LITE = ".db"


def parse_uri(place: str | os.PathLike[str]) -> str | None:
    """The URI of a database if `place` is one: http://, https://, or a .db file of Milvus Lite; else None.

    Raises BadRequest for other URIs, and for one that contains a password, as messages show the URI.
    """
    text = str(place)
    if "://" not in text:
        return text if text.endswith(LITE) else None
    if "@" in text:
        raise BadRequest(f"The URI of the database contains a password, which pages would show. Put it into {TOKEN}.")
    try:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it needs http or https and a host")
        _ = parts.port
    except ValueError as error:
        raise BadRequest(
            f"{text!r} is not the URI of a database: {error}. Write it as http://localhost:19530."
        ) from error
    return text


def redacted(uri: str) -> str:
    """A URI for messages, without http://, so that browsers do not turn it into a link."""
    return uri.rpartition("://")[2]
