"""Load, check, query and display mutated artifact folders; a share of them through the pages too.

    python benchmarks/fuzz_folders.py --cases 3000

Every case must give a result or an ExplorerError. Prints every other outcome with the number of its case, which
reproduces the folder (`--first N --cases 1`).
"""

from __future__ import annotations

import argparse
import collections
import logging
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import numpy as np

from explorer.errors import ExplorerError
from tests.artifacts.mutations import mutated, specimens
from tests.artifacts.questions import ask_commands, ask_library, ask_pages

LONGEST = 60  # timeout of a case, seconds


class TooLong(BaseException):
    """A case that does not end; not an OSError like TimeoutError, which commands catch."""


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise TooLong after so many seconds."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TooLong(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=3000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--commands-every", type=int, default=10, help="commands are run on one case in so many")
    parser.add_argument("--pages-every", type=int, default=150, help="the pages are drawn for one case in so many")
    args = parser.parse_args()
    logging.disable(logging.WARNING)  # Streamlit's warning about missing sessions
    np.seterr(all="ignore")
    ends: collections.Counter[str] = collections.Counter()
    failures: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as place:
        kept = specimens(Path(place) / "specimens")
        root = Path(place) / "artifacts"
        shutil.copytree(kept[0], root / "sound")
        os.environ["EXPLORER_ARTIFACTS"] = str(root)
        for number in range(args.first, args.first + args.cases):
            case = mutated(kept[number % len(kept)], root / "hostile", number)
            for ask, every in ((ask_library, 1), (ask_commands, args.commands_every), (ask_pages, args.pages_every)):
                if number % every:
                    continue
                try:
                    with at_most(LONGEST):
                        ask(root / "hostile")
                    ends[f"{ask.__name__}: answered"] += 1
                except ExplorerError:
                    ends[f"{ask.__name__}: refused"] += 1
                except BaseException as error:
                    ends[f"{ask.__name__}: FAILED"] += 1
                    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/explorer/" in f.filename]
                    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
                    said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
                    failures.setdefault(f"{ask.__name__} {where} {said}", []).append(case)
                    if isinstance(error, KeyboardInterrupt):
                        raise
    for name, count in sorted(ends.items()):
        print(f"{name:30} {count:6,}")
    for what, cases in sorted(failures.items(), key=lambda one: -len(one[1])):
        print(f"{len(cases):4} x {what}\n       {cases[0]}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
