"""API tokens: made by `explorer token`, stored as sha256 in a file that only its owner can read."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer import paths
from explorer.artifacts.locks import locked
from explorer.errors import BadData, BadRequest
from explorer.rights import Actor, Role

FILE = "EXPLORER_TOKENS"
PREFIX = "explorer_"  # prefix that secret scanners can recognize
NAME = re.compile(r"[\w.@-]{1,60}")
DIGEST = re.compile(r"[0-9a-f]{64}")


def tokens_file() -> Path:
    """EXPLORER_TOKENS, else `.tokens.json` in the artifacts folder, or in the user's data folder beside a database."""
    if os.environ.get(FILE):
        return Path(os.environ[FILE])
    place = paths.artifacts_folder()
    if "://" in str(place) or ":/" in str(place) or place.suffix == ".db":
        from platformdirs import user_data_path

        place = user_data_path("embedding-explorer", appauthor=False)
    return place / ".tokens.json"


def create(name: str, role: Role) -> str:
    """Make a token and return it; it cannot be read again. Raises BadRequest for a name that is taken or unusable."""
    if not NAME.fullmatch(name):
        raise BadRequest(f"{name!r} cannot name a token: use up to 60 letters, digits, or . _ @ -")
    token = PREFIX + secrets.token_urlsafe(32)
    file = tokens_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with locked(file.parent):
        known = _read(file)
        if name in known:
            raise BadRequest(f"There is a token {name!r} already; revoke it first, or choose another name.")
        created = datetime.now(UTC).isoformat(timespec="seconds")
        _write(file, {**known, name: {"sha256": _digest(token), "role": role.value, "created": created}})
    return token


def revoke(name: str) -> None:
    """Remove a token. Raises BadRequest if there is none of that name."""
    file = tokens_file()
    if not file.parent.is_dir():
        raise BadRequest(f"There is no token {name!r}.")
    with locked(file.parent):
        known = _read(file)
        if name not in known:
            raise BadRequest(f"There is no token {name!r}; there are: {', '.join(sorted(known)) or 'none'}.")
        _write(file, {other: about for other, about in known.items() if other != name})


def list_tokens() -> list[dict[str, str]]:
    """Name, role and date of each token, sorted by name; not the tokens."""
    known = sorted(_read(tokens_file()).items())
    return [{"name": name, "role": about["role"], "created": about["created"]} for name, about in known]


def holder(token: str) -> Actor | None:
    """The actor (name and role) of a token; None for an unknown token."""
    file = tokens_file()
    try:
        changed = file.stat().st_mtime_ns
    except OSError:
        return None
    digest = _digest(token)
    for name, about in _cached(file, changed).items():
        if hmac.compare_digest(about["sha256"], digest):
            return Actor(Role(about["role"]), f"token {name}")
    return None


@lru_cache(maxsize=4)
def _cached(file: Path, changed: int) -> dict[str, Any]:
    return _read(file)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    if not file.is_file():
        raise BadData(f"{file} is {paths.why_no_file(file)}, not a file of tokens. Set {FILE} to another place.")
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): _checked(about) for name, about in known.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadData(f"{file} is not a file of tokens: {error}. Remove it and make new tokens.") from error


def _checked(about: Mapping[str, Any]) -> dict[str, str]:
    if not DIGEST.fullmatch(about["sha256"]):
        raise ValueError(f"{about['sha256']!r} is not a sha256")
    return {"sha256": about["sha256"], "role": Role(about["role"]).value, "created": str(about["created"])}


def _write(file: Path, known: dict[str, Any]) -> None:
    target = Path(os.path.realpath(file))  # a link stays one
    descriptor, work = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)  # new, and only its owner's
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(known, out)
        Path(work).replace(target)
    except OSError:
        Path(work).unlink(missing_ok=True)
        raise
