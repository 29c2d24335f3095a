"""node2vec on graphs with known communities."""

from dataclasses import replace

import numpy as np
import pytest

from explorer import BadData, BadRequest, artifacts
from explorer.datasets import graph_edges
from explorer.jobs import training_job
from explorer.training import registry
from explorer.training.node2vec import Options, hold_out, measure, train

QUICK = Options(size=16, epochs=4, length=20, window=3, rate=0.05)


def told(_: dict) -> None:
    pass


def cliques(count: int, size: int) -> list[tuple[int, int]]:
    """Cliques in a row, each joined to the next by one edge."""
    inside = [(size * c + a, size * c + b) for c in range(count) for a in range(size) for b in range(a)]
    return inside + [(size * c, size * c - 1) for c in range(1, count)]


def written(tmp_path, pairs: list[tuple[int, int]], name: str = "edges.tsv") -> str:
    file = tmp_path / name
    file.write_text("".join(f"{a // 10}.{a % 10}\t{b // 10}.{b % 10}\t1\n" for a, b in pairs))
    return str(file)


@pytest.mark.parametrize(("p", "q", "model"), [(1.0, 1.0, "DeepWalk"), (0.5, 2.0, "node2vec")])
def test_neighbors_are_within_the_clique(tmp_path, p, q, model):
    learnt = train(written(tmp_path, cliques(2, 10)), replace(QUICK, p=p, q=q, epochs=20), 0, told)
    unit = learnt.vectors / np.linalg.norm(learnt.vectors, axis=1, keepdims=True)
    clique = learnt.items["key"].str[0].to_numpy()
    near = clique[np.argsort(-unit @ unit.T, axis=1)[:, 1:10]]
    inner = np.flatnonzero(learnt.items["degree"] == 9)  # except the two ends of a bridge
    assert (near[inner] == clique[inner, None]).mean() > 0.97
    assert learnt.manifest["model"] == model
    assert learnt.items["degree"].tolist().count(10) == 2


def test_held_out_edges_are_predicted_for_communities_and_not_for_random_graphs(tmp_path):
    rng = np.random.default_rng(0)
    metrics = train(written(tmp_path, cliques(12, 10)), QUICK, 0, told).manifest["metrics"]
    assert metrics["auc"] > 0.97
    assert metrics["n_test"] == round(0.1 * (12 * 45 + 11))
    assert metrics["auc_degree_product"] < 0.7
    chance = [(int(a), int(b)) for a, b in rng.integers(100, size=(1500, 2)) if a != b]
    metrics = train(written(tmp_path, chance, "chance"), QUICK, 0, told).manifest["metrics"]
    assert abs(metrics["auc"] - 0.5) < 0.12


def test_seed_determines_the_vectors(tmp_path):
    file = written(tmp_path, cliques(3, 6))
    one, same, other = (train(file, replace(QUICK, epochs=1), seed, told).vectors for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.allclose(one, other)


def test_every_node_keeps_an_edge_when_some_are_held_out():
    rng = np.random.default_rng(0)
    a, b = rng.integers(300, size=(2, 600))
    tied, ends = np.unique(np.append(a, b), return_inverse=True)
    graph = graph_edges.build(ends[:600], ends[600:], np.ones(600), len(tied))
    held = hold_out(graph, rng)
    left, right, _ = graph.pairs()
    assert 0 < len(held) <= 60
    rest = np.append(np.delete(left, held), np.delete(right, held))
    assert len(np.unique(rest)) == len(graph)


def test_tree_is_trained_without_evaluation(tmp_path):
    reports: list[dict] = []
    learnt = train(written(tmp_path, [(0, 1), (0, 2), (0, 3)]), QUICK, 0, reports.append)
    assert learnt.manifest["metrics"] == {"n_test": 0}
    assert {"message": "no edge can be held out, so there is no evaluation"} in reports
    assert len(learnt.items) == 4


def test_evaluation_does_not_walk_over_held_out_edges(monkeypatch):
    a, b = (np.array(side) for side in zip(*cliques(3, 6), strict=True))
    graph = graph_edges.build(a, b, np.ones(len(a)), 18)
    walked = []

    def spy(rest, *_):
        walked.append(rest)
        return np.random.default_rng(0).random((18, 4), np.float32), []

    monkeypatch.setattr("explorer.training.node2vec._learn", spy)
    metrics = measure(graph, QUICK, 0, told)
    assert walked[0].n_edges == graph.n_edges - metrics["n_test"]


def test_films_connected_by_common_likes(tmp_path):
    folder = tmp_path / "ml-made-up"
    folder.mkdir()
    films = [f"{film},Film {film} ({1990 + film % 2}),Drama" for film in range(20)]
    ratings = [f"{u},{i},{5 if u % 2 == i % 2 else 1},{u + i}" for u in range(40) for i in range(20) if (u + 7 * i) % 5]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]) + "\n")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n")
    options = {"size": 8, "length": 10, "links": 5, "rate": 0.1}
    (path,) = training_job.train_other(
        training_job.TrainRequest("graph", str(folder), str(tmp_path / "a"), 0, ("pca",), options)
    )
    manifest = artifacts.check(path)
    assert (manifest["kind"], manifest["noun"], manifest["model"]) == ("graph", ["film", "films"], "DeepWalk")
    assert artifacts.load(path).neighbors("Film 0", 9)["year"].eq(1990).all()
    assert "GroupLens" in (path / "DATA_CARD.md").read_text()


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [("a b 1\nb c heavy\n", BadData, "edges, line 2: weight 'heavy'"), ("", BadData, "edges: no edges in the file")],
)
def test_invalid_file_leaves_no_artifact(tmp_path, text, error, message):
    (tmp_path / "edges").write_text(text)
    with pytest.raises(error, match=message):
        training_job.train_other(training_job.TrainRequest("graph", str(tmp_path / "edges"), str(tmp_path / "a")))
    assert [path.name for path in tmp_path.iterdir()] == ["edges"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p": 0.0}, "p is 0.0; it must be between 0.01 and 100"),
        ({"q": 1e9}, "q is"),
        ({"length": 1}, "length is 1"),
        ({"links": 0}, "links is 0"),
        ({"size": 1000}, "size is 1,000"),
        ({"liked": "-1"}, "liked is '-1'"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(BadRequest, match=message):
        registry.options("graph", options)
