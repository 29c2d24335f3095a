"""Sequences, graphs and tables of a fourth set of sources."""

# ruff: noqa: C408

from tests.formats.field.making import parquet
from tests.formats.field.training.making import Case

CASES: dict[str, Case] = {}


def case(kind, name, content, want, file="a.csv", **options):
    CASES[name] = Case(kind, {file: content}, options, want)


case(
    "sequences",
    "playlists with names",
    '{"name": "Road", "tracks": ["a", "b"]}\n{"name": "Rain", "tracks": ["b", "c", "a"]}\n',
    dict(sequences=[["a", "b"], ["b", "c", "a"]]),
    "a.jsonl",
)
case(
    "sequences",
    "baskets in quotes",
    '"butter,jam"\n"jam,bread,butter"\n',
    dict(sequences=[["butter", "jam"], ["jam", "bread", "butter"]], or_error="quote"),
)
case(
    "sequences",
    "lines of code points",
    "café|thé\nthé|pain|café\n".encode("cp1252"),
    dict(sequences=[["café", "thé"], ["thé", "pain", "café"]]),
)
case(
    "sequences",
    "carriage returns only",
    b"a b c\rb c\rc a\r",
    dict(sequences=[["a", "b", "c"], ["b", "c"], ["c", "a"]]),
)
case(
    "sequences",
    "numbers of users, items and times",
    "1,10,881250949\n1,11,881250950\n2,10,881250951\n2,12,881250952\n",
    dict(error="table|times"),
)
case(
    "sequences",
    "items with counts",
    "31:2 7:1 12:5\n7:3 31:1\n",
    dict(sequences=[["31", "7", "12"], ["7", "31"]], or_error=":"),
    "bag.txt",
)
case(
    "graph",
    "co-authors, names in capitals",
    "Author 1,Author 2,Papers\nDoe A.,Roe B.,3\nRoe B.,Poe C.,1\n",
    dict(edges={("Doe A.", "Roe B.", 3.0), ("Poe C.", "Roe B.", 1.0)}),
)
case(
    "graph",
    "flights",
    "Origin Airport,Destination Airport,Flights\nJFK,LAX,12\nLAX,SFO,7\n",
    dict(edges={("JFK", "LAX", 12.0), ("LAX", "SFO", 7.0)}),
)
case(
    "graph",
    "quoted names between spaces",
    '"New York" Boston 2\nBoston "Los Angeles" 1\n',
    dict(edges={("Boston", "New York", 2.0), ("Boston", "Los Angeles", 1.0)}),
)
case(
    "graph", "weights in percent", "a,b,12%\nb,c,7%\n", dict(edges={("a", "b", 12.0), ("b", "c", 7.0)}, or_error="12%")
)
case(
    "graph",
    "yes and no as weights",
    "source,target,active\na,b,yes\nb,c,no\n",
    dict(edges={("a", "b", 1.0), ("b", "c", 1.0)}, note="active", or_error="yes"),
)
case(
    "graph",
    "lines of JSON",
    '{"source": "a", "target": "b", "weight": 2}\n{"source": "b", "target": "c", "weight": 1}\n',
    dict(edges={("a", "b", 2.0), ("b", "c", 1.0)}, or_error="JSON"),
    "a.jsonl",
)
case(
    "graph",
    "edges in parquet",
    parquet({"src": ["a", "b"], "dst": ["b", "c"]}),
    dict(edges={("a", "b", 1.0), ("b", "c", 1.0)}, or_error="(?i)is .*parquet|parquet file"),
    "a.parquet",
)
case(
    "categories",
    "target first and all letters",
    "class,cap,odor\n" + "p,x,n\ne,b,a\ne,x,?\n" * 3,
    dict(target=["p", "e", "e"] * 3, columns={"cap": ["x", "b", "x"] * 3, "odor": ["n", "a", "?"] * 3}),
    target="class",
)
case(
    "categories",
    "weekdays and hours as numbers",
    "day,hour,riders\n" + "1,23,5\n7,0,8\n3,12,6\n" * 3,
    dict(columns={"day": ["1", "7", "3"] * 3, "hour": ["23", "0", "12"] * 3}, target=[5, 8, 6] * 3),
)
case(
    "categories",
    "true and false",
    "city,kind,sold\n" + "x,a,True\ny,b,False\nx,b,True\n" * 3,
    dict(target=["True", "False", "True"] * 3),
)
