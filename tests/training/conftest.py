"""Generated ratings with known structure."""

import numpy as np
import pandas as pd
import pytest

from explorer.datasets.ratings import Ratings


def world(user, item, rating, timestamp=None, n_users=None, n_items=None, scale=(1.0, 5.0)) -> Ratings:
    user, item = np.asarray(user), np.asarray(item)
    n_items, n_users = n_items or int(item.max()) + 1, n_users or int(user.max()) + 1
    names = [f"item {number}" for number in range(n_items)]
    items = pd.DataFrame(
        {
            "item_id": np.arange(n_items),
            "key": names,
            "title": names,
            "year": 2000,
            "genres": [[] for _ in names],
            "n_ratings": np.bincount(item, minlength=n_items),
            "mean_rating": 3.0,
        }
    )
    timestamp = np.zeros(user.size, np.int64) if timestamp is None else timestamp
    return Ratings(user, item, rating, timestamp, items, np.arange(n_users), scale, "made-up world")


@pytest.fixture(scope="session")
def make_world():
    """Make ratings from three columns."""
    return world


@pytest.fixture(scope="session")
def checkerboard() -> Ratings:
    """80 users, 40 items: users of a color rate items of their color 5 and others 1; 60% of the pairs are rated."""
    user, item = np.divmod(np.arange(80 * 40), 40)
    seen = np.random.default_rng(0).random(user.size) < 0.6
    return world(user[seen], item[seen], np.where(user[seen] % 2 == item[seen] % 2, 5.0, 1.0))


@pytest.fixture(scope="session")
def noise() -> Ratings:
    """The same pairs with random ratings."""
    rng = np.random.default_rng(1)
    user, item = np.divmod(np.arange(80 * 40), 40)
    seen = rng.random(user.size) < 0.6
    return world(user[seen], item[seen], rng.integers(1, 6, seen.sum()).astype(float))
