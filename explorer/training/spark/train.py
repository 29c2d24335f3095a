"""Train on Spark: from a request to a training result."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer.errors import BadRequest
from explorer.training.result import Report, TrainingResult, say
from explorer.training.spark.filesystem import Store
from explorer.training.spark.request import Request
from explorer.training.spark.session import check_java, check_master, check_pyspark, session


def train(request: Request, folder: Path, report: Report) -> TrainingResult:
    """Train as requested. folder: local, for temporary files, and for scratch if none is given.

    report: called with `phase` (starting, reading, measuring, training, writing), `done` and `total`, and once with
    `read`, the counts of the data. Raises BadData and BadRequest, also if Spark fails.
    """
    check_pyspark()
    check_java()
    check_master(request.master)
    scratch = f"{(request.scratch or folder.absolute().as_uri()).rstrip('/')}/{folder.name.lstrip('.')}"
    log = folder / "spark.log"
    report({"phase": "starting", "done": 0, "total": 1})
    with _reasons(log), session(request.master, scratch, request.conf, log) as spark:
        from explorer.training.spark import als_explicit, als_implicit, ratings, source, word2vec
        from explorer.training.spark.run import Run

        store = Store(spark, scratch)
        report({"phase": "reading", "done": 0, "total": 1})
        try:
            found = source.find(spark, store, request, folder / "small")
            read = ratings.read_ratings(found, request.min_ratings)
            say(report, read.notes)
            report({"read": {**read.read, "duplicates": read.duplicates}})
            models = {"als": als_explicit, "als-implicit": als_implicit, "item2vec": word2vec}
            return models[request.model].train(Run(request, request.recipe(), store, read, folder, report))
        finally:
            store.delete(scratch)


@contextmanager
def _reasons(log: Path) -> Iterator[None]:
    """Convert errors of Spark to one sentence and keep its log."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    from explorer.training.spark.table import reason

    try:
        yield
    except (Py4JError, PySparkException, ConnectionError) as error:
        descriptor, copy = tempfile.mkstemp(prefix="explorer-spark-", suffix=".log")
        os.close(descriptor)
        shutil.copyfile(log, copy)
        raise BadRequest(f"Spark failed: {reason(error).removesuffix('.')}. Its log is {copy}.") from error
