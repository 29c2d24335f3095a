"""Queries compared with gensim, with brute force, and on a generated embedding with known answers."""

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer import BadRequest, Embedding, UnknownItem
from explorer.core.search.index import METRICS


@st.composite
def embeddings(draw, zeros: bool = False) -> Embedding:
    """Embeddings of any keys, shape and vector lengths, with duplicates and zero vectors."""
    keys = draw(st.lists(st.text(min_size=1, max_size=12), min_size=4, max_size=40, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = rng.normal(size=(len(keys), draw(st.integers(1, 24)))) * 10.0 ** draw(st.integers(-3, 3))
    if draw(st.booleans()):
        vectors[rng.integers(len(keys), size=2)] = vectors[0]
    if zeros:
        vectors[rng.integers(len(keys))] = 0
    return Embedding(vectors.astype(np.float32), pd.DataFrame({"key": keys}))


def gensim(embedding: Embedding) -> KeyedVectors:
    kv = KeyedVectors(embedding.vectors.shape[1])
    kv.add_vectors(embedding.items["key"].tolist(), np.array(embedding.vectors))
    return kv


def assert_same(found: pd.DataFrame, expected: list[tuple[str, float]]) -> None:
    """Assert equal scores within 1e-5, and equal keys except where scores are that close."""
    scores = np.array([score for _, score in expected])
    np.testing.assert_allclose(found["score"], scores, atol=1e-5)
    for place, (key, score) in enumerate(expected):
        alone = np.sum(np.abs(scores - score) < 2e-5) == 1 and place < len(expected) - 1
        if alone:
            assert found["key"][place] == key


# gensim returns NaN for a zero vector; we return a cosine of 0 (tested in test_embedding.py)
@given(embeddings(), st.data())
def test_neighbors_equal_gensim(embedding, data):
    key = data.draw(st.sampled_from(embedding.items["key"].tolist()))
    k = data.draw(st.integers(1, 45))
    assert_same(embedding.neighbors(key, k), gensim(embedding).most_similar(key, topn=k))


@given(embeddings(), st.data())
def test_analogies_equal_gensim(embedding, data):
    keys = data.draw(st.permutations(embedding.items["key"].tolist()))
    plus, minus = data.draw(st.integers(1, 2)), data.draw(st.integers(0, 2))
    positive, negative = keys[:plus], keys[plus : plus + minus]
    assume(
        np.linalg.norm(embedding.target(positive, negative)) > 1e-3
    )  # the sum has a direction, not only rounding errors
    found = embedding.analogy(positive, negative, 5)
    assert_same(found, gensim(embedding).most_similar(positive=positive, negative=negative, topn=5))


@given(embeddings(zeros=True), st.data())
def test_dot_and_euclidean_equal_brute_force_under_any_mask(embedding, data):
    n = len(embedding)
    row, k = data.draw(st.integers(0, n - 1)), data.draw(st.integers(1, n + 3))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    allowed = [other for other in range(n) if mask[other] and other != row]
    exact = embedding.vectors.astype(np.float64)
    for metric, sign, score in (
        ("dot", -1, exact @ exact[row]),
        ("euclidean", 1, np.sqrt(((exact - exact[row]) ** 2).sum(axis=1))),
    ):
        found = embedding.neighbors(embedding.items["key"][row], k, metric, mask)
        best = sorted(allowed, key=lambda other: sign * score[other])[:k]
        np.testing.assert_allclose(found["score"], score[best], rtol=1e-4, atol=1e-5 * np.abs(score).max())
        assert set(embedding.index(found["key"])) <= set(allowed)


def test_keyed_vectors_equal_the_embedding(colours):
    np.testing.assert_array_equal(colours.keyed_vectors["Red 3"], colours.vector("Red 3"))
    assert colours.keyed_vectors.most_similar("Red 3", topn=1)[0][0] == colours.neighbors("Red 3", 1).key[0]


@pytest.mark.parametrize("metric", METRICS)
def test_neighbors_of_a_shade_are_the_adjacent_shades(colours, metric):
    assert colours.neighbors("Red 0", 3, metric).key.tolist() == ["Red 1", "Red 2", "Red 3"]
    assert set(colours.neighbors("Green 4", 4, metric).key) == {"Green 2", "Green 3", "Green 5", "Green 6"}


def test_results_have_the_item_columns_after_key_and_score(colours):
    found = colours.neighbors("Red 0", 2)
    assert found.columns.tolist() == ["key", "score", *(c for c in colours.items if c != "key")]
    assert found.index.tolist() == [0, 1]


def test_neighbors_exclude_the_query_item_and_large_k_returns_all_others(colours):
    found = colours.neighbors("Blue 2", k=1000)
    assert len(found) == len(colours) - 1
    assert "Blue 2" not in found.key.tolist()
    assert found.score.is_monotonic_decreasing


def test_mask_restricts_the_results(colours):
    even = np.array(["Even" in have for have in colours.items.genres])
    assert colours.neighbors("Red 0", 3, mask=even).key.tolist() == ["Red 2", "Red 4", "Red 6"]
    nothing = colours.neighbors("Red 0", 3, mask=np.zeros(len(colours), bool))
    assert nothing.empty
    assert "score" in nothing


def test_mask_is_not_modified(colours):
    mask = np.ones(len(colours), bool)
    colours.neighbors("Red 0", mask=mask)
    assert mask.all()


def test_analogy_transfers_a_shade_to_another_color(colours):
    found = colours.analogy(["Green 0", "Red 7"], ["Red 0"], k=3)
    assert found.key[0] == "Green 7"
    assert not {"Green 0", "Red 7", "Red 0"} & set(found.key)


def test_between_two_shades_returns_the_shades_in_between(colours):
    assert set(colours.between("Red 1", "Red 5", 3).key) == {"Red 2", "Red 3", "Red 4"}
    assert colours.between("Red 1", "Red 5", 1).key[0] == "Red 3"
    assert colours.between("Red 1", "Red 7", 1, at=1).key[0] in ("Red 6", "Red 5")
    middle = colours.between("Red 1", "Red 5", 1).iloc[0]
    assert middle.to_a == pytest.approx(np.cos(np.deg2rad(6)), abs=1e-5)
    assert middle.to_b == pytest.approx(middle.to_a, abs=1e-5)


def test_balanced_between_ranks_by_the_smaller_similarity(colours):
    found = colours.between("Red 1", "Blue 5", 6, balanced=True)
    smaller = found[["to_a", "to_b"]].min(axis=1).to_numpy()
    assert (np.diff(smaller) <= 1e-6).all()
    plain = colours.between("Red 1", "Blue 5", 6)
    assert smaller[0] >= plain[["to_a", "to_b"]].min(axis=1).max() - 1e-6


def test_between_at_half_equals_an_analogy_of_both(colours):
    pd.testing.assert_frame_equal(
        colours.between("Red 1", "Blue 5").drop(columns=["to_a", "to_b"]), colours.analogy(["Red 1", "Blue 5"])
    )


def test_unknown_key_error_names_the_closest_keys(colours):
    with pytest.raises(UnknownItem, match=r"There is no item 'gren 3'.*'Green 3'") as raised:
        colours.neighbors("gren 3")
    assert raised.value.suggestions[0] == "Green 3"
    with pytest.raises(UnknownItem, match="no item 'Purple'"):
        colours.analogy(["Red 0"], ["Purple"])


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda e: e.neighbors("Red 0", 0), "At least one neighbor"),
        (lambda e: e.neighbors("Red 0", metric="manhattan"), "no metric 'manhattan'; choose one of cosine, dot"),
        (lambda e: e.neighbors("Red 0", mask=np.ones(3, bool)), "A mask needs 24 booleans"),
        (lambda e: e.neighbors("Red 0", mask=np.ones(24)), "A mask needs 24 booleans"),
        (lambda e: e.analogy([]), "at least one item"),
        (lambda e: e.analogy(["Red 0"], ["Red 0"]), "'Red 0' is both added and subtracted"),
        (lambda e: e.between("Red 0", "Red 0"), "nothing; choose two"),
        (lambda e: e.between("Red 0", "Red 1", at=1.5), "from 0 to 1"),
        (lambda e: e.nearest(np.ones(3)), "has shape"),
    ],
)
def test_invalid_queries_raise(colours, ask, message):
    with pytest.raises(BadRequest, match=message):
        ask(colours)
