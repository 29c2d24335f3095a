"""python -m explorer: the command line. Says what can be asked; explorer.commands.every answers."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import Field, fields
from typing import Any, NoReturn

from explorer import __version__
from explorer.commands import columns, import_export, open_files, spark
from explorer.commands.arguments import seed
from explorer.errors import ExplorerError
from explorer.training.registry import KINDS, options

DONE, WRONG_REQUEST, STOPPED, TERMINATED = 0, 2, 130, 143


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 2 the request was wrong, 130 stopped by Ctrl-C.

    argv: the words after `python -m explorer`. The answer goes to stdout, progress and errors to stderr.
    """
    args = parser().parse_args(argv)
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _stop)  # so that temporary folders are removed on the way out
    try:
        from explorer.commands import terminal
        from explorer.commands.every import ALL

        answer = ALL[args.command](args)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a terminal that speaks ASCII alone
        if args.json:
            print(json.dumps(answer.document, ensure_ascii=False))
        else:
            terminal.show(answer.parts)
        if sys.stdout is not None:
            sys.stdout.flush()
    except ExplorerError as error:
        return _complain(str(error), WRONG_REQUEST)
    except BrokenPipeError:  # whoever reads has seen enough, as `head` has
        _discard_output()
    except OSError as error:
        _discard_output()
        where = f"{error.filename!r}: " if error.filename is not None else ""
        return _complain(f"{where}{error.strerror or error}.", WRONG_REQUEST)
    except KeyboardInterrupt:
        left = "asked again it goes on from here" if args.command == "publish" else "nothing was written"
        return _complain(f"stopped; {left}", STOPPED)
    return DONE


def parser() -> argparse.ArgumentParser:
    """What can be asked. A wrong request ends with status 2 and one line on stderr."""
    top = _Parser(prog="explorer", description="Learn item embeddings from what people did, then look inside them.")
    top.add_argument("--version", action="version", version=f"explorer {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        _list,
        _neighbors,
        _analogy,
        _between,
        _factors,
        _recommend,
        _compare,
        _diagnose,
        _train,
        _evaluate,
        _project,
        _columns,
        _check,
        _rename,
        _delete,
        _restore,
        _download,
        _import,
        _open,
        _export,
        _publish,
        _serve,
    ):
        add(commands)
    return top


def _stop(*_: object) -> NoReturn:
    sys.exit(TERMINATED)


