"""What takes its time: `download`, `train`, `project`."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from explorer import artifacts
from explorer.artifacts import data_card
from explorer.commands import spark, terminal
from explorer.commands.progress import reporter
from explorer.commands.result import CommandResult

WITH_TENSORFLOW = ("books", "categories")  # kinds of data whose training imports it
SOURCE = ("user", "item", "rating", "time", "items", "item_key", "scale")  # of a table of ratings
OPTIONS = ("size", "epochs", "rate", "l2", "batch")  # of a training


def download(args: Namespace) -> CommandResult:
    """`download`: see datasets.download."""
    from explorer.datasets.download import download as fetch
    from explorer.datasets.download import licence

    with terminal.progress() as update:
        path = fetch(args.name, args.to, lambda done, size: update(f"{args.name}, {size / 1e6:,.1f} MB", done, size))
    terms = licence(path)
    return CommandResult({"path": str(path), "licence": terms}, [terms, f"\n{path}"])


def train(args: Namespace) -> CommandResult:
    """`train`: see runs.run and runs.learn."""
    from explorer.jobs import training_job
    from explorer.training.ratings.registry import unread

    layouts = None if args.layouts is None else tuple(args.layouts)
    if args.kind not in ("movielens", "ratings"):
        return _learn(args, layouts)
    options = {name: getattr(args, name) for name in OPTIONS}
    if args.kind == "movielens" and spark.chosen(args):
        return spark.train(args, layouts, options)
    source = {name: getattr(args, name) for name in SOURCE} if args.kind == "ratings" else None
    request = training_job.TrainRatingsRequest(
        args.data, args.out, args.model or "mf", args.seed, args.min_ratings, layouts, options, source
    )
    for option in unread(request.model, options):
        terminal.say(f"{request.model} does not read --{option}; it changes nothing.")
    with terminal.progress() as update:
        path = training_job.train_ratings(request, reporter(request.model, update))
    manifest = artifacts.manifest(path)
    told = {
        name: manifest[name] for name in ("dataset", "model", "items", "dimensions", "metrics", "params", "layouts")
    }
    errors = terminal.table(data_card.held_out(request.model, manifest["metrics"]), "model", "RMSE", "MAE")
    title = f"On {manifest['metrics']['n_test']:,} ratings that were held out"
    text = f"\n{path}: {manifest['items']:,} items with at least {args.min_ratings:,} ratings"
    return CommandResult({"artifact": str(path), **told}, [title, errors, text])


def _learn(args: Namespace, layouts: tuple[str, ...] | None) -> CommandResult:
    from explorer.jobs import training_job

    asked = {"command", "kind", "data", "out", "seed", "layouts", "json"}
    options = {name: value for name, value in vars(args).items() if name not in asked}
    with terminal.progress() as update:
        paths = training_job.train_other(
            training_job.TrainRequest(args.kind, args.data, args.out, args.seed, layouts, options),
            reporter(args.kind if args.kind in WITH_TENSORFLOW else None, update),
        )
    manifests = [artifacts.manifest(path) for path in paths]
    known = ("dataset", "model", "items", "dimensions", "metrics", "params", "layouts")
    told = {name: manifests[0][name] for name in known if name in manifests[0]}
    rows = [[name, value] for name, value in told.get("metrics", {}).items() if isinstance(value, int | float)]
    texts = [
        f"{path}: {manifest['items']:,} items in {manifest['dimensions']} dimensions"
        for path, manifest in zip(paths, manifests, strict=True)
    ]
    document = {"artifact": str(paths[0]), "beside": [str(path) for path in paths[1:]], **told}
    return CommandResult(document, [terminal.table(rows, "held out", "measure"), "\n".join(texts)])


def project(args: Namespace) -> CommandResult:
    """`project`: see projection.project; the layout is stored with the artifact, as LayoutRequest.name says."""
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
    facts = embedding.manifest["layouts"][name]
    text = f"{path}: {name} layout of {len(embedding):,} items, trustworthiness {facts['trustworthiness']:.3f}"
    if args.steady:
        text += f", {facts['recall_other_seed']:.0%} of neighbors kept with another seed"
    return CommandResult({"artifact": embedding.name, "layout": name, **facts}, [text])
