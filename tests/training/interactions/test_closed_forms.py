"""iALS and EASE compared with dense solutions of their definitions, and iALS with `implicit`."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array

from explorer.training.interactions.ease import ease, largest
from explorer.training.interactions.ials import ials, solve_rows
from explorer.training.likely import train_likely
from explorer.training.optim.least_squares import gram_matrices


@pytest.fixture(scope="module")
def chosen():
    return csr_matrix(random_array((60, 25), density=0.3, rng=np.random.default_rng(0), dtype=np.float32))


def test_rows_minimize_the_loss(chosen):
    """The normal equations of a row over all items, chosen or not."""
    rng, alpha, l2 = np.random.default_rng(1), 0.1, 0.05
    items = rng.standard_normal((25, 6)).astype(np.float32)
    found = solve_rows(chosen, items, alpha, l2)
    dense = chosen.toarray().astype(float)
    for row in range(60):
        weights = np.diag(dense[row] + alpha)
        ridge = l2 * (dense[row].sum() + alpha * 25)
        normal = items.T.astype(float) @ weights @ items + ridge * np.eye(6)
        assert found[row] == pytest.approx(np.linalg.solve(normal, items.T @ dense[row]), abs=1e-4)


def test_user_without_choices_has_a_zero_vector():
    items = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    assert not solve_rows(csr_matrix((2, 5), dtype=np.float32), items, 0.1, 0.01).any()


@pytest.mark.parametrize("size", [1, 3, 64])
def test_gram_matrices_are_sums_of_weighted_outer_products(size):
    """Rows of 0, 1, a few and all entries; each row comes exactly once."""
    rng = np.random.default_rng(0)
    share = np.repeat([0, 0.02, 0.1, 1], 40)[:, None]
    dense = np.where(rng.random((160, 300)) < share, rng.standard_normal((160, 300)), 0).astype(np.float32)
    vectors = rng.standard_normal((300, size)).astype(np.float32)
    sums = np.full((160, size, size), np.nan, np.float32)
    for rows, part in gram_matrices(csr_matrix(dense), vectors):
        assert np.isnan(sums[rows]).all()
        sums[rows] = part
    assert sums == pytest.approx(np.einsum("ij,jk,jl->ikl", dense, vectors, vectors), abs=1e-3)


def test_groups_are_recovered():
    """Two groups of users; each chooses among its own half of the items."""
    rng = np.random.default_rng(0)
    group, half = np.arange(200) % 2, np.arange(40) % 2
    picks = (group[:, None] == half) & (rng.random((200, 40)) < 0.4)
    vectors = ials(csr_matrix(picks, dtype=np.float32), 4)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    same = np.equal.outer(half, half)
    assert (unit @ unit.T)[same].mean() > 0.6
    assert abs((unit @ unit.T)[~same].mean()) < 0.1


def test_rows_equal_implicit(chosen):
    """`implicit` weights a choice by its confidence and everything else by 1: our loss in units of alpha.

    Its target for a choice is confidence x 1, ours is weight x 1, so each of its user vectors is 1 + alpha times ours.
    """
    als = pytest.importorskip("implicit.cpu.als")
    ones, alpha, l2 = csr_matrix((chosen > 0).astype(np.float32)), 0.5, 0.02
    items = np.random.default_rng(0).standard_normal((25, 3)).astype(np.float32)
    confidence = ones * np.float32(1 + 1 / alpha)
    for row, ours in enumerate(solve_rows(ones, items, alpha, l2)):
        ridge = l2 / alpha * (ones[row].nnz + alpha * 25)
        theirs = als.user_factor(items, items.T @ items, confidence, row, ridge, 3)
        assert ours * (1 + alpha) == pytest.approx(theirs, abs=1e-4)


def test_ease_minimizes_column_by_column(chosen):
    """Ridge regression of each column on all others, which is what a zero diagonal means."""
    rng, ridge = np.random.default_rng(2), 3.0
    wanted = csr_matrix((rng.random((60, 25)) < 0.3).astype(np.float32))
    table, given = ease(chosen, wanted, ridge), chosen.toarray().astype(float)
    for column in range(25):
        others = np.delete(np.arange(25), column)
        design = given[:, others]
        right = np.linalg.solve(design.T @ design + ridge * np.eye(24), design.T @ wanted.toarray()[:, column])
        assert table[others, column] == pytest.approx(right, abs=1e-4)
        assert table[column, column] == 0


def test_entries_of_largest_magnitude_are_kept():
    columns, values = largest(np.array([[0.0, 3.0, -5.0, 1.0]]), 2)
    assert set(zip(columns[0].tolist(), values[0].tolist(), strict=True)) == {(1, 3.0), (2, -5.0)}


def test_items_outside_the_table_are_ranked_by_factors(checkerboard):
    """The table has space for half of the items; the other half has neither rows nor columns."""
    order = train_likely(checkerboard, np.arange(40), size=4, most=20)
    counts = np.bincount(checkerboard.item, minlength=40)
    inside = np.isin(np.arange(40), np.argsort(-counts, kind="stable")[:20])
    assert not order.values[~inside].any()
    assert inside[order.columns[inside]].all()
    rows = np.flatnonzero(np.arange(40) % 2 == 0)[:5]
    scores = order.scores(rows, np.full(5, 5.0))
    unrated = np.setdiff1d(np.arange(40), rows)
    even = unrated % 2 == 0
    assert scores[unrated][even].min() > scores[unrated][~even].max()
