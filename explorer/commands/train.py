"""Commands that take long: `download`, `train`, `project`."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from dataclasses import Field, fields
from typing import Any

from explorer import artifacts
from explorer.artifacts import data_card
from explorer.commands import spark, terminal
from explorer.commands.arguments import SEED, Commands, add_json, add_out, seed
from explorer.commands.progress import reporter
from explorer.commands.result import CommandResult
from explorer.training.registry import KINDS, options

WITH_TENSORFLOW = ("books", "categories")  # kinds of data whose training imports TensorFlow
SOURCE = ("user", "item", "rating", "time", "items", "item_key", "scale")  # options of a table of ratings
OPTIONS = ("size", "epochs", "rate", "l2", "batch")  # hyperparameters


def add_commands(commands: Commands) -> None:
    """Add the commands of this module to the command line."""
    _train(commands)
    _project(commands)
    _download(commands)


def _train(commands: Commands) -> None:
    training = commands.add_parser("train", help="train an embedding and save it as an artifact")
    training.set_defaults(run=train)
    kinds = training.add_subparsers(dest="kind", required=True, metavar="KIND")
    films = add_json(_written(model_options(kinds.add_parser("movielens", help="films, from MovieLens ratings"))))
    text = "keep items with at least N ratings (default 20)"
    films.add_argument("--min-ratings", type=int, default=20, metavar="N", help=text)
    films.set_defaults(model=None)
    spark.add_engine(films)
    rated = add_json(
        _written(model_options(rating_columns(kinds.add_parser("ratings", help="items, from any table of ratings"))))
    )
    text = "keep items with at least N ratings (default 5)"
    rated.add_argument("--min-ratings", type=int, default=5, metavar="N", help=text)
    rated.set_defaults(model=None)
    spark.add_engine(rated)
    for kind, what in KINDS.items():
        command = add_json(_written(kinds.add_parser(kind, help=what)))
        command.add_argument("--data", required=True, metavar="PATH", help="file or folder of the data")
        command.add_argument("--seed", type=seed, default=0, help="same seed, same vectors (default 0)")
        for option in fields(options(kind)):
            _option(command, option)
        if kind == "interactions":
            spark.add_engine(command)


def _project(commands: Commands) -> None:
    command = add_json(commands.add_parser("project", help="compute a map of the items and store it with the artifact"))
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    command.add_argument("--method", default="tsne", help="pca, tsne (default) or umap")
    command.add_argument("--seed", type=seed, default=0, help=SEED)
    command.add_argument("--perplexity", type=float, help="t-SNE: effective number of neighbors (default 15)")
    command.add_argument(
        "--neighbors", type=int, help="neighbors of a point (default: UMAP 15, t-SNE 4/3 of the perplexity)"
    )
    command.add_argument("--dimensions", type=int, default=2, help="2 (default) or 3")
    command.add_argument(
        "--steady", action="store_true", help="compute it again with another seed, and report how far both agree"
    )
    command.set_defaults(run=project)


def _download(commands: Commands) -> None:
    command = add_json(commands.add_parser("download", help="download a MovieLens release from GroupLens"))
    command.add_argument("name", metavar="NAME", help="ml-latest-small, ml-100k, ml-1m, ml-20m, ml-25m or ml-32m")
    command.add_argument("--to", default="data", metavar="FOLDER", help="folder to download to (default data)")
    command.set_defaults(run=download)


def rating_columns(command: ArgumentParser) -> ArgumentParser:
    """Add the arguments that describe a table of ratings."""
    for role in ("user", "item", "rating", "time"):
        command.add_argument(f"--{role}", metavar="COLUMN", help=f"column of the {role} (default: guessed by its name)")
    command.add_argument("--items", metavar="TABLE", help="table with columns of the items: title, category, ...")
    command.add_argument("--item-key", metavar="COLUMN", help="column of the --items table with the item ids")
    command.add_argument(
        "--scale", metavar="LOW..HIGH", help="rating scale, such as 1..5 (default: the range of the data)"
    )
    return command


def model_options(command: ArgumentParser) -> ArgumentParser:
    """Add the data, the model and its hyperparameters."""
    command.add_argument("--data", required=True, metavar="PATH", help="folder or .zip of the data set")
    command.add_argument(
        "--model",
        default="mf",
        metavar="NAME",
        help="mf (default), bayes, hybrid, svdpp, dot, deep, or a baseline: bias, item-mean, global-mean",
    )
    command.add_argument("--seed", type=seed, default=0, help="same seed, same vectors (default 0)")
    command.add_argument("--size", type=int, help="dimensions (default: the model's)")
    command.add_argument("--epochs", type=int, help="maximum number of epochs (default: the model's)")
    command.add_argument("--rate", type=float, help="learning rate (default: the model's)")
    command.add_argument("--l2", type=float, help="L2 regularization (default: the model's)")
    command.add_argument("--batch", type=int, help="batch size (default: the model's)")
    return command


def _option(command: ArgumentParser, option: Field[Any]) -> None:
    """Add a field of a kind's Options as an argument; its type is that of the default."""
    name = f"--{option.name.replace('_', '-')}"
    text = option.metadata["help"] + ("" if option.default is None else f" (default {option.default})")
    if isinstance(option.default, bool):
        command.add_argument(name, action=BooleanOptionalAction, default=None, help=option.metadata["help"])
    else:
        read = option.metadata.get("type", str) if option.default is None else type(option.default)
        command.add_argument(name, type=read, metavar=read.__name__.upper(), help=text)


