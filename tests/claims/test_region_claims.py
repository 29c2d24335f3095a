"""Names of map regions: false positive rate and power."""

import numpy as np
import pandas as pd
import pytest

from explorer.maps.regions import regions

MAPS, N = 40, 400


def shop(rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """Items on eight islands whose columns are independent of the island."""
    xy = np.array([[n % 4, n // 4] for n in rng.integers(0, 8, N)]) * 10 + rng.normal(size=(N, 2))
    words = np.array([f"tag {n}" for n in range(30)])
    items = {
        "tags": [list(words[rng.random(30) < 0.08]) for _ in range(N)],
        "brand": rng.choice(["Acme", "Bolt", "Cork", "Dune"], N),
        "price": rng.lognormal(size=N),
        "in_stock": rng.random(N) < 0.5,
    }
    return pd.DataFrame(items), xy.astype(np.float32)


@pytest.mark.parametrize("tries", [1, 2])
def test_at_most_5_percent_of_maps_without_structure_have_a_name(tries):
    worlds = (shop(np.random.default_rng(seed)) for seed in range(MAPS))
    wrong = sum(len(regions(items, xy, list(items) if tries == 1 else None)) > 0 for items, xy in worlds)
    assert wrong <= 6  # 5% of 40 are 2; more than 6 happen with probability 0.3%


@pytest.mark.parametrize("tries", [1, 2])
def test_planted_name_is_found(tries):
    for seed in range(5):
        items, xy = shop(np.random.default_rng(seed))
        island = (xy[:, 0] < 5) & (xy[:, 1] < 5)
        items.loc[island, "brand"] = "Elm"
        found = regions(items, xy, list(items) if tries == 1 else None)
        assert "Elm" in found["name"].tolist()
        rows = found["rows"][found["name"].tolist().index("Elm")]
        assert set(rows) <= set(np.flatnonzero(island)) and len(rows) > 0.9 * island.sum()
