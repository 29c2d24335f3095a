"""The recommendation order `likely`: exact sums, effect of dislikes, storage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import BadArtifact, BadRequest, Embedding, artifacts
from explorer.core import recommend
from explorer.core.user_models.likely import Likely, Settings
from tests.conftest import colour_items, colour_vectors

RED = {"Red 0": 5.0, "Red 3": 4.5, "Green 0": 1.0, "Blue 2": 3.5}


@pytest.fixture(scope="module")
def colours() -> Embedding:
    """The colors artifact with factors along the colors and an item-item table within each color."""
    items = colour_items().assign(bias=0.0)
    kinds = items["key"].str.split().str[0]
    rng = np.random.default_rng(0)
    table = np.equal.outer(kinds.to_numpy(), kinds.to_numpy()) + 0.1 * rng.random((len(items), len(items)))
    np.fill_diagonal(table, 0)
    columns = np.argsort(-table, axis=1)[:, :6]
    order = Likely(
        factors=colour_vectors().astype(np.float32),
        columns=columns,
        values=np.take_along_axis(table, columns, axis=1).astype(np.float32),
        bias=rng.normal(scale=0.3, size=len(items)).astype(np.float32),
        settings=Settings(mean=3.0, liked=4.0),
    )
    manifest = {"name": "colours", "mean": 3.0, "scale": [0.5, 5], "model": "mf", "likely": order.parameters()}
    return Embedding(colour_vectors(), items, manifest, model=order.arrays())


def test_likely_items_resemble_liked_items(colours):
    user = recommend.fold_in(colours, RED.items())
    assert recommend.orders_for(colours, user)[0] == "likely"
    found = recommend.recommend(colours, user, 5, order="likely")
    assert set(found["key"].str.split().str[0]) == {"Red"}
    assert not set(found["key"]) & set(RED)
    assert found["score"].is_monotonic_decreasing


@given(st.lists(st.sampled_from([0.5, 1.0, 2.5, 3.0, 3.5, 4.0, 5.0]), min_size=1, max_size=12))
def test_contributions_sum_to_the_score(colours, stars):
    rows = np.arange(len(stars))
    order = colours.likely
    scores, parts = order.scores(rows, np.array(stars)), order.contributions(rows, np.array(stars))
    assert parts.shape == (len(colours), len(rows))
    assert parts.sum(axis=1) == pytest.approx(scores, abs=1e-4)
    some = np.array([17, 3])
    assert order.contributions(rows, np.array(stars), of=some) == pytest.approx(parts[some], abs=1e-5)


@pytest.mark.parametrize("popularity", [0.0, 1.0, 2.0])
def test_explanation_refers_to_the_ranking_score(colours, popularity):
    user = recommend.fold_in(colours, RED.items())
    found = recommend.recommend(colours, user, 3, popularity=popularity, order="likely")
    for key, score in zip(found["key"], found["score"], strict=True):
        parts = recommend.contributions(colours, user, key, "likely", popularity)
        assert parts["contribution"].sum() == pytest.approx(score, abs=1e-4)
        assert set(parts["key"].iloc[1:]) == set(RED)


@given(st.floats(0.5, 2.9), st.floats(-1, 1))
def test_ratings_below_the_mean_do_not_add_to_the_score(stars, beyond):
    assert Settings(mean=3.0, liked=4.0).counted(np.array([stars]), np.array([beyond]))[0] <= 0


def test_neutral_rating_counts_half(colours):
    """A rating at the mean counts half a like; a rating below it counts nothing."""
    greens = colours.items["key"].str.startswith("Green").to_numpy()
    scores = [
        recommend.likely(colours, recommend.fold_in(colours, [("Red 0", 5.0), ("Green 0", stars)]))[greens].mean()
        for stars in (2.5, 3.5, 4.5)
    ]
    assert scores[0] < scores[1] < scores[2]


def test_regularization_falls_with_the_number_of_ratings_to_the_trained_value():
    settings = Settings(mean=3.0, liked=4.0)
    ridges = [settings.ridge(count) for count in (1, 3, 10, 100, 1000)]
    assert ridges == sorted(ridges, reverse=True)
    assert ridges[-1] == pytest.approx(settings.l2, rel=0.001)


def test_artifact_without_the_newest_setting_gets_its_default(colours):
    fewer = {name: value for name, value in colours.likely.parameters().items() if name != "few"}
    older = Embedding(colours.vectors, colours.items, {**colours.manifest, "likely": fewer}, model=colours.model)
    assert older.likely.settings == colours.likely.settings


def test_disliked_item_attracts_nothing(colours):
    liked = recommend.fold_in(colours, [("Red 0", 5.0)])
    both = recommend.fold_in(colours, [("Red 0", 5.0), ("Green 0", 0.5)])
    greens = colours.items["key"].str.startswith("Green").to_numpy()
    before, after = (recommend.likely(colours, user)[greens].mean() for user in (liked, both))
    assert after <= before + 1e-5


def test_higher_popularity_weight_prefers_popular_items(colours):
    user = recommend.fold_in(colours, RED.items())
    counts = colours.items["n_ratings"].to_numpy()
    known = [
        counts[colours.index(recommend.recommend(colours, user, 8, None, p, "likely")["key"])].mean() for p in (0, 2)
    ]
    assert known[0] < known[1]


def test_stored_model_gives_the_same_scores(colours, tmp_path):
    path = artifacts.save(tmp_path / "a", colours.vectors, colours.items, colours.manifest, model=colours.model)
    assert artifacts.check(path)["likely"] == colours.likely.parameters()
    again = artifacts.load(path)
    user = recommend.fold_in(again, RED.items())
    assert recommend.likely(again, user) == pytest.approx(recommend.likely(colours, user), abs=1e-3)


def test_arrays_can_be_added_without_changing_the_vectors(colours, tmp_path):
    plain = {name: value for name, value in colours.manifest.items() if name != "likely"}
    path = artifacts.save(tmp_path / "a", colours.vectors, colours.items, plain)
    before = artifacts.manifest(path)["files"]["vectors.npy"]
    with pytest.raises(BadRequest, match="not trained for the order likely"):
        recommend.likely(artifacts.load(path), recommend.fold_in(artifacts.load(path), RED.items()))
    artifacts.update_manifest(path, {"likely": colours.likely.parameters()}, colours.likely.arrays())
    assert artifacts.check(path)["files"]["vectors.npy"] == before
    assert artifacts.load(path).likely is not None


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("columns", lambda a: a + 1000),
        ("columns", lambda a: a - 1000),
        ("values", lambda a: a[:, :3]),
        ("factors", lambda a: a[:4]),
        ("factors", lambda a: a[:, 0]),
        ("bias", lambda a: a[:0]),
    ],
)
def test_damaged_arrays_are_refused(colours, name, damage):
    broken = {**colours.model, f"likely_{name}": damage(colours.model[f"likely_{name}"])}
    embedding = Embedding(colours.vectors, colours.items, colours.manifest, model=broken)
    with pytest.raises(BadArtifact, match="missing or damaged"):
        _ = embedding.likely


def test_ratings_without_a_like_are_refused(colours):
    user = recommend.fold_in(colours, [("Red 0", 2.0)])
    assert "likely" not in recommend.orders_for(colours, user)
    with pytest.raises(BadRequest, match="No item is rated 4 or more"):
        recommend.likely(colours, user)


def test_arrays_keep_their_dtype_when_stored(colours, tmp_path):
    path = artifacts.save(
        tmp_path / "a", colours.vectors, colours.items, colours.manifest, model=colours.likely.arrays()
    )
    kinds = {file.stem: np.load(file).dtype for file in (path / "model").iterdir()}
    assert kinds["likely_columns"] == np.int16
    assert {kinds["likely_values"], kinds["likely_factors"]} == {np.dtype(np.float16)}
