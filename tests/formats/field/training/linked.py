"""Graphs, tables of categories, and pages that link."""

# ruff: noqa: C408

import gzip
import json

from tests.formats.field.training.making import Case

CASES: dict[str, Case] = {}
EDGES = [("31", "7", 2), ("31", "12", 1), ("7", "12", 5), ("12", "44", 3), ("44", "5", 1)]
WEIGHTED = {(*sorted((a, b)), float(w)) for a, b, w in EDGES}
PLAIN = {(*sorted((a, b)), 1.0) for a, b, _ in EDGES}


def graph(name, files, want, **options):
    CASES[name] = Case("graph", files, options, want)


def edges(template, weights=EDGES):
    return "".join(template.format(a=a, b=b, w=w) + "\n" for a, b, w in weights)


graph(
    "SNAP",
    {
        "ca-GrQc.txt": "# Directed graph (each pair once): CA-GrQc.txt\n# Nodes: 5 Edges: 5\n# FromNodeId\tToNodeId\n"
        + edges("{a}\t{b}")
    },
    dict(edges=PLAIN),
)
graph("KONECT", {"out.contact": "% sym posweighted\n% 5 5 5\n" + edges("{a} {b} {w} 1082008561")}, dict(edges=WEIGHTED))
graph("METIS", {"a.graph": "5 5\n2 3\n1 3\n1 2 4\n3 5\n4\n"}, dict(error="METIS|adjacency|line 2"))
graph("DIMACS", {"a.col": "c a comment\np edge 5 5\n" + edges("e {a} {b}")}, dict(edges=PLAIN, or_error="DIMACS"))
graph(
    "GEXF",
    {
        "a.gexf": '<?xml version="1.0"?>\n<gexf xmlns="http://gexf.net/1.3">'
        '<graph><edges><edge source="a" target="b"/></edges></graph></gexf>\n'
    },
    dict(error="GEXF"),
)
nodes = {
    "directed": False,
    "nodes": [{"id": n} for n in ("31", "7", "12", "44", "5")],
    "links": [{"source": a, "target": b, "weight": w} for a, b, w in EDGES],
}
graph("node-link of NetworkX", {"a.json": json.dumps(nodes, indent=2)}, dict(edges=WEIGHTED, or_error="JSON"))
graph(
    "N-Triples",
    {"a.nt": edges("<http://x.org/{a}> <http://x.org/knows> <http://x.org/{b}> .")},
    dict(error="(?i)triples|RDF"),
)
graph(
    "triples of a knowledge graph",
    {"train.txt": edges("/m/0{a}\t/location/country/form\t/m/0{b}")},
    dict(edges={(*sorted((f"/m/0{a}", f"/m/0{b}")), 1.0) for a, b, _ in EDGES}, or_error="(?i)triple"),
)
graph(
    "signed trust of Bitcoin OTC",
    {"soc-sign-bitcoinotc.csv": edges("{a},{b},{w},1289241911.72836") + "5,7,-10,1289243140.39049\n"},
    dict(edges=WEIGHTED, note="-10|negative", or_error="-10|negative"),
)
graph(
    "adjacency list of NetworkX",
    {"a.adjlist": "#a.py\n# GMT Fri\n#\n31 7 12\n7 12 44\n12 44\n44 5\n5\n"},
    dict(error="(?i)adjacency"),
)
graph(
    "edge list of NetworkX with data",
    {"a.edgelist": edges("{a} {b} {{'weight': {w}}}")},
    dict(edges=WEIGHTED, or_error="line 1.*weight"),
)
graph(
    "names with spaces in quotes",
    {"a.csv": '"Source","Target","Weight"\n' + edges('"node, {a}","node, {b}",{w}')},
    dict(edges={(*sorted((f"node, {a}", f"node, {b}")), float(w)) for a, b, w in EDGES}),
)
graph(
    "STRING",
    {
        "9606.protein.links.txt.gz": gzip.compress(
            ("protein1 protein2 combined_score\n" + edges("9606.ENSP{a} 9606.ENSP{b} {w}50")).encode()
        )
    },
    dict(edges={(*sorted((f"9606.ENSP{a}", f"9606.ENSP{b}")), w * 100.0 + 50) for a, b, w in EDGES}),
)
graph(
    "Matrix Market",
    {"a.mtx": "%%MatrixMarket matrix coordinate pattern symmetric\n%\n44 44 5\n" + edges("{a} {b}")},
    dict(edges=PLAIN, or_error="Matrix Market"),
)
graph("decimal commas", {"a.csv": edges("{a};{b};{w},5")}, dict(edges={(*e[:2], e[2] + 0.5) for e in WEIGHTED}))
graph(
    "routes of OpenFlights",
    {"routes.dat": edges("2B,410,{a},2965,{b},2990,,0,CR2")},
    dict(error="columns|fields|header"),
)
graph(
    "German header",
    {"a.csv": "von;nach;gewicht\n" + edges("Köln {a};Bonn {b};{w}")},
    dict(edges={(*sorted((f"Köln {a}", f"Bonn {b}")), float(w)) for a, b, w in EDGES}),
)


