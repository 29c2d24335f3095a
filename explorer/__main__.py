"""`python -m explorer` and the console script `explorer`: see explorer.cli."""

from __future__ import annotations

import signal
import sys


def run() -> int:
    """Run the command line and return its exit status; Ctrl-C while it is being imported ends it quietly."""
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if not ignored:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from explorer.cli import main

    if not ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return main()


if __name__ == "__main__":
    sys.exit(run())
