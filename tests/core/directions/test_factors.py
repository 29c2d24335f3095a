"""Principal factors of generated embeddings with known axes."""

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest, Embedding
from explorer.core.directions.factors import bias_ranking, factors

N = 60


@pytest.fixture
def axes() -> Embedding:
    """Three uncorrelated axes of variance 9, 4 and 1: the first separates the genre, the second is the year."""
    rng = np.random.default_rng(0)
    genre = np.repeat([-1.0, 1.0], N // 2)
    wave = np.tile(np.arange(N // 2), 2) - (N // 2 - 1) / 2
    noise = rng.normal(size=N)
    noise -= sum(axis * (noise @ axis) / (axis @ axis) for axis in (np.ones(N), genre, wave))
    known = np.stack([axis / axis.std() for axis in (genre, wave, noise)], axis=1) * [3, 2, 1]
    items = pd.DataFrame(
        {
            "key": [f"film {row}" for row in range(N)],
            "year": pd.array([1950 + row % (N // 2) for row in range(N)], dtype="Int16"),
            "genres": [["Noir"] if side < 0 else ["Musical"] for side in genre],
            "n_ratings": np.arange(N, 0, -1),
            "bias": noise,
        }
    )
    items.loc[0, "year"] = pd.NA
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return Embedding(known @ rotation, items)


def test_explained_variance_is_exact(axes):
    found = factors(axes)
    np.testing.assert_allclose(found.explained, np.array([9, 4, 1]) / 14, rtol=1e-5)
    np.testing.assert_allclose(found.scores.std(axis=0), [3, 2, 1], rtol=1e-5)
    assert found.scores.dtype == np.float32


def test_auc_of_a_genre_equal_to_the_axis_is_1(axes):
    table = factors(axes).goes_with(1)
    genres = table[table.measure == "AUC"].set_index("what")
    assert sorted(genres.value) == [0.0, 1.0]
    assert genres.strength.tolist() == [1, 1]
    assert table.strength.is_monotonic_decreasing
    assert sorted(table.what[:2]) == ["Musical", "Noir"]


def test_correlation_of_a_column_equal_to_the_axis_is_1_despite_missing_values(axes):
    found = factors(axes)
    assert found.goes_with(2).iloc[0][["what", "measure"]].tolist() == ["year", "correlation"]
    assert found.goes_with(2).iloc[0]["strength"] == pytest.approx(1, abs=1e-3)
    bias = found.goes_with(3).iloc[0]
    assert bias["what"] == "bias"
    assert bias["strength"] == pytest.approx(1, abs=1e-3)


def test_extremes_are_ordered_from_the_ends_inwards(axes):
    found = factors(axes)
    low, high = found.extremes(2, n=4)
    score = np.sort(found.scores[:, 1])
    np.testing.assert_array_equal(low.score, score[:4])
    np.testing.assert_array_equal(high.score, score[::-1][:4])
    assert low.columns[:2].tolist() == ["key", "score"]
    assert set(axes.items.columns) <= set(low.columns)


def test_only_the_most_rated_items_are_used(axes):
    shuffled = axes.items.assign(n_ratings=np.random.default_rng(1).permutation(N))
    found = factors(Embedding(axes.vectors, shuffled), n_items=20)
    assert found.items.n_ratings.tolist() == list(range(N - 1, N - 21, -1))
    assert shuffled.key.iloc[found.rows].tolist() == found.items.key.tolist()


def test_all_items_are_used_without_a_popularity_column(axes):
    assert len(factors(Embedding(axes.vectors, axes.items[["key"]]), n_items=5).items) == N


def test_signs_are_deterministic_and_independent_of_item_order(axes):
    order = np.random.default_rng(2).permutation(N)
    again = factors(Embedding(axes.vectors[order], axes.items.iloc[order]))
    np.testing.assert_allclose(factors(axes).scores, again.scores, atol=1e-5)


def test_rare_genres_are_ignored(colours):
    assert "Red" not in factors(colours).goes_with(1).what.tolist()


def test_bias_ranking_lists_lowest_and_highest_bias(colours):
    low, high = bias_ranking(colours, n=2)
    assert low.key.tolist() == ["Red 0", "Red 1"]
    assert high.key.tolist() == ["Blue 7", "Blue 6"]
    assert high.score.tolist() == high.bias.tolist()
    best_known = bias_ranking(colours, n=1, n_items=3)
    assert best_known[1].key.tolist() == ["Blue 0"]


@pytest.mark.parametrize("ask", [{"n_items": 2}, {"n_factors": 0}])
def test_too_few_items_are_refused(axes, ask):
    with pytest.raises(BadRequest, match="at least 3 items"):
        factors(axes, **ask)


def test_identical_items_have_no_factors(axes):
    with pytest.raises(BadRequest, match="items that differ"):
        factors(Embedding(np.ones((N, 2)), axes.items))


@pytest.mark.parametrize("factor", [0, -1, 4])
def test_unknown_factor_is_refused(axes, factor):
    with pytest.raises(BadRequest, match="numbered 1 to 3"):
        factors(axes).extremes(factor)


def test_bias_ranking_needs_a_bias(axes):
    with pytest.raises(BadRequest, match="no item bias"):
        bias_ranking(Embedding(axes.vectors, axes.items[["key"]]))
    with pytest.raises(BadRequest, match="At least one"):
        bias_ranking(axes, n=0)


def test_items_outside_the_fit_are_projected_onto_the_factors(colours):
    found = factors(colours, n_items=12)
    placed = found.place(colours.vectors, 2)
    assert placed[found.rows] == pytest.approx(found.column(2), abs=1e-6)
    with pytest.raises(BadRequest, match="There is no factor 9"):
        found.place(colours.vectors, 9)


def test_factor_of_few_items_correlates_with_nothing(colours):
    found = factors(colours, n_items=3, n_factors=1).goes_with(1)
    assert found.empty and {"what", "measure", "value", "strength", "end", "column", "kind", "p"} == set(found)
