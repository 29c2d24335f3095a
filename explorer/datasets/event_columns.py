"""The roles of the columns of a table of events (user, item, rating or weight, time): given, or guessed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.datasets.role_names import by_count, by_exclusion, by_word, candidates, group
from explorer.datasets.table_file import TableFile
from explorer.datasets.times import are_dates, are_readable, are_times, time_format
from explorer.errors import BadData, BadRequest, closest

COMMA = re.compile(r"[-+]?\d+(,\d+)?")  # a number, with a decimal comma if with any
LIST = re.compile(r"\s*[\[({].*[\])}]\s*", re.DOTALL)
WIDE = 6  # least columns of numbers in a table with a column for each item
FEW = 10  # rows that do not show whether values come again
FLATTEN = "Write a row for each event and a column for each field, with pandas: pd.json_normalize(...).to_csv(...)"
SHOWN = 24  # characters of a value in a message


@dataclass(frozen=True)
class EventColumns:
    """The columns of a table by role; None if the table has no such column."""

    user: str
    item: str
    value: str | None  # the rating, or the weight of an interaction
    time: str | None
    comma: bool = False  # whether the values are written with decimal commas
    time_format: str | None = None  # see datasets.times; None for seconds and ISO 8601


def choose_columns(
    table: TableFile,
    value_role: str,
    user: str | None = None,
    item: str | None = None,
    value: str | None = None,
    time: str | None = None,
) -> EventColumns:
    """The columns of a table: the given ones, and others guessed by their names and first values.

    value_role: "rating", which is required, or "weight", which is optional. A table without a header has the columns
    user, item, value, time in this order, if the values of the first rows agree. Raises BadRequest, and BadData if the
    table is of another form.
    """
    given = {"user": user, "item": item, value_role: value, "time": time}
    for role, name in given.items():
        if name is not None and name not in table.columns:
            raise BadRequest(_no_such_column(table, name, role))
    chosen = {role: name for role, name in given.items() if name is not None}
    for role, name in chosen.items():
        if (other := next((r for r, n in chosen.items() if n == name and r != role), None)) is not None:
            raise BadRequest(f"Column {name!r} is named as --{role} and as --{other}; name two columns.")
    if table.header:
        for role in given:
            if role not in chosen and (found := _guess(table, role, set(chosen.values()))) is not None:
                chosen[role] = found
        _add_the_other(table, chosen)
    else:
        chosen |= _by_place(table, value_role, chosen)
    for role in ("user", "item", *(("rating",) if value_role == "rating" else ())):
        if role not in chosen:
            if len(chosen) < 2:
                _check_form(table)
            raise BadRequest(
                f"{table.path}: the {role} column was not recognized. Give --{role} NAME, one of {_listing(table)}."
                + _nested(table)
            )
    _check_no_lists(table, chosen["user"], chosen["item"])
    if time is None and "time" in chosen and not are_readable(table.sampled(chosen["time"])):
        del chosen["time"]
    found_value, found_time = chosen.get(value_role), chosen.get("time")
    comma = found_value is not None and _has_commas(table.sampled(found_value))
    form = time_format(table.sampled(found_time)) if found_time is not None and table.format != "parquet" else None
    return EventColumns(chosen["user"], chosen["item"], found_value, found_time, comma, form)


def describe(table: TableFile, columns: EventColumns, value_role: str) -> str:
    """How a table was read: its dialect, the columns by role, and those that are not used."""
    roles = {"user": columns.user, "item": columns.item, value_role: columns.value, "time": columns.time}
    used = ", ".join(f"{role} = {name}" for role, name in roles.items() if name is not None)
    absent = " and ".join(role for role, name in roles.items() if name is None)
    others = [name for name in table.columns if name not in roles.values()]
    counts = f"; without a {value_role}, each row counts 1" if value_role == "weight" and columns.value is None else ""
    unused = f" Not used: {', '.join(others[:12])}{', ...' if len(others) > 12 else ''}." if others else ""
    missing = f"; no {absent}" if absent and not counts else ""
    floats = [name for name in (columns.user, columns.item) if all(v.endswith(".0") for v in table.sampled(name))]
    whole = f" {' and '.join(floats)} without .0." if floats and table.format == "csv" else ""
    return f"Read as {table.dialect}: {used}{missing}{counts}.{unused}{whole}"


def _guess(table: TableFile, role: str, taken: set[str]) -> str | None:
    free = [name for name in table.columns if name not in taken]
    found = candidates(role, free)
    if role in ("rating", "weight"):
        found = [name for name in found if _mostly_numbers(table.sampled(name))] or (found if role == "rating" else [])
    if found or role == "time":
        return found[0] if found else None
    if role == "weight":
        name = by_count(free)
        return name if name is not None and _mostly_numbers(table.sampled(name)) else None
    return by_word(role, free) or (group(free) if role == "user" else None)


def _add_the_other(table: TableFile, chosen: dict[str, str]) -> None:
    """Where only the user or only the item is known, the other is the only other column of ids."""
    missing = [role for role in ("user", "item") if role not in chosen]
    free = [name for name in table.columns if name not in chosen.values() and _repeats(table.sampled(name))]
    if len(missing) == 1 and (found := by_exclusion(free)) is not None:
        chosen[missing[0]] = found


def _repeats(values: Sequence[str]) -> bool:
    """Whether some values come again, unless there are few; ids of rows do not."""
    return len(values) < FEW or len(set(values)) < len(values)


def _by_place(table: TableFile, value_role: str, chosen: dict[str, str]) -> dict[str, str]:
    """Columns of a table without a header, by their places. Raises BadRequest if their values contradict them."""
    names = table.columns
    places = dict(zip(("user", "item", value_role, "time"), names, strict=False))
    if len(chosen) > 1:
        if len(names) > 4:
            return {}
        return {role: name for role, name in places.items() if role not in chosen and name not in chosen.values()}
    _check_form(table)
    times = [name for name in names if are_times(table.sampled(name))]
    if len(names) == 3 and times == [names[2]] and value_role == "weight":
        places = {"user": names[0], "item": names[1], "time": names[2]}
    early = next((name for name in names[:2] if name in times), None)
    third, why = places.get(value_role), ""
    if early is not None:
        why = f"column {early} contains times such as {table.sampled(early)[0]!r}"
    elif len(names) > 4:
        why = f"there are {len(names)} columns"
    elif third and not _are_numbers(values := table.sampled(third)):
        odd = next(value for value in values if not _is_number(value))
        why = f"{odd!r} in column {third} is not a number"
    elif third in times:
        why = f"column {third} contains times such as {table.sampled(third)[0]!r}"
    if why:
        later = next((name for name in names[1:] if name not in times and not _has_fractions(table, name)), "2")
        hint = f"--user 1 --item {later}" + (f" --time {times[0]}" if times else "")
        raise BadRequest(
            f"{table.path}: there is no header, and {why}. Name the columns by their number, such as {hint}, and "
            f"--{value_role} if there is one: {_listing(table)}."
        )
    return {role: name for role, name in places.items() if role not in chosen and name not in chosen.values()}


def _has_fractions(table: TableFile, name: str) -> bool:
    """Whether all values are numbers with decimals, such as coordinates; they are no ids."""
    return all("." in value and _is_number(value) for value in table.sampled(name))


def _check_form(table: TableFile) -> None:
    """Raise BadData for one column, or a column of numbers for each item, often with a value for none, such as 99."""
    columns = [table.sampled(name) for name in table.columns]
    if len(columns) == 1 and table.format == "csv":
        raise BadData(
            f"{table.path}: has one column, {table.columns[0][:60]!r}; a user and an item in each row were expected, "
            "separated by tabs, commas or semicolons. If each line is a list of items, use `explorer train sequences`."
        )
    numbers = sum(_are_numbers(values, gaps=True) for values in columns)
    if len(columns) < WIDE or numbers < len(columns) - 2 or any(map(are_dates, columns)):
        return
    none, _ = Counter(cell for values in columns[1:] for cell in values).most_common(1)[0]
    if sum(none in values for values in columns[1:]) >= 0.7 * (len(columns) - 1):
        hint = f" Leave out its value for none, maybe {none!r}." if none else ""
        raise BadData(
            f"{table.path}: looks like a matrix, a row for each user and a column for each item. Write a row for each "
            f"rating. With pandas: table.melt(id_vars=table.columns[0]).dropna().to_csv(...).{hint}"
        )


def _check_no_lists(table: TableFile, *names: str) -> None:
    for name in names:
        values = [value for value in table.sampled(name) if value.strip()]
        if not values or not all(map(LIST.fullmatch, values)):
            continue
        if values[0].lstrip().startswith("{") and ":" in values[0]:
            what, how = "objects", FLATTEN
        else:
            lists = "" if table.format != "csv" else f"table[{name!r}] = table[{name!r}].map(ast.literal_eval), then "
            what, how = "lists", f"Write one row for each item, with pandas: {lists}table.explode({name!r})"
        raise BadData(f"{table.path}: {name} contains {what} such as {values[0][:60]}. {how}.")


def _nested(table: TableFile) -> str:
    """A hint if columns of JSON contain objects, or lists of them; else empty."""
    if table.format != "json":
        return ""
    found = [name for name in table.columns if any(v.startswith(("{", "[{")) for v in table.sampled(name)[:1])]
    return f" The fields inside {' and '.join(found[:4])} are not read. {FLATTEN}." if found else ""


def _are_numbers(values: Sequence[str], gaps: bool = False) -> bool:
    """Whether all values are numbers; with gaps, empty values are none."""
    given = [value for value in values if value.strip()] if gaps else values
    return bool(given) and all(map(_is_number, given))


def _mostly_numbers(values: Sequence[str]) -> bool:
    return sum(map(_is_number, values)) >= 0.5 * len(values)


def _is_number(value: str) -> bool:
    try:
        float(value.strip().replace(",", "."))
    except ValueError:
        return False
    return True


def _has_commas(values: Sequence[str]) -> bool:
    """Whether values have decimal commas; `1,500` alone may be thousands."""
    given = [value.strip() for value in values if value.strip()]
    return all(map(COMMA.fullmatch, given)) and any("," in value and value[-4:-3] != "," for value in given)


def _listing(table: TableFile) -> str:
    """The columns, each with its first value."""
    first = [next((value for value in table.sampled(name) if value.strip()), "") for name in table.columns]
    shown = [
        f"{name!r}" + (f" ({value[:SHOWN]})" if value else "") for name, value in zip(table.columns, first, strict=True)
    ]
    return ", ".join(shown[:30]) + (", ..." if len(shown) > 30 else "")


def _no_such_column(table: TableFile, name: str, role: str) -> str:
    near = closest(name, table.columns, 1) or ([guess] if (guess := _guess(table, role, set())) else [])
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{table.path}: there is no column {name!r}; there are {', '.join(map(repr, table.columns))}.{hint}"
