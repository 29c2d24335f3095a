"""item2vec on sequences with known groups."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from explorer import BadData, BadRequest, artifacts
from explorer.datasets.sequences import grouped
from explorer.jobs import training_job
from explorer.training import registry, word2vec
from explorer.training.item2vec import Options, hold_out, measure, train, vocabulary

GROUPS, EACH = 5, 12
QUICK = Options(size=16, epochs=8, window=10, thin=0.0, min_count=1, rate=0.05, order="set")


def told(_: dict) -> None:
    pass


def listens(mixed: bool) -> list[list[str]]:
    """400 sequences of 8 items, each of one group or, if mixed, of all items."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(400):
        group = number % GROUPS
        items = rng.permutation(GROUPS * EACH)[:8] if mixed else EACH * group + rng.permutation(EACH)[:8]
        found.append([f"g{item // EACH} song {item % EACH}" for item in items])
    return found


def written(tmp_path, lists: list[list[str]]) -> str:
    file = tmp_path / "plays.txt"
    file.write_text("".join("\t".join(names) + "\n" for names in lists))
    return str(file)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    return train(written(tmp_path_factory.mktemp("plays"), listens(mixed=False)), QUICK, 0, told)


def test_items_of_a_group_are_near(learnt):
    unit = learnt.vectors / np.linalg.norm(learnt.vectors, axis=1, keepdims=True)
    near = np.argsort(-unit @ unit.T, axis=1)[:, 1:EACH]
    group = learnt.items["key"].str[:2].to_numpy()
    assert (group[near] == group[:, None]).mean() > 0.99
    assert len(learnt.items) == GROUPS * EACH
    assert learnt.items["count"].sum() == 400 * 8


def test_held_out_items_are_ranked_high_and_the_loss_falls(learnt):
    metrics, curve = learnt.manifest["metrics"], learnt.manifest["curve"]
    assert metrics["n_test"] == 400
    # 5 of a group remain as candidates, beside 48 others
    assert metrics["recall@10"] > 0.98
    assert metrics["recall@10_popularity"] < 0.5
    assert curve[-1]["loss"] < 0.8 * curve[0]["loss"]
    assert [point["epoch"] for point in curve] == list(range(1, 9))


def test_noise_is_ranked_at_chance(tmp_path):
    metrics = train(written(tmp_path, listens(mixed=True)), QUICK, 0, told).manifest["metrics"]
    assert metrics["recall@10"] < 0.3  # chance is 10 of 53


def test_seed_determines_the_vectors(tmp_path):
    file, quick = written(tmp_path, listens(mixed=False)), replace(QUICK, epochs=1)
    one, same, other = (train(file, quick, seed, told).vectors for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.allclose(one, other)


def test_window_uses_the_order_of_items(tmp_path):
    """A line of 30 stations, traversed 6 at a time: adjacency is known from the order only."""
    rng = np.random.default_rng(0)
    trips = [[f"{stop:02}" for stop in range(start, start + 6)] for start in rng.integers(0, 25, 600)]
    options = replace(QUICK, order="time", window=3, epochs=10)
    learnt = train(written(tmp_path, trips), options, 0, told)
    unit = learnt.vectors / np.linalg.norm(learnt.vectors, axis=1, keepdims=True)
    stop = learnt.items["key"].astype(int).to_numpy()
    near = stop[np.argsort(-unit @ unit.T, axis=1)[:, 1:4]]
    assert np.abs(near - stop[:, None]).mean() < 4  # chance is about 10


@pytest.mark.parametrize(("order", "window", "found"), [("set", 100, True), ("time", 3, False)])
def test_unordered_sets_ignore_distance(tmp_path, order, window, found):
    """The items of each pair are at both ends of a sequence, with ten of two hundred fillers between."""
    rng = np.random.default_rng(0)
    lists = [
        [f"left {n % 20}", *(f"filler {m}" for m in rng.permutation(200)[:10]), f"right {n % 20}"] for n in range(600)
    ]
    learnt = train(written(tmp_path, lists), replace(QUICK, order=order, window=window, epochs=15), 0, told)
    items = learnt.items["key"]
    left, right = (
        learnt.vectors[[items.tolist().index(f"{side} {n}") for n in range(20)]] for side in ("left", "right")
    )
    left, right = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (left, right))
    met = ((left @ right.T).argmax(axis=1) == np.arange(20)).mean()
    assert met > 0.9 if found else met < 0.4


