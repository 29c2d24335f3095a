"""Books trained on links, with known families."""

import json

import numpy as np
import pytest

from explorer import artifacts
from explorer.errors import BadRequest
from explorer.training import registry
from explorer.training.pair_model import Pairs, measured, split
from explorer.training.publish import save_training_result

FAMILIES, BOOKS, PAGES = 2, 16, 12


def write(file, links):
    """links: a list of page names for each book; the first half of the books is the first family."""
    lines = [[f"{'AB'[n * 2 // len(links)]} {n}", {"genre": "Horror"}, pages] for n, pages in enumerate(links)]
    file.write_text("\n".join(map(json.dumps, lines)))
    return str(file)


def two_families(rng):
    """Each book links to 8 of the 12 pages of its family."""
    pages = [[f"{family} page {n}" for n in range(PAGES)] for family in "ab"]
    return [list(rng.choice(pages[book >= BOOKS], 8, replace=False)) for book in range(FAMILIES * BOOKS)]


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    told = []
    file = write(tmp_path_factory.mktemp("books") / "families.ndjson", two_families(np.random.default_rng(0)))
    options = registry.options("books", {"max_share": 1.0})
    return registry.train("books", file, options, 3, told.append), told, file, options


def test_neighbors_of_books_and_pages_are_of_the_same_family(learnt):
    for one in (learnt[0], learnt[0].companions["links"]):
        near = one.vectors @ one.vectors.T
        family = one.items["key"].str[0].to_numpy()
        np.fill_diagonal(near, -2)
        first = np.argsort(-near, axis=1)[:, :5]
        assert (family[first] == family[:, None]).all()
        assert np.linalg.norm(one.vectors, axis=1) == pytest.approx(1, abs=1e-5)
        assert one.vectors.dtype == np.float32 and one.vectors.shape[1] == 50


def test_model_is_evaluated_on_held_out_pairs(learnt):
    metrics = learnt[0].manifest["metrics"]
    assert metrics["auc"] > 0.75 > 0.65 > metrics["auc_popularity"]
    assert metrics["n_test"] == 26  # a tenth of 32 x 8


def test_loss_falls(learnt):
    losses = [point["loss"] for point in learnt[0].manifest["curve"]]
    assert losses[-1] < losses[0] / 2
    assert len(losses) == 20


def test_curve_ends_at_the_held_out_auc_and_has_the_popularity_baseline(learnt):
    manifest = learnt[0].manifest
    assert manifest["curve"][-1]["auc"] == pytest.approx(manifest["metrics"]["auc"], abs=1e-6)
    assert {"baseline": manifest["metrics"]["auc_popularity"]} in learnt[1]


def test_counts_and_progress_are_reported(learnt):
    one, told, *_ = learnt
    assert one.manifest["dataset"] | {"left_out": {}} == {
        "name": "families", "books": 32, "links": 24, "pairs": 256, "left_out": {}
    }  # fmt: skip
    assert any("32 books" in state.get("message", "") for state in told)
    assert list(dict.fromkeys(state["phase"] for state in told if "phase" in state)) == ["measuring", "training"]


def test_seed_determines_the_vectors(learnt):
    one, _, file, options = learnt
    again = registry.train("books", file, options, 3)
    assert np.array_equal(one.vectors, again.vectors)
    assert np.array_equal(one.companions["links"].vectors, again.companions["links"].vectors)


def test_random_links_give_chance_auc(tmp_path):
    rng = np.random.default_rng(0)
    links = [[f"page {n}" for n in rng.choice(24, 8, replace=False)] for _ in range(250)]
    file = write(tmp_path / "lot.ndjson", links)
    learnt = registry.train("books", file, registry.options("books", {"max_share": 1.0, "epochs": 10}))
    assert learnt.manifest["metrics"]["auc"] == pytest.approx(0.5, abs=0.1)