def _discard_output() -> None:
    """Send what is still to be written nowhere, so that Python does not fail once more when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(_complain(f"{message} (see {self.prog} --help)", WRONG_REQUEST))


def _complain(message: str, status: int) -> int:
    line = " ".join(message.split()).encode(errors="backslashreplace").decode()  # names need not be Unicode
    print("explorer:", line, file=sys.stderr)
    return status


Commands = argparse._SubParsersAction


def _list(commands: Commands) -> argparse.ArgumentParser:
    return _json(commands.add_parser("list", help="the artifacts there are"))


def _neighbors(commands: Commands) -> argparse.ArgumentParser:
    command = _without(_query(commands.add_parser("neighbors", help="the items nearest to one")))
    command.add_argument("key", metavar="KEY", help="an item, by its title")
    command.add_argument("--metric", default="cosine", help="cosine (default), dot or euclidean")
    return command


def _analogy(commands: Commands) -> argparse.ArgumentParser:
    command = _without(_query(commands.add_parser("analogy", help="the items nearest to a sum of some less others")))
    for side in ("positive", "negative"):
        command.add_argument(f"--{side}", action="extend", nargs="+", default=[], metavar="KEY", help=f"{side} items")
    return command


def _between(commands: Commands) -> argparse.ArgumentParser:
    command = _without(_query(commands.add_parser("between", help="the items between two")))
    command.add_argument("a", metavar="A", help="an item, by its title")
    command.add_argument("b", metavar="B", help="another item")
    command.add_argument("--at", type=float, default=0.5, help="place on the way: 0 is A, 1 is B (default 0.5)")
    return command


def _query(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    _json(command)
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    command.add_argument("--k", type=int, default=10, help="how many items (default 10)")
    command.add_argument("--min-ratings", type=int, default=0, metavar="N", help="only items with at least N ratings")
    return _where(command)


def _without(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    help_text = "by vectors that tell nothing linear of a column, as in --without price or --without brand=Acme"
    command.add_argument("--without", action="append", default=[], metavar="COLUMN[=VALUE]", help=help_text)
    return command


def _where(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    help_text = "only items for which an SQL condition holds, as \"price < 20 and list_contains(tags, 'new')\""
    command.add_argument("--where", default="", metavar="EXPRESSION", help=help_text)
    return command


def _factors(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("factors", help="the axes along which the best-known items differ most"))
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    command.add_argument("--n", type=int, default=1000, help="how many of the best-known items (default 1000)")
    command.add_argument("--factors", type=int, default=10, metavar="N", help="how many factors (default 10)")
    command.add_argument("--k", type=int, default=5, help="how many items at each end (default 5)")
    return _where(command)


def _recommend(commands: Commands) -> argparse.ArgumentParser:
    command = _query(commands.add_parser("recommend", help="what somebody would like, from a few ratings"))
    command.add_argument(
        "--rate", action="extend", nargs="+", default=[], metavar="KEY=STARS", help="a rating, as 'Toy Story=4.5'"
    )
    command.add_argument(
        "--order",
        help="likely: what people with these likes go on to like (default, where trained); near: near what was rated 4 "
        "of 5 stars or more; stars: by predicted stars (default, where nothing is liked)",
    )
    command.add_argument(
        "--popularity",
        type=float,
        default=1.0,
        metavar="A",
        help="0 is taste alone, 1 as usual (default), 2 prefers what everybody likes",
    )
    return command


def _compare(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("compare", help="two embeddings of the same items, by what is near what"))
    for side, name in (("a", "an artifact"), ("b", "another")):
        command.add_argument(side, metavar=side.upper(), help=f"{name}: a name that `list` shows, or a folder")
    command.add_argument("--k", type=int, default=10, help="how many neighbors of each item (default 10)")
    command.add_argument("--key", metavar="KEY", help="also show the neighbors of one item in both, by its title")
    return command


def _diagnose(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("diagnose", help="figures of an embedding's quality, and what is normal"))
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    command.add_argument("--k", type=int, default=10, help="how many neighbors of each item (default 10)")
    command.add_argument(
        "--groups", metavar="FILE", help="CSV of items that belong together: columns group, and item_id or title"
    )
    command.add_argument("--report", metavar="FILE", help="also write the figures as a page to be printed (HTML)")
    command.add_argument("--seed", type=seed, default=0, help="of the shuffled values (default 0)")
    help_text = "columns in which neighbors should agree (default: the one that items are colored by at first)"
    command.add_argument("--by", nargs="+", metavar="COLUMN", help=help_text)
    return command


def _train(commands: Commands) -> argparse.ArgumentParser:
    train = commands.add_parser("train", help="learn an embedding and write it as an artifact")
    kinds = train.add_subparsers(dest="kind", required=True, metavar="KIND")
    films = _json(_written(_model(kinds.add_parser("movielens", help="films, from how they were rated"))))
    text = "keep items with N ratings (default 20)"
    films.add_argument("--min-ratings", type=int, default=20, metavar="N", help=text)
    films.set_defaults(model=None)
    spark.add_engine(films)
    rated = _json(
        _written(_model(_rating_columns(kinds.add_parser("ratings", help="items, from any table of ratings"))))
    )
    text = "keep items with N ratings (default 5)"
    rated.add_argument("--min-ratings", type=int, default=5, metavar="N", help=text)
    for kind, what in KINDS.items():
        command = _json(_written(kinds.add_parser(kind, help=what)))
        command.add_argument("--data", required=True, metavar="PATH", help="file or folder of the data")
        command.add_argument("--seed", type=seed, default=0, help="same seed, same vectors (default 0)")
        for option in fields(options(kind)):
            _option(command, option)
    return train


def _rating_columns(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    for role in ("user", "item", "rating", "time"):
        command.add_argument(f"--{role}", metavar="COLUMN", help=f"column of the {role} (default: guessed by its name)")
    command.add_argument("--items", metavar="FACTS", help="table of facts about the items: title, category, ...")
    command.add_argument("--item-key", metavar="COLUMN", help="column of FACTS with the ids of the items")
    command.add_argument("--scale", metavar="LOW..HIGH", help="possible ratings, as 1..5 (default: those that occur)")
    return command


def _option(command: argparse.ArgumentParser, option: Field[Any]) -> None:
    """A field of a kind's Options as an argument: its type is that of its default."""
    name = f"--{option.name.replace('_', '-')}"
    text = option.metadata["help"] + ("" if option.default is None else f" (default {option.default})")
    if isinstance(option.default, bool):
        command.add_argument(name, action=argparse.BooleanOptionalAction, default=None, help=option.metadata["help"])
    else:
        read = option.metadata.get("type", str) if option.default is None else type(option.default)
        command.add_argument(name, type=read, metavar=read.__name__.upper(), help=text)


