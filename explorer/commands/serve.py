"""`serve`: the web app in one process or several."""

from __future__ import annotations

from argparse import Namespace

from explorer.commands import terminal
from explorer.commands.arguments import Commands
from explorer.commands.result import CommandResult


def add_commands(commands: Commands) -> None:
    """Add the commands of this module to the command line."""
    command = commands.add_parser("serve", help="run the web app, in one process or several")
    command.add_argument("--workers", type=int, default=1, metavar="N", help="number of processes (default 1)")
    command.add_argument("--port", type=int, default=8501, help="port of the first; others follow (default 8501)")
    command.add_argument("--address", default="localhost", help="address to listen on (default localhost)")
    command.add_argument("--read-only", action="store_true", help="visitors can look and export, but change nothing")
    command.set_defaults(json=False, run=serve)


def serve(args: Namespace) -> CommandResult:
    """`serve`: see serving.serve."""
    from explorer.serving import serve as start

    start(args.workers, args.port, args.address, terminal.say, args.read_only)
    return CommandResult({}, [])
