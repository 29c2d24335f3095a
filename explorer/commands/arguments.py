"""Command-line arguments that several commands share."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from explorer import paths

Commands = argparse._SubParsersAction
SEED = "random seed; with 0 (default) t-SNE starts from PCA, otherwise from random positions"


def seed(text: str) -> int:
    """Parse a seed, a 32-bit unsigned integer. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed; give a whole number from 0 to {2**32 - 1:,}")
    return int(text)


def add_json(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add --json."""
    command.add_argument("--json", action="store_true", help="print one JSON document")
    return command


def add_out(command: argparse.ArgumentParser) -> None:
    """Add --out, the folder of the artifact that is written."""
    text = "folder of the artifact; a plain name is a folder among the other artifacts"
    command.add_argument("--out", required=True, type=_artifact_folder, metavar="PATH", help=text)


def _artifact_folder(text: str) -> str:
    place = os.environ.get(paths.ARTIFACTS, "")
    if "://" in place or place.endswith(".db") or Path(text).name != text:  # a database is not written to
        return text
    return str(paths.artifacts_folder() / text)


def add_where(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add --where."""
    help_text = "only items that meet an SQL condition, such as \"price < 20 and list_contains(tags, 'new')\""
    command.add_argument("--where", default="", metavar="EXPRESSION", help=help_text)
    return command


def add_query(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add the arguments that all queries of one embedding share."""
    add_json(command)
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    command.add_argument("--k", type=int, default=10, help="number of items (default 10)")
    command.add_argument("--min-ratings", type=int, default=0, metavar="N", help="only items with at least N ratings")
    return add_where(command)


def add_without(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add --without."""
    help_text = "remove the information about a column or value: --without price, --without brand=Acme"
    command.add_argument("--without", action="append", default=[], metavar="COLUMN[=VALUE]", help=help_text)
    return command
