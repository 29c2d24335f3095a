"""Roles: viewers may look and export; editors may also import, train, compute layouts, rename and delete.

The functions that change artifacts or start jobs call `require_editor`. Programs and the command line act as an editor.
A server determines the role: for a page by `decide_with`, for a request to the API by `acting_as`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from explorer.errors import Forbidden

EVERYBODY = "*"
GROUP = "group:"


class Role(StrEnum):
    """What a person may do."""

    VIEWER = "viewer"
    EDITOR = "editor"


@dataclass(frozen=True)
class Actor:
    """A person with a role. person: an id for limits per person; "" if unknown."""

    role: Role = Role.EDITOR
    person: str = ""


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)
_decide: Callable[[], Actor] = Actor


def decide_with(decide: Callable[[], Actor]) -> None:
    """Register a function that returns the current actor of this process, used outside of `acting_as`."""
    global _decide
    _decide = decide


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Set the actor within the block, for this thread or task."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def actor() -> Actor:
    """The current actor."""
    return _acting.get() or _decide()


def may_edit() -> bool:
    """Whether the current actor is an editor."""
    return actor().role is Role.EDITOR


def require_editor(action: str) -> None:
    """Raise Forbidden unless the current actor is an editor. action: such as "train an embedding"."""
    if not may_edit():
        raise Forbidden(f"Only an editor may {action}; you are a viewer. Ask whoever runs this server.")


def role_from_claims(claims: Mapping[str, Any], editors: str) -> Role:
    """The role of a person who logged in.

    claims: of the OIDC identity token. editors: separated by commas, addresses (`ada@example.org`), domains
    (`@example.org`), groups (`group:curators`, in the claim `groups` or `roles`), or `*` for everybody who logs in. An
    address counts only if the claim `email_verified` is true, since some providers let people enter any address.
    """
    wanted = {_lower(entry.strip()) for entry in editors.split(",")} - {""}
    if EVERYBODY in wanted:
        return Role.EDITOR
    return Role.EDITOR if wanted & {*_addresses(claims), *_groups(claims)} else Role.VIEWER


def _addresses(claims: Mapping[str, Any]) -> set[str]:
    """The verified address and its domain, as entries of `editors`."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True or not email.isascii():
        return set()
    name, at, domain = _lower(email).rpartition("@")
    if not (name and at and domain) or "@" in name or any(sign.isspace() or sign in ",:*" for sign in email):
        return set()
    return {f"{name}@{domain}", f"@{domain}"}


def _groups(claims: Mapping[str, Any]) -> set[str]:
    """The groups, as entries of `editors`."""
    found = [claims.get(name) for name in ("groups", "roles")]
    names = [name for groups in found if isinstance(groups, list | tuple) for name in groups if isinstance(name, str)]
    return {f"{GROUP}{_lower(name)}" for name in names if name and "," not in name}


def _lower(text: str) -> str:
    """The text in lower case if it is ASCII: other letters may become ASCII ones, as the Kelvin sign becomes k."""
    return text.lower() if text.isascii() else text
