"""`token`: make, list and revoke tokens of the API."""

from __future__ import annotations

from argparse import Namespace

from explorer.api import tokens
from explorer.commands import terminal
from explorer.commands.arguments import Commands, add_json
from explorer.commands.result import CommandResult
from explorer.errors import BadRequest
from explorer.rights import Role


def add_commands(commands: Commands) -> None:
    """Add the command of this module to the command line."""
    command = add_json(commands.add_parser("token", help="make a token of the API, or list or revoke tokens"))
    command.add_argument("name", nargs="?", metavar="NAME", help="of the new token; without it, tokens are listed")
    roles = [role.value for role in Role]
    command.add_argument("--role", choices=roles, default="viewer", help="what its holder may do (default viewer)")
    command.add_argument("--revoke", action="store_true", help="remove the token of this name")
    command.set_defaults(run=token)


def token(args: Namespace) -> CommandResult:
    """`token`: see api.tokens."""
    if args.name is None:
        if args.revoke:
            raise BadRequest("Name the token to revoke: explorer token NAME --revoke")
        known = tokens.list_tokens()
        rows = [[entry["name"], entry["role"], entry["created"]] for entry in known]
        return CommandResult(
            {"tokens": known}, [terminal.table(rows, "name", "role", "created") if rows else "No tokens."]
        )
    if args.revoke:
        tokens.revoke(args.name)
        return CommandResult({"revoked": args.name}, [f"{args.name} is revoked."])
    secret = tokens.create(args.name, Role(args.role))
    lines = [secret, f"Send it as `Authorization: Bearer {secret[:12]}...`. It cannot be shown again."]
    return CommandResult({"name": args.name, "role": args.role, "token": secret}, lines)