def _written(command: ArgumentParser) -> ArgumentParser:
    add_out(command)
    command.add_argument("--layouts", nargs="*", metavar="METHOD", help="maps to add: pca (default), tsne, umap")
    return command


def download(args: Namespace) -> CommandResult:
    """`download`: see datasets.movielens.download."""
    from explorer.datasets.movielens.download import download as fetch
    from explorer.datasets.movielens.download import licence

    with terminal.progress() as update:
        path = fetch(args.name, args.to, lambda done, size: update(f"{args.name}, {size / 1e6:,.1f} MB", done, size))
    terms = licence(path)
    return CommandResult({"path": str(path), "licence": terms}, [terms, f"\n{path}"])


def train(args: Namespace) -> CommandResult:
    """`train`: see jobs.training_job."""
    from explorer.jobs import training_job
    from explorer.training.ratings.registry import unread

    layouts = None if args.layouts is None else tuple(args.layouts)
    options = {name: getattr(args, name, None) for name in OPTIONS}
    if args.kind in spark.MODELS and spark.chosen(args):
        return spark.train(args, layouts, options)
    if args.kind not in ("movielens", "ratings"):
        return _learn(args, layouts)
    source = {name: getattr(args, name) for name in SOURCE} if args.kind == "ratings" else None
    request = training_job.TrainRatingsRequest(
        args.data, args.out, args.model or "mf", args.seed, args.min_ratings, layouts, options, source
    )
    for option in unread(request.model, options):
        terminal.say(f"--{option} has no effect on {request.model}.")
    with terminal.progress() as update:
        path = training_job.train_ratings(request, reporter(request.model, update))
    manifest = artifacts.manifest(path)
    summary = {
        name: manifest[name] for name in ("dataset", "model", "items", "dimensions", "metrics", "params", "layouts")
    }
    errors = terminal.table(data_card.held_out(request.model, manifest["metrics"]), "model", "RMSE", "MAE")
    title = f"On {manifest['metrics']['n_test']:,} held-out ratings"
    text = f"\n{path}: {manifest['items']:,} items with at least {args.min_ratings:,} ratings"
    return CommandResult({"artifact": str(path), **summary}, [title, errors, text])


def _learn(args: Namespace, layouts: tuple[str, ...] | None) -> CommandResult:
    from explorer.jobs import training_job

    asked = {"command", "run", "kind", "data", "out", "seed", "layouts", "json", *spark.ARGUMENTS}
    options = {name: value for name, value in vars(args).items() if name not in asked}
    with terminal.progress() as update:
        paths = training_job.train_other(
            training_job.TrainRequest(args.kind, args.data, args.out, args.seed, layouts, options),
            reporter(args.kind if args.kind in WITH_TENSORFLOW else None, update),
        )
    manifests = [artifacts.manifest(path) for path in paths]
    known = ("dataset", "model", "items", "dimensions", "metrics", "params", "layouts")
    summary = {name: manifests[0][name] for name in known if name in manifests[0]}
    rows = [[name, value] for name, value in summary.get("metrics", {}).items() if isinstance(value, int | float)]
    texts = [
        f"{path}: {manifest['items']:,} items in {manifest['dimensions']} dimensions"
        for path, manifest in zip(paths, manifests, strict=True)
    ]
    document = {"artifact": str(paths[0]), "beside": [str(path) for path in paths[1:]], **summary}
    return CommandResult(document, [terminal.table(rows, "held out", "measure"), "\n".join(texts)])


def project(args: Namespace) -> CommandResult:
    """`project`: see projection.project; the layout is stored under LayoutRequest.name."""
    from explorer.jobs.layout_job import LayoutRequest, make_layout

    asked = {"perplexity": args.perplexity, "n_neighbors": args.neighbors}
    params = {name: value for name, value in asked.items() if value is not None}
    request = LayoutRequest(
        args.artifact, args.method, args.seed, dimensions=args.dimensions, steady=args.steady, params=params
    )
    with terminal.progress() as update:

        def report(state: dict[str, Any]) -> None:
            loss = state.get("divergence")
            update(state["phase"] + (f", KL {loss:.2f}" if loss else ""), state["done"], state["total"])

        path = make_layout(request, report)
    embedding = artifacts.load(path)
    name = request.name(embedding)
    metadata = embedding.manifest["layouts"][name]
    text = f"{path}: {name} layout of {len(embedding):,} items, trustworthiness {metadata['trustworthiness']:.3f}"
    if args.steady:
        text += f", {metadata['recall_other_seed']:.0%} of neighbors kept with another seed"
    return CommandResult({"artifact": embedding.name, "layout": name, **metadata}, [text])
