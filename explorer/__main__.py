"""`python -m explorer` and the console script `explorer`: see explorer.cli."""

from __future__ import annotations

import sys

try:
    import signal  # this takes longer than what ran before
except KeyboardInterrupt:
    sys.exit(130)


def run() -> int:
    """Run the command line and return its exit status.

    Ctrl-C ends the process without a traceback; while a command runs, see explorer.commands.interrupt.
    """
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from explorer.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
