"""Enrichment of a selection: planted differences, statistics, false positives."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from explorer import BadRequest
from explorer.core.columns.enrichment import effect_of_shares
from explorer.maps.enrichment import enrichment


@pytest.fixture
def films() -> pd.DataFrame:
    """200 films; the first 40 are cartoons except 10, later and equally popular; ids are random."""
    rng = np.random.default_rng(0)
    cartoon = np.r_[np.arange(200) < 30] | (np.arange(200) >= 190)
    return pd.DataFrame(
        {
            "key": [f"Film {n}" for n in range(200)],
            "item_id": np.arange(200),
            "genres": [["Animation", "Comedy"] if c else ["Comedy"] if n % 2 else [] for n, c in enumerate(cartoon)],
            "year": pd.array(np.where(np.arange(200) < 40, 2005, 1990) + rng.integers(0, 8, 200), dtype="Int32"),
            "n_ratings": rng.permutation(200),
            "studio": ["A"] * 200,
        }
    )


@pytest.fixture
def first() -> np.ndarray:
    return np.arange(200) < 40


def test_planted_differences_are_listed_strongest_first(films, first):
    films.loc[3, "year"] = pd.NA
    table = enrichment(films, first)
    assert table["what"].tolist() == ["year", "Animation", "Comedy"]
    assert table["effect"].is_monotonic_decreasing
    year, cartoon, _ = table.to_dict("records")
    assert year["sentence"].startswith("Later: median 20")
    assert year["auc"] == pytest.approx(1)
    assert np.isfinite(year["effect"])
    assert cartoon["sentence"] == "Animation: 75% of these, 6% of the rest"
    assert (cartoon["inside"], cartoon["outside"], cartoon["lift"]) == (0.75, 0.0625, 12)
    assert cartoon["log_odds"] == pytest.approx(np.log(30.5 / 10.5) - np.log(10.5 / 150.5))
    assert cartoon["effect"] == pytest.approx(2 * np.arcsin(0.75**0.5) - 2 * np.arcsin(0.25))


def test_complement_has_the_opposite_differences(films, first):
    table = enrichment(films, ~first).set_index("what")
    assert table.loc["year", "sentence"].startswith("Earlier: ")
    assert table.loc["Animation", "inside"] == 0.0625
    np.testing.assert_allclose(table["effect"], enrichment(films, first).set_index("what")["effect"])


def test_auc_equals_scikit_learn(films):
    rng = np.random.default_rng(3)
    films["mean_rating"] = np.r_[rng.normal(4, 1, 60), rng.normal(3, 1, 140)].round(1)
    selected = np.arange(200) < 60
    row = enrichment(films, selected).set_index("what").loc["mean_rating"]
    assert row["auc"] == pytest.approx(roc_auc_score(selected, films["mean_rating"]))
    assert row["sentence"].startswith("Higher mean rating: median ")


def test_only_the_reference_items_are_compared(films, first):
    among = np.arange(200) < 190
    row = enrichment(films, first, among).set_index("what").loc["Animation"]
    assert (row["outside"], row["lift"], row["sentence"]) == (0, np.inf, "Animation: 75% of these, none of the rest")


def test_noise_gives_no_findings(films):
    rng = np.random.default_rng(1)
    found = [len(enrichment(films, rng.permutation(200) < rng.integers(1, 60))) > 0 for _ in range(200)]
    assert np.mean(found) <= 0.08
    assert enrichment(films, np.arange(200) == 7).empty


def test_items_without_columns_give_no_findings(first):
    assert enrichment(pd.DataFrame({"key": [str(n) for n in range(200)]}), first).empty


def test_columns_of_any_name_are_compared(films, first):
    films["price"] = np.where(first, 9.5, 3.25)
    assert "Higher price: median 9.5, the rest 3.25" in set(enrichment(films, first)["sentence"])


def test_every_kind_of_column_is_compared(films, first):
    films["brand"] = np.where(first, "Acme", "Bolt")
    films["in_stock"] = pd.array(np.where(first, True, np.arange(200) % 2 == 0), "boolean")
    films["added"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.where(first, 300, np.arange(200)), "D")
    films["page"] = [f"https://example.org/{n}" if n < 40 else None for n in range(200)]
    texts = enrichment(films, first, by=["brand", "in_stock", "added", "page", "studio"]).set_index("column")[
        "sentence"
    ]
    assert set(texts["brand"]) == {"Acme: all of these, none of the rest", "Bolt: none of these, all of the rest"}
    assert texts["in_stock"] == "In stock: all of these, 50% of the rest"
    assert texts["added"].startswith("Later added: median 2020-10-27, the rest 2020-0")
    assert texts["page"] == "Page known: all of these, none of the rest"


def test_words_of_a_text_column_are_compared(films, first):
    woods = np.random.default_rng(1).choice(["oak", "ash", "elm", "fir"], 200)
    what = np.where(first, "soft SOFA", "chair")
    films["description"] = [
        f"A {name} of {wood} no {n}." for n, (name, wood) in enumerate(zip(what, woods, strict=True))
    ]
    table = enrichment(films, first, by=["description"])
    assert set(table["sentence"]) == {
        "Description with “soft”: all of these, none of the rest",
        "Description with “sofa”: all of these, none of the rest",
        "Description with “chair”: none of these, all of the rest",
    }


def test_words_of_random_selections_are_rarely_called_different(films):
    rng, vocabulary = (
        np.random.default_rng(2),
        np.array([f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(200)]),
    )
    films["description"] = [" ".join(vocabulary[rng.random(200) < 0.1]) for _ in range(200)]
    wrong = sum(len(enrichment(films, rng.permutation(200) < 40, by=["description"])) > 0 for _ in range(60))
    assert wrong <= 8  # 5% of 60 are 3; more than 8 happen with probability 0.4%


def test_difference_of_shares_is_relative_for_rare_values():
    assert effect_of_shares(np.array(0.11), np.array(0.01)) > effect_of_shares(np.array(0.6), np.array(0.5)) > 0
    some = effect_of_shares(np.array([0.3, 0.1]), np.array([0.3, 0.4]))
    assert some.tolist() == [
        0,
        pytest.approx(-0.7259, abs=1e-4),
    ]


@pytest.mark.parametrize(
    ("selected", "message"),
    [(np.zeros(200, bool), "Nothing"), (np.ones(200, bool), "Everything"), (np.zeros(3, bool), "200 booleans")],
)
def test_empty_and_full_selections_are_refused(films, selected, message):
    with pytest.raises(BadRequest, match=message):
        enrichment(films, selected)
