"""ALS on explicit ratings: evaluation on held-out ratings, then training on all, as biased matrix factorization."""

from __future__ import annotations

from explorer.training.result import TrainingResult
from explorer.training.spark import als, holdout
from explorer.training.spark.run import Run

DOT = "mean + user bias + item bias + user vector . item vector"


def train(run: Run) -> TrainingResult:
    """Train biases and factors, evaluated on a tenth of the ratings, then trained on all of them."""
    ratings, seed = run.ratings, run.request.seed
    run.phase("measuring")
    rest, test = holdout.split(ratings.frame, seed)
    measured = als.fit(rest, ratings.n_ratings, run.recipe, seed, implicit=False)
    metrics = als.measure(measured, test, ratings.scale)
    run.phase("training")
    factors = als.fit(ratings.frame, ratings.n_ratings, run.recipe, seed, implicit=False)
    items = run.items(factors.items(), "items")
    run.phase("writing")
    entries = {"mean": factors.mean, "predictions": DOT}
    evaluation = (
        f"On {metrics['n_test']:,} held-out ratings: RMSE {metrics['rmse']:.4f}, "
        f"MAE {metrics['mae']:.4f}; with mean and biases alone {metrics['baselines']['bias']['rmse']:.4f} and "
        f"{metrics['baselines']['bias']['mae']:.4f}."
    )
    return run.result(items, metrics, evaluation, entries, run.users(factors.users()))