def test_vectors_equal_gensim(tmp_path):
    """gensim's Word2Vec with the same corpus, parameters and steps gives the same vectors."""
    from gensim.models import Word2Vec

    corpus = grouped(np.random.default_rng(0).integers(0, 20, 400), np.repeat(np.arange(50), 8))
    ours, _ = word2vec.word2vec(lambda _: corpus, corpus.counts(20), replace(QUICK, epochs=3), 7, told)
    lists = [part.tolist() for part in np.split(corpus.tokens, 50)]
    options = {"vector_size": 16, "window": 10, "alpha": 0.05, "min_alpha": 1e-4, "sample": 0, "workers": 1}
    model = Word2Vec(**options, sg=1, negative=5, min_count=1, seed=7, epochs=3)
    model.build_vocab_from_freq(dict(enumerate(map(int, corpus.counts(20)))))
    rates = np.linspace(0.05, 1e-4, 4)
    for begin, end in itertools.pairwise(rates):
        model.train(lists, total_examples=50, epochs=1, start_alpha=begin, end_alpha=end)
    assert np.allclose(ours, np.stack([model.wv[token] for token in range(20)]), atol=1e-6)


def test_sequences_longer_than_10_000_are_used_completely():
    """gensim truncates a sequence after 10,000 items."""
    tokens = np.append(np.zeros(10_000, int), np.tile([1, 2], 5000))
    corpus = grouped(tokens, np.zeros(len(tokens), int))
    lists = word2vec._lists(corpus, 0, 1)
    assert [len(part) for part in lists] == [10_000, 10_000]
    assert np.array_equal(np.concatenate(lists), tokens)


def test_chunks_contain_every_sequence_once(monkeypatch):
    monkeypatch.setattr(word2vec, "PIECE", 10)
    lengths = [3, 25, 1, 1, 1, 9, 40, 2]
    corpus = grouped(np.arange(sum(lengths)), np.repeat(np.arange(8), lengths))
    lists = [part for first, last in word2vec._pieces(corpus) for part in word2vec._lists(corpus, first, last)]
    assert [len(part) for part in lists] == lengths
    assert np.array_equal(np.concatenate(lists), corpus.tokens)


def test_held_out_item_of_a_sequence_occurs_once_in_it():
    corpus = grouped(np.array([1, 1, 2, 3, 3, 4, 5, 5]), np.array([0, 0, 0, 1, 1, 2, 2, 2]))
    held = hold_out(corpus, np.random.default_rng(0))
    assert corpus.tokens[held].tolist() == [2, 4]  # the sequence 3 3 has none
    with pytest.raises(BadData, match="at least twice"):
        hold_out(grouped(np.array([1, 1]), np.array([0, 0])), np.random.default_rng(0))


