"""What each command of the command line does: arguments -> an answer, as a document and as something to show."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from rich.console import RenderableType

from explorer import artifacts, card, exchange_commands, filters, spark_commands, terminal
from explorer.embedding import Embedding
from explorer.errors import BadArtifact, BadRequest

NOTHING_LEFT = "No item is left to choose from; lower --min-ratings."
WITH_TENSORFLOW = ("books", "categories")  # kinds of data whose training imports it
OPTIONS = ("size", "epochs", "rate", "l2", "batch")  # of a training


@dataclass(frozen=True)
class Answer:
    """What a command found, twice."""

    document: dict[str, Any]  # for --json
    parts: Sequence[RenderableType]  # for people


def artifacts_there_are(args: Namespace) -> Answer:
    """`list`: every artifact, also those that cannot be read."""
    found = [_summary(name) for name in artifacts.list_artifacts()]
    columns = ("name", "items", "dimensions", "dataset", "model", "created", "error")
    rows = [[about.get(column) for column in columns] for about in found]
    return Answer({"artifacts": found}, [terminal.table(rows, *columns) if rows else "No artifacts yet; train one."])


def neighbors(args: Namespace) -> Answer:
    """`neighbors`: see queries.neighbors."""
    embedding = artifacts.load(args.artifact)
    found = embedding.neighbors(args.key, args.k, args.metric, _mask(embedding, args))
    asked = {"artifact": embedding.name, "key": args.key, "metric": args.metric}
    return _items(asked, found, f"Nearest to {args.key} ({args.metric})")


def analogy(args: Namespace) -> Answer:
    """`analogy`: see queries.analogy."""
    embedding = artifacts.load(args.artifact)
    found = embedding.analogy(args.positive, args.negative, args.k, _mask(embedding, args))
    asked = {"artifact": embedding.name, "positive": args.positive, "negative": args.negative}
    return _items(asked, found, " − ".join([" + ".join(args.positive), *args.negative]))


def between(args: Namespace) -> Answer:
    """`between`: see queries.between."""
    embedding = artifacts.load(args.artifact)
    found = embedding.between(args.a, args.b, args.k, _mask(embedding, args), args.at)
    asked = {"artifact": embedding.name, "a": args.a, "b": args.b, "at": args.at}
    return _items(asked, found, f"Between {args.a} and {args.b}")


def factors(args: Namespace) -> Answer:
    """`factors`: see factors.factors."""
    from explorer.factors import factors as find

    embedding = artifacts.load(args.artifact)
    found = find(embedding, args.n, args.factors)
    axes: list[dict[str, Any]] = []
    parts: list[RenderableType] = []
    for number, share in enumerate(found.explained, start=1):
        low, high = found.extremes(number, args.k)
        goes_with = found.goes_with(number)
        axes.append(
            {"factor": number, "explained": float(share)}
            | {"low": _records(low), "high": _records(high), "goes_with": _records(goes_with)}
        )
        with_what = ", ".join(f"{what} {value:.2f}" for what, _, value, _ in goes_with.head(3).itertuples(index=False))
        rows = np.column_stack([low["key"], high["key"]]).tolist()
        title = f"\nFactor {number}: {share:.1%} of the variance; goes with {with_what or 'nothing known'}"
        parts += [title, terminal.table(rows, "lowest", "highest")]
    return Answer({"artifact": embedding.name, "items": len(found.items), "factors": axes}, parts)


def project(args: Namespace) -> Answer:
    """`project`: see projection.project; the layout is stored with the artifact."""
    from explorer.projection import project as lay_out

    embedding = artifacts.load(args.artifact)
    asked = {"perplexity": args.perplexity, "n_neighbors": args.neighbors}
    params = {name: value for name, value in asked.items() if value is not None}
    with terminal.progress() as update:
        xy, facts = lay_out(
            embedding.vectors,
            args.method,
            args.seed,
            lambda step, steps, loss: update(args.method + (f", KL {loss:.2f}" if loss else ""), step, steps),
            dimensions=args.dimensions,
            steady=args.steady,
            **params,
        )
    name = args.method if args.dimensions == 2 else f"{args.method}-3d"
    path = artifacts.add_layout(args.artifact, name, xy, facts)
    text = f"{path}: {name} layout of {len(xy):,} items, trustworthiness {facts['trustworthiness']:.3f}"
    if args.steady:
        text += f", {facts['stability']:.0%} the same from another seed"
    return Answer({"artifact": embedding.name, "layout": name, **facts}, [text])


def check(args: Namespace) -> Answer:
    """`check`: see artifacts.check."""
    manifest = artifacts.check(args.artifact)
    files = manifest["files"]
    document = {"artifact": manifest.get("name"), "whole": True, "items": manifest["items"], "files": files}
    size = sum(facts["bytes"] for facts in files.values())
    text = f"{args.artifact} is whole: {manifest['items']:,} items, {len(files)} files, {size:,} bytes"
    return Answer(document, [text])


def download(args: Namespace) -> Answer:
    """`download`: see datasets.download."""
    from explorer.datasets.download import download as fetch
    from explorer.datasets.download import licence

    with terminal.progress() as update:
        path = fetch(args.name, args.to, lambda done, size: update(f"{args.name}, {size / 1e6:,.1f} MB", done, size))
    terms = licence(path)
    return Answer({"path": str(path), "licence": terms}, [terms, f"\n{path}"])


def train(args: Namespace) -> Answer:
    """`train`: see runs.run and runs.learn."""
    from explorer import runs

    layouts = None if args.layouts is None else tuple(args.layouts)
    if args.kind != "movielens":
        return _learn(args, layouts)
    options = {name: getattr(args, name) for name in OPTIONS}
    if spark_commands.chosen(args):
        return spark_commands.train(args, layouts, options)
    request = runs.Request(args.data, args.out, args.model or "mf", args.seed, args.min_ratings, layouts, options)
    with terminal.progress() as update:
        path = runs.run(request, _told(request.model, update))
    manifest = artifacts.manifest(path)
    told = {
        name: manifest[name] for name in ("dataset", "model", "items", "dimensions", "metrics", "params", "layouts")
    }
    errors = terminal.table(card.held_out(request.model, manifest["metrics"]), "model", "RMSE", "MAE")
    title = f"On {manifest['metrics']['n_test']:,} ratings that were held out"
    text = f"\n{path}: {manifest['items']:,} items with at least {args.min_ratings:,} ratings"
    return Answer({"artifact": str(path), **told}, [title, errors, text])


def _learn(args: Namespace, layouts: tuple[str, ...] | None) -> Answer:
    from explorer import runs

    asked = {"command", "kind", "data", "out", "seed", "layouts", "json"}
    options = {name: value for name, value in vars(args).items() if name not in asked}
    with terminal.progress() as update:
        paths = runs.learn(
            runs.Learning(args.kind, args.data, args.out, args.seed, layouts, options),
            _told(args.kind if args.kind in WITH_TENSORFLOW else None, update),
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
    return Answer(document, [terminal.table(rows, "held out", "measure"), "\n".join(texts)])


def recommend(args: Namespace) -> Answer:
    """`recommend`: see recommend.fold_in and recommend.recommend."""
    from explorer import recommend as taste

    embedding = artifacts.load(args.artifact)
    if not np.isfinite(args.popularity):
        raise BadRequest(f"popularity is {args.popularity}; it is 0 for taste alone, 1 as usual, 2 for what all like.")
    rated = [_rating(text) for text in args.rate]
    user = taste.fold_in(embedding, rated)
    found = taste.recommend(embedding, user, args.k, _mask(embedding, args), args.popularity, args.order)
    first = [name for name in ("key", "predicted", "mean_rating", "delta", "score") if name in found]
    results = _records(found[[*first, *found.columns.difference(first, sort=False)]])
    for result in results:
        parts = taste.contributions(embedding, user, result["key"]).iloc[1:]
        result["because"] = _records(parts.nlargest(2, "contribution"))
    asked = {"artifact": embedding.name, "rated": dict(rated), "popularity": args.popularity, "order": args.order}
    return Answer({**asked, "results": results}, _recommended(results))


def compare(args: Namespace) -> Answer:
    """`compare`: see comparison.compare_embeddings and popularity.lean."""
    from explorer import reports
    from explorer.comparison import compare_embeddings

    found = compare_embeddings(artifacts.load(args.a), artifacts.load(args.b), args.k)
    document = reports.comparison(found)
    parts = reports.comparison_parts(found)
    if args.key is not None:
        tables = found.neighbors(args.key)
        document["item"] = {"key": args.key, "a": _records(tables[0]), "b": _records(tables[1])}
        parts += reports.neighbor_parts(found, args.key, tables)
    return Answer(document, parts)


def diagnose(args: Namespace) -> Answer:
    """`diagnose`: see quality.quality."""
    from explorer import reports
    from explorer.groups import read_groups
    from explorer.quality import quality

    embedding = artifacts.load(args.artifact)
    groups = None if args.groups is None else read_groups(args.groups, embedding)
    found = quality(embedding, args.k, groups, args.seed)
    parts = reports.card_parts(found)
    if args.report is not None:
        reports.write(args.report, reports.card_page(found))
        parts.append(f"\n{args.report}: the same, to be printed")
    return Answer(found.document(), parts)


def evaluate(args: Namespace) -> Answer:
    """`evaluate`: see evaluation.evaluate."""
    from explorer.datasets import movielens
    from explorer.evaluation import evaluate as measure

    with terminal.progress() as update:
        ratings = movielens.load(args.data, lambda done, size: update("reading", done, size))
        terminal.counts(ratings.name, ratings.n_ratings, ratings.n_users, ratings.n_items, ratings.duplicates)
        _start_up(args.model)

        def report(state: dict[str, Any]) -> None:
            text = ", ".join([args.model, f"fold {state['fold']}/{state['folds']}", *_numbers(state)])
            update(text, state["fold"] - 1, state["folds"])

        options = {name: getattr(args, name) for name in OPTIONS}
        split = args.split.replace("-", "..")
        found = measure(ratings, args.model, split, seed=args.seed, data=args.data, progress=report, **options)
    columns = ("rmse", "mae", "seconds", "ratings_per_second")
    rows = [[str(part["fold"]), *(part[name] for name in columns)] for part in found["folds"]]
    rows = [[*row[:-1], round(row[-1])] for row in (*rows, ["mean", *(found["mean"][name] for name in columns)])]
    return Answer(found, [terminal.table(rows, "fold", "RMSE", "MAE", "seconds", "ratings/s")])


def serve(args: Namespace) -> Answer:
    """`serve`: see serving.serve."""
    from explorer.serving import serve as start

    start(args.workers, args.port, args.address, terminal.say)
    return Answer({}, [])


ALL = {
    "list": artifacts_there_are,
    "neighbors": neighbors,
    "analogy": analogy,
    "between": between,
    "factors": factors,
    "project": project,
    "check": check,
    "download": download,
    "train": train,
    "recommend": recommend,
    "compare": compare,
    "diagnose": diagnose,
    "evaluate": evaluate,
    "import": exchange_commands.import_file,
    "export": exchange_commands.export,
    "publish": exchange_commands.publish,
    "serve": serve,
}


def _items(asked: dict[str, Any], found: pd.DataFrame, title: str) -> Answer:
    table = terminal.items(found) if len(found) else NOTHING_LEFT
    return Answer({**asked, "results": _records(found)}, [title, table])


def _rating(text: str) -> tuple[str, float]:
    """KEY=STARS, taken apart at the last =, as titles may hold one."""
    key, _, stars = text.rpartition("=")
    try:
        return key, float(stars)
    except ValueError:
        raise BadRequest(f"{text!r} is no rating; write KEY=STARS, as in 'Toy Story=4.5'.") from None


def _recommended(results: list[dict[str, Any]]) -> list[RenderableType]:
    if not results:
        return [NOTHING_LEFT]
    columns = [name for name in ("predicted", "mean_rating", "delta", "key", "year") if name in results[0]]
    rows = [
        [
            *(result[name] for name in columns),
            ", ".join(f"{b['key']} {b['contribution']:+.2f}" for b in result["because"]),
        ]
        for result in results
    ]
    return ["You would like", terminal.table(rows, *columns, "because you rated")]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON knows them: what is unknown becomes null."""
    return json.loads(table.to_json(orient="records"))


