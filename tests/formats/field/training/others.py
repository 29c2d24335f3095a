"""Shops, games and libraries of a fourth set of sources."""

# ruff: noqa: C408

import gzip

import pyarrow as pa

from tests.formats.field.making import parquet
from tests.formats.field.training.making import NAMED, WORLD, Case, expected, jsonl, lines, once

CASES: dict[str, Case] = {}


def case(kind, name, content, want, file="a.csv", **options):
    CASES[name] = Case(kind, content if isinstance(content, dict) else {file: content}, options, want)


def sold(value="2"):
    return lines("{d:%d.%m.%Y};R-{n};K{u};A-{i};Hemd, blau;" + value + ";19,99")


case(
    "interactions",
    "invoice lines of a German shop",
    "Datum;Rechnungsnr;Kundennr;Artikelnr;Bezeichnung;Menge;Einzelpreis\n" + sold(),
    dict(rows=expected("K{u}", "A-{i}", lambda r: 2)),
)
case(
    "interactions",
    "amounts with decimal commas",
    "Datum;Rechnungsnr;Kundennr;Artikelnr;Bezeichnung;Menge;Einzelpreis\n" + sold("2,5"),
    dict(rows=expected("K{u}", "A-{i}", lambda r: 2.5)),
)
case(
    "interactions",
    "a dump of PostgreSQL's copy",
    lines("{u}\t{i}\t\\N\t{d:%Y-%m-%d %H:%M:%S}"),
    dict(rows=once(), or_error=r"\\N"),
    "a.tsv",
)
case(
    "interactions",
    "WooCommerce",
    "Order ID,Order Date,Customer User ID,Product ID,SKU,Item Name,Quantity,Order Total\n"
    + lines("{n},{d:%Y-%m-%d},{u},{i},S-{i},Mug,2,9.99"),
    dict(rows=expected("{u}", "{i}", lambda r: 2)),
)
case(
    "interactions",
    "loans of a library",
    "borrower_id,barcode,title,checkout_date\n" + lines("{u},00{i}7,Book {i},{d:%m/%d/%Y}"),
    dict(rows=once("{u}", "00{i}7"), or_error="--(user|item)"),
)
case(
    "interactions",
    "scrobbles without a header",
    lines('"Artist {i}","Album","Track {i}","{d:%d %b %Y %H:%M}"'),
    dict(error="header|one user|--user"),
)
case(
    "interactions",
    "games owned, nested lists of parquet",
    parquet(
        {
            "steamid": [str(u) for u in range(6)],
            "games": pa.array([[{"appid": r.i} for r in WORLD if r.u == u] for u in range(6)]),
        }
    ),
    dict(error="games"),
    "a.parquet",
)
case(
    "interactions",
    "Snowplow: no ids of users in some rows",
    "event_id,domain_userid,page_urlpath,collector_tstamp\n" + lines("e{n},u{u},/p/{i},{d:%Y-%m-%d %H:%M:%S}"),
    dict(rows=once("u{u}", "/p/{i}"), or_error="--item"),
)
case(
    "interactions",
    "Adjust: weights are empty in some rows",
    "user,item,count\n" + lines("u{u},i{i},2") + "u0,i1,\n",
    dict(error="line 26.*count"),
)
case(
    "interactions",
    "users by columns",
    "user_id|item_id|n_clicks\n" + lines("u{u}|i{i}|{r}"),
    dict(rows=NAMED, or_error="n_clicks"),
)
case(
    "interactions",
    "a header in capitals with dots",
    "USER.ID,ITEM.ID,PLAY.COUNT\n" + lines("u{u},i{i},{r}"),
    dict(rows=NAMED),
)
case(
    "interactions",
    "names in camel case",
    jsonl(lambda r: {"customerUserId": f"u{r.u}", "productSku": f"i{r.i}", "purchaseCount": r.r}),
    dict(rows=NAMED, note="weight = purchaseCount|purchaseCount"),
    "a.jsonl",
)
case(
    "ratings",
    "likert words with numbers",
    "respondent,item,rating\n" + lines("u{u},i{i},{r} - agree"),
    dict(error="line 2.*agree"),
)
case(
    "ratings",
    "ratings of colleagues, ids as names with commas",
    "user,item,rating\n" + lines('"Doe, Ann {u}","Phone, red {i}",{r}'),
    dict(rows=expected("Doe, Ann {u}", "Phone, red {i}")),
)
case(
    "ratings",
    "Russian in Windows-1251",
    ("пользователь;фильм;оценка\n" + lines("Иван {u};Сталкер {i};{r}")).encode("cp1251"),
    dict(rows=expected("Иван {u}", "Сталкер {i}")),
)
case(
    "ratings",
    "Japanese in Shift-JIS",
    ("ユーザーID,映画,評価\n" + lines("太郎{u},七人の侍{i},{r}")).encode("shift_jis"),
    dict(rows=expected("太郎{u}", "七人の侍{i}")),
)
case(
    "ratings",
    "Portuguese",
    "usuário,filme,avaliação,data\n" + lines("João {u},Cidade {i},{r},{d:%d/%m/%Y %H:%M}"),
    dict(rows=expected("João {u}", "Cidade {i}")),
)
case(
    "ratings",
    "Spanish names of two words",
    "id_usuario;id_pelicula;calificacion\n" + lines("u{u};i{i};{r},5"),
    dict(rows=expected("u{u}", "i{i}", lambda r: r.r + 0.5)),
)
case(
    "ratings", "Polish", "id_użytkownika;id_filmu;ocena\n" + lines("u{u};i{i};{r}"), dict(rows=NAMED, or_error="--user")
)
case("ratings", "item first, no header, ids tell", lines("B00{i}ABC\tA1{u}XYZ\t{r}"), dict(note="user = 1"), "a.tsv")
case(
    "ratings",
    "averages of items have no users",
    "book_id,title,average_rating,ratings_count\n" + lines("{n},Book {n},{r}.5,100"),
    dict(error="--user|user column"),
)
case(
    "ratings",
    "two columns of items",
    "user_id,track_id,artist_id,rating\n" + lines("u{u},i{i},a1,{r}"),
    dict(rows=NAMED, note="artist_id"),
)
case(
    "ratings",
    "rows with other numbers of fields",
    "user,item,rating,comment\n" + lines("u{u},i{i},{r},good") + "u0,i7,5,fine, but long\n",
    dict(error="line 26.*4 fields"),
)
case(
    "ratings",
    "gz with several members",
    gzip.compress(b"user,item,rating\n" + lines("u{u},i{i},{r}", WORLD[:9]).encode())
    + gzip.compress(lines("u{u},i{i},{r}", WORLD[9:]).encode()),
    dict(rows=NAMED),
    "a.csv.gz",
)
case(
    "ratings",
    "backslashes before quotes",
    "user,item,rating\n" + lines('u{u},"6\\" disk {i}",{r}'),
    dict(rows=expected("u{u}", '6" disk {i}'), or_error="line 2|quote"),
)
case("ratings", "an HTML page in its place", "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", dict(error="HTML"))
case(
    "ratings",
    "a pointer of Git LFS",
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    dict(error="LFS"),
)
case(
    "ratings",
    "int8 and categories of polars",
    parquet(
        {
            "user": pa.array([f"u{r.u}" for r in WORLD], pa.large_string()),
            "item": pa.array([f"i{r.i}" for r in WORLD], pa.string_view()),
            "rating": pa.array([r.r for r in WORLD], pa.int8()),
        }
    ),
    dict(rows=NAMED),
    "a.parquet",
)
