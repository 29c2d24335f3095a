"""Reviews and ratings of further sources, and odd ones among them."""

# ruff: noqa: C408

import decimal
import gzip

import pyarrow as pa

from tests.formats.field.making import parquet
from tests.formats.field.training.making import NAMED, WORLD, Case, expected, jsonl, lines

CASES: dict[str, Case] = {}
HEAD = "user,item,rating\n"
ROWS = lines("u{u},i{i},{r}")


def ratings(name, content, want, file="a.csv", **options):
    CASES[name] = Case("ratings", {file: content}, options, want)


ratings(
    "index of pandas first",
    ",userId,movieId,rating,timestamp\n" + lines("{n},{u},{i},{r}.0,{t}"),
    dict(rows=expected()),
)
ratings(
    "short comments of Douban",
    "ID,Movie_Name_EN,Movie_Name_CN,Crawl_Date,Number,Username,Date,Star,Comment,Like\n"
    + lines("{n},Avengers {i},复仇者{i},2017-01-22,{n},用户{u},{d:%Y-%m-%d},{r},很好,2404"),
    dict(rows=expected("用户{u}", "Avengers {i}"), or_error="--item.*Movie_Name_EN"),
)
ratings("Epinions, several spaces", lines("{u}  {i}   {r} "), dict(rows=expected()), "ratings_data.txt")
ratings("Ciao: category in the third column", lines("{u},{i},3,{r},25"), dict(error="5 columns|--rating"), "rating.txt")
ratings(
    "local reviews of Google",
    jsonl(
        lambda r: {
            "user_id": f"10146335018996202377{r.u}",
            "name": "x",
            "time": r.t * 1000 + 56,
            "rating": r.r,
            "text": None,
            "pics": None,
            "resp": None,
            "gmap_id": f"0x80c2c778e3b73d33:0xbdc58662a4a97d4{r.i}",
        }
    ),
    dict(rows=expected("10146335018996202377{u}", "0x80c2c778e3b73d33:0xbdc58662a4a97d4{i}")),
    "review-Ohio.json",
)
ratings(
    "reviews of Steam, as Python prints them",
    "".join(f"{ {'user_id': str(r.u), 'reviews': [{'item_id': str(r.i), 'recommend': True}]} }\n" for r in WORLD),
    dict(error="Python|JSON"),
    "australian_user_reviews.json",
)
ratings(
    "Netflix as a table",
    "CustId,Rating,Date,MovieId\n" + lines("14{u},{r},{d:%Y-%m-%d},{i}"),
    dict(rows=expected("14{u}"), or_error="--user"),
)
ratings(
    "tasters of wine",
    ",country,points,taster_name,title\n" + lines("{n},Italy,{r}7,Taster {u},Nicosia {i} (Etna)"),
    dict(rows=expected("Taster {u}", "Nicosia {i} (Etna)", lambda r: r.r * 10 + 7), or_error="--user"),
)
ratings(
    "decimal commas in quotes",
    HEAD + lines('u{u},i{i},"{r},5"'),
    dict(rows=expected("u{u}", "i{i}", lambda r: r.r + 0.5), or_error="line 2.*','"),
)
ratings(
    "words of praise",
    HEAD + "".join(f"u{r.u},i{r.i},{['Poor', 'Fair', 'Good', 'Very good', 'Excellent'][r.r - 1]}\n" for r in WORLD),
    dict(error="line 2.*Poor"),
)
ratings(
    "drawn stars",
    HEAD + "".join(f"u{r.u},i{r.i},{'★' * r.r + '☆' * (5 - r.r)}\n" for r in WORLD),
    dict(rows=NAMED, or_error="line 2.*★"),
)
ratings(
    "Letterboxd from MongoDB",
    jsonl(
        lambda r: {
            "_id": {"$oid": f"5fc57c5d6758f696372{r.n}"},
            "movie_id": f"feast-{r.i}",
            "rating_val": r.r,
            "user_id": f"death{r.u}",
        }
    ),
    dict(rows=expected("death{u}", "feast-{i}"), or_error="--rating"),
    "ratings.json",
)
ratings(
    "numbers of MongoDB",
    jsonl(lambda r: {"user": f"u{r.u}", "item": f"i{r.i}", "rating": {"$numberInt": str(r.r)}}),
    dict(rows=NAMED, or_error="line 1.*rating"),
    "a.json",
)
ratings("a row of totals", HEAD + ROWS + "Total,,72\n", dict(error="line 26"))
ratings("a footer of SQL Server", HEAD + ROWS + "\n(24 rows affected)\n", dict(error="line 27|line 26"))
ratings(
    "comments above the header",
    "# source: a study\n# license: CC BY\n" + HEAD + ROWS,
    dict(rows=NAMED, or_error="#|comment"),
)
ratings("sep= of Excel", "sep=;\n" + (HEAD + ROWS).replace(",", ";"), dict(rows=NAMED, or_error="sep="))
ratings("header again in the middle", HEAD + ROWS + HEAD + ROWS, dict(error="line 26.*'rating'"))
ratings(
    "apostrophes of Windows-1252",
    (HEAD + lines("u{u},Bug\x92s life {i},{r}")).encode("latin-1"),
    dict(rows=expected("u{u}", "Bug\u2019s life {i}")),
)
ratings("line ends of old Macs", (HEAD + ROWS).replace("\n", "\r"), dict(rows=NAMED))
ratings(
    "columns aligned by spaces",
    "user      item      rating\n" + lines("u{u}        i{i}        {r}"),
    dict(rows=NAMED, or_error="spaces|--user"),
    "a.txt",
)
ratings("a bar at the end", lines("u{u}|i{i}|{r}|"), dict(rows=NAMED, or_error="4 columns|column 4"), "a.tbl")
ratings(
    "objects as users",
    jsonl(lambda r: {"user": {"id": f"u{r.u}"}, "item": {"id": f"i{r.i}"}, "rating": r.r}),
    dict(rows=NAMED, or_error="user"),
    "a.jsonl",
)
ratings(
    "dictionaries, decimals and zones in parquet",
    parquet(
        {
            "user_id": pa.array([f"u{r.u}" for r in WORLD]).dictionary_encode(),
            "item_id": pa.array([r.i for r in WORLD], pa.uint64()),
            "rating": pa.array([decimal.Decimal(r.r) / 2 for r in WORLD], pa.decimal128(5, 2)),
            "ts": pa.array([r.d for r in WORLD], pa.timestamp("ns", "Asia/Tokyo")),
        }
    ),
    dict(rows=expected("u{u}", "{i}", lambda r: r.r / 2)),
    "a.parquet",
)
ratings("packed under the name of a CSV", gzip.compress((HEAD + ROWS).encode()), dict(rows=NAMED))
ratings(
    "dislike, neutral and like as -1, 0 and 1",
    HEAD + "".join(f"u{r.u},i{r.i},{r.n % 3 - 1}\n" for r in WORLD),
    dict(rows=expected("u{u}", "i{i}", lambda r: r.n % 3 - 1)),
)
ratings("train.rating of NCF", lines("{u}\t{i}\t{r}\t{t}"), dict(rows=expected()), "ml-1m.train.rating")
ratings("a space behind commas", "user, item, rating\n" + lines("u{u}, i{i}, {r}"), dict(rows=NAMED))
ratings("nobody's ratings", HEAD + ROWS + "anonymous,i1,5\n" * 3, dict(rows={**NAMED, ("anonymous", "i1"): 5.0}))
ratings(
    "times in the year 2100 are seconds",
    HEAD[:-1] + ",time\n" + lines("u{u},i{i},1,4102444800") + lines("u{u},i{i},{r},4102444801"),
    dict(rows=NAMED),
)
ratings("user ids that are numbers with exponents", HEAD + lines("1.2{u}E+15,i{i},{r}"), dict(or_error="1.20E"))
