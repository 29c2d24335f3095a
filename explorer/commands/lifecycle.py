"""`rename`, `delete` and `restore` artifacts."""

from __future__ import annotations

from argparse import Namespace

from explorer.artifacts import find, lifecycle
from explorer.commands.arguments import Commands, add_json
from explorer.commands.result import CommandResult
from explorer.jobs.job import check_no_layout_job


def add_commands(commands: Commands) -> None:
    """Add the commands of this module to the command line."""
    command = add_json(commands.add_parser("rename", help="rename an artifact"))
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows")
    command.add_argument("new", metavar="NEW", help="the new name")
    command.set_defaults(run=rename)
    command = add_json(commands.add_parser("delete", help="delete an artifact; `restore` recovers it within a day"))
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows")
    command.set_defaults(run=delete)
    command = add_json(commands.add_parser("restore", help="recover an artifact deleted within the last day"))
    command.add_argument("artifact", metavar="ARTIFACT", help="its name")
    command.set_defaults(run=restore)


def rename(args: Namespace) -> CommandResult:
    """`rename`: see artifacts.lifecycle.rename."""
    check_no_layout_job(args.artifact)
    path = lifecycle.rename(args.artifact, args.new)
    return CommandResult({"artifact": str(path), "was": args.artifact}, [f"{args.artifact} is now {path.name}"])


def delete(args: Namespace) -> CommandResult:
    """`delete`: see artifacts.lifecycle.delete."""
    check_no_layout_job(args.artifact)
    name = find(args.artifact).name
    path = lifecycle.delete(args.artifact)
    lines = [f"{name} is deleted", f"Restore it within a day: explorer restore {name}"]
    return CommandResult({"artifact": name, "kept_until_swept": str(path)}, lines)


def restore(args: Namespace) -> CommandResult:
    """`restore`: see artifacts.lifecycle.restore."""
    path = lifecycle.restore(args.artifact)
    return CommandResult({"artifact": str(path)}, [f"{path.name} is back"])
