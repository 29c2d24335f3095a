"""Implicit ALS, evaluated by the recall of held-out items."""

from __future__ import annotations

import numpy as np
from pyspark.sql import functions as F

from explorer.training.item2vec import FOUND
from explorer.training.result import TrainingResult
from explorer.training.spark import als, holdout
from explorer.training.spark.run import Run, counts


def train(run: Run) -> TrainingResult:
    """Train factors, evaluated on a held-out item of each of some users, then trained on everything."""
    ratings, seed = run.ratings, run.request.seed
    run.phase("measuring")
    held_out = holdout.hold_out(ratings.frame, ratings.n_users, seed)
    measured = als.fit(held_out.rest, ratings.n_ratings, run.recipe, seed, implicit=True)
    numbers, vectors, _ = run.items(measured.items(), "measured")
    users = measured.users().where(F.col("user").isin(held_out.users)).sort("user").toArrow()
    queries = np.array(users["vector"].to_pylist(), np.float32).reshape(len(users), run.recipe.size)
    metrics = holdout.measure(held_out, numbers, counts(ratings, numbers), vectors, queries)
    run.phase("training")
    factors = als.fit(ratings.frame, ratings.n_ratings, run.recipe, seed, implicit=True)
    items = run.items(factors.items(), "items")
    run.phase("writing")
    entries = {"predictions": "none: it ranks items by preference"}
    return run.result(items, metrics, found(metrics, "by the model"), entries, run.users(factors.users()))


def found(metrics: dict[str, float], how: str) -> str:
    """The metrics of holdout.measure as a sentence."""
    best, popular = metrics[f"recall@{FOUND}"], metrics[f"recall@{FOUND}_popularity"]
    return (
        f"One item of each of {metrics['n_test']:,} users was held out. It was among the first {FOUND} {how} in "
        f"{best:.1%} of the cases, and among the {FOUND} most chosen in {popular:.1%}."
    )
