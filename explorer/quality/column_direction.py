"""The direction of the vectors in which a column grows: an axis that was asked for."""

from __future__ import annotations

import numpy as np

from explorer.core.embedding import Embedding
from explorer.errors import BadRequest

MOST = 10_000  # items that the direction is fitted to; of more a sample
PENALTIES = np.geomspace(1e-3, 1e3, 7)


def column_direction(embedding: Embedding, name: str, value: str | None = None, seed: int = 0) -> np.ndarray:
    """Score of every item on the direction in which a column grows: (n,) float32, mean 0 and deviation 1.

    The direction is that of ridge regression on unit vectors; its penalty is chosen by generalized cross-validation.
    Numbers and dates count by their ranks; of a column of values the direction is that of items with `value` against
    the others. Raises BadRequest for a column there is not, or one that no direction can be fitted to.
    """
    from scipy.stats import rankdata
    from sklearn.linear_model import RidgeCV

    embedding.schema.column(name)
    target = embedding.columns[name].target()
    if target is None:
        raise BadRequest(f"No direction can be fitted to {embedding.schema[name].label}: too few values differ.")
    chosen = np.arange(len(target.rows))
    if len(chosen) > MOST:
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, MOST, replace=False))
    truth = _truth(target.values[chosen], target.names, value)
    truth = rankdata(truth) / len(truth) if not target.names else truth
    model = RidgeCV(PENALTIES).fit(embedding.unit_vectors(target.rows[chosen]), truth)
    scores = embedding.unit_vectors(np.arange(len(embedding))) @ model.coef_.astype(np.float32)
    return ((scores - scores.mean()) / (scores.std() or 1)).astype(np.float32)


def _truth(values: np.ndarray, names: tuple[str, ...], value: str | None) -> np.ndarray:
    """What the direction is fitted to: (m,) float64."""
    if not names:
        return values.astype(float)
    if len(names) == 1 and value is None:
        value = names[0]
    if value not in names:
        raise BadRequest(f"A direction needs one of these values: {', '.join(names[:10])}; not {value!r}.")
    place = names.index(value)
    return (values == place).astype(float) if values.ndim == 1 else values[:, place].astype(float)
