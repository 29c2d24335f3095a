"""The command line: `explorer COMMAND`, the same as `python -m explorer COMMAND`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from explorer import __version__
from explorer.commands import (
    columns,
    import_export,
    lifecycle,
    mcp,
    open_files,
    quality,
    queries,
    serve,
    terminal,
    token,
    train,
)
from explorer.commands.interrupt import interruptible
from explorer.errors import ExplorerError

DONE, WRONG_REQUEST, STOPPED = 0, 2, 130
LONGEST = 2_000  # characters of a message


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 2 invalid request, 130 interrupted by Ctrl-C.

    argv: the arguments after `explorer`. Results go to stdout, progress and errors to stderr.
    """
    args = parser().parse_args(argv)
    for word in sys.argv[1:] if argv is None else argv:
        if word.encode(errors="ignore").decode() != word:
            return _complain(f"{word!r} is not UTF-8. Rename the file, or write the name in UTF-8.", WRONG_REQUEST)
    try:
        with interruptible():
            answer = args.run(args)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # for terminals that are ASCII only
        if args.json:
            print(terminal.json_text(answer.document))
        else:
            terminal.show(answer.parts)
        if sys.stdout is not None:
            sys.stdout.flush()
    except ExplorerError as error:
        return _complain(str(error), WRONG_REQUEST)
    except BrokenPipeError:  # the reader, such as `head`, has stopped
        _discard_output()
    except OSError as error:
        _discard_output()
        where = f"{error.filename!r}: " if error.filename is not None else ""
        return _complain(f"{where}{error.strerror or error}.", WRONG_REQUEST)
    except MemoryError as error:
        return _complain(f"There is not enough memory for this: {error}", WRONG_REQUEST)
    except RuntimeError as error:
        if not str(error).startswith("Symlink loop"):  # of Path.resolve
            raise
        return _complain(f"{str(error).partition(' from ')[2]} is a symbolic link that leads to itself.", WRONG_REQUEST)
    except KeyboardInterrupt:
        left = "run it again to continue" if args.command == "publish" else "nothing was written"
        return _complain(f"stopped; {left}", STOPPED)
    return DONE


def parser() -> argparse.ArgumentParser:
    """The parser of all commands. An invalid request exits with status 2 and one line on stderr."""
    top = _Parser(prog="explorer", description="Learn item embeddings from what people did, then look inside them.")
    top.add_argument("--version", action="version", version=f"explorer {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (queries, quality, train, columns, lifecycle, import_export, open_files, serve, token, mcp):
        module.add_commands(commands)
    return top


def _discard_output() -> None:
    """Redirect pending output to the null device, so that Python does not fail again at exit."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(_complain(f"{message} (see {self.prog} --help)", WRONG_REQUEST))


def _complain(message: str, status: int) -> int:
    line = " ".join(message.split()).encode(errors="backslashreplace").decode()  # names need not be Unicode
    if len(line) > LONGEST:  # the reason stands at the end, after a name
        line = f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"
    print("explorer:", terminal.printable(line), file=sys.stderr)
    return status
