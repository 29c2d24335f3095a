"""Every command: its name on the command line, and what answers it."""

from __future__ import annotations

from argparse import Namespace

from explorer.commands import columns, import_export, lifecycle, open_files, quality, queries, terminal, train
from explorer.commands.result import CommandResult


def serve(args: Namespace) -> CommandResult:
    """`serve`: see serving.serve."""
    from explorer.serving import serve as start

    start(args.workers, args.port, args.address, terminal.say)
    return CommandResult({}, [])


ALL = {
    "list": queries.list_artifacts,
    "neighbors": queries.neighbors,
    "analogy": queries.analogy,
    "between": queries.between,
    "factors": queries.factors,
    "columns": columns.columns,
    "project": train.project,
    "check": quality.check,
    "rename": lifecycle.rename,
    "delete": lifecycle.delete,
    "restore": lifecycle.restore,
    "download": train.download,
    "train": train.train,
    "recommend": queries.recommend,
    "compare": quality.compare,
    "diagnose": quality.diagnose,
    "evaluate": quality.evaluate,
    "import": import_export.import_file,
    "open": open_files.open_files,
    "export": import_export.export,
    "publish": import_export.publish,
    "serve": serve,
}
