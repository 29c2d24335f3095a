"""Every command: its name on the command line, and what answers it."""

from __future__ import annotations

from argparse import Namespace

from explorer import terminal
from explorer.commands import asking, exchange, judging, learning
from explorer.commands.answer import Answer


def serve(args: Namespace) -> Answer:
    """`serve`: see serving.serve."""
    from explorer.serving import serve as start

    start(args.workers, args.port, args.address, terminal.say)
    return Answer({}, [])


ALL = {
    "list": asking.artifacts_there_are,
    "neighbors": asking.neighbors,
    "analogy": asking.analogy,
    "between": asking.between,
    "factors": asking.factors,
    "project": learning.project,
    "check": judging.check,
    "download": learning.download,
    "train": learning.train,
    "recommend": asking.recommend,
    "compare": judging.compare,
    "diagnose": judging.diagnose,
    "evaluate": judging.evaluate,
    "import": exchange.import_file,
    "export": exchange.export,
    "publish": exchange.publish,
    "serve": serve,
}
