"""`import`, `export` and `publish`: embeddings in files of other tools and in databases."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from explorer import artifacts
from explorer.commands import terminal
from explorer.commands.arguments import SEED, Commands, add_json, add_out, add_where, seed
from explorer.commands.result import CommandResult
from explorer.commands.standard_input import with_standard_input
from explorer.errors import BadRequest

if TYPE_CHECKING:
    from explorer.core.embedding import Embedding
    from explorer.formats import Limits, ParsedFile
    from explorer.importing.issues import ImportSummary
    from explorer.importing.options import ImportOptions
    from explorer.importing.plan import Plan

DECISIONS = {
    "nan": "rows with NaN, infinite or too large numbers: stop (default), drop, or fix: the dimension's mean",
    "zero": "rows that are all zero: keep (default), drop or stop",
    "constant": "dimensions with one value: keep (default), drop or stop",
    "duplicate": "repeated keys: fix (default) numbers them, drop or stop",
    "header": "metadata with one row too many or too few: fix (default) decides whether there is a header, or stop",
    "unmatched": "vectors without metadata: keep (default), drop or stop",
}


def add_commands(commands: Commands) -> None:
    """Add the commands of this module to the command line."""
    _import(commands)
    _export(commands)
    _publish(commands)


def _import(commands: Commands) -> None:
    command = add_json(commands.add_parser("import", help="create an artifact from vectors of another tool"))
    add_import(command)
    command.set_defaults(run=import_file)


def _export(commands: Commands) -> None:
    command = add_where(add_json(commands.add_parser("export", help="write an embedding for another tool")))
    add_export(command)
    command.set_defaults(run=export)


def _publish(commands: Commands) -> None:
    command = add_json(commands.add_parser("publish", help="copy an artifact into a vector database (Milvus)"))
    add_publish(command)
    command.set_defaults(run=publish)


@dataclass(frozen=True, eq=False)
class Imported:
    """The files, the import plan, and the embedding."""

    read: ParsedFile
    metadata: ParsedFile | None
    plan: Plan
    summary: ImportSummary
    embedding: Embedding


def add_import(command: ArgumentParser) -> None:
    """Add the arguments of `import`."""
    add_reading(command)
    add_out(command)
    command.add_argument("--layouts", nargs="*", metavar="METHOD", help="maps to add: pca (default), tsne, umap")


def add_reading(command: ArgumentParser) -> None:
    """Add the arguments of `import` and `open` that say how files are read."""
    text = "vectors, and optionally metadata in a second file; or a folder, or the parts of one table"
    command.add_argument("files", nargs="+", metavar="FILE", help=text)
    command.add_argument("--format", metavar="NAME", help="of the vectors (default: found by content)")
    command.add_argument("--choice", metavar="NAME", help="array, layer, embedding or column; `?` lists them")
    command.add_argument("--metadata", metavar="FILE", help="CSV, TSV, parquet or JSON Lines with columns of the items")
    command.add_argument("--header", choices=("yes", "no"), help="whether the first row of a table names its columns")
    command.add_argument(
        "--join", metavar="COLUMN", help="metadata column with the keys, or `position` to match by row"
    )
    for name, what in (
        ("key", "names the items"),
        ("title", "is shown"),
        ("popularity", "tells how known an item is"),
    ):
        command.add_argument(f"--{name}", metavar="COLUMN", help=f"the column that {what} (default: guessed)")
    command.add_argument(
        "--column", action="append", default=[], metavar="NAME=KIND[:SEPARATOR]",
        help="category, labels, number, year, date, boolean, text, link, image or skip, as in tags=labels:; "
        "(default: guessed)",
    )  # fmt: skip
    for name, what in DECISIONS.items():
        command.add_argument(f"--on-{name}", metavar="WHAT", help=what)
    command.add_argument("--seed", type=seed, default=0, help=SEED)
    command.add_argument("--max-rows", type=int, metavar="N", help="read only the first N rows")
    for name in ("bytes", "dims"):
        command.add_argument(f"--max-{name}", type=int, metavar="N", help=f"refuse files with more {name}")


def add_export(command: ArgumentParser) -> None:
    """Add the arguments of `export`."""
    from explorer.formats import EXPORTS

    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    what = f"{', '.join(EXPORTS)} (default: by the ending of PATH)"
    command.add_argument("--format", metavar="NAME", help=what)
    command.add_argument("--out", required=True, metavar="PATH", help="file, or folder for projector and npy")


def add_publish(command: ArgumentParser) -> None:
    """Add the arguments of `publish`."""
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    text = "a Milvus database: http://HOST:PORT, or a file ending in .db; set a token in EXPLORER_MILVUS_TOKEN"
    command.add_argument("--to", required=True, metavar="URI", help=text)
    command.add_argument("--batch", type=int, metavar="N", help="items per request (default: as many as fit in 16 MB)")


def import_file(args: Namespace) -> CommandResult:
    """`import`: see formats.read, plan.guess and build.build."""
    with with_standard_input(args.files) as files:
        return _import_files(Namespace(**{**vars(args), "files": files}))


def _import_files(args: Namespace) -> CommandResult:
    from explorer import formats
    from explorer.importing.build import publish_import

    if args.choice == "?":
        choices = formats.choices(args.files[0], args.format, _limits(args))
        return CommandResult({"file": args.files[0], "choices": choices}, choices or ["Nothing to choose."])
    artifacts.check_place(args.out)
    with terminal.progress() as update:
        done = read_files(args, update)
        path = publish_import(args.out, done.embedding, done.plan, update)
    read, plan, found, embedding = done.read, done.plan, done.summary, done.embedding
    notes = embedding.manifest["source"]["notes"]
    n, d = embedding.vectors.shape
    unmatched = found.get("unmatched")
    n_matched = None if done.metadata is None else found.rows - (unmatched.count if unmatched else 0)
    # a boolean is a category of two values
    columns = {name: "category" if kind == "boolean" else kind for name, kind in plan.kinds.items()}
    schema = embedding.manifest["columns"]
    document = {
        "artifact": str(path), "format": read.format, "items": n, "dimensions": d, "key": plan.key, "title": plan.title,
        "popularity": plan.popularity, "join": plan.on or plan.join,
        "matched": n_matched, "columns": columns, "schema": schema,
        "layouts": sorted(artifacts.manifest(path)["layouts"]), "notes": notes,
        "found": [{"name": issue.name, "count": issue.count, "examples": issue.examples} for issue in found.found],
    }  # fmt: skip
    first = embedding.items["key"].iloc[0]
    where, further = f"{d} dimensions", f"explorer neighbors {path} {first!r}"
    if embedding.has_no_vectors:
        where, further = "a map without vectors", "make run, and its Map page"
    lines = [f"{path}: {n:,} items in {where}, from {read.format}", *(f"- {note}" for note in notes)]
    return CommandResult(document, [*lines, f"Next: {further}"])


def read_files(args: Namespace, update: terminal.Update) -> Imported:
    """Read files and build the embedding. Raises BadData, BadRequest."""
    from explorer.formats.several import read_files as read_together
    from explorer.importing.build import build, inspect

    update("reading", 0, 1)
    options = _options(args)
    read, metadata = read_together(_files(args), options.format, options.choice, _limits(args), options.header)
    update("reading", 1, 1)
    both = options.join_metadata(read, metadata)
    plan = options.plan(read, metadata, both)
    return Imported(read, metadata, plan, inspect(read, metadata, plan, both), build(read, metadata, plan, both))


def export(args: Namespace) -> CommandResult:
    """`export`: see formats.write."""
    from explorer import formats

    format = args.format or formats.export_format(args.out)
    embedding = artifacts.load(args.artifact)
    if args.where:
        chosen = embedding.where(args.where)
        if not chosen.any():
            raise BadRequest(f"No item meets {args.where!r}; nothing was written.")
        embedding = embedding.subset(chosen)
    written = formats.write(embedding, format, args.out)
    sizes = {str(path): path.stat().st_size for path in written}
    document = {"artifact": embedding.name, "format": format, "items": len(embedding), "files": sizes}
    return CommandResult(document, [f"{path}: {size:,} bytes" for path, size in sizes.items()])


def publish(args: Namespace) -> CommandResult:
    """`publish`: see artifacts.milvus.publish.publish."""
    from explorer.artifacts.milvus import publish as sending

    with terminal.progress() as update:
        sent = sending.publish(args.artifact, args.to, args.batch, update)
    document = {"artifact": sent.name, "to": args.to, **asdict(sent)}
    counted = (
        f"{sent.name}: {sent.items:,} items in {args.to}, counted and read back; {sent.kept} of {sent.batches} batches "
    )
    return CommandResult(document, [f"{counted}were there already", f"Next: EXPLORER_ARTIFACTS={args.to} make run"])


def _files(args: Namespace) -> list[str]:
    return [*args.files, *([args.metadata] if args.metadata else [])]


def _limits(args: Namespace) -> Limits:
    from explorer.formats import Limits

    asked = {field.name: getattr(args, f"max_{field.name}", None) for field in fields(Limits) if field.name != "rows"}
    asked["first"] = args.max_rows
    if args.max_rows is not None and args.max_rows < 1:
        raise BadRequest(f"--max-rows is {args.max_rows}; at least one row must be read.")
    return Limits(**{name: value for name, value in asked.items() if value is not None})


def _options(args: Namespace) -> ImportOptions:
    """The options of an import that the command line gives."""
    from explorer.importing.options import ImportOptions

    columns = {}
    for text in args.column:
        name, _, kind = text.rpartition("=")
        columns[name] = kind
    asked = {name: getattr(args, f"on_{name}") for name in DECISIONS}
    return ImportOptions(
        args.format,
        args.choice,
        {"yes": True, "no": False, None: None}[args.header],
        args.join,
        args.key,
        args.title,
        args.popularity,
        columns,
        {name: what for name, what in asked.items() if what is not None},
        None if getattr(args, "layouts", None) is None else tuple(args.layouts),
        args.seed,
    )