def _mask(embedding: Embedding, args: Namespace) -> np.ndarray:
    return filters.popularity(embedding.items, args.min_ratings)


def _summary(name: str) -> dict[str, Any]:
    try:
        manifest = artifacts.manifest(name)
    except BadArtifact as error:
        return {"name": name, "error": str(error)}
    about = {key: manifest.get(key) for key in ("items", "dimensions", "model", "created")}
    return {"name": name, **about, "dataset": (manifest.get("dataset") or {}).get("name")}


def _told(model: str | None, update: terminal.Update) -> Callable[[dict[str, Any]], None]:
    """What a run reports, as lines and bars on stderr."""

    def report(state: dict[str, Any]) -> None:
        if "said" in state:
            terminal.say(state["said"])
            if model:
                _start_up(model)
        elif "read" in state:
            terminal.counts(**state["read"])
            _start_up(str(model))
        elif "phase" in state:
            update(", ".join([state["phase"], *_numbers(state)]), state["done"], state["total"])

    return report


def _numbers(state: dict[str, Any]) -> list[str]:
    """What training.loop reports, in words."""
    numbers = [f"{name} {state[key]:.4f}" for name, key in (("loss", "loss"), ("rating", "rmse")) if key in state]
    return [*numbers, f"epoch {state['epoch']:.0f}/{state['epochs']:.0f}"] if "epoch" in state else numbers


def _start_up(model: str) -> None:
    """TensorFlow speaks to stderr while it is imported, whatever it is told; an error is to stand there alone."""
    from explorer.training.backend import tensorflow
    from explorer.training.means import BASELINES

    if model not in BASELINES:
        with terminal.quiet():
            tensorflow()
