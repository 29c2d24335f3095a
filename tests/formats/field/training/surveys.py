"""Answers to surveys, critics, plays, gene sets and links of a third set of sources."""

# ruff: noqa: C408

import json

import numpy as np
import pyarrow as pa

from tests.formats.field.making import parquet
from tests.formats.field.training.making import NAMED, WORLD, Case, expected, jsonl, lines, once

CASES: dict[str, Case] = {}


def case(kind, name, content, want, file="a.csv", **options):
    CASES[name] = Case(kind, content if isinstance(content, dict) else {file: content}, options, want)


case(
    "ratings",
    "a form of Google",
    '"Timestamp","Username","Film","Your rating (1-5)"\n'
    + lines('"2020/05/14 3:1{r}:00 PM GMT+2","u{u}@x.org","i{i}","{r}"'),
    dict(rows=expected("u{u}@x.org", "i{i}")),
)
case(
    "ratings",
    "critics of Rotten Tomatoes",
    "rotten_tomatoes_link,critic_name,review_type,review_score\n" + lines("m/i{i},Ann {u},Fresh,{r}/5"),
    dict(rows=expected("Ann {u}", "m/i{i}"), or_error="/5|--user|--item"),
)
case(
    "ratings",
    "learners of Coursera",
    "reviews,reviewers,date_reviews,rating,course_id\n"
    + lines('"Pretty dry, but",By Ann {u},"Feb 1{r}, 2020",{r},course-{i}'),
    dict(rows=expected("By Ann {u}", "course-{i}"), or_error="--user"),
)
case("ratings", "places of Indonesia", "User_Id,Place_Id,Place_Ratings\n" + lines("{u},{i},{r}"), dict(rows=expected()))
case(
    "ratings",
    "restaurants with several ratings",
    "userID,placeID,rating,food_rating,service_rating\n" + lines("U10{u},1350{i},{r},2,2"),
    dict(rows=expected("U10{u}", "1350{i}")),
)
case(
    "ratings",
    "tag genome has no users",
    "movieId,tagId,relevance\n" + lines("{i},{u},0.0{r}"),
    dict(error="--user|--rating"),
)
case(
    "ratings",
    "a hole in parquet",
    parquet({"user": ["a", "b", "a"], "item": ["x", "y", "y"], "rating": pa.array([1.0, np.nan, 3.0])}),
    dict(error="row 2"),
    "a.parquet",
)
case(
    "ratings",
    "folders by year",
    {"r/year=2020/a.parquet": parquet({"user": ["a"], "item": ["x"], "rating": [1.0]})},
    dict(error="year=2020|folder"),
)
case(
    "ratings",
    "BOM and spaces in a header of JSON",
    b"\xef\xbb\xbf" + jsonl(lambda r: {" user": f"u{r.u}", "item ": f"i{r.i}", "Rating": r.r}).encode(),
    dict(rows=NAMED),
    "a.jsonl",
)
case(
    "ratings",
    "no-break spaces in the header",
    "user\xa0id,item\xa0id,\xa0rating\n" + lines("u{u},i{i},{r}"),
    dict(rows=NAMED),
)
case(
    "ratings",
    "true and false",
    "user,item,rating\n" + "".join(f"u{r.u},i{r.i},{str(r.r > 2).upper()}\n" for r in WORLD),
    dict(error="line 2.*(TRUE|FALSE)"),
)
case(
    "ratings",
    "half stars",
    "user,item,rating\n" + lines("u{u},i{i},{r}½"),
    dict(rows=expected("u{u}", "i{i}", lambda r: r.r + 0.5), or_error="½"),
)
case(
    "ratings",
    "a struct of users in parquet",
    parquet(
        {
            "user": pa.array([{"id": f"u{r.u}"} for r in WORLD]),
            "item": [f"i{r.i}" for r in WORLD],
            "rating": [r.r for r in WORLD],
        }
    ),
    dict(error="user"),
    "a.parquet",
)
case(
    "ratings",
    "a time of no known form",
    "user,item,rating,time\n" + lines("u{u},i{i},{r},Tuesday {r}"),
    dict(rows=NAMED, or_error="Tuesday"),
)
case(
    "ratings",
    "the week of the year as time",
    "user,item,rating,date\n" + lines("u{u},i{i},{r},2020-W1{r}"),
    dict(rows=NAMED, or_error="W1"),
)
case(
    "interactions",
    "events of Google Retail",
    jsonl(
        lambda r: {
            "eventType": "detail-page-view",
            "visitorId": f"u{r.u}",
            "productDetails": [{"product": {"id": f"i{r.i}"}}],
        }
    ),
    dict(rows=once("u{u}", "i{i}"), or_error="productDetails"),
    "a.json",
)
case(
    "interactions",
    "events of Mixpanel",
    jsonl(lambda r: {"event": "Played", "properties": {"distinct_id": f"u{r.u}", "item": f"i{r.i}", "time": r.t}}),
    dict(rows=once("u{u}", "i{i}"), or_error="properties"),
    "a.json",
)
case(
    "interactions",
    "films watched on Trakt",
    "username,watched_at,title,type\n" + lines('u{u},{d:%Y-%m-%dT%H:%M:%S}.000Z,"Film {i}, The",movie'),
    dict(rows=once("u{u}", "Film {i}, The")),
)
case(
    "interactions",
    "votes of Stack Exchange",
    '<?xml version="1.0"?>\n<votes>\n  <row Id="1" PostId="1" VoteTypeId="2" />\n</votes>\n',
    dict(error="XML"),
    "Votes.xml",
)
case(
    "interactions",
    "KuaiRec",
    "user_id,video_id,play_duration,video_duration,time,date,timestamp,watch_ratio\n"
    + lines("{u},36{i},4381,6067,2020-07-05 05:27:48.378,20200705,{t}.378,0.722"),
    dict(rows=once("{u}", "36{i}")),
)
case(
    "interactions",
    "LFM-1b: five columns of numbers",
    lines("{u}\t{i}\t1\t2\t{t}"),
    dict(error="5 columns"),
    "LFM-1b_LEs.txt",
)
case(
    "interactions",
    "pins, boards and days without a header",
    lines("pin{i}x\tboard{u}x\t{d:%Y-%m-%d}"),
    dict(rows={(f"pin{r.i}x", f"board{r.u}x"): 1.0 for r in WORLD}, or_error="header"),
    "a.tsv",
)
case(
    "sequences",
    "objects in lists",
    "".join(json.dumps({"session": n, "items": [{"id": "a"}, {"id": "b"}]}) + "\n" for n in range(3)),
    dict(sequences=[["a", "b"]] * 3, or_error="list of names"),
    "a.jsonl",
)
case(
    "sequences",
    "user, tab, items below a header",
    "user\titems\nu1\t31 7 12\nu2\t7 31\n",
    dict(sequences=[["31", "7", "12"], ["7", "31"]], or_error="header"),
    "a.tsv",
)
case(
    "sequences",
    "words of documents, UCI",
    "3\n5\n7\n" + "".join(f"{d} {w} 1\n" for d in (1, 2, 3) for w in (1, 2, 4)),
    dict(error="line|table|numbers"),
    "docword.kos.txt",
)
GENES = [["TP53", "BRCA1", "MDM2"], ["EGFR", "KRAS"], ["KRAS", "TP53", "BRAF", "EGFR"]]
case(
    "sequences",
    "gene sets",
    "".join(f"SET_{n}\thttp://x.org/SET_{n}\t" + "\t".join(g) + "\n" for n, g in enumerate(GENES)),
    dict(sequences=GENES, or_error="SET_0|first"),
    "c2.gmt",
)
case(
    "sequences",
    "hashtags",
    "#ai #ml\n#ml #nlp #ai\n",
    dict(sequences=[["#ai", "#ml"], ["#ml", "#nlp", "#ai"]]),
    "a.txt",
)
case(
    "graph",
    "links between forums of Reddit",
    "SOURCE_SUBREDDIT\tTARGET_SUBREDDIT\tPOST_ID\tTIMESTAMP\tLINK_SENTIMENT\tPROPERTIES\n"
    + "".join(f"{a}\t{b}\t1u4{a}\t2013-12-31 16:39:58\t1\t345.0,298.0\n" for a, b in ("ab", "bc")),
    dict(edges={("a", "b", 1.0), ("b", "c", 1.0)}, or_error="columns"),
    "a.tsv",
)
case(
    "graph",
    "names that begin with a percent sign",
    "# The links\n# FORMAT: from to\n\n%C3%81ed_mac\tBede\n%C3%81ed_mac\tDublin\nBede\tDublin\n",
    dict(edges={("%C3%81ed_mac", "Bede", 1.0), ("%C3%81ed_mac", "Dublin", 1.0), ("Bede", "Dublin", 1.0)}),
    "links.tsv",
)
case(
    "graph",
    "hashtags used together",
    "#ai\t#ml\t3\n#ml\t#nlp\t2\n#nlp\tnews\t1\n",
    dict(edges={("#ai", "#ml", 3.0), ("#ml", "#nlp", 2.0), ("#nlp", "news", 1.0)}),
    "a.tsv",
)
case(
    "graph",
    "messages of a college: times are no weights",
    "1 2 1082040961\n3 4 1082155839\n5 2 1082414391\n",
    dict(edges={("1", "2", 1.0), ("3", "4", 1.0), ("2", "5", 1.0)}, note="time", or_error="time"),
    "CollegeMsg.txt",
)
case("graph", "a square of zeros and ones", "0,1,0,0\n1,0,1,0\n0,1,0,1\n0,0,1,0\n", dict(error="fields|matrix|columns"))
case(
    "graph",
    "musae",
    "id_1,id_2\n0,23977\n1,34526\n1,2370\n",
    dict(edges={("0", "23977", 1.0), ("1", "34526", 1.0), ("1", "2370", 1.0)}),
)
case(
    "categories",
    "German numbers as target",
    "stadt;art;preis\n" + "x;a;1.234,56\ny;b;2.000,00\nx;b;999,95\n" * 3,
    dict(target=[1234.56, 2000, 999.95] * 3, or_error="1.234,56"),
)
case(
    "categories",
    "the same name twice",
    "city,city,kind,price\n" + "x,p,a,5.5\ny,q,b,7\nx,p,b,6\n" * 3,
    dict(
        columns={"city": ["x", "y", "x"] * 3, "city (2)": ["p", "q", "p"] * 3, "kind": ["a", "b", "b"] * 3},
        or_error="unique",
    ),
)
