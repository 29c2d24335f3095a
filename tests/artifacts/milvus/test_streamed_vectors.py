"""Functions that need all vectors give the same results from a database as from a folder."""

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest, Embedding, artifacts
from explorer.artifacts.milvus import publish, store
from explorer.core import recommend
from explorer.core.directions import column_direction, factors
from explorer.core.directions.concept_axis import concept_axis
from explorer.core.recommend import linear_score
from explorer.core.recommend.steering import Steer
from explorer.core.vectors import blocks
from explorer.core.vectors import remote as remote_vectors
from explorer.maps import trustworthiness
from explorer.maps.trustworthiness import map_trust, point_trust
from explorer.quality import reports, sample
from explorer.quality.comparison import compare_embeddings
from explorer.quality.quality_card import quality

pytest.importorskip("pymilvus")
N, D = 1_500, 6
ROWS = 400  # of a block


@pytest.fixture(scope="module")
def both(lite, tmp_path_factory):
    """An embedding that predicts ratings, from its folder and from the database, in blocks much smaller than it."""
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(N, D)).astype(np.float32) * rng.lognormal(0, 0.4, size=(N, 1)).astype(np.float32)
    items = pd.DataFrame(
        {
            "key": [f"Item {row}" for row in range(N)],
            "kind": rng.choice(["red", "green", "blue"], N),
            "n_ratings": rng.permutation(N) + 1,
            "mean_rating": rng.uniform(2, 5, N),
            "bias": rng.normal(0, 0.3, N),
        }
    )
    path = tmp_path_factory.mktemp("artifacts") / "rated"
    manifest = {"mean": 3.5, "model": "mf"}
    artifacts.save(path, vectors, items, manifest, layouts={"pca": vectors[:, :2] + rng.normal(0, 0.1, (N, 2))})
    publish.publish(str(path), lite.uri)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", ROWS)
        patch.setattr(remote_vectors, "MOST", 150)
        yield artifacts.load(path), store.load(lite.uri, "rated")


@pytest.fixture
def large(monkeypatch):
    """At most a block of vectors may be held in memory."""
    monkeypatch.setattr(remote_vectors, "WHOLE", 4 * D * ROWS)


def user_of(embedding: Embedding) -> recommend.User:
    rated = [("Item 3", 5.0), ("Item 700", 4.5), ("Item 1200", 1.0), ("Item 42", 3.0)]
    return recommend.reject(embedding, recommend.fold_in(embedding, rated), ["Item 9"])


def test_products_and_scores_are_streamed(both, large):
    local, stored = both
    query = np.arange(D, dtype=np.float32)
    np.testing.assert_allclose(stored.vectors @ query, local.vectors @ query, rtol=1e-6)
    for metric in ("cosine", "dot", "euclidean"):
        np.testing.assert_allclose(stored.scores(query, metric), local.scores(query, metric), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        column_direction.column_direction(stored, "kind", "red"),
        column_direction.column_direction(local, "kind", "red"),
        atol=1e-4,
    )
    np.testing.assert_allclose(
        concept_axis(stored, "Item 1", "Item 2"), concept_axis(local, "Item 1", "Item 2"), atol=1e-5
    )
    with pytest.raises(BadRequest, match="1,500 of them, where at most 400 are held"):
        stored.vectors[:]


@pytest.mark.parametrize("order", ["near", "stars"])
@pytest.mark.parametrize("popularity", [0.0, 1.0, 40.0])
@pytest.mark.parametrize("share", [1, 0.3])
def test_recommendations_equal_those_from_a_folder(both, large, monkeypatch, order, popularity, share):
    local, stored = both
    monkeypatch.setattr(linear_score, "FIRST", 20)
    monkeypatch.setattr(linear_score, "MOST", 100)
    mask = None if share == 1 else np.random.default_rng(0).random(N) < share
    expected, found = (recommend.recommend(one, user_of(one), 12, mask, popularity, order) for one in (local, stored))
    pd.testing.assert_frame_equal(found, expected, atol=1e-5)


def test_recommendations_need_few_searches_and_no_streaming(both, monkeypatch):
    """With the usual weight of popularity, the candidates of one or two searches are enough."""
    _, stored = both
    monkeypatch.setattr(linear_score.LinearScore, "of_all", lambda *_: pytest.fail("all vectors were read"))
    assert len(recommend.recommend(stored, user_of(stored), 12, order="near")) == 12
    assert len(recommend.recommend(stored, user_of(stored), 12, order="stars")) == 12


def test_likely_order_needs_only_the_model_arrays(lite, monkeypatch):
    monkeypatch.delenv("EXPLORER_ARTIFACTS", raising=False)
    local = artifacts.load("movielens")
    publish.publish("movielens", lite.uri)
    stored = store.load(lite.uri, "movielens")
    keys = local.items["key"].tolist()
    tables = [
        recommend.recommend(one, recommend.fold_in(one, [(keys[5], 5.0), (keys[50], 4.0)]), 10, order="likely")
        for one in (local, stored)
    ]
    pd.testing.assert_frame_equal(tables[1], tables[0], atol=1e-5)


