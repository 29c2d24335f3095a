"""Ctrl-C, SIGTERM and a closed terminal while a command runs: each cleans up and exits without a traceback."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

TERMINATED, HUNG_UP = 143, 129


@contextmanager
def interruptible() -> Iterator[None]:
    """Make Ctrl-C raise KeyboardInterrupt, and SIGTERM and SIGHUP raise SystemExit within the context.

    Only signals with their default action are handled, and only in the main thread. An interrupted import of a compiled
    module prints a traceback and raises another error. Therefore stderr is silenced from the first Ctrl-C to the end,
    and any error becomes KeyboardInterrupt.
    """
    stderr: list[int] = []  # a copy of stderr, after Ctrl-C

    def interrupt(*_: object) -> NoReturn:
        if not stderr:
            stderr.append(_silence())
        raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()
    handlers = {signal.SIGINT: interrupt, signal.SIGTERM: _terminate}
    if hasattr(signal, "SIGHUP"):  # not on Windows
        handlers[signal.SIGHUP] = _hang_up
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


def _hang_up(*_: object) -> NoReturn:
    sys.exit(HUNG_UP)


def _silence() -> int:
    """Redirect stderr to the null device. Returns a copy of the descriptor, -1 if it was closed."""
    try:
        stderr = os.dup(2)
    except OSError:
        return -1
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return stderr
