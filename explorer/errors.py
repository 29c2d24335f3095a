"""Errors that a user can cause; each message says what was wrong, where, and what to do."""

from collections.abc import Sequence
from difflib import get_close_matches

MANY = 50_000


class ExplorerError(Exception):
    """Base of all errors that a user can cause and fix."""


class BadData(ExplorerError):
    """A data file or table that cannot be used as it is."""


class BadRequest(ExplorerError):
    """An invalid query or option."""


class UnknownJob(BadRequest):
    """An id that no job has."""


class MissingExtra(BadRequest):
    """A request that needs an optional package that is not installed; `extra` names the extra that contains it."""

    def __init__(self, what: str, package: str, extra: str):
        self.extra = extra
        how = f'pip install "embedding-explorer[{extra}]"'
        super().__init__(f"{what} needs {package}, which is not installed. Install it with: {how}")


class Forbidden(ExplorerError):
    """An action that the role of the current actor does not allow."""


class BadArtifact(ExplorerError):
    """An artifact folder that is missing, damaged, or of a newer version."""


class Unavailable(ExplorerError):
    """A database that does not answer; a later attempt may succeed."""


class UnknownItem(ExplorerError):
    """A key that the embedding does not contain; `suggestions` are the closest keys that it does."""

    def __init__(self, key: str, keys: Sequence[str], where: str = "this embedding", n: int | None = None):
        self.key = key
        self.suggestions = closest(key, keys)
        hint = f" Did you mean: {', '.join(repr(k) for k in self.suggestions)}?" if self.suggestions else ""
        super().__init__(f"There is no item {key!r} among the {len(keys) if n is None else n:,} of {where}.{hint}")


def closest(text: str, keys: Sequence[str], n: int = 3) -> list[str]:
    """The keys most similar to a text, best first: by matching words, then by spelling (difflib).

    text: in any case. keys: all keys. Spelling is compared among at most MANY keys, as 50,000 take a second. Returns at
    most n keys.
    """
    wanted = text.casefold()
    folded = {key.casefold(): key for key in keys}
    starts = [key for low, key in folded.items() if wanted and low.startswith(wanted)]
    inside = [key for low, key in folded.items() if wanted and wanted in low]
    compared = folded if len(folded) <= MANY else ()
    alike = [folded[low] for low in get_close_matches(wanted, compared, n=n, cutoff=0.6)]
    return list(dict.fromkeys([*sorted(starts, key=len)[:n], *alike, *sorted(inside, key=len)]))[:n]
