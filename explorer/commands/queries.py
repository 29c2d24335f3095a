"""Queries of an embedding: `list`, `neighbors`, `analogy`, `between`, `factors`, `recommend`."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from rich.console import RenderableType

from explorer import answers, artifacts
from explorer.commands import terminal
from explorer.commands.arguments import Commands, add_json, add_query, add_where, add_without
from explorer.commands.result import NOTHING_LEFT, CommandResult, asked_filter, items
from explorer.core import recommend as taste
from explorer.core.columns import Schema
from explorer.errors import BadRequest

ORDERED = {
    "likely": ("Most likely to be liked next", "standard deviations"),
    "near": ("Near what you liked", "cosine"),
    "stars": ("Highest predicted ratings", "stars"),
}


def add_commands(commands: Commands) -> None:
    """Add the commands of this module to the command line."""
    _list(commands)
    _neighbors(commands)
    _analogy(commands)
    _between(commands)
    _factors(commands)
    _recommend(commands)


def _list(commands: Commands) -> None:
    add_json(commands.add_parser("list", help="list the artifacts")).set_defaults(run=list_artifacts)


def _neighbors(commands: Commands) -> None:
    command = add_without(add_query(commands.add_parser("neighbors", help="the nearest items to an item")))
    command.add_argument("key", metavar="KEY", help="key or title of an item")
    command.add_argument("--metric", default="cosine", help="cosine (default), dot or euclidean")
    command.set_defaults(run=neighbors)


def _analogy(commands: Commands) -> None:
    command = add_without(
        add_query(commands.add_parser("analogy", help="the nearest items to a sum of items minus others"))
    )
    for side in ("positive", "negative"):
        command.add_argument(f"--{side}", action="extend", nargs="+", default=[], metavar="KEY", help=f"{side} items")
    command.set_defaults(run=analogy)


def _between(commands: Commands) -> None:
    command = add_without(add_query(commands.add_parser("between", help="the items between two items")))
    command.add_argument("a", metavar="A", help="key or title of an item")
    command.add_argument("b", metavar="B", help="key or title of another item")
    command.add_argument("--at", type=float, default=0.5, help="position between them: 0 is A, 1 is B (default 0.5)")
    command.set_defaults(run=between)


def _factors(commands: Commands) -> None:
    command = add_json(commands.add_parser("factors", help="principal components of the best-known items"))
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    command.add_argument("--n", type=int, default=1000, help="number of best-known items (default 1000)")
    command.add_argument("--factors", type=int, default=10, metavar="N", help="number of factors (default 10)")
    command.add_argument("--k", type=int, default=5, help="number of items at each end (default 5)")
    add_where(command).set_defaults(run=factors)


def _recommend(commands: Commands) -> None:
    command = add_query(commands.add_parser("recommend", help="recommendations from a few ratings"))
    command.add_argument(
        "--rate", action="extend", nargs="+", default=[], metavar="KEY=STARS", help="a rating, such as 'Toy Story=4.5'"
    )
    command.add_argument(
        "--order",
        help="likely: what people with these likes like next (default, if trained); near: similar to items rated 4 of "
        "5 stars or more; stars: by predicted stars (default, if nothing is liked)",
    )
    command.add_argument(
        "--popularity",
        type=float,
        default=1.0,
        metavar="A",
        help="0 is taste alone, 1 the default, 2 prefers popular items",
    )
    for name in ("more", "less"):
        command.add_argument(
            f"--{name}", action="extend", nargs="+", default=[], metavar="COLUMN[=VALUE]",
            help=f"{name} of a value, such as genres=Comedy, or of a number, such as year; repeat it for more steps",
        )  # fmt: skip
    command.add_argument(
        "--reject",
        action="extend",
        nargs="+",
        default=[],
        metavar="KEY",
        help="items that are not wanted; similar items rank lower",
    )
    command.set_defaults(run=recommend)


def list_artifacts(args: Namespace) -> CommandResult:
    """`list`: all artifacts, including those that cannot be read."""
    found = answers.summaries()
    columns = ("name", "items", "dimensions", "dataset", "model", "created", "error")
    rows = [[about.get(column) for column in columns] for about in found]
    return CommandResult(
        {"artifacts": found}, [terminal.table(rows, *columns) if rows else "No artifacts yet; train one."]
    )


def neighbors(args: Namespace) -> CommandResult:
    """`neighbors`: see answers.neighbors."""
    embedding = artifacts.load(args.artifact)
    found = answers.neighbors(embedding, args.key, args.k, args.metric, asked_filter(args))
    return items(found, f"Nearest to {args.key} ({args.metric})", embedding.schema)


def analogy(args: Namespace) -> CommandResult:
    """`analogy`: see answers.analogy."""
    embedding = artifacts.load(args.artifact)
    found = answers.analogy(embedding, args.positive, args.negative, args.k, asked_filter(args))
    return items(found, " − ".join([" + ".join(args.positive), *args.negative]), embedding.schema)


def between(args: Namespace) -> CommandResult:
    """`between`: see answers.between."""
    embedding = artifacts.load(args.artifact)
    found = answers.between(embedding, args.a, args.b, args.k, args.at, asked_filter(args))
    return items(found, f"Between {args.a} and {args.b}", embedding.schema)


def factors(args: Namespace) -> CommandResult:
    """`factors`: see answers.factors."""
    document = answers.factors(artifacts.load(args.artifact), args.n, args.factors, args.k, args.where)
    parts: list[RenderableType] = []
    for factor in document["factors"]:
        with_what = ", ".join(
            f"{row['end']}est: {row['what']} ({row['measure']} {row['value']:.2f})" for row in factor["goes_with"][:3]
        )
        title = f"\nFactor {factor['factor']}: {factor['explained']:.1%} of the variance"
        ends = zip(factor["low"], factor["high"], strict=True)
        rows = [[low["key"], high["key"]] for low, high in ends]
        parts += [f"{title}; {with_what or 'no significant correlation'}", terminal.table(rows, "lowest", "highest")]
    return CommandResult(document, parts)


def recommend(args: Namespace) -> CommandResult:
    """`recommend`: see answers.recommend."""
    embedding = artifacts.load(args.artifact)
    document = answers.recommend(
        embedding,
        [_rating(text) for text in args.rate],
        args.k,
        args.order,
        args.popularity,
        [*(_steer(text, 1.0) for text in args.more), *(_steer(text, -1.0) for text in args.less)],
        args.reject,
        asked_filter(args),
    )
    good = taste.LIKED * taste.scale(embedding)[1]
    return CommandResult(document, _recommended(document, embedding.schema, good))


def _rating(text: str) -> tuple[str, float]:
    """Parse KEY=STARS at the last =, as titles may contain one."""
    key, _, stars = text.rpartition("=")
    try:
        return key, float(stars)
    except ValueError:
        raise BadRequest(f"{text!r} is not a rating; write KEY=STARS, as in 'Toy Story=4.5'.") from None


def _steer(text: str, amount: float) -> taste.Steer:
    """Parse COLUMN or COLUMN=VALUE at the first =."""
    column, found, value = text.partition("=")
    return taste.Steer(column, amount, value if found else None)


def _recommended(document: dict[str, Any], schema: Schema, good: float) -> list[RenderableType]:
    """The recommendations as a table. good: the lowest rating that counts as liked."""
    parts: list[RenderableType] = []
    results = document["results"]
    if not document["liked"]:
        parts.append(f"No item is rated {good:g} or more, so the order near is not available.")
    if not results:
        return [*parts, NOTHING_LEFT]
    shown = [column.name for column in schema.shown]
    columns = [name for name in ("predicted", "mean_rating", "delta", "key", *shown[:1]) if name in results[0]]
    rows = [
        [
            *(result[name] for name in columns),
            ", ".join(f"{b['key']} {b['contribution']:+.2f}" for b in result["because"]),
        ]
        for result in results
    ]
    heading, unit = ORDERED[document["order"]]
    return [*parts, heading, terminal.table(rows, *columns, f"because you rated ({unit})")]
