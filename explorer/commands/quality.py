"""Quality of artifacts and models: `check`, `compare`, `diagnose`, `evaluate`."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from explorer import artifacts
from explorer.answers import records
from explorer.commands import terminal
from explorer.commands.arguments import Commands, add_json, seed
from explorer.commands.progress import in_words, start_up
from explorer.commands.result import CommandResult
from explorer.commands.train import OPTIONS, model_options, rating_columns


def add_commands(commands: Commands) -> None:
    """Add the commands of this module to the command line."""
    _compare(commands)
    _diagnose(commands)
    _evaluate(commands)
    _check(commands)


def _compare(commands: Commands) -> None:
    command = add_json(commands.add_parser("compare", help="compare the neighbors in two embeddings of the same items"))
    for side, name in (("a", "an artifact"), ("b", "another")):
        command.add_argument(side, metavar=side.upper(), help=f"{name}: a name that `list` shows, or a folder")
    command.add_argument("--k", type=int, default=10, help="number of neighbors per item (default 10)")
    command.add_argument("--key", metavar="KEY", help="also show the neighbors of one item (key or title)")
    command.set_defaults(run=compare)


def _diagnose(commands: Commands) -> None:
    command = add_json(commands.add_parser("diagnose", help="quality metrics of an embedding, with normal ranges"))
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    command.add_argument("--k", type=int, default=10, help="number of neighbors per item (default 10)")
    command.add_argument(
        "--groups", metavar="FILE", help="CSV of items that belong together: columns group, and item_id or title"
    )
    command.add_argument("--report", metavar="FILE", help="also write the metrics as an HTML page for printing")
    command.add_argument("--seed", type=seed, default=0, help="random seed of shuffling (default 0)")
    help_text = "columns in which neighbors should agree (default: the column with the role group)"
    command.add_argument("--by", nargs="+", metavar="COLUMN", help=help_text)
    command.set_defaults(run=diagnose)


def _evaluate(commands: Commands) -> None:
    command = commands.add_parser("evaluate", help="prediction error of a model on held-out ratings")
    add_json(model_options(command))
    command.add_argument("kind", metavar="KIND", choices=["movielens", "ratings"], help="movielens or ratings")
    rating_columns(command)
    command.add_argument(
        "--split", default="5fold", help="5fold (default), 90/10, or the splits of ML-100K: u1 to u5, u1..u5 for all"
    )
    command.set_defaults(run=evaluate)


def _check(commands: Commands) -> None:
    command = add_json(commands.add_parser("check", help="read all files of an artifact and compare with its manifest"))
    command.add_argument("artifact", metavar="PATH", help="a name that `list` shows, or a folder")
    command.set_defaults(run=check)


def check(args: Namespace) -> CommandResult:
    """`check`: see artifacts.check."""
    manifest = artifacts.check(args.artifact)
    files = manifest["files"]
    document = {"artifact": manifest.get("name"), "whole": True, "items": manifest["items"], "files": files}
    size = sum(entry["bytes"] for entry in files.values())
    text = f"{args.artifact} is whole: {manifest['items']:,} items, {len(files)} files, {size:,} bytes"
    return CommandResult(document, [text])


def compare(args: Namespace) -> CommandResult:
    """`compare`: see comparison.compare_embeddings and popularity_bias.popularity_bias."""
    from explorer.commands import quality_tables
    from explorer.quality import reports
    from explorer.quality.comparison import compare_embeddings

    found = compare_embeddings(artifacts.load(args.a), artifacts.load(args.b), args.k)
    document = reports.comparison(found)
    parts = quality_tables.comparison_parts(found)
    if args.key is not None:
        tables = found.neighbors(args.key)
        document["item"] = {"key": args.key, "a": records(tables[0]), "b": records(tables[1])}
        parts += quality_tables.neighbor_parts(found, args.key, tables)
    return CommandResult(document, parts)


def diagnose(args: Namespace) -> CommandResult:
    """`diagnose`: see quality.quality."""
    from explorer.commands import quality_tables
    from explorer.quality import reports
    from explorer.quality.item_groups import read_groups
    from explorer.quality.quality_card import quality

    embedding = artifacts.load(args.artifact)
    groups = None if args.groups is None else read_groups(args.groups, embedding)
    found = quality(embedding, args.k, groups, args.seed, args.by)
    parts = quality_tables.card_parts(found)
    if args.report is not None:
        reports.write(args.report, reports.card_page(found))
        parts.append(f"\nWritten as a page: {args.report}")
    return CommandResult(found.document(), parts)


def evaluate(args: Namespace) -> CommandResult:
    """`evaluate`: see evaluation.evaluate."""
    from explorer.commands.train import SOURCE
    from explorer.datasets import movielens
    from explorer.datasets.rating_table import RatingSource, load_ratings
    from explorer.training.ratings.evaluation import evaluate as measure

    with terminal.progress() as update:

        def reading(done: int, size: int) -> None:
            update("reading", done, size)

        source = {name: getattr(args, name) for name in SOURCE}
        if args.kind == "ratings":
            ratings = load_ratings(args.data, RatingSource(**source), reading)
        else:
            ratings = movielens.load(args.data, reading)
        for note in ratings.notes:
            terminal.say(note)
        terminal.counts(**ratings.counts(), duplicates=ratings.duplicates)
        start_up(args.model)

        def report(state: dict[str, Any]) -> None:
            text = ", ".join([args.model, f"fold {state['fold']}/{state['folds']}", *in_words(state)])
            update(text, state["fold"] - 1, state["folds"])

        options = {name: getattr(args, name) for name in OPTIONS}
        split = args.split.replace("-", "..")
        found = measure(ratings, args.model, split, seed=args.seed, data=args.data, progress=report, **options)
    columns = ("rmse", "mae", "seconds", "ratings_per_second")
    rows = [[str(part["fold"]), *(part[name] for name in columns)] for part in found["folds"]]
    rows = [[*row[:-1], round(row[-1])] for row in (*rows, ["mean", *(found["mean"][name] for name in columns)])]
    return CommandResult(found, [terminal.table(rows, "fold", "RMSE", "MAE", "seconds", "ratings/s")])
