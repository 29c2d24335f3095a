"""`open`: import files and show them in the browser."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.artifacts.names import free_name, new_folder
from explorer.commands import import_export, terminal
from explorer.commands.arguments import Commands
from explorer.commands.result import CommandResult
from explorer.commands.standard_input import with_standard_input
from explorer.errors import BadRequest

if TYPE_CHECKING:
    from explorer.commands.import_export import Imported

MAPS = ("tsne", "umap", "none")
LISTED = 20  # columns in the summary


def add_commands(commands: Commands) -> None:
    """Add the commands of this module to the command line."""
    _open(commands)


def _open(commands: Commands) -> None:
    command = commands.add_parser("open", help="import files and show them in the browser")
    add_open(command)
    command.set_defaults(run=open_files)


def add_open(command: ArgumentParser) -> None:
    """Add the arguments of `open`."""
    import_export.add_reading(command)
    command.add_argument(
        "--map", choices=MAPS, default="tsne", help="layout computed in the background: tsne (default), umap or none"
    )
    command.add_argument("--keep", metavar="NAME", help="keep the artifact under this name (default: a temporary one)")
    command.add_argument("--port", type=int, metavar="N", help="port to serve on (default: a free one)")
    command.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    command.set_defaults(json=False, layouts=None)


def open_files(args: Namespace) -> CommandResult:
    """Import files, compute the PCA layout, serve, and open the browser; Ctrl-C ends it. See viewer.Viewer."""
    from explorer.importing.build import publish_import
    from explorer.viewer import Viewer

    start = time.perf_counter()
    folder = new_folder(args.keep) if args.keep else None
    with ExitStack() as stack:
        files = stack.enter_context(with_standard_input(args.files))
        for file in files:
            if not Path(file).exists():
                raise BadRequest(f"{file}: no such file.")
        viewer = Viewer(folder.parent if folder else None, args.port)  # starts while the files are read
        stack.callback(viewer.close)
        with terminal.progress() as update:
            done = import_export.read_files(Namespace(**{**vars(args), "files": files}), update)
            if args.map != "none" and not done.embedding.has_no_vectors:
                viewer.prewarm(args.map)  # not earlier: two cores are busy with reading and the server until now
            path = folder or viewer.folder / free_name(done.read.name)
            publish_import(path, done.embedding, done.plan, update, judge=False)
        with suppress(KeyboardInterrupt):
            viewer.show(path.name)
            for line in summary(done):
                terminal.say(line)
            if args.map != "none" and not done.embedding.has_no_vectors:
                viewer.lay_out(args.map)
            viewer.wait()
            terminal.say(f"Open after {time.perf_counter() - start:.1f} s: {viewer.url}   (Ctrl-C ends it)")
            if not args.no_browser and not viewer.open_browser():
                terminal.say("No browser was found; open this address in one.")
            viewer.watch()
    where = (
        f"Kept: explorer neighbors {args.keep} ..."
        if args.keep
        else "The artifact was temporary; --keep NAME saves it."
    )
    return CommandResult({"artifact": str(path)}, [where])


def summary(done: Imported) -> list[str]:
    """At most five lines that describe how the files were read."""
    n, d = done.embedding.vectors.shape
    schema = done.embedding.schema
    kinds: dict[str, list[str]] = {}
    for column in schema.attributes[:LISTED]:
        kinds.setdefault(column.kind, []).append(column.name)
    columns = " · ".join(f"{', '.join(names)} ({kind})" for kind, names in kinds.items()) or "none"
    columns += f" · and {len(schema.attributes) - LISTED:,} more" if len(schema.attributes) > LISTED else ""
    lines = [
        f"{done.read.name}: {n:,} items in {d:,} dimensions, read as {done.read.format}",
        f"Key: {done.plan.key or 'the row number'} · title: {done.plan.title or 'the key'}",
        f"Columns: {columns}",
    ]
    notes = list(done.embedding.manifest["source"]["notes"])
    room = 5 - len(lines)
    more = [f"... and {len(notes) - room + 1} more notes, in the artifact's card"] if len(notes) > room else []
    return [*lines, *notes[: room - len(more)], *more]
