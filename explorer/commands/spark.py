"""`train movielens|ratings|interactions --engine spark`: arguments and result."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from explorer import artifacts
from explorer.artifacts import data_card
from explorer.commands import terminal
from explorer.commands.result import CommandResult
from explorer.errors import BadRequest

ENGINES = ("local", "spark")
MODELS = {"movielens": "als", "ratings": "als", "interactions": "als-implicit"}  # defaults
MASTER = "local[*]"
ARGUMENTS = ("engine", "master", "scratch", "conf")


def add_engine(command: ArgumentParser) -> None:
    """Add the arguments for Spark to a training."""
    command.add_argument(
        "--engine",
        default="local",
        metavar="NAME",
        help="local: on this machine (default); spark: on a cluster, with the models als (of ratings), als-implicit, "
        "item2vec",
    )
    command.add_argument(
        "--master", metavar="URL", help=f"Spark: master, such as spark://HOST:PORT or yarn (default {MASTER})"
    )
    command.add_argument("--scratch", metavar="PATH", help="Spark: a folder that the driver and all workers share")
    command.add_argument(
        "--conf", action="append", default=[], metavar="KEY=VALUE", help="Spark: a setting, as for spark-submit"
    )


def chosen(args: Namespace) -> bool:
    """Whether to train on Spark. Raises BadRequest for an unknown engine, or Spark's options without it."""
    if args.engine not in ENGINES:
        raise BadRequest(f"There is no engine {args.engine!r}; choose one of {', '.join(ENGINES)}.")
    if args.engine == "spark":
        return True
    for name in ARGUMENTS[1:]:
        if getattr(args, name):
            raise BadRequest(f"--{name} is for Spark; add --engine spark.")
    return False


def train(args: Namespace, layouts: tuple[str, ...] | None, options: dict[str, Any]) -> CommandResult:
    """Train on Spark. options: fields of Hyperparameters."""
    from explorer.datasets.interactions import InteractionSource
    from explorer.datasets.rating_table import RatingSource
    from explorer.jobs import training_job
    from explorer.training.spark.request import Request

    source: RatingSource | InteractionSource | None = None
    if args.kind == "ratings":
        source = RatingSource(**{field.name: getattr(args, field.name) for field in fields(RatingSource)})
    elif args.kind == "interactions":
        source = InteractionSource(**{field.name: getattr(args, field.name) for field in fields(InteractionSource)})
    least = args.min_ratings if args.kind != "interactions" else _min_count(args.min_count)

    request = Request(
        args.data,
        args.out,
        args.model or MODELS[args.kind],
        args.master or MASTER,
        args.seed,
        least,
        layouts,
        args.scratch,
        dict(map(_setting, args.conf)),
        options,
        source,
    )
    with terminal.progress() as update:
        path = training_job.train_on_spark(request, _reporter(update))
    manifest = artifacts.manifest(path)
    known = ("dataset", "engine", "model", "items", "dimensions", "metrics", "params", "layouts")
    metrics = manifest["metrics"]
    if "baselines" in metrics:
        rows = terminal.table(data_card.held_out(request.model, metrics), "model", "RMSE", "MAE")
    else:
        rows = terminal.table([[name, value] for name, value in metrics.items()], "held out", "measure")
    of = "users" if args.kind == "interactions" else "ratings"
    text = f"\n{path}: {manifest['items']:,} items with at least {least:,} {of}"
    return CommandResult({"artifact": str(path), **{name: manifest[name] for name in known}}, [rows, text])


def _min_count(given: int | None) -> int:
    from explorer.training import registry

    return int(registry.options("interactions", {"min_count": given}).min_count)


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise BadRequest(f"{text!r} is not a setting; write KEY=VALUE, as in spark.executor.memory=8g.")
    return key, value


def _reporter(update: terminal.Update) -> Callable[[dict[str, Any]], None]:
    def report(state: dict[str, Any]) -> None:
        if "message" in state:
            terminal.say(state["message"])
        elif "read" in state:
            terminal.counts(**state["read"])
        else:
            update(state["phase"], state["done"], state["total"])

    return report
