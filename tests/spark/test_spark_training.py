"""Training on a local cluster equals that on one machine, even if a worker fails."""

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest, artifacts, load
from explorer.core import recommend
from explorer.datasets.interactions import InteractionSource
from explorer.jobs import training_job
from explorer.training.ratings.models.baselines import ITEM_DAMPING, USER_DAMPING
from explorer.training.spark.request import Request
from explorer.training.spark.session import session
from explorer.webapp import cache
from tests.spark.conftest import ITEMS, NOISE, SMALL, USERS, answer, ask, begin, free_port, kill, wait_for

SIZE, EPOCHS, L2 = 3, 8, 0.02
RECIPE = ("--size", SIZE, "--epochs", EPOCHS, "--l2", L2)
pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def undisturbed(world, cluster, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "als"
    return out, answer(begin("ratings", world, out, cluster.url, *RECIPE))


def test_held_out_error_equals_that_of_one_machine(world, undisturbed, tmp_path):
    path, told = undisturbed
    held = held_out_pairs(world, tmp_path)
    alone = one_machine(pd.read_csv(world), held)
    assert told["metrics"]["n_test"] == held.sum()
    assert told["metrics"]["rmse"] == pytest.approx(alone, abs=0.01)
    assert NOISE < told["metrics"]["rmse"] < 1.15 * NOISE  # close to the noise, and not below it
    assert told["metrics"]["baselines"]["bias"]["rmse"] > 2 * NOISE
    manifest = artifacts.check(path)
    assert manifest["dataset"] == {"name": "world", "ratings": 30_000, "users": USERS, "items": ITEMS}
    assert (manifest["engine"], manifest["model"]) == ("spark", "als")


def test_recommendations_from_the_factors_reproduce_the_ratings(world, undisturbed):
    embedding, ratings = load(undisturbed[0]), pd.read_csv(world)
    assert embedding.users.shape == (USERS, SIZE + 1)
    for number in (0, 7, USERS - 1):
        own = ratings[ratings["user"] == number]
        rows = embedding.index(own["item"].astype(str))
        known = recommend.predictions(embedding, recommend.trained_user(embedding, number))[rows]
        assert np.sqrt(np.mean((known - own["rating"]) ** 2)) < 1.5 * NOISE
        rated = [(str(item), stars) for item, stars in zip(own["item"], own["rating"], strict=True)]
        folded = recommend.fold_in(embedding, rated)
        assert np.corrcoef(recommend.predictions(embedding, folded)[rows], known)[0, 1] > 0.9


def test_users_with_text_ids_are_stored_in_the_order_of_their_ids(tmp_path):
    """Interactions in parquet; each user chooses within one half of the items."""
    rng = np.random.default_rng(1)
    user, item = np.repeat(np.arange(USERS), 20), np.concatenate([rng.permutation(60)[:20] for _ in range(USERS)])
    item = 60 * (user % 2) + item
    table = pd.DataFrame({"user_id": [f"u{n:03}" for n in user], "item_id": [f"i{n:03}" for n in item]})
    table.to_parquet(tmp_path / "chosen.parquet")
    request = Request(str(tmp_path / "chosen.parquet"), str(tmp_path / "a"), "als-implicit", "local[2]", layouts=(),
                      conf=SMALL, options={"size": 2, "epochs": 4}, source=InteractionSource())  # fmt: skip
    said: list[dict] = []
    path = training_job.train_on_spark(request, said.append)
    artifacts.check(path)
    embedding = load(path)
    assert embedding.users.shape == (USERS, 3)
    vectors = embedding.users[:, :-1] @ embedding.vectors.T
    for number in (0, 1, USERS - 1):  # items of the user's half score higher
        half = number % 2
        own, other = vectors[number][60 * half : 60 * half + 60], vectors[number][60 - 60 * half :][:60]
        assert own.mean() > other.mean() + 0.3
    with pytest.raises(BadRequest, match="predicts no ratings"):
        recommend.fold_in(load(path), [("i000", 4.0)])
    assert {"name": "chosen", "interactions": 20 * USERS, "users": USERS, "items": 120, "duplicates": 0} in [
        one.get("read") for one in said
    ]


def test_users_of_a_release_are_numbered_as_without_spark(tmp_path, monkeypatch):
    """So that Recommend finds a user's ratings in the data folder."""
    rng = np.random.default_rng(4)
    folder = tmp_path / "movielens" / "tiny"
    folder.mkdir(parents=True)
    pairs = pd.DataFrame({"userId": np.repeat([3, 10, 200], 8), "movieId": [*rng.permutation(9)[:8] + 1] * 3})
    pairs.assign(rating=rng.integers(1, 11, 24) / 2, timestamp=0).to_csv(folder / "ratings.csv", index=False)
    films = pd.DataFrame(
        {"movieId": range(1, 10), "title": [f"Film {n} (1990)" for n in range(1, 10)], "genres": "Drama"}
    )
    films.to_csv(folder / "movies.csv", index=False)
    request = Request(str(folder), str(tmp_path / "a"), "als", "local[2]", min_ratings=1, layouts=(), conf=SMALL,
                      options={"size": 2, "epochs": 2})  # fmt: skip
    embedding = load(training_job.train_on_spark(request))
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    own = cache.ratings_of(embedding, 1)
    given = pd.read_csv(folder / "ratings.csv").query("userId == 10").set_index("movieId")["rating"]
    assert dict(zip(own["item_id"], own["score"], strict=True)) == given.to_dict()


def test_item2vec_groups_items_liked_by_the_same_users(cluster, tmp_path):
    rng = np.random.default_rng(2)
    rows = [(u, 30 * (u % 2) + i, 5.0, t) for u in range(300) for t, i in enumerate(rng.permutation(30)[:12])]
    rows += [(u, 30 * (1 - u % 2) + i, 1.0, 99) for u in range(300) for i in rng.permutation(30)[:3]]  # not liked
    pd.DataFrame(rows, columns=["userId", "movieId", "rating", "timestamp"]).to_csv(tmp_path / "r.csv", index=False)
    words = ("--model", "item2vec", "--size", 8, "--epochs", 5)
    told = answer(begin("ratings", tmp_path / "r.csv", tmp_path / "a", cluster.url, *words))
    embedding = load(tmp_path / "a")
    for number, key in enumerate(embedding.items["key"][:10]):
        near = embedding.neighbors(key, 10)["key"].astype(int)
        assert ((near < 30) == (int(key) < 30)).mean() >= 0.9, number
    assert told["metrics"]["recall@10"] > told["metrics"]["recall@10_popularity"]


def test_killed_worker_does_not_change_the_result(world, cluster, undisturbed, tmp_path):
    page = free_port()
    watched = {"spark.ui.enabled": "true", "spark.ui.port": str(page)}
    process = begin("ratings", world, tmp_path / "a", cluster.url, *RECIPE, **watched)
    wait_for(lambda: process.poll() is not None or in_als(page), "a stage of ALS")
    assert process.poll() is None
    [at_work] = ask(f"http://127.0.0.1:{page}/api/v1/applications")
    assert at_work["id"] in kill(cluster.workers[0])  # an executor of the previous test may still be ending
    told = answer(process)
    assert told["metrics"]["rmse"] == pytest.approx(undisturbed[1]["metrics"]["rmse"], abs=0.01)
    assert artifacts.check(tmp_path / "a")["items"] == ITEMS


def in_als(page: int) -> bool:
    """True if ALS is running and one of its stages is done."""
    base = f"http://127.0.0.1:{page}/api/v1/applications"
    stages = [s for app in ask(base) or [] for s in ask(f"{base}/{app['id']}/stages") or [] if "ALS" in s["name"]]
    return {"ACTIVE", "COMPLETE"} <= {stage["status"] for stage in stages}


def held_out_pairs(world, tmp_path) -> np.ndarray:
    """Held-out rows of a training, (n,) bool."""
    with session("local[1]", tmp_path.as_uri(), SMALL, tmp_path / "log") as spark:
        from explorer.training.spark.holdout import split

        frame = spark.read.csv(str(world), header=True, schema="user int, item int, rating float, timestamp long")
        chosen = split(frame, 0)[1].toArrow()
    table = pd.read_csv(world)
    held = np.array(chosen["user"]) * ITEMS + np.array(chosen["item"])
    return (table["user"] * ITEMS + table["item"]).isin(held).to_numpy()


def one_machine(table: pd.DataFrame, held: np.ndarray) -> float:
    """RMSE of alternating least squares in numpy: each row is a ridge regression on the rows of the other side."""
    rest, test = table[~held], table[held]
    user, item, rating = (rest[name].to_numpy() for name in ("user", "item", "rating"))
    mean = rating.mean()
    biases = {"user": np.zeros(USERS), "item": np.zeros(ITEMS)}
    for _ in range(10):
        for own, other, damping in (("item", "user", ITEM_DAMPING), ("user", "item", USER_DAMPING)):
            left = rating - mean - biases[other][rest[other]]
            n = len(biases[own])
            biases[own] = np.bincount(rest[own], left, n) / (np.bincount(rest[own], minlength=n) + damping)
    left = rating - mean - biases["user"][user] - biases["item"][item]
    rng = np.random.default_rng(3)
    factors = [rng.normal(0, 0.3, (n, SIZE)) for n in (USERS, ITEMS)]
    for _ in range(EPOCHS):
        for own, mine, theirs in ((1, item, user), (0, user, item)):
            for row in range(len(factors[own])):
                at = mine == row
                design = factors[1 - own][theirs[at]]
                normal = design.T @ design + L2 * at.sum() * np.eye(SIZE)
                factors[own][row] = np.linalg.solve(normal, design.T @ left[at])
    p, q = factors[0][test["user"]], factors[1][test["item"]]
    told = mean + biases["user"][test["user"]] + biases["item"][test["item"]] + np.einsum("nd,nd->n", p, q)
    told = np.clip(told, table["rating"].min(), table["rating"].max())
    return float(np.sqrt(np.mean((told - test["rating"]) ** 2)))
