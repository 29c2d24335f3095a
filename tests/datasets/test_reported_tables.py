"""Ratings, events, sequences, edges and tables as other tools write them: each is read correctly or refused."""

import contextlib
import json

import numpy as np
import pytest

from explorer.datasets.categorical_table import read_table
from explorer.datasets.graph_edges import read_graph
from explorer.datasets.interactions import InteractionSource, load_interactions
from explorer.datasets.rating_table import load_ratings
from explorer.datasets.sequences import read_sequences
from explorer.errors import ExplorerError

RATED = [("u1", "a", 5.0), ("u1", "b", 3.0), ("u2", "a", 4.0), ("u3", "c", 1.0)]


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "header", "sign"),
    [
        ("x.inter", "user_id:token\titem_id:token\trating:float\n", "\t"),  # RecBole
        ("plain.txt", "", " "),
        ("index.csv", "User_id,Item_id,Score\n", ","),
        ("movielens.dat", "", "::"),
    ],
)
def test_ratings_of_other_tools(tmp_path, name, header, sign):
    lines = "".join(sign.join(map(str, row)) + "\n" for row in RATED)
    read = load_ratings(written(tmp_path, name, header + lines))
    found = [(read.user_ids[u], read.items["item_id"][i]) for u, i in zip(read.user, read.item, strict=True)]
    assert sorted(zip(*zip(*found, strict=True), read.rating.tolist(), strict=True)) == RATED


def test_tabs_and_a_name_that_begins_with_a_quote(tmp_path):
    lines = 'u1\tm1\t"weird al" yankovic\t29\nu2\tm2\tdie Ärzte\t5\nu1\tm2\tdie Ärzte\t7\n'
    path = written(tmp_path, "plays.tsv", lines)
    with pytest.raises(ExplorerError, match=r"weird al.*is not a number"):
        load_interactions(path)
    read = load_interactions(path, InteractionSource(user="1", item="3", weight="4"))
    assert '"weird al" yankovic' in read.items["title"].tolist()
    assert read.weight.tolist() == [29, 7, 5]


def test_quotes_around_cells_between_tabs_are_removed(tmp_path):
    path = written(tmp_path, "quoted.tsv", 'user\titem\n"u1"\t"a\tb"\n"u2"\t"c"\n"u1"\t"c"\n')
    with pytest.raises(ExplorerError, match=r"line 2.*fields"):
        load_interactions(path)
    path = written(tmp_path, "plain.tsv", 'user\titem\n"u1"\t"a"\n"u2"\t"c"\n"u1"\t"c"\n')
    assert load_interactions(path).items["title"].tolist() == ["a", "c"]


def test_clicks_with_the_time_before_the_item_are_not_read_as_items(tmp_path):
    clicks = "1,2014-04-07T10:51:09.277Z,214,0\n1,2014-04-07T10:54:09.868Z,215,0\n2,2014-04-07T13:56:37.614Z,214,0\n"
    path = written(tmp_path, "yoochoose-clicks.dat", clicks)
    with pytest.raises(ExplorerError, match=r"column 2 contains times.*--item 3 --time 2"):
        load_interactions(path)
    read = load_interactions(path, InteractionSource(user="1", item="3", time="2"))
    assert read.items["item_id"].tolist() == [214, 215]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("spmf.txt", "a -1 b c -1 -2\nb -1 c -1 -2\n", ["a", "b", "c"]),
        ("objects.jsonl", json.dumps({"user": "u", "items": ["a", "b c"]}) + "\n", ["a", "b c"]),
        ("ends.txt", "1 -1 2\n-2 3\n", ["1", "-1", "2", "-2", "3"]),
    ],
)
def test_sequences_of_other_tools(tmp_path, name, text, expected):
    assert read_sequences(written(tmp_path, name, text))[1] == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('session_id,item_ids\n1,"a b c"\n2,"b c"\n', "line 1 is a header"),
        ("1\tU1\t11/11/2019 9:05:58 AM\tN1 N2\n2\tU9\t11/12/2019 6:11:30 PM\tN3 N4\n", "a column contains times"),
        ('{"user": "u", "items": ["a"], "times": [1]}\n', "2 lists in an object"),
    ],
)
def test_tables_are_no_sequences(tmp_path, text, why):
    with pytest.raises(ExplorerError, match=why):
        read_sequences(written(tmp_path, "x.csv", text))