def _written(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--out", required=True, metavar="PATH", help="folder of the artifact")
    command.add_argument("--layouts", nargs="*", metavar="METHOD", help="maps to add: pca (default), tsne, umap")
    return command


def _json(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--json", action="store_true", help="print one JSON document")
    return command


def _evaluate(commands: Commands) -> argparse.ArgumentParser:
    command = _json(_model(commands.add_parser("evaluate", help="how well a model predicts ratings it never saw")))
    command.add_argument("kind", metavar="KIND", choices=["movielens", "ratings"], help="movielens, or any ratings")
    _rating_columns(command)
    command.add_argument(
        "--split", default="5fold", help="5fold (default), 90/10, or those of ML-100K: u1 to u5, u1..u5 for all five"
    )
    return command


def _model(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--data", required=True, metavar="PATH", help="folder or .zip of the data set")
    command.add_argument(
        "--model",
        default="mf",
        metavar="NAME",
        help="mf (default), hybrid, svdpp, dot, deep, or a baseline: bias, item-mean, global-mean",
    )
    command.add_argument("--seed", type=seed, default=0, help="same seed, same vectors (default 0)")
    command.add_argument("--size", type=int, help="dimensions (default: the model's)")
    command.add_argument("--epochs", type=int, help="at most so many times over the data (default: the model's)")
    command.add_argument("--rate", type=float, help="size of a step of the optimizer (default: the model's)")
    command.add_argument("--l2", type=float, help="how much long vectors cost (default: the model's)")
    command.add_argument("--batch", type=int, help="ratings in a step (default: the model's)")
    return command


def _project(commands: Commands) -> argparse.ArgumentParser:
    command = _json(
        commands.add_parser("project", help="lay the items out on a plane and store the map with the artifact")
    )
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows, or a folder")
    command.add_argument("--method", default="tsne", help="pca, tsne (default) or umap")
    command.add_argument("--seed", type=seed, default=0, help=import_export.SEED)
    command.add_argument("--perplexity", type=float, help="t-SNE: how many neighbors count (default 30)")
    command.add_argument("--neighbors", type=int, help="UMAP: how many neighbors count (default 15)")
    command.add_argument("--dimensions", type=int, default=2, help="2 (default) or 3")
    command.add_argument("--steady", action="store_true", help="try another start too, and say how far both agree")
    return command


def _columns(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("columns", help="what the columns of an artifact are, and their correction"))
    columns.add_columns(command)
    return command


def _check(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("check", help="read an artifact whole and compare it with its manifest"))
    command.add_argument("artifact", metavar="PATH", help="a name that `list` shows, or a folder")
    return command


def _rename(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("rename", help="give an artifact another name"))
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows")
    command.add_argument("new", metavar="NEW", help="the new name")
    return command


def _delete(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("delete", help="delete an artifact; `restore` brings it back for a day"))
    command.add_argument("artifact", metavar="ARTIFACT", help="a name that `list` shows")
    return command


def _restore(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("restore", help="bring back an artifact deleted within the last day"))
    command.add_argument("artifact", metavar="ARTIFACT", help="its name")
    return command


def _download(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("download", help="fetch a MovieLens release from GroupLens"))
    command.add_argument("name", metavar="NAME", help="ml-latest-small, ml-100k, ml-1m, ml-20m, ml-25m or ml-32m")
    command.add_argument("--to", default="data", metavar="FOLDER", help="where to put it (default data)")
    return command


def _import(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("import", help="make an artifact of vectors that another tool wrote"))
    import_export.add_import(command)
    return command


def _open(commands: Commands) -> argparse.ArgumentParser:
    command = commands.add_parser("open", help="read files, lay them out, and open them in the browser")
    open_files.add_open(command)
    return command


def _export(commands: Commands) -> argparse.ArgumentParser:
    command = _where(_json(commands.add_parser("export", help="write an embedding for another tool")))
    import_export.add_export(command)
    return command


def _publish(commands: Commands) -> argparse.ArgumentParser:
    command = _json(commands.add_parser("publish", help="copy an artifact into a vector database (Milvus)"))
    import_export.add_publish(command)
    return command


def _serve(commands: Commands) -> argparse.ArgumentParser:
    command = commands.add_parser("serve", help="the web app, in one process or several")
    command.add_argument("--workers", type=int, default=1, metavar="N", help="how many processes (default 1)")
    command.add_argument("--port", type=int, default=8501, help="of the first; the others follow it (default 8501)")
    command.add_argument("--address", default="localhost", help="what to listen on (default localhost)")
    command.set_defaults(json=False)
    return command