def categories(name, files, want, **options):
    CASES[name] = Case("categories", files, options, want)


adult = "39, State-gov, 77516, Bachelors, <=50K\n50, Private, 83311, Masters, >50K\n38, ?, 215646, Masters, <=50K\n" * 4
categories("Adult: no header", {"adult.data": adult + "\n"}, dict(error="header"))
bank = (
    '"age";"job";"marital";"y"\n'
    + '30;"unemployed";"married";"no"\n33;"services";"single";"yes"\n35;"services";"single";"no"\n' * 4
)
bank = '"age";"job";"marital";"y"\n' + '30;"unemployed";"married";"no"\n33;"services";"single";"yes"\n' * 4
categories("bank marketing", {"bank.csv": bank}, dict(target=["no", "yes"] * 4), target="y", columns=["job", "marital"])
titanic = (
    "PassengerId,Survived,Pclass,Sex,Cabin\n" + "1,0,3,male,\n2,1,1,female,C85\n3,1,3,female,\n4,0,1,male,C85\n" * 3
)
categories(
    "missing cells are a value",
    {"train.csv": titanic},
    dict(target=["0", "1", "1", "0"] * 3),
    target="Survived",
    columns=["Sex", "Cabin"],
)
categories(
    "zip codes with leading zeros",
    {"a.csv": "zip,kind,price\n" + "02139,a,5.5\n00501,b,6\n2139,a,7\n" * 3},
    dict(columns={"zip": ["02139", "00501", "2139"] * 3, "kind": ["a", "b", "a"] * 3}, target=[5.5, 6, 7] * 3),
)
categories(
    "a missing target",
    {"a.csv": "city,kind,price\n" + "x,a,5.5\ny,b,6\nx,b,\n" * 3},
    dict(error="line 4|row 3"),
    target="price",
)
categories("ARFF", {"a.arff": "@relation x\n@attribute a {x,y}\n@data\nx,y\n"}, dict(error="ARFF"))


def books(name, files, want, **options):
    CASES[name] = Case("books", files, options, want)


books(
    "MediaWiki dump",
    {
        "pages.xml": '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/"><page><title>Dune</title></page></mediawiki>\n'
    },
    dict(error="(?i)XML|MediaWiki"),
)
books(
    "SQL dump of page links",
    {"pagelinks.sql": "-- MySQL dump\nDROP TABLE `pagelinks`;\nINSERT INTO `pagelinks` VALUES (1,0,'Dune',0);\n"},
    dict(error="(?i)SQL"),
)
books(
    "objects with links",
    {"a.jsonl": '{"title": "Dune", "links": ["Frank Herbert", "Arrakis"]}\n' * 3},
    dict(error="line 1.*(expected|list)"),
)