@pytest.mark.parametrize(
    "text",
    [
        "Source;Target;Type;Id;Label;Weight\na;b;Undirected;0;;2.0\nb;c;Undirected;1;;1.0\n",  # Gephi
        "from,to,weight,date\na,b,2,2020-01-01\nb,c,1,2020-01-02\n",
        ",source,target,value\n0,a,b,2\n1,b,c,1\n",  # pandas
        "weight,source,target\n2,a,b\n1,b,c\n",
        "source,target,strength\na,b,2\nb,c,1\n",
    ],
)
def test_edges_below_a_header_of_more_columns(tmp_path, text):
    graph, names = read_graph(written(tmp_path, "edges.csv", text))
    assert names == ["a", "b", "c"]
    assert graph.weights[graph.starts[0] : graph.starts[1]].tolist() == [2.0]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("graph [\n  node [\n    id 1\n  ]\n]\n", "GML"),
        ('Creator "Gephi"\ngraph\n[\n  node\n  [\n    id 1\n  ]\n]\n', "GML"),
        ('<?xml version="1.0"?>\n<graphml><edge source="a" target="b"/></graphml>\n', "GraphML"),
        ("digraph G {\n  a -> b;\n}\n", "DOT"),
        ('*Vertices 3\n1 "a"\n2 "b"\n*Edges\n1 2 1\n', "Pajek"),
        ('{"source": "a", "target": "b"}\n', "JSON"),
    ],
)
def test_other_formats_of_graphs_are_named(tmp_path, text, what):
    with pytest.raises(ExplorerError, match=f"is {what}|is XML, as {what}"):
        read_graph(written(tmp_path, "graph.txt", text))


def test_a_short_row_of_a_table_of_edges_is_named(tmp_path):
    with pytest.raises(ExplorerError, match="line 3: 4 fields expected, 3 found"):
        read_graph(written(tmp_path, "edges.csv", "source,target,weight,date\na,b,2,2020\nb,c,5\n"))


def test_decimal_commas_in_a_table_of_categories(tmp_path):
    table = read_table(written(tmp_path, "de.csv", "farbe;form;preis\nrot;rund;1,5\nblau;eckig;2,5\nrot;eckig;3\n"))
    assert table.classes is None
    assert np.allclose(table.target, [1.5, 2.5, 3])


@pytest.mark.parametrize(
    "text",
    [" " * 30_000, "<!---->" * 3_000, "/**/" * 5_000, "<?xml " * 4_000, "%\n" * 9_000, "c\n\n" * 9_000,
     "a: b\n" * 5_000, "-- \n" * 5_000, ">a\n" * 5_000, '"' + "," * 30_000, "{" * 20_000 + " " * 9_000],
    ids=range(11),
)  # fmt: skip
def test_text_made_to_slow_down_the_detection_of_formats_is_read_or_refused(tmp_path, text):
    for read in (load_ratings, load_interactions, read_sequences, read_graph, read_table):
        with contextlib.suppress(ExplorerError):
            read(written(tmp_path, "x.txt", text + "x"))


def test_a_short_row_far_below_is_named(tmp_path):
    path = written(tmp_path, "long.csv", "user,item,rating\n" + "u,i,5\nv,j,3\n" * 4000 + "u,i\n")
    with pytest.raises(ExplorerError, match="line 8,002: 3 fields expected, 2 found"):
        load_ratings(path)
