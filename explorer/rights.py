"""Who may change what: viewers look and export, editors also import, train, lay out, rename and delete.

The functions that change artifacts or start jobs call `require_editor`. Programs and the command line act as an
editor. A server sets who acts: in a page by `decide_with`, in a request to the API by `acting_as`.
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
    """What somebody may do."""

    VIEWER = "viewer"
    EDITOR = "editor"


@dataclass(frozen=True)
class Actor:
    """Somebody with a role. person: an id for limits per person; "" where it is not known."""

    role: Role = Role.EDITOR
    person: str = ""


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)
_decide: Callable[[], Actor] = Actor


def decide_with(decide: Callable[[], Actor]) -> None:
    """Let a function say who acts in this process wherever `acting_as` does not."""
    global _decide
    _decide = decide


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Act as somebody within the block, in this thread or task."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def actor() -> Actor:
    """Who acts now."""
    return _acting.get() or _decide()


def may_edit() -> bool:
    """True for an editor."""
    return actor().role is Role.EDITOR


def require_editor(action: str) -> None:
    """Raises Forbidden unless an editor acts. action: as in "train an embedding"."""
    if not may_edit():
        raise Forbidden(f"Only an editor may {action}; you are a viewer. Ask whoever runs this server.")


def role_from_claims(claims: Mapping[str, Any], editors: str) -> Role:
    """The role of somebody who logged in.

    claims: of the OIDC identity token. editors: separated by commas, addresses (`ada@example.org`), domains
    (`@example.org`), groups (`group:curators`, in the claim `groups` or `roles`), or `*` for everybody who logs in. An
    address counts only if the claim `email_verified` is true, since some providers let people enter any address.
    """
    wanted = {entry.strip().casefold() for entry in editors.split(",")} - {""}
    if EVERYBODY in wanted:
        return Role.EDITOR
    return Role.EDITOR if wanted & {*_addresses(claims), *_groups(claims)} else Role.VIEWER


def _addresses(claims: Mapping[str, Any]) -> set[str]:
    """The verified address and its domain, as entries of `editors`."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True or not email.isascii():
        return set()
    name, at, domain = email.casefold().rpartition("@")
    if not (name and at and domain) or "@" in name or any(sign.isspace() or sign in ",:*" for sign in email):
        return set()
    return {f"{name}@{domain}", f"@{domain}"}


def _groups(claims: Mapping[str, Any]) -> set[str]:
    """The groups, as entries of `editors`."""
    found = [claims.get(name) for name in ("groups", "roles")]
    names = [name for groups in found if isinstance(groups, list | tuple) for name in groups if isinstance(name, str)]
    return {f"{GROUP}{name.casefold()}" for name in names if name and "," not in name}
