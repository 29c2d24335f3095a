"""Quality metrics on generated embeddings with known properties."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from explorer import BadData, BadRequest, Embedding
from explorer.core.columns import Column
from explorer.core.columns.kinds.labels import Labels
from explorer.core.search.knn import all_neighbors
from explorer.quality import metrics
from explorer.quality.item_groups import read_groups
from explorer.quality.quality_card import quality
from tests.conftest import colour_items

GENRES = ("Comedy", "Drama", "War", "Crime")


def noise(n: int = 1200, d: int = 40, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def embedded(vectors: np.ndarray, **columns) -> Embedding:
    items = pd.DataFrame({"key": [f"item {row}" for row in range(len(vectors))], **columns})
    return Embedding(vectors, items, {"name": "cloud"})


def random_genres(n: int, seed: int = 1) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    return [list(rng.choice(GENRES, rng.integers(1, 3), replace=False)) for _ in range(n)]


def test_noise_is_isotropic_with_full_dimension_and_has_hubs_by_distance():
    card = quality(embedded(noise()))
    assert abs(card["anisotropy"].value) < 0.01
    assert card["effective dimensions"].value > 0.9
    assert card["effective rank"].value > 0.95
    assert card["dead dimensions"].value == card["near-duplicates"].value == 0
    assert card["hubness, cosine"].value < 0.6  # directions are uniform
    assert card["hubness, euclidean"].value > 2  # points near the center are neighbors of all
    few = quality(embedded(noise(d=4)))
    assert few["hubness, euclidean"].value < 0.5
    assert quality(embedded(noise(d=200)))["hubness, euclidean"].value > card["hubness, euclidean"].value


def test_shifted_cloud_is_anisotropic_with_full_dimension():
    card = quality(embedded(noise() + 3))
    assert card["anisotropy"].value > 0.8
    assert card["anisotropy"].verdict == "unusual"
    assert card["top axis"].value == pytest.approx(card["top axis"].noise, abs=0.01)  # invariant to shifts
    assert card["top axis"].verdict == card["effective dimensions"].verdict == "good"


def test_cloud_along_a_line_has_one_dimension():
    line = noise(d=1) @ noise(1, 40, seed=1) + 0.01 * noise()
    card = quality(embedded(line))
    assert card["top axis"].value > 0.95
    for name in ("top axis", "effective dimensions", "effective rank"):
        assert card[name].verdict == "unusual"


def test_flat_cloud_has_few_dimensions():
    flat = noise(d=2) @ noise(2, 40, seed=1)
    card = quality(embedded(flat))
    assert card["effective dimensions"].value <= 2 / 40
    assert card["effective dimensions"].verdict == "unusual"
    assert card["dead dimensions"].value == 0  # every column varies, but they are correlated


def test_constant_columns_are_dead():
    vectors = noise(d=10)
    vectors[:, 3] = 0
    vectors[:, 7] = 5
    vectors[:, 8] *= 0.001
    card = quality(embedded(vectors))
    assert card["dead dimensions"].value == 3
    assert card["dead dimensions"].examples == ("dimension 3", "dimension 7", "dimension 8")
    assert card["dead dimensions"].verdict == "unusual"


def test_duplicates_are_found_exactly():
    vectors = noise(300, 12)
    vectors[10] = 2 * vectors[20]  # equal direction
    vectors[30:45] = vectors[45]  # sixteen duplicates: more than a list of ten neighbors shows
    card = quality(embedded(vectors))
    assert card["near-duplicates"].value == 1 + 16 * 15 // 2
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert card["near-duplicates"].value == ((unit @ unit.T > 0.999).sum() - 300) // 2
    _, pairs = metrics.near_duplicates(vectors, *all_neighbors(vectors, 10))
    assert [10, 20] in pairs.tolist()
    vectors[:] = vectors[0]
    assert quality(embedded(vectors))["near-duplicates"].value == 300 * 299 // 2


def test_hub_and_anti_hubs():
    vectors = np.eye(12, dtype=np.float32)
    vectors[0] = 1  # similar to all items, which are orthogonal to each other
    card = quality(embedded(vectors), k=1)
    hubs = card["hubness, cosine"]
    assert hubs.examples[0] == "item 0 (11 times)"
    assert card["anti-hubs"].value == pytest.approx(10 / 12)
    assert card["anti-hubs"].verdict == "unusual"


def test_mean_cosine_equals_that_over_all_pairs():
    vectors = noise(60, 5) + 0.5
    vectors[7] = 0  # zero vector: cosine 0 with all
    norms = np.linalg.norm(vectors, axis=1)
    norms[7] = 1
    unit = vectors / norms[:, None]
    pairs = (unit @ unit.T)[np.triu_indices(60, 1)]
    assert metrics.mean_cosine(vectors) == pytest.approx(pairs.mean(), abs=1e-6)


def test_rank_correlation_equals_scipy_with_missing_values():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 20, 100).astype(float), rng.normal(size=100)
    expected = stats.spearmanr(x, y).statistic
    assert metrics.rank_correlation(x, y) == pytest.approx(expected)
    with_gaps = np.r_[x, np.nan, 3], np.r_[y, 1, np.nan]
    assert metrics.rank_correlation(*with_gaps) == pytest.approx(expected)
    assert metrics.rank_correlation(x, np.ones(100)) is None


def test_effective_dimension_of_known_variances():
    axes = np.repeat([[3, 0, 0], [-3, 0, 0], [0, 3, 0], [0, -3, 0]], 5, axis=0)
    assert metrics.effective_dimensions(metrics.principal_shares(axes)) == pytest.approx((2, 2))
    assert metrics.effective_dimensions(metrics.principal_shares(np.ones((4, 3)))) == (0, 0)
    shares = np.array([0.8, 0.15, 0.05])
    singular = np.sqrt(shares) / np.sqrt(shares).sum()
    expected = 1 / (shares**2).sum(), np.exp(stats.entropy(singular))  # Roy & Vetterli: of singular values
    assert metrics.effective_dimensions(shares) == pytest.approx(expected)


def test_shared_genres_of_noise_are_at_chance():
    card = quality(embedded(noise(), genres=random_genres(1200)))
    for name in ("neighbors that share a genre", "similarity of genres"):
        figure = card[name]
        assert figure.interval[0] < figure.baseline < figure.interval[1]
        assert figure.verdict == "unusual"


def test_shared_genres_of_the_colors_are_above_chance(colours):
    card = quality(colours, k=4)
    figure = card["neighbors that share a genre"]
    assert figure.value == 1  # all neighbors of a color have that color
    assert figure.baseline < 0.75
    assert figure.verdict == "good"


def labels_of(genres: list[list[str]]) -> Labels:
    return Labels(pd.Series(genres, dtype=object), Column("genres", "labels"))


def test_leave_one_out_means_equal_cards_without_the_item():
    vectors, genres = noise(40, 3), [[], *random_genres(39)]
    values, near = labels_of(genres), all_neighbors(vectors, 6)[0]
    without = metrics.means_without(values.agreement(near)[0].pairs, near, values.known)
    for gone in range(40):
        rest = np.delete(np.arange(40), gone)
        left = labels_of([genres[row] for row in rest])
        share = left.agreement(all_neighbors(vectors[rest], 5)[0])[0].pairs[left.known]
        assert without[gone] == pytest.approx(share.mean())


def test_label_agreement_of_a_worked_example():
    near = np.array([[1, 2], [0, 2], [0, 3], [0, 1]])
    share, alike = (found.pairs.mean(axis=1) for found in labels_of([["a", "b"], ["a"], ["c"], []]).agreement(near))
    assert share == pytest.approx([0.5, 0.5, 0, 0])
    assert alike == pytest.approx([0.25, 0.25, 0, 0])


def test_more_than_eight_labels_are_supported():
    genres = [[f"genre {n}"] for n in range(40)] + [["genre 17", "genre 39"]]
    share, alike = (found.pairs[:, 0] for found in labels_of(genres).agreement(np.array([[40]] * 40 + [[39]])))
    assert np.flatnonzero(share).tolist() == [17, 39, 40]
    assert alike[[17, 39, 40]] == pytest.approx([0.5, 0.5, 0.5])


def test_neighbor_agreement_of_any_column():
    vectors = noise()
    price = np.exp(vectors[:, 0])
    metadata = {
        "price": price,
        "brand": np.where(vectors[:, 1] > 0, "Acme", "Bolt"),
        "luck": np.random.default_rng(9).normal(size=1200),
    }
    card = quality(embedded(vectors, **metadata), by=["price", "brand", "luck"])
    assert card["neighbors alike in price"].value > card["neighbors alike in price"].baseline + 0.05
    assert card["neighbors of the same brand"].value > card["neighbors of the same brand"].baseline + 0.05
    luck = card["neighbors alike in luck"]
    assert luck.interval[0] < luck.baseline < luck.interval[1] and abs(luck.baseline) < 0.05
    with pytest.raises(BadRequest, match="no column 'prize'"):
        quality(embedded(vectors, **metadata), by=["prize"])


def test_norms_that_grow_with_popularity():
    counts = np.arange(1, 1201)
    vectors = noise() / np.linalg.norm(noise(), axis=1, keepdims=True)
    card = quality(embedded(vectors * counts[:, None], n_ratings=counts))
    assert card["norm and popularity"].value == pytest.approx(1)
    assert card["norm and popularity"].verdict == "unusual"
    assert quality(embedded(noise(), n_ratings=1))["norm and popularity"].verdict == "unknown"
    assert "norm and popularity" not in [figure.name for figure in quality(embedded(noise())).figures]


def test_all_metrics_agree_for_unit_vectors():
    vectors = noise(400, 6)
    card = quality(embedded(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)))
    for pair in ("cosine and dot", "cosine and euclidean", "dot and euclidean"):
        assert card[f"agreement, {pair}"].value > 0.99


def test_group_metrics_equal_those_by_hand(colours, tmp_path):
    file = tmp_path / "groups.csv"
    file.write_text(
        "group,title\nred,Red 0\nred,Red 1 (1981)\nred,Red 7\nfar,Blue 0\nfar,Green 7\nlone,Red 2\n,\n"[:-3]
    )
    groups = read_groups(file, colours)
    with file.open("rb") as opened:
        for _ in range(2):
            assert {name: rows.tolist() for name, rows in read_groups(opened, colours).items()} == {
                name: rows.tolist() for name, rows in groups.items()
            }
    assert {name: rows.tolist() for name, rows in groups.items()} == {"red": [0, 1, 7], "far": [15, 16]}
    card = quality(colours, k=2, groups=groups)  # of Red 0 near are 1 and 2, of 1 0 and 2, of 7 5 and 6
    assert card["groups: hit"].value == pytest.approx(2 / 5)
    assert card["groups: recall"].value == pytest.approx((1 / 2 + 1 / 2) / 5)


def test_groups_are_read_by_item_id(colours, tmp_path):
    file = tmp_path / "groups.csv"
    file.write_text("group,item_id,title\nred,0,what\nred,3,ever\nred,999,unknown\n")
    assert read_groups(file, colours)["red"].tolist() == [0, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("name,title\na,b\n", "line 1: the columns are name, title"),
        ("group,item_id\nred,0\n,1\n", "line 3: the column group is empty"),
        ("group,title\nred,Mauve 1\nred,Red 0\n", "no group has two items in colours; 1 of its 2"),
        ('group,title\nred,"Red 0\n', "cannot be read"),
    ],
)
def test_invalid_groups_are_refused(colours, tmp_path, text, message):
    file = tmp_path / "groups.csv"
    file.write_text(text)
    with pytest.raises(BadData, match=message) as error:
        read_groups(file, colours)
    assert str(file) in str(error.value)
    with pytest.raises(BadData, match="cannot be read"):
        read_groups(tmp_path / "absent.csv", colours)


def test_group_ids_need_an_id_column(colours, tmp_path):
    file = tmp_path / "groups.csv"
    file.write_text("group,item_id\nred,0\n")
    with pytest.raises(BadData, match="add a column title"):
        read_groups(file, Embedding(colours.vectors, colours.items[["key"]], {"name": "bare"}))


def test_card_is_a_json_document_and_explains_each_figure(colours):
    card = quality(colours, k=5, groups={"red": np.array([0, 1])})
    document = json.loads(json.dumps(card.document()))
    assert (document["artifact"], document["items"], document["dimensions"], document["k"]) == ("colours", 24, 4, 5)
    assert len(document["figures"]) == len({figure["name"] for figure in document["figures"]}) == 18
    for figure in document["figures"]:
        assert figure["meaning"].endswith(".")
        assert figure["normal"].endswith(".")
        assert figure["verdict"] in ("good", "unusual", "unknown")


@pytest.mark.parametrize(("rows", "k", "message"), [(2, 1, "at least 3"), (5, 5, "from 1 to 4"), (5, 0, "from 1 to 4")])
def test_too_few_items_are_refused(rows, k, message):
    embedding = Embedding(noise(rows, 4), colour_items().head(rows))
    with pytest.raises(BadRequest, match=message):
        quality(embedding, k)
