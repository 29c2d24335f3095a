"""Tables that look like sequences, first rows that look like headers, and headers that look like edges."""

# ruff: noqa: C408

import json

from tests.formats.field.training.making import WORLD, Case, expected, lines

CASES: dict[str, Case] = {}
EDGES = [("Abe", "Bo", 2), ("Bo", "Cy", 1), ("Cy", "Di", 5), ("Di", "Abe", 3), ("Abe", "Cy", 1)]
PLAIN = {(*sorted((a, b)), 1.0) for a, b, _ in EDGES}
SIDES = [("hero1", "hero2"), ("start_station_name", "end_station_name"), ("PersonA", "PersonB")]


def case(kind, name, content, want, file="a.csv", **options):
    CASES[name] = Case(kind, {file: content}, options, want)


def edges(template):
    return "".join(template.format(a=a, b=b, w=w) + "\n" for a, b, w in EDGES)


# sequences
case("sequences", "users and items as of SASRec", lines("{u} {i}"), dict(error="2 values, sorted.*train interactions"))
case("sequences", "ratings as of Epinions", lines("{u} 10{i} {r}"), dict(error="3 values, sorted.*train interactions"))
case(
    "sequences",
    "stop times of GTFS",
    "trip_id,arrival_time,stop,stop_sequence\n" + lines("T{u},6:1{r}:00,S{i},{n}"),
    dict(error="table of events.*header"),
)
case(
    "sequences",
    "purchases with dates",
    "Member_number,Date,itemDescription\n" + lines("18{u}8,{d:%d-%m-%Y},fruit {i}"),
    dict(error="table of events.*header"),
)
case("sequences", "purchases with dates, no header", lines("m{u},{d:%d-%m-%Y},fruit{i}"), dict(error="column contains"))
case("sequences", "spaces between columns", "user item\n" + lines("u{u} i{i}"), dict(error="table of events.*header"))
grams = [["the", "film"], ["a", "book"], ["one", "song"], ["the", "end"]] * 3
case("sequences", "pairs in no order", "".join(f"{a} {b}\n" for a, b in grams), dict(sequences=grams))
prose = [["the", "user", "of", "an", "item"], ["a", "page"], ["more", "of", "a", "book"]]
case("sequences", "sentences about users", "".join(" ".join(line) + "\n" for line in prose), dict(sequences=prose))

# graphs
for a, b in SIDES:
    case("graph", f"ends named {a}", f"{a},{b},note\n" + edges("{a},{b},x"), dict(edges=PLAIN, note="nodes"))
case("graph", "a kind of edge last", edges("{a}\t{b}\tfriend"), dict(edges=PLAIN, note="'friend', is not used"))
for title, a, b in ("names", "{a}", "{b}"), ("ids", "{a}1", "{b}1"):
    want = {(a.format(a=x), b.format(b=y), 5.0) for x, y, _ in PLAIN}
    case("graph", f"{title} below words", "Character,Pal\n" + edges(f"{a},{b}") * 5, dict(edges=want, note="Pal"))
header = "Source,Target,Time\n" + edges("{a},{b},1082040961")
case("graph", "times below a header", header, dict(edges=PLAIN, note="not used: Time"))
case(
    "graph",
    "nodes named as if by a header",
    "n1,n2\nn3,n4\nn4,n1\n",
    dict(edges={("n1", "n2", 1.0), ("n3", "n4", 1.0), ("n1", "n4", 1.0)}),
)
matrix = ",Abe,Bo,Cy\nAbe,0,1,0\nBo,1,0,2\nCy,0,2,0\n"
case("graph", "adjacency matrix", matrix, dict(error="matrix of nodes.*stack"))
case("graph", "times from 0", "1 2 0\n2 3 40\n3 1 52\n", dict(error="line 1.*times"), "a.txt")

# tables of categories
rows = [("p", "n", "x"), ("e", "n", "f"), ("p", "w", "x"), ("e", "w", "f"), ("p", "n", "f")]
letters = "".join(",".join(row) + "\n" for row in rows)
case("categories", "letters without a header", letters, dict(error="no column names.*'p', 'n', 'x'.*add a header"))
twice = "user,color,sex\na,red,f\nb,blue,m\nuser,color,sex\nb,red,m\n"
case("categories", "a header again below, as in joined parts", twice, dict(note="Target: sex"))

passengers = "".join(f'{n},"Braund, Mr. {n}",{"SCQ"[n % 3]},{n % 2}\n' for n in range(20))
case(
    "categories",
    "ids and names of passengers",
    "PassengerId,Name,Embarked,Survived\n" + passengers,
    dict(columns={"Embarked": ["SCQ"[n % 3] for n in range(20)]}, note="Name"),
)

# events
case(
    "ratings", "a date in the last of six columns", lines("{u},{i},1{n},{n},{r},{d:%Y-%m-%d}"), dict(error="6 columns")
)
case(
    "interactions",
    "check-ins with coordinates",
    lines("{u}\t{d:%Y-%m-%dT%H:%M:%S}Z\t30.2{i}\t-97.7{i}\t228{i}"),
    dict(error="--user 1 --item 5 --time 2"),
)
stars = "".join(json.dumps({"actor": {"id": r.u}, "repo": {"id": r.i}}) + "\n" for r in WORLD)
case("interactions", "objects in JSON", stars, dict(error="inside actor and repo.*json_normalize"), "a.json")
case(
    "interactions",
    "lists written in a CSV",
    "session_id,items\n" + lines('{u},"[{i}, 1]"'),
    dict(error="items contains lists.*literal_eval.*explode"),
)
listed = "".join(f"{n} {' '.join('123456'[: 1 + n % 4])}\n" for n in range(12))
case("interactions", "a list of items in each line", listed, dict(error="one column.*train sequences"), "train.txt")
case(
    "interactions",
    "log of a web server",
    lines('10.0.0.{u} - - [{d:%d/%b/%Y:%H:%M:%S} +0000] "GET /p/{i} HTTP/1.1" 200 7 "-" "Mozilla (X11; Linux)"'),
    dict(error="log of a web server.*awk"),
    "access.log",
)
case(
    "interactions",
    "a header like the others",
    "user,item\n" + lines("u{u},i{i}"),
    dict(rows=expected("u{u}", "i{i}", lambda row: 1)),
)
