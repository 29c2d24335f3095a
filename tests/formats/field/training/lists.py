"""Sequences, graphs and tables of further sources."""

# ruff: noqa: C408

import json

from tests.formats.field.training.making import Case

CASES: dict[str, Case] = {}
BASKETS = [["whole milk", "rye bread", "butter"], ["butter", "jam"], ["jam", "rye bread", "whole milk"]]
IDS = [["31", "7", "12"], ["7", "31"], ["12", "7", "9", "31"], ["9", "7"], ["31", "9", "12"]]
EDGES = [("31", "7", 2), ("31", "12", 1), ("7", "12", 5), ("12", "44", 3), ("44", "5", 1)]
WEIGHTED = {(*sorted((a, b)), float(w)) for a, b, w in EDGES}
PLAIN = {(*sorted((a, b)), 1.0) for a, b, _ in EDGES}


def case(kind, name, content, want, file="a.txt", **options):
    CASES[f"{kind}, {name}"] = Case(kind, {file: content}, options, want)


def edges(template):
    return "".join(template.format(a=a, b=b, w=w) + "\n" for a, b, w in EDGES)


case(
    "sequences",
    "CiteULike: the number of items first",
    "".join(f"{len(b)} {' '.join(b)}\n" for b in IDS),
    dict(sequences=IDS, note="number|first", or_error="number|first"),
    "users.dat",
)
case(
    "sequences",
    "SPMF with the names of items",
    "@CONVERTED_FROM_TEXT\n@ITEM=1=apple\n@ITEM=2=tomato\n1 -1 2 -1 -2\n2 -1 1 -1 -2\n",
    dict(sequences=[["apple", "tomato"], ["tomato", "apple"]], or_error="@"),
)
case(
    "sequences",
    "groceries of Kaggle with a header",
    "Item(s),Item 1,Item 2,Item 3,Item 4\n" + "".join(",".join([str(len(b)), *b, "", ""][:5]) + "\n" for b in BASKETS),
    dict(sequences=BASKETS, or_error="header"),
    "a.csv",
)
case(
    "sequences",
    "braces of arules",
    "".join("{" + ",".join(b) + "}\n" for b in BASKETS),
    dict(sequences=BASKETS, or_error="brace|{"),
)
case(
    "sequences",
    "MSNBC: comments above",
    "% Different categories found in input file:\n\nfrontpage news tech\n\n% Sequences:\n\n1 1 2 \n2 3 1 \n3 2 \n",
    dict(error="%|comment"),
    "msnbc990928.seq",
)
case(
    "sequences",
    "lists as Python writes them",
    "".join(f"{b}\n" for b in BASKETS),
    dict(sequences=BASKETS, or_error="list"),
)
case(
    "sequences",
    "one JSON object of lists",
    json.dumps({f"u{n}": b for n, b in enumerate(BASKETS)}),
    dict(sequences=BASKETS, or_error="JSON|lists in an object"),
    "a.json",
)
case(
    "sequences",
    "one JSON object of lists over lines",
    json.dumps({f"u{n}": b for n, b in enumerate(BASKETS)}, indent=1),
    dict(sequences=BASKETS, or_error="JSON"),
    "a.json",
)
case(
    "sequences",
    "numbers with decimals are ids",
    "1.0 2.0 3.0\n2.0 1.0\n",
    dict(sequences=[["1.0", "2.0", "3.0"], ["2.0", "1.0"]]),
)
case(
    "sequences",
    "ids in quotes",
    '"a b" "c"\n"c" "d e"\n"a b" "d e"\n',
    dict(sequences=[["a b", "c"], ["c", "d e"], ["a b", "d e"]], or_error="quote"),
)
case("sequences", "a table of Excel", b"PK\3\4" + bytes(60), dict(error="a.xlsx"), "a.xlsx")
case(
    "sequences",
    "arrows between",
    "".join(" -> ".join(b) + "\n" for b in BASKETS),
    dict(sequences=BASKETS, or_error="->"),
)
case(
    "graph",
    "clicks of Wikipedia",
    edges("Page_{a}\tPage_{b}\tlink\t{w}"),
    dict(edges={(*sorted((f"Page_{a}", f"Page_{b}")), float(w)) for a, b, w in EDGES}, or_error="4 fields|columns"),
)
case(
    "graph",
    "Neo4j",
    ":START_ID,:END_ID,:TYPE,weight:float\n" + edges("{a},{b},KNOWS,{w}"),
    dict(edges=WEIGHTED, or_error="columns"),
)
case(
    "graph",
    "data frame of R",
    '"","from","to","weight"\n' + edges('"1","{a}","{b}",{w}'),
    dict(edges=WEIGHTED),
    "a.csv",
)
case("graph", "circles of Facebook", "circle0\t71\t215\t54\ncircle1\t173\ncircle2\t155\t99\n", dict(error="line"))
case("graph", "arrows", edges("{a} -> {b}"), dict(edges=PLAIN, or_error="->"))
case("graph", "words of Cora", edges("{a}\t0\t1\t0\t0\tNeural_Networks"), dict(error="fields|columns"), "cora.content")
case(
    "graph",
    "BioGRID: header in a comment",
    "#BioGRID Interaction ID\tEntrez A\tEntrez B\tScore\n" + edges("10{a}\t{a}\t{b}\t{w}"),
    dict(error="4 fields|columns|header"),
)
case(
    "graph",
    "genes of Reactome",
    "Gene1\tGene2\tAnnotation\tDirection\tScore\n" + edges("G{a}\tG{b}\tcomplex\t-\t{w}"),
    dict(edges={(*sorted((f"G{a}", f"G{b}")), float(w)) for a, b, w in EDGES}),
)
case(
    "graph",
    "a square matrix of similarities",
    ",A,B,C,D\nA,1,.5,.2,.1\nB,.5,1,.3,.2\nC,.2,.3,1,.4\nD,.1,.2,.4,1\n",
    dict(error="matrix|columns|fields"),
    "a.csv",
)
case(
    "graph",
    "UTF-16",
    edges("Köln {a}\tBonn {b}").encode("utf-16"),
    dict(edges={(*sorted((f"Köln {a}", f"Bonn {b}")), 1.0) for a, b, _ in EDGES}),
)
case(
    "graph",
    "KONECT: two kinds of nodes",
    "% bip unweighted\n% 5 3 2\n1 1\n1 2\n2 1\n3 2\n2 2\n",
    dict(note="bip", or_error="bip|two kinds"),
    "out.crime",
)
case(
    "graph",
    "Matrix Market: rows and columns differ",
    "%%MatrixMarket matrix coordinate integer general\n3 2 4\n1 1 5\n1 2 3\n2 1 2\n3 2 1\n",
    dict(note="rows", or_error="rows|Matrix Market"),
    "a.mtx",
)
case("graph", "one edge", "a b\n", dict(edges={("a", "b", 1.0)}))
case(
    "categories",
    "German credit: no header",
    "A11 6 A34 A43 1169 1\nA12 48 A32 A43 5951 2\nA14 12 A34 A46 2096 1\n" * 4,
    dict(error="header"),
    "german.data",
)
TABLE = "city,kind,price\n"
case(
    "categories",
    "thousands in the target",
    TABLE + 'x,a,"1,234.50"\ny,b,"2,000.00"\nx,b,"3,100.75"\n' * 3,
    dict(target=[1234.5, 2000, 3100.75] * 3, or_error="1,234.50"),
    "a.csv",
)
case(
    "categories",
    "currency in the target",
    TABLE + "x,a,$12.50\ny,b,$8.00\nx,b,$7.25\n" * 3,
    dict(target=[12.5, 8, 7.25] * 3, or_error=r"\$12.50"),
    "a.csv",
)
case(
    "categories",
    "NA among numbers of the target",
    TABLE + "x,a,5.5\ny,b,NA\nx,b,6\n" * 3,
    dict(error="row 2|line 3"),
    "a.csv",
)
case(
    "categories",
    "a title above the header",
    "Sales of 2024\n" + TABLE + "x,a,5.5\ny,b,7\nx,b,6\n" * 3,
    dict(error="line|header|column"),
    "a.csv",
)
case(
    "categories",
    "JSON Lines",
    "".join(
        json.dumps({"city": c, "kind": k, "price": p}) + "\n"
        for c, k, p in [("x", "a", 5.5), ("y", "b", 7.0), ("x", "b", 6.0)]
    ),
    dict(columns={"city": ["x", "y", "x"], "kind": ["a", "b", "b"]}, target=[5.5, 7, 6]),
    "a.jsonl",
)
case(
    "categories",
    "Windows-1252",
    (TABLE + "Köln,a,5.5\nBrühl\x96Süd,b,7\nKöln,b,6\n").encode("latin-1"),
    dict(columns={"city": ["Köln", "Brühl\u2013Süd", "Köln"], "kind": ["a", "b", "b"]}),
    "a.csv",
)
case(
    "books",
    "one JSON document",
    json.dumps([["Dune", {}, ["Arrakis", "Frank Herbert"]]] * 2, indent=1),
    dict(error="line 1.*array"),
    "a.json",
)
