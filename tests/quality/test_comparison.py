"""Comparison of two embeddings: equal, changed and unrelated ones."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import procrustes

from explorer import BadRequest, Embedding, UnknownItem
from explorer.quality import metrics
from explorer.quality.comparison import align, common_items, compare_embeddings, turned_layout
from explorer.quality.popularity_bias import deciles, popularity_bias


def turned(vectors: np.ndarray, seed: int = 0) -> np.ndarray:
    """The same vectors, rotated."""
    rng = np.random.default_rng(seed)
    return (vectors @ np.linalg.qr(rng.normal(size=(vectors.shape[1],) * 2))[0]).astype(np.float32)


def called(embedding: Embedding, name: str, vectors: np.ndarray | None = None, **more) -> Embedding:
    """The same items under another name, with other vectors or columns."""
    items = embedding.items.assign(**more.pop("columns", {}))
    return Embedding(embedding.vectors if vectors is None else vectors, items, {"name": name, **more})


def cloud(n: int, d: int, seed: int = 0, **columns) -> Embedding:
    vectors = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return Embedding(vectors, pd.DataFrame({"key": [f"item {row}" for row in range(n)], **columns}), {"name": "cloud"})


def rbo(a: list[int], b: list[int], p: float = 0.9) -> float:
    return float(metrics.rank_biased_overlap(metrics.shared(np.array([a]), np.array([b])), p)[0])


def test_rank_biased_overlap_of_a_worked_example():
    # [1, 2, 3] and [2, 1, 4]: 0 of 1, 2 of 2 and 2 of 3 in common
    agreement = [0, 1, 2 / 3]
    p = 0.9
    expected = (1 - p) / p * sum(share * p ** (d + 1) for d, share in enumerate(agreement)) + 2 / 3 * p**3
    assert expected == pytest.approx(0.63)  # 0.09 + 0.054 + 0.486
    assert rbo([1, 2, 3], [2, 1, 4], p) == pytest.approx(expected)
    assert rbo([1, 2, 3], [2, 1, 4], 0.5) == pytest.approx(0.25 + 2 / 3 * 0.125 + 2 / 3 * 0.125)


@given(st.permutations(range(12)), st.permutations(range(12)), st.floats(0.05, 0.99))
def test_rank_biased_overlap_of_any_two(a, b, p):
    k = 7
    assert rbo(a[:k], a[:k], p) == pytest.approx(1)
    assert rbo(a[:k], [-1 - x for x in b[:k]], p) == 0
    assert rbo(a[:k], b[:k], p) == pytest.approx(rbo(b[:k], a[:k], p))
    slow = [len(set(a[:d]) & set(b[:d])) for d in range(1, k + 1)]
    assert metrics.shared(np.array([a[:k]]), np.array([b[:k]])).tolist() == [slow]
    same = len(set(a[:k]) & set(b[:k]))
    assert metrics.jaccard(np.array([slow])) == pytest.approx(same / len(set(a[:k]) | set(b[:k])))


def test_rank_biased_overlap_weights_the_head_more_than_the_tail():
    whole = list(range(10))
    assert rbo(whole, [99, *whole[1:]]) < rbo(whole, [*whole[:-1], 99]) < 1


def test_blockwise_comparison_equals_the_whole(monkeypatch):
    rng = np.random.default_rng(0)
    a, b = (np.array([rng.permutation(12)[:5] for _ in range(50)]) for _ in range(2))
    whole = metrics.shared(a, b)
    monkeypatch.setattr(metrics, "PAIRS", 3 * 25)
    assert (metrics.shared(a, b) == whole).all()


def test_rotated_embedding_is_equal():
    a = cloud(200, 6)
    found = compare_embeddings(a, called(a, "turned", 3 * turned(a.vectors)), k=8)
    assert (found.jaccard == 1).all()
    assert found.rbo == pytest.approx(np.ones(200))
    assert (found.shared == 8).all()
    assert found.alignment.disparity == pytest.approx(0, abs=1e-6)
    assert found.alignment.chance > 0.8


def test_unrelated_embeddings_overlap_as_much_as_chance():
    found = compare_embeddings(cloud(600, 10), cloud(600, 10, seed=1), k=6)
    assert found.shared.mean() == pytest.approx(6 * 6 / 599, abs=0.03)  # chance
    assert found.alignment.disparity == pytest.approx(found.alignment.chance, abs=0.02)


def test_item_with_changed_neighbors_is_found(colours):
    vectors = np.array(colours.vectors)
    place = 5  # Red 5 moves among the blue items
    vectors[place] = vectors[21]
    found = compare_embeddings(colours, called(colours, "moved", vectors), k=3)
    assert found.changed(1)["key"].tolist() == ["Red 5"]
    assert found.changed(1)["shared"].tolist() == [0]
    least = found.changed(3, most=False)
    assert least["rbo"].tolist() == pytest.approx([1, 1, 1])
    assert least["key"].tolist() == ["Red 0", "Green 0", "Blue 0"]  # the most popular
    assert "share an overlap of 1.00; listed are the 3 of them that are best known." in found.ties(3, most=False)
    assert found.ties(1) == found.ties(24) == ""
    a, b = found.neighbors("Red 5")
    assert a["key"].tolist() == colours.neighbors("Red 5", 3)["key"].tolist()
    assert set(b["key"].str.split().str[0]) == {"Blue"}
    assert not a["in_both"].any() and not b["in_both"].any()
    a, b = found.neighbors("Green 3")
    assert a["in_both"].all() and a["key"].tolist() == b["key"].tolist()
    assert a["score"].tolist() == pytest.approx(colours.neighbors("Green 3", 3)["score"].tolist())


def test_only_common_items_are_compared(colours):
    rows = np.r_[20:24, 0:8]  # in another order
    few = Embedding(turned(colours.vectors)[rows], colours.items.iloc[rows], {"name": "few"})
    found = compare_embeddings(colours, few, k=5)
    assert found.by == "item_id"
    assert found.items["key"].tolist() == colours.items["key"].iloc[np.sort(rows)].tolist()
    assert (found.jaccard == 1).all()
    with pytest.raises(UnknownItem, match="Green 3"):
        found.neighbors("Green 3")


def test_ids_of_different_sources_are_not_matched(colours):
    """Another source numbers the same films differently, so keys are matched."""
    other = called(colours, "other", columns={"item_id": np.roll(colours.items["item_id"], 5)})
    by, rows_a, rows_b = common_items(colours, other)
    assert by == "key"
    assert rows_a.tolist() == rows_b.tolist() == list(range(24))
    keys = called(
        colours, "renamed", columns={"key": [f"{key}!" if n < 9 else key for n, key in enumerate(colours.items["key"])]}
    )
    assert common_items(colours, keys)[0] == "item_id"
    assert len(common_items(colours, keys)[1]) == 24


def test_embeddings_without_common_items_are_named_with_their_counts(colours):
    other = cloud(7, 4)
    with pytest.raises(BadRequest, match=r"colours \(24 items\) and cloud \(7 items\) have none in common"):
        compare_embeddings(colours, other)
    two = called(
        colours, "two", columns={"key": [f"other {n}" if n > 1 else k for n, k in enumerate(colours.items["key"])]}
    )
    two.items = two.items.drop(columns="item_id")
    with pytest.raises(BadRequest, match="have 2 in common"):
        compare_embeddings(colours, two)


@pytest.mark.parametrize("k", [0, 24, -1])
def test_more_neighbors_than_items_are_refused(colours, k):
    with pytest.raises(BadRequest, match="24 common items"):
        compare_embeddings(colours, called(colours, "same"), k)


@pytest.mark.parametrize(("d", "e"), [(5, 5), (5, 3), (3, 8)])
def test_disparity_equals_scipy_procrustes(d, e):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(40, d))
    b = np.pad(a, ((0, 0), (0, 9)))[:, :e] + rng.normal(size=(40, e)) / 2
    found = align(a, b)
    wide = max(d, e)
    padded = [np.pad(x, ((0, 0), (0, wide - x.shape[1]))) for x in (a, b)]
    assert found.disparity == pytest.approx(procrustes(*padded)[2])
    assert found.disparity < found.chance
    assert found.turn @ found.turn.T == pytest.approx(np.eye(wide))


def test_layout_is_aligned_by_rotation():
    a = cloud(60, 4)
    xy = np.random.default_rng(1).normal(size=(60, 2))
    few = Embedding(a.vectors[10:], a.items[10:], {"name": "few"})
    mirrored = turned(xy, seed=3) * [1, -1]
    found = compare_embeddings(a, few, 5)
    back = turned_layout(found, xy, mirrored[10:] + 7)
    shift = back - xy[10:]
    assert shift == pytest.approx(np.broadcast_to(shift[0], shift.shape), abs=1e-6)
    assert turned_layout(found, xy, xy[10:]) == pytest.approx(xy[10:], abs=1e-9)


def test_overlap_correlates_with_popularity():
    counts = np.arange(1, 401)
    a = cloud(400, 8, n_ratings=counts)
    grown = a.vectors / np.linalg.norm(a.vectors, axis=1, keepdims=True) * counts[:, None].astype(np.float32)
    b = called(a, "b", grown + np.where(counts < 200, 1000, 0)[:, None].astype(np.float32))
    found = compare_embeddings(called(a, "a", grown), b, k=5).correlations
    assert found["length, a"] == pytest.approx(1)
    assert found["overlap"] > 0.5  # popular items kept their neighbors
    nameless = compare_embeddings(cloud(50, 4), cloud(50, 4, 1), 5).correlations
    assert nameless == {"overlap": None, "length, cloud (first)": None, "length, cloud (second)": None}


def popular_world(n: int = 1000) -> tuple[Embedding, Embedding]:
    """In the first, all items point to the popular ones; in the second, to items of equal popularity."""
    rng = np.random.default_rng(0)
    counts = 10 + np.arange(n)
    genres = [["Low"] if row < n / 2 else ["High"] for row in range(n)]
    items = pd.DataFrame({"key": [str(row) for row in range(n)], "n_ratings": counts, "genres": genres})
    around = np.deg2rad(90 * np.arange(n) / n)
    fair = np.column_stack([np.cos(around), np.sin(around)])
    hubs = np.where(np.arange(n)[:, None] >= n - 30, 0, 1) * rng.normal(size=(n, 400)) + 0.5
    return (
        Embedding(hubs, items, {"name": "hubs", "model": "mf", "kind": "movielens"}),
        Embedding(fair, items, {"name": "fair", "model": "item2vec", "kind": "sequences"}),
    )


def test_popularity_bias_of_the_biased_embedding_is_reported():
    a, b = popular_world()
    for one, other in ((a, b), (b, a)):
        found = popularity_bias(compare_embeddings(one, other))
        table = found.deciles
        assert table["decile"].tolist() == list(range(1, 11))
        assert (table["items"] == 100).all()
        assert table["own"].tolist() == pytest.approx(10 + np.arange(10) * 100 + 49.5)
        assert table["fair"].tolist() == pytest.approx(table["own"], abs=2)  # the diagonal
        assert (table["hubs"][:9] > 900).all()
        assert (table["more"][:8] == "hubs").all()
        sentences = " ".join(found.sentences)
        assert "more popular in hubs for deciles 1 to " in sentences
        assert "More neighbors that share a genre in fair for " in sentences
        assert found.away[found.names.index("fair")] == pytest.approx(1, abs=0.05)
        assert found.away[found.names.index("hubs")] > 1.5
    shares = found.shared[found.shared["decile"].between(4, 7)]
    assert shares["fair"].mean() > 0.97


def test_equal_embeddings_have_equal_popularity_bias():
    _, b = popular_world(300)
    found = popularity_bias(compare_embeddings(called(b, "one", model="mf"), b))
    sentences = " ".join(found.sentences)
    assert (found.deciles["ratio"] == 1).all()
    assert (found.deciles["more"] == "").all() and (found.shared["more"] == "").all()
    assert "In no popularity decile are the neighbors in one embedding 1.25 times as popular" in sentences
    assert "In no popularity decile does one embedding have 10 points more neighbors that share a genre" in sentences


def test_decile_bounds_lie_between_distinct_counts():
    counts = np.r_[np.full(250, 20), np.arange(21, 271)].astype(float)
    found = deciles(np.random.default_rng(0).permutation(counts))
    assert len(np.unique(deciles(counts)[:250])) == 1
    assert sorted(np.bincount(found)[1:]) == sorted(np.bincount(deciles(counts))[1:])
    assert np.bincount(deciles(np.arange(1000)))[1:].tolist() == [100] * 10
    assert deciles(np.ones(50)).tolist() == [1] * 50


def test_two_seeds_of_one_model_get_no_verdict():
    a, b = popular_world()
    seeds = [
        called(one, name, model="mf", dataset={"name": "made up"}, params={"l2": 0.1, "seed": seed})
        for seed, (one, name) in enumerate(((a, "first"), (b, "second")))
    ]
    found = popularity_bias(compare_embeddings(*seeds))
    assert (found.deciles["more"] == "").all()
    assert found.sentences[-1].startswith("Both are trainings of the same model")


def test_verdict_names_only_models_that_are_known(colours):
    found = popularity_bias(compare_embeddings(colours, called(colours, "same"), k=3))
    assert not any("item2vec" in sentence for sentence in found.sentences)
    assert found.deciles["items"].sum() == 24


def test_missing_counts_and_genres_shorten_the_comparison(colours):
    bare = called(Embedding(colours.vectors, colours.items[["key"]], {}), "bare")
    with pytest.raises(BadRequest, match="has a popularity column"):
        popularity_bias(compare_embeddings(bare, called(bare, "also")))
    counted = called(bare, "counted", columns={"n_ratings": colours.items["n_ratings"]})
    found = popularity_bias(compare_embeddings(bare, counted, 4))
    assert found.shared is None
    assert not any("genre" in sentence for sentence in found.sentences)


def test_reversed_difference_among_the_most_popular_is_reported():
    """In the first, all neighbors are of medium popularity: more popular than most items, less than the top ones."""
    n = 500
    counts = np.arange(1, n + 1)
    around = np.deg2rad(90 * np.arange(n) / n)
    fair = np.column_stack([np.cos(around), np.sin(around)])
    rng = np.random.default_rng(0)
    noise = np.where(abs(counts - 350) < 15, 0, 1)[:, None] * rng.normal(size=(n, 400)) + 0.5
    items = pd.DataFrame({"key": [str(row) for row in range(n)], "n_ratings": counts})
    a, b = (Embedding(v, items, {"name": name}) for v, name in ((noise, "same"), (fair, "fair")))
    text = popularity_bias(compare_embeddings(a, b)).sentences[2]
    assert re.search(r"more popular in same for deciles 1 to . \(.* times\), and more popular in fair for decile", text)