def test_train_on_a_movielens_folder(tmp_path):
    """Two tastes: even users like even films and dislike odd ones, odd users the reverse."""
    folder = tmp_path / "ml-made-up"
    folder.mkdir()
    films = [f"{film},Film {film // 2} ({1990 + film % 2}),Drama" for film in range(20)]
    ratings = [f"{u},{i},{5 if u % 2 == i % 2 else 1},{u + i}" for u in range(40) for i in range(20) if (u + 7 * i) % 5]
    ratings += [f"{user},19,1,0" for user in range(40, 60)]  # in the item table, but nobody likes it any more
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]) + "\n")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n")
    options = {"size": 8, "epochs": 10, "window": 100, "thin": 0.0, "min_count": 2, "rate": 0.1}
    reports: list[dict] = []
    request = training_job.TrainRequest("sequences", str(folder), str(tmp_path / "a"), 0, (), options)
    (path,) = training_job.train_other(request, reports.append)
    manifest = artifacts.check(path)
    assert manifest["kind"] == "sequences"
    assert manifest["noun"] == ["film", "films"]
    assert manifest["dataset"] == {"name": "ml-made-up", "ratings": 660, "users": 60, "items": 20}
    assert "GroupLens" in manifest["licence"]
    found = artifacts.load(path)
    assert set(found.items) >= {"key", "item_id", "title", "year", "genres", "n_ratings", "mean_rating"}
    assert found.items["key"].iloc[0] == "Film 0 (1990)"
    assert found.neighbors("Film 0 (1990)", 9)["year"].eq(1990).all()
    assert next(report["message"] for report in reports if "message" in report).startswith("40 sequences of")
    assert list(dict.fromkeys(r["phase"] for r in reports if "phase" in r)) == ["reading", "measuring", "training"]


@pytest.mark.parametrize(
    ("lists", "options", "error", "message"),
    [
        ([["a"], ["b"], ["c"]], {}, BadData, "none of the 3 sequences has two items"),
        ([["a", "b"], ["a", "c"]], {"min_count": 3}, BadRequest, "min_count is 3, .*'a', occurs 2 times"),
        ([["a", "b"], ["a", "c"]], {"min_count": 2}, BadRequest, "min_count is 2, .*'a', occurs 2 times"),
    ],
)
def test_data_without_signal_are_refused(tmp_path, lists, options, error, message):
    with pytest.raises(error, match=message):
        training_job.train_other(
            training_job.TrainRequest("sequences", written(tmp_path, lists), str(tmp_path / "a"), options=options)
        )
    assert not (tmp_path / "a").exists()


def test_dropped_items_are_counted():
    import pandas as pd

    corpus = grouped(np.array([0, 1, 0, 1, 2, 3, 0]), np.array([0, 0, 1, 1, 2, 3, 3]))
    kept, rows = vocabulary(corpus, pd.Series(list("abcd")), 2, "x")
    assert rows.tolist() == [0, 1]
    assert kept.tokens.tolist() == [0, 1, 0, 1]
    assert kept.alone == 2  # c alone from the start, a alone after d was dropped


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is 0"),
        ({"epochs": 0}, "epochs is 0"),
        ({"window": 0}, "window is 0"),
        ({"negative": 0}, "negative is 0"),
        ({"ns_exponent": float("nan")}, "ns_exponent is nan"),
        ({"thin": -1.0}, "thin is -1"),
        ({"rate": 0.0}, "rate is 0"),
        ({"min_count": 0}, "min_count is 0"),
        ({"order": "random"}, "no order 'random'; choose one of time, set"),
        ({"liked": "much"}, "liked is 'much'"),
        ({"liked": "9"}, "liked is '9'"),
        ({"colour": 1}, "has no option colour"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(BadRequest, match=message):
        registry.options("sequences", options)


def test_vocabulary_larger_than_memory_names_both_numbers(monkeypatch):
    monkeypatch.setattr(word2vec, "available", lambda: 1_000_000_000)
    with pytest.raises(BadRequest, match=r"10,000,000 items in 64 .* 15\.2 GB .* 1\.0 GB"):
        word2vec.check_memory(10_000_000, 64)


def test_evaluation_does_not_train_on_held_out_items(monkeypatch):
    corpus = grouped(np.tile(np.arange(4), 30), np.repeat(np.arange(30), 4))
    seen = []

    def spy(sequences, counts, *_):
        seen.append(len(sequences.tokens))
        return np.ones((4, 2), np.float32), []

    monkeypatch.setattr("explorer.training.item2vec.learn", spy)
    assert measure(corpus, 4, QUICK, 0, told)["n_test"] == 30
    assert seen == [90]
