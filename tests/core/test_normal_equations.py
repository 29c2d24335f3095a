"""Users are folded in from vectors of any size, where the normal equations are singular in floating point too."""

import numpy as np
import pandas as pd
import pytest

from explorer import from_arrays
from explorer.core import recommend
from explorer.core.embedding import Embedding
from explorer.core.normal_equations import solve


def test_regular_equations_are_solved_exactly():
    matrix = np.array([[2.0, 1.0], [1.0, 3.0]])
    np.testing.assert_allclose(matrix @ solve(matrix, np.array([1.0, 2.0])), [1.0, 2.0])


def test_of_several_solutions_the_shortest_is_returned():
    np.testing.assert_allclose(solve(np.ones((2, 2)), np.array([2.0, 2.0])), [1.0, 1.0])
    np.testing.assert_allclose(solve(np.ones((2, 2)), np.full((2, 3), 2.0)), np.ones((2, 3)))


@pytest.mark.parametrize("size", [1e-10, 1.0, 1e10, 1e15])
@pytest.mark.parametrize("model", ["mf", "als", "dot"])
def test_equal_items_rated_by_one_user_have_equal_shares(size, model):
    items = pd.DataFrame({"key": list("abcd"), "title": list("abcd"), "bias": 0.0})
    manifest = {"model": model, "mean": 3.0, "scale": [1, 5], "params": {"l2": 0.05}}
    embedding = Embedding(np.full((4, 2), size, np.float32), from_arrays(np.eye(4, 2), items).items, manifest)
    user = recommend.fold_in(embedding, [(key, 5.0) for key in "abc"])
    predicted = recommend.predictions(embedding, user)
    assert np.isfinite(predicted).all() and np.isfinite(user.contributions_matrix).all()
    assert np.ptp(predicted) == 0