def test_steered_recommendations_equal_those_from_a_folder(both, large):
    local, stored = both
    steer = [Steer("kind", 2, "red")]
    for order in ("near", "stars"):
        pd.testing.assert_frame_equal(
            recommend.recommend(stored, user_of(stored), 5, order=order, steer=steer),
            recommend.recommend(local, user_of(local), 5, order=order, steer=steer), atol=1e-5,
        )  # fmt: skip
        pd.testing.assert_frame_equal(
            recommend.contributions(stored, user_of(stored), "Item 77", order, steer=steer),
            recommend.contributions(local, user_of(local), "Item 77", order, steer=steer), atol=1e-5,
        )  # fmt: skip


def test_factors_of_all_items_are_streamed(both, large, monkeypatch):
    local, stored = both
    with monkeypatch.context() as patch:
        patch.setattr(blocks, "BLOCK", N)
        expected = factors.factors(local, N)
    for one in (local, stored):
        found = factors.factors(one, N)
        np.testing.assert_allclose(found.explained, expected.explained, atol=1e-6)
        np.testing.assert_allclose(found.components, expected.components, atol=1e-4)
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-3)
        np.testing.assert_array_equal(found.rows, expected.rows)
        np.testing.assert_allclose(found.place(one.vectors, 2)[found.rows], expected.scores[:, 1], atol=1e-3)


def test_streamed_factors_of_equal_items_are_refused(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 2)
    same = Embedding(np.full((5, 3), 0.1), pd.DataFrame({"key": list("abcde")}))
    with pytest.raises(BadRequest, match="at least 3 items that differ"):
        factors.factors(same)


def test_map_and_vector_quality_equal_those_from_a_folder(both):
    local, stored = both
    expected, found = (map_trust(one.vectors, one.layout("pca"), 10) for one in (local, stored))
    np.testing.assert_array_equal(found.trustworthiness, expected.trustworthiness)
    pd.testing.assert_frame_equal(found.true_neighbors(5), expected.true_neighbors(5))
    assert point_trust(stored.vectors, stored.layout("pca"), 5) == point_trust(local.vectors, local.layout("pca"), 5)
    expected_card, found_card = quality(local), quality(stored)
    for figure in expected_card.figures:
        assert found_card[figure.name].value == pytest.approx(figure.value, abs=1e-6)
    same = compare_embeddings(local, stored)
    assert same.shared.min() == same.k
    assert same.alignment.disparity == pytest.approx(0, abs=1e-6)


def test_pairwise_measures_of_many_vectors_use_a_sample_and_say_so(both, large, monkeypatch, ask, lite):
    local, stored = both
    monkeypatch.setattr(sample, "SAMPLE", 300)
    monkeypatch.setattr(trustworthiness, "SAMPLE", 300)
    rows = sample.sampled_rows(stored)
    assert sample.sampled_rows(local) is None
    assert len(np.unique(rows)) == 300
    found, expected = map_trust(stored.vectors, stored.layout("pca"), 10), map_trust(
        local.vectors[rows], local.layout("pca")[rows], 10
    )  # fmt: skip
    assert found.overall == expected.overall
    np.testing.assert_array_equal(found.rows, rows)
    np.testing.assert_array_equal(found.kept[rows], expected.kept)
    assert np.isnan(found.kept).sum() == N - 300
    with pytest.raises(BadRequest, match="in a sample of 300"):
        found.true_neighbors(int(rows[0]))
    card, small = quality(stored), quality(local.take(rows))
    assert (card.items, card.measured) == (N, 300)
    assert [figure.value for figure in card.figures] == pytest.approx([figure.value for figure in small.figures])
    compared = compare_embeddings(local, stored)
    assert (compared.common, len(compared), compared.shared.min()) == (N, 300, 10)
    monkeypatch.setenv("EXPLORER_ARTIFACTS", lite.uri)
    note = "random sample of 300 of the 1,500 items"
    for words in (("diagnose", "rated"), ("compare", "rated", "rated")):
        status, out, _ = ask(*words)
        assert status == 0
        assert note in " ".join(out.split())
    assert note in reports.card_page(card)
    assert note in reports.comparison_summary(compared)[0][1]


def test_groups_are_restricted_to_the_sample(both, large, monkeypatch):
    local, stored = both
    monkeypatch.setattr(sample, "SAMPLE", 300)
    rows = sample.sampled_rows(stored)
    groups = {"in": rows[:8], "half": np.append(rows[8:10], np.setdiff1d(np.arange(N), rows)[:9]), "out": rows[:1]}
    card = quality(stored, groups=groups)
    small = quality(local.take(rows), groups={"in": np.arange(8), "half": np.arange(8, 10)})
    assert [figure.value for figure in card.figures] == pytest.approx([figure.value for figure in small.figures])
