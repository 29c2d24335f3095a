"""`columns`: show the columns of an artifact, and correct their kinds and roles."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from explorer import artifacts
from explorer.commands import terminal
from explorer.commands.arguments import Commands, add_json
from explorer.commands.result import CommandResult
from explorer.core.columns import KINDS, ROLES, Schema
from explorer.errors import BadRequest


def add_commands(commands: Commands) -> None:
    """Add the commands of this module to the command line."""
    _columns(commands)


def _columns(commands: Commands) -> None:
    command = add_json(commands.add_parser("columns", help="show or correct the kinds and roles of columns"))
    add_columns(command)
    command.set_defaults(run=columns)


def add_columns(command: ArgumentParser) -> None:
    """Add the arguments of `columns`."""
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    command.add_argument(
        "--set", action="append", default=[], metavar="NAME=KIND[:LABEL]",
        help=f"kind and label of a column, such as price=number:Price; kinds: {', '.join(KINDS)}",
    )  # fmt: skip
    command.add_argument(
        "--role", action="append", default=[], metavar="NAME=ROLE",
        help=f"role of a column: {', '.join(role for role in ROLES if role != 'key')}, or nothing",
    )  # fmt: skip
    help_text = "default lower limit of a number on the pages, such as n_ratings=100; nothing after = removes it"
    command.add_argument("--at-least", action="append", default=[], metavar="NAME=N", help=help_text)
    command.add_argument("--noun", metavar="ONE/SEVERAL", help="name of the items, such as chair/chairs")


def columns(args: Namespace) -> CommandResult:
    """`columns`: show the columns of an artifact; with corrections, write them to its manifest first."""
    if args.set or args.role or args.noun is not None or args.at_least:
        schema = artifacts.set_schema(args.artifact, lambda before: _corrected(before, args))
    else:
        schema = artifacts.load(args.artifact).schema
    document = {"artifact": args.artifact, "noun": list(schema.noun), "columns": schema.document()["columns"]}
    rows = [[c.name, c.kind, c.role, c.label, c.separator] for c in schema.values()]
    table = terminal.table(rows, "column", "kind", "role", "label", "separator")
    return CommandResult(document, [table, f"Items are called {schema.noun[0]}, {schema.noun[1]}."])


def _corrected(schema: Schema, args: Namespace) -> Schema:
    for text in args.set:
        name, kind = _pair(schema, text, "NAME=KIND[:LABEL]")
        kind, _, label = kind.partition(":")
        schema = schema.changed(name, kind=kind, **({"label": label} if label else {}))
    for text in args.role:
        name, role = _pair(schema, text, "NAME=ROLE")
        schema = schema.changed(name, role=role)
    for text in args.at_least:
        name, least = _pair(schema, text, "NAME=N")
        schema = schema.changed(name, at_least=_number(text, least))
    return schema if args.noun is None else schema.called_as(args.noun)


def _pair(schema: Schema, text: str, form: str) -> tuple[str, str]:
    """Split NAME=VALUE; a name may contain an equals sign."""
    name, sign, value = text.rpartition("=")
    if not sign:
        raise BadRequest(f"{text!r} is not valid; write {form}.")
    return schema.column(name).name, value


def _number(text: str, value: str) -> float | None:
    try:
        return float(value) if value else None
    except ValueError:
        raise BadRequest(f"{text!r} is not valid; write a number after =, or nothing.") from None
