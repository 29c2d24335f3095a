"""Columns of a table of events (user, item, rating, weight, time): guessed by name, or given."""

from __future__ import annotations

import re
from dataclasses import dataclass

from explorer.datasets.table_file import TableFile
from explorer.errors import BadRequest, closest

# Role -> usual names, most specific first; compared in lower case without spaces, underscores and hyphens.
NAMES = {
    "user": (
        "user", "userid", "username", "customer", "customerid", "visitor", "visitorid", "reviewer", "reviewerid",
        "member", "memberid", "person", "personid", "client", "clientid", "account", "accountid", "session",
        "sessionid", "reader", "listener", "uid", "who",
    ),
    "item": (
        "item", "itemid", "product", "productid", "movie", "movieid", "book", "bookid", "film", "filmid", "track",
        "trackid", "song", "songid", "artist", "artistid", "article", "articleid", "asin", "parentasin", "sku", "isbn",
        "business", "businessid", "game", "gameid", "recipe", "recipeid", "title", "what", "iid",
    ),
    "rating": ("rating", "stars", "star", "score", "overall", "ratingvalue", "grade", "points", "bookrating"),
    "weight": (
        "weight", "count", "clicks", "plays", "playcount", "quantity", "views", "purchases", "listens", "visits", "n",
        "times", "amount", "hours", "strength", "events",
    ),
    "time": (
        "timestamp", "time", "date", "datetime", "unixreviewtime", "unixtime", "createdat", "eventtime", "ts", "when",
        "reviewtime", "ratedat", "visittime",
    ),
}  # fmt: skip

TIME = re.compile(r"\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:|\s*\d{1,4}[/.]\d{1,2}[/.]\d{1,4} \d{1,2}:")


@dataclass(frozen=True)
class EventColumns:
    """The columns of a table by role; None if the table has no such column."""

    user: str
    item: str
    value: str | None  # the rating, or the weight of an interaction
    time: str | None


def choose_columns(
    table: TableFile,
    value_role: str,
    user: str | None = None,
    item: str | None = None,
    value: str | None = None,
    time: str | None = None,
) -> EventColumns:
    """The columns of a table: the given ones, and others guessed by NAMES.

    value_role: "rating", which is required, or "weight", which is optional. A table without a header has the columns
    user, item, value, time in this order. Raises BadRequest.
    """
    given = {"user": user, "item": item, value_role: value, "time": time}
    for role, name in given.items():
        if name is not None and name not in table.columns:
            raise BadRequest(_no_such_column(table, name, role))
    named = {role: name for role, name in given.items() if name is not None}
    if not table.header and len(named) < 2:
        _check_places(table, value_role)
    for role, name in named.items():
        if (other := next((r for r, n in named.items() if n == name and r != role), None)) is not None:
            raise BadRequest(f"Column {name!r} is named as --{role} and as --{other}; name two columns.")
    taken = set(named.values())
    chosen = dict(named)
    for place, role in enumerate(given):
        if role not in chosen:
            found = _guess(table, role, taken) if table.header else _by_place(table, place, taken)
            if found is not None:
                chosen[role] = found
                taken.add(found)
    for role in ("user", "item", *(("rating",) if value_role == "rating" else ())):
        if role not in chosen:
            names = ", ".join(map(repr, table.columns))
            raise BadRequest(f"{table.path}: the {role} column was not recognized. Give --{role} NAME, one of {names}.")
    return EventColumns(chosen["user"], chosen["item"], chosen.get(value_role), chosen.get("time"))


def _guess(table: TableFile, role: str, taken: set[str]) -> str | None:
    folded: dict[str, str] = {}
    for name in table.columns:
        if name not in taken:
            folded.setdefault(_fold(name), name)
    exact = next((folded[known] for known in NAMES[role] if known in folded), None)
    if exact is not None or role in ("weight", "time"):
        return exact
    # "purchasing_customer_id": a word of the name
    words = {name: set(re.split(r"[\s_\-.]+|(?<=[a-z])(?=[A-Z])", name)) for name in table.columns if name not in taken}
    lowered = {name: {word.lower() for word in parts} for name, parts in words.items()}
    found = [name for name, parts in lowered.items() if parts & set(NAMES[role])]
    return found[0] if len(found) == 1 else None


def _by_place(table: TableFile, place: int, taken: set[str]) -> str | None:
    free = table.columns[place] if place < len(table.columns) else None
    return None if free in taken else free


def _check_places(table: TableFile, value_role: str) -> None:
    """Raise BadRequest if a table without a header has times where the user or the item is expected."""
    for name, value in list(zip(table.columns, table.first_row, strict=False))[:2]:
        if TIME.match(value):
            raise BadRequest(
                f"{table.path}: there is no header, and column {name} contains times such as {value!r}. Name the "
                f"columns by their number: --user 1 --item 3 --time {name}, and --{value_role} if there is one."
            )


def _fold(name: str) -> str:
    return re.sub(r"[\s_\-.]+", "", name).lower()


def _no_such_column(table: TableFile, name: str, role: str) -> str:
    near = closest(name, table.columns, 1) or ([guess] if (guess := _guess(table, role, set())) else [])
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{table.path}: there is no column {name!r}; there are {', '.join(map(repr, table.columns))}.{hint}"
