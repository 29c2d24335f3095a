"""`mcp`: tools for agents, on stdin and stdout or over HTTP."""

from __future__ import annotations

from argparse import Namespace

from explorer.commands import terminal
from explorer.commands.arguments import Commands
from explorer.commands.result import CommandResult
from explorer.mcp_server import make_server


def add_commands(commands: Commands) -> None:
    """Add the command of this module to the command line."""
    command = commands.add_parser("mcp", help="tools for agents, by the Model Context Protocol")
    command.add_argument("--http", action="store_true", help="serve over HTTP on this machine, not on stdin and stdout")
    command.add_argument("--port", type=int, default=8765, help="port of --http (default 8765)")
    command.add_argument("--write", action="store_true", help="agents may also train embeddings")
    command.set_defaults(json=False, run=mcp)


def mcp(args: Namespace) -> CommandResult:
    """`mcp`: see mcp_server.make_server."""
    server = make_server(args.write)
    if args.http:
        from explorer.serving import check_ports

        check_ports(1, args.port, "127.0.0.1")
        terminal.say(f"Tools for agents: http://127.0.0.1:{args.port}/mcp")
        server.run("streamable-http", host="127.0.0.1", port=args.port)
    else:
        server.run()
    return CommandResult({}, [])
