"""Questions to an embedding: `list`, `neighbors`, `analogy`, `between`, `factors`, `recommend`."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import numpy as np
from rich.console import RenderableType

from explorer import artifacts
from explorer.commands import terminal
from explorer.commands.arguments import Commands, add_json, add_query, add_where, add_without
from explorer.commands.result import NOTHING_LEFT, CommandResult, asked_embedding, items, mask, records
from explorer.core.columns import Schema
from explorer.errors import BadArtifact, BadRequest

ORDERED = {
    "likely": ("Most likely to be liked next", "standard deviations"),
    "near": ("Near what you liked", "cosine"),
    "stars": ("Highest predicted ratings", "stars"),
}
SHOWN = 0.005  # contributions that two decimals show
MEASURED = ["what", "measure", "value", "strength", "end", "p"]


def add_commands(commands: Commands) -> None:
    """Add the commands of this module to the command line."""
    _list(commands)
    _neighbors(commands)
    _analogy(commands)
    _between(commands)
    _factors(commands)
    _recommend(commands)


def _list(commands: Commands) -> None:
    add_json(commands.add_parser("list", help="the artifacts there are")).set_defaults(run=list_artifacts)


def _neighbors(commands: Commands) -> None:
    command = add_without(add_query(commands.add_parser("neighbors", help="the items nearest to one")))
    command.add_argument("key", metavar="KEY", help="an item, by its title")
    command.add_argument("--metric", default="cosine", help="cosine (default), dot or euclidean")
    command.set_defaults(run=neighbors)


def _analogy(commands: Commands) -> None:
    command = add_without(
        add_query(commands.add_parser("analogy", help="the items nearest to a sum of some less others"))
    )
    for side in ("positive", "negative"):
        command.add_argument(f"--{side}", action="extend", nargs="+", default=[], metavar="KEY", help=f"{side} items")
    command.set_defaults(run=analogy)


def _between(commands: Commands) -> None:
    command = add_without(add_query(commands.add_parser("between", help="the items between two")))
    command.add_argument("a", metavar="A", help="an item, by its title")
    command.add_argument("b", metavar="B", help="another item")
    command.add_argument("--at", type=float, default=0.5, help="place on the way: 0 is A, 1 is B (default 0.5)")
    command.set_defaults(run=between)


def _factors(commands: Commands) -> None:
    command = add_json(commands.add_parser("factors", help="the axes along which the best-known items differ most"))
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    command.add_argument("--n", type=int, default=1000, help="how many of the best-known items (default 1000)")
    command.add_argument("--factors", type=int, default=10, metavar="N", help="how many factors (default 10)")
    command.add_argument("--k", type=int, default=5, help="how many items at each end (default 5)")
    add_where(command).set_defaults(run=factors)


def _recommend(commands: Commands) -> None:
    command = add_query(commands.add_parser("recommend", help="what somebody would like, from a few ratings"))
    command.add_argument(
        "--rate", action="extend", nargs="+", default=[], metavar="KEY=STARS", help="a rating, as 'Toy Story=4.5'"
    )
    command.add_argument(
        "--order",
        help="likely: what people with these likes go on to like (default, where trained); near: near what was rated 4 "
        "of 5 stars or more; stars: by predicted stars (default, where nothing is liked)",
    )
    command.add_argument(
        "--popularity",
        type=float,
        default=1.0,
        metavar="A",
        help="0 is taste alone, 1 as usual (default), 2 prefers what everybody likes",
    )
    for name in ("more", "less"):
        command.add_argument(
            f"--{name}", action="extend", nargs="+", default=[], metavar="COLUMN[=VALUE]",
            help=f"{name} of a value or label, as genres=Comedy, or of a number, as year; repeat it for more steps",
        )  # fmt: skip
    command.add_argument(
        "--reject", action="extend", nargs="+", default=[], metavar="KEY", help="items not wanted, and learned from"
    )
    command.set_defaults(run=recommend)


def list_artifacts(args: Namespace) -> CommandResult:
    """`list`: every artifact, also those that cannot be read."""
    found = [_summary(name) for name in artifacts.list_artifacts()]
    columns = ("name", "items", "dimensions", "dataset", "model", "created", "error")
    rows = [[about.get(column) for column in columns] for about in found]
    return CommandResult(
        {"artifacts": found}, [terminal.table(rows, *columns) if rows else "No artifacts yet; train one."]
    )


def neighbors(args: Namespace) -> CommandResult:
    """`neighbors`: see queries.neighbors."""
    embedding = asked_embedding(args)
    found = embedding.neighbors(args.key, args.k, args.metric, mask(embedding, args))
    asked = {"artifact": embedding.name, "key": args.key, "metric": args.metric}
    return items(asked, found, f"Nearest to {args.key} ({args.metric})", embedding.schema)


def analogy(args: Namespace) -> CommandResult:
    """`analogy`: see queries.analogy."""
    embedding = asked_embedding(args)
    found = embedding.analogy(args.positive, args.negative, args.k, mask(embedding, args))
    asked = {"artifact": embedding.name, "positive": args.positive, "negative": args.negative}
    return items(asked, found, " − ".join([" + ".join(args.positive), *args.negative]), embedding.schema)


def between(args: Namespace) -> CommandResult:
    """`between`: see queries.between."""
    embedding = asked_embedding(args)
    found = embedding.between(args.a, args.b, args.k, mask(embedding, args), args.at)
    asked = {"artifact": embedding.name, "a": args.a, "b": args.b, "at": args.at}
    return items(asked, found, f"Between {args.a} and {args.b}", embedding.schema)


def factors(args: Namespace) -> CommandResult:
    """`factors`: see factors.factors."""
    from explorer.core.factors import factors as find

    embedding = artifacts.load(args.artifact)
    found = find(embedding, args.n, args.factors, embedding.where(args.where) if args.where else None)
    axes: list[dict[str, Any]] = []
    parts: list[RenderableType] = []
    for number, share in enumerate(found.explained, start=1):
        low, high = found.extremes(number, args.k)
        goes_with = found.goes_with(number)
        axes.append(
            {"factor": number, "explained": float(share)}
            | {
                "low": records(low),
                "high": records(high),
                "goes_with": records(goes_with[MEASURED]),
            }
        )
        with_what = ", ".join(
            f"{row.end}est: {row.what} ({row.measure} {row.value:.2f})" for row in goes_with.head(3).itertuples()
        )
        rows = np.column_stack([low["key"], high["key"]]).tolist()
        title = f"\nFactor {number}: {share:.1%} of the variance; {with_what or 'goes with nothing known'}"
        parts += [title, terminal.table(rows, "lowest", "highest")]
    return CommandResult({"artifact": embedding.name, "items": len(found.items), "factors": axes}, parts)


def recommend(args: Namespace) -> CommandResult:
    """`recommend`: see recommend.fold_in and recommend.recommend."""
    from explorer.core import recommend as taste

    embedding = artifacts.load(args.artifact)
    if not np.isfinite(args.popularity):
        raise BadRequest(f"popularity is {args.popularity}; it is 0 for taste alone, 1 as usual, 2 for what all like.")
    rated = [_rating(text) for text in args.rate]
    fold_in = taste.fold_in if taste.predicts(embedding) else taste.user_without_model
    user = taste.reject(embedding, fold_in(embedding, rated), args.reject)
    steer = [taste.Steer(*_steer(text, 1.0)) for text in args.more]
    steer += [taste.Steer(*_steer(text, -1.0)) for text in args.less]
    orders = taste.orders_for(embedding, user)
    if not orders:
        raise BadRequest(
            f"{embedding.name} predicts no ratings, so it needs something that is liked: rate an item "
            f"{taste.LIKED * taste.scale(embedding)[1]:g} or more."
        )
    order = args.order or orders[0]
    found = taste.recommend(embedding, user, args.k, mask(embedding, args), args.popularity, order, steer)
    first = [name for name in ("key", "predicted", "mean_rating", "delta", "score") if name in found]
    results = records(found[[*first, *found.columns.difference(first, sort=False)]])
    for result in results:
        parts = taste.contributions(embedding, user, result["key"], order, args.popularity, steer).iloc[1:]
        result["because"] = records(
            parts[parts["rating"].notna() & (parts["contribution"] >= SHOWN)].nlargest(2, "contribution")
        )
    asked = {"artifact": embedding.name, "rated": dict(rated), "popularity": args.popularity, "order": order}
    liked = taste.liked(embedding, user)
    shown = _recommended(results, embedding.schema, order, taste.LIKED * taste.scale(embedding)[1], bool(liked.any()))
    return CommandResult({**asked, "liked": int(liked.sum()), "results": results}, shown)


def _rating(text: str) -> tuple[str, float]:
    """KEY=STARS, taken apart at the last =, as titles may hold one."""
    key, _, stars = text.rpartition("=")
    try:
        return key, float(stars)
    except ValueError:
        raise BadRequest(f"{text!r} is no rating; write KEY=STARS, as in 'Toy Story=4.5'.") from None


def _steer(text: str, amount: float) -> tuple[str, float, str | None]:
    """COLUMN or COLUMN=VALUE, taken apart at the first =."""
    column, found, value = text.partition("=")
    return column, amount, value if found else None


def _recommended(
    results: list[dict[str, Any]], schema: Schema, order: str, good: float, any_liked: bool
) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if not any_liked:
        parts.append(f"Nothing is rated {good:g} or more, so nothing can be near what you liked.")
    if not results:
        return [*parts, NOTHING_LEFT]
    facts = [column.name for column in schema.shown]
    columns = [name for name in ("predicted", "mean_rating", "delta", "key", *facts[:1]) if name in results[0]]
    rows = [
        [
            *(result[name] for name in columns),
            ", ".join(f"{b['key']} {b['contribution']:+.2f}" for b in result["because"]),
        ]
        for result in results
    ]
    heading, unit = ORDERED[order]
    return [*parts, heading, terminal.table(rows, *columns, f"because you rated ({unit})")]


def _summary(name: str) -> dict[str, Any]:
    try:
        manifest = artifacts.manifest(name)
    except BadArtifact as error:
        return {"name": name, "error": str(error)}
    about = {key: manifest.get(key) for key in ("items", "dimensions", "model", "created")}
    return {"name": name, **about, "dataset": (manifest.get("dataset") or {}).get("name")}
