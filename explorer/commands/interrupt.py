"""Ctrl-C and SIGTERM while a command runs: both leave by way of its cleanup, without a traceback."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

TERMINATED = 143


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt inside, SIGTERM SystemExit; afterwards both end the process again.

    Only signals with their default action are handled, and only in the main thread. A compiled module that is
    interrupted while it is imported prints a traceback and raises another error: stderr is silent from the first Ctrl-C
    to the end, and whatever error comes is KeyboardInterrupt.
    """
    stderr: list[int] = []  # a copy, once Ctrl-C was pressed

    def interrupt(*_: object) -> NoReturn:
        if not stderr:
            stderr.append(_silence())
        raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()
    handlers = {signal.SIGINT: interrupt, signal.SIGTERM: _terminate}
    ours = [sign for sign in handlers if main and signal.getsignal(sign) == signal.SIG_DFL]
    try:
        for sign in ours:
            signal.signal(sign, handlers[sign])
        yield
    except Exception:
        if stderr:
            raise KeyboardInterrupt from None
        raise
    finally:
        for sign in ours:
            signal.signal(sign, signal.SIG_DFL)
        if stderr and stderr[0] >= 0:
            os.dup2(stderr[0], 2)


def _terminate(*_: object) -> NoReturn:
    sys.exit(TERMINATED)


def _silence() -> int:
    """Send descriptor 2 nowhere. Returns a copy of what it was, -1 where it was closed."""
    try:
        kept = os.dup(2)
    except OSError:
        return -1
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return kept
