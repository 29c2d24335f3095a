"""Edge files: formats, duplicates, invalid lines."""

import gzip

import numpy as np
import pytest

from explorer.datasets import graph_edges
from explorer.datasets.sequences import grouped
from explorer.errors import BadData


def pairs(graph: graph_edges.Graph, names: list[str]) -> dict[tuple[str, str], float]:
    return {(names[a], names[b]): w for a, b, w in zip(*graph.pairs(), strict=True)}


@pytest.mark.parametrize(
    "text",
    [
        "a\tb\t2\nb\tc c\t0.5\n",
        "a,b,2\nb,c c,0.5\n",
        'source,target,weight\na,"b",2\nb,"c c",0.5\n',
        "# from a study\nsource\ttarget\tweight\r\na\tb\t2\r\n\r\nb\tc c\t5e-1\r\n",
        "\ufeffa, b, 2\nb, c c, 0.5",
    ],
)
def test_every_file_format_gives_the_same_edges(tmp_path, text):
    (tmp_path / "edges").write_text(text, encoding="utf-8")
    graph, names = graph_edges.read_graph(tmp_path / "edges")
    assert names == ["a", "b", "c c"]
    assert pairs(graph, names) == {("a", "b"): 2, ("b", "c c"): 0.5}


def test_whitespace_separator_default_weight_and_gzip(tmp_path):
    (tmp_path / "edges.gz").write_bytes(gzip.compress(b"% snap\n1 2\n2   3\n"))
    graph, names = graph_edges.read_graph(tmp_path / "edges.gz")
    assert pairs(graph, names) == {("1", "2"): 1, ("2", "3"): 1}


def test_duplicate_edges_are_summed_and_loops_dropped_and_counted(tmp_path):
    (tmp_path / "e").write_text("a b 1\nb a 2\nc c 9\nb d 4\na b 3\n")
    graph, names = graph_edges.read_graph(tmp_path / "e")
    assert pairs(graph, names) == {("a", "b"): 6, ("b", "d"): 4}
    assert names == ["a", "b", "d"]  # c has no neighbor
    assert (graph.loops, graph.merged, graph.n_edges, len(graph)) == (1, 2, 2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b 1\nb c heavy\n", "line 2: weight 'heavy' is not a number"),
        ("one two strong\n", "line 1: weight 'strong' is not a number"),
        ("a b 1\nb c -2\n", "line 2: weight '-2' is not above 0"),
        ("a b 1\nb c nan\n", "line 2: weight 'nan'"),
        ("a b 1\nb c inf\n", "line 2: weight 'inf'"),
        ("a b 1\n\nb c\n", "line 3: 3 fields expected, 2 found"),
        ("a\n", "line 1: two nodes"),
        ("The Matrix Toy Story 1\n", "Names with spaces need tabs"),
        ("", "no edges in the file"),
        ("# only\n", "no edges in the file"),
        ("source target\n", "no edges in the file"),
        ("a a\nb b\n", "all 2 edges connect a node to itself"),
        ("a b\0\n", "line 1: not text"),
    ],
)
def test_invalid_edge_names_its_line(tmp_path, text, message):
    (tmp_path / "edges.txt").write_text(text)
    with pytest.raises(BadData, match=message) as caught:
        graph_edges.read_graph(tmp_path / "edges.txt")
    assert "edges.txt" in str(caught.value)


def test_unreadable_files_are_refused(tmp_path):
    with pytest.raises(BadData, match="no such file"):
        graph_edges.read_graph(tmp_path / "nowhere")
    with pytest.raises(BadData, match="a folder"):
        graph_edges.read_graph(tmp_path)
    (tmp_path / "latin").write_bytes("a b\ncafé b\n".encode("latin-1"))
    assert graph_edges.read_graph(tmp_path / "latin")[1] == ["a", "b", "café"]
    (tmp_path / "mixed").write_bytes("é ü\nß ö\na b\n".encode() + b"c\xff b\n")
    with pytest.raises(BadData, match="line 4: not UTF-8"):
        graph_edges.read_graph(tmp_path / "mixed")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"a b\n" * 10_000)[:-9])
    with pytest.raises(BadData, match=r"the \.gz is damaged"):
        graph_edges.read_graph(tmp_path / "cut.gz")


def test_edge_weight_is_the_cosine_of_the_users_who_like_the_items():
    # users 0 and 1 like items 0 and 1, user 2 likes 1 and 2, user 3 likes item 3 only
    likes = grouped(np.array([0, 1, 0, 1, 1, 2, 3]), np.array([0, 0, 1, 1, 2, 2, 3]))
    graph, items = graph_edges.coliked(likes, 4, links=10)
    assert items.tolist() == [0, 1, 2]
    a, b, weight = graph.pairs()
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == [(0, 1), (1, 2)]
    assert weight == pytest.approx([2 / np.sqrt(2 * 3), 1 / np.sqrt(3 * 1)], rel=1e-5)


def test_each_item_keeps_its_strongest_edges(monkeypatch):
    monkeypatch.setattr(graph_edges, "_BLOCK", 3)  # several blocks
    rng = np.random.default_rng(0)
    matrix = rng.random((60, 10)) < 0.4
    owner, tokens = np.nonzero(matrix)
    count = matrix.sum(axis=0)
    cosine = (matrix.T.astype(float) @ matrix) / np.sqrt(np.outer(count, count))
    np.fill_diagonal(cosine, 0)
    best = np.argsort(-cosine, axis=1)[:, :2]
    expected = {(min(a, b), max(a, b)) for a in range(10) for b in best[a].tolist()}
    graph, _ = graph_edges.coliked(grouped(tokens, owner), 10, links=2)
    a, b, weight = graph.pairs()
    assert set(zip(a.tolist(), b.tolist(), strict=True)) == expected
    assert weight == pytest.approx(cosine[a, b], rel=1e-5)


@pytest.mark.parametrize(
    ("text", "names", "weights"),
    [
        ("a;b;2\nb;c;3\n", ["a", "b", "c"], [2, 3]),
        ("a|b\nb|c\n", ["a", "b", "c"], [1, 1]),
        ("user_id,friend_id\n1,2\n2,3\n", ["1", "2", "3"], [1, 1]),
        ("Person,Friend,Strength\nann,bob,2\nbob,cy,3\n", ["ann", "bob", "cy"], [2, 3]),
        ("%%MatrixMarket matrix coordinate\n% by hand\n3 3 2\n1 2 5\n2 3 7\n", ["1", "2", "3"], [5, 7]),
        ("the cat\nthe dog\ncat dog\n", ["the", "cat", "dog"], [1, 1, 1]),
    ],
)
def test_other_edge_formats_are_read(tmp_path, text, names, weights):
    (tmp_path / "e").write_text(text)
    graph, found = graph_edges.read_graph(tmp_path / "e")
    assert found == names and graph.pairs()[2].tolist() == weights