def test_books_and_pages_become_artifacts(learnt, tmp_path):
    folders = save_training_result(tmp_path / "made", learnt[0], kind="books")
    assert [folder.name for folder in folders] == ["made", "made-links"]
    for folder in folders:
        artifacts.check(folder)
    books, pages = map(artifacts.load, folders)
    assert pages.items["genres"].map(list).tolist() == [["Horror"]] * 24
    assert (books.manifest["kind"], pages.manifest["kind"]) == ("books", "links")
    card = (folders[0] / "DATA_CARD.md").read_text()
    assert "CC BY-SA" in card and "| Horror |" in card and "256 pairs" in card


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": "lstm"}, "no model 'lstm'"),
        ({"size": 0}, "size is 0"),
        ({"negatives": 0}, "negatives is 0"),
        ({"rate": float("nan")}, "rate is nan"),
        ({"max_share": 0.0}, "max_share is 0"),
        ({"holdout": 0.9}, "holdout is 0.9"),
        ({"colour": 1}, "no option colour"),
    ],
)
def test_invalid_options_are_named(given, message):
    with pytest.raises(BadRequest, match=message):
        registry.options("books", given)


def test_data_without_pairs_are_refused(tmp_path):
    everything = write(tmp_path / "all.ndjson", [["p", "q", "r"]] * 6)
    with pytest.raises(BadRequest, match="Everything is paired"):
        registry.train("books", everything, registry.options("books", {"max_share": 1.0}))
    with pytest.raises(BadRequest, match="--min-books"):
        registry.train("books", everything, registry.options("books", {"min_books": 7}))
    alone = write(tmp_path / "alone.ndjson", [["p"], ["q"]])
    with pytest.raises(BadRequest, match="held out"):
        registry.train("books", alone, registry.options("books", {"min_books": 1, "min_links": 1, "max_share": 1.0}))


def test_negative_samples_are_never_true_pairs():
    rng = np.random.default_rng(0)
    true = rng.random((20, 10)) < 0.8
    true[0], true[1, 1:] = True, True  # one book with every page, one with all but one
    pairs = Pairs(*(side.astype(np.int32) for side in np.nonzero(true)), 20, 10)
    left, right = pairs.sample_negatives(np.repeat(np.arange(20, dtype=np.int32), 50), rng)
    assert len(left) == 1000 and not true[left, right].any()
    assert set(right[left == 1]) == ({0} if not true[1, 0] else set())


def test_every_book_and_page_keeps_a_training_pair():
    rng = np.random.default_rng(0)
    pairs = Pairs(*(side.astype(np.int32) for side in np.nonzero(rng.random((30, 20)) < 0.1)), 30, 20)
    rest, held = split(pairs, 0.5, 0)
    assert set(rest.left) == set(pairs.left) and set(rest.right) == set(pairs.right)
    together = np.concatenate([rest.known, held.known])
    assert np.array_equal(np.sort(together), pairs.known)


def test_metrics_of_a_worked_example():
    # Left 0 has rights 0 (training) and 1 (held out); left 1 has 1 (training) and 2 (held out); there are four rights.
    rest = Pairs(np.array([0, 1]), np.array([0, 1]), 2, 4)
    held = Pairs(np.array([0, 1]), np.array([1, 2]), 2, 4)
    scores = np.array([[9.0, 3.0, 1.0, 2.0], [0.0, 9.0, 1.0, 2.0]])
    found = measured(rest, held, lambda rows: scores[rows], seed=0, k=1)
    assert found["recall@1"] == 0.5  # 1 is the first of 1, 2, 3; 2 is behind 3
    assert measured(rest, held, lambda rows: scores[rows], 0, k=2)["recall@2"] == 1.0
    flat = measured(rest, held, lambda rows: np.zeros((len(rows), 4)), 0, k=1)
    assert flat == {"auc": 0.5, "recall@1": pytest.approx(1 / 3)}  # one of three equal scores
