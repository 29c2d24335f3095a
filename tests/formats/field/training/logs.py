"""Orders, plays and visits of further sources."""

# ruff: noqa: C408

import json

from tests.formats.field.training.making import WORLD, Case, expected, lines, once

CASES: dict[str, Case] = {}


def events(name, content, want, file="a.csv", **options):
    CASES[name] = Case("interactions", {file: content}, options, want)


events(
    "Audioscrobbler",
    lines("100000{u} {i} {n}5"),
    dict(rows=expected("100000{u}", "{i}", lambda r: r.n * 10 + 5)),
    "user_artist_data.txt",
)
listens = "".join(
    json.dumps(
        {"user_name": f"u{r.u}", "listened_at": r.t, "track_metadata": {"artist_name": f"a{r.i}", "track_name": "t"}}
    )
    + "\n"
    for r in WORLD
)
events("ListenBrainz", listens, dict(rows=once("u{u}", "a{i}"), or_error="track_metadata"), "1.listens")
history = [{"endTime": "2020-05-15 16:02", "artistName": f"a{r.i}", "trackName": "t", "msPlayed": 7} for r in WORLD]
events("history of Spotify", json.dumps(history, indent=2), dict(error="JSON"), "StreamingHistory0.json")
events(
    "stars of GitHub: names only, no header",
    lines("user{u:}x\tterm/repo{i:}x").replace("0x", "zero").replace("1x", "one"),
    dict(
        rows={
            (
                f"user{('zero', 'one')[r.u] if r.u < 2 else f'{r.u}x'}",
                f"term/repo{('zero', 'one')[r.i] if r.i < 2 else f'{r.i}x'}",
            ): 1.0
            for r in WORLD
        },
        or_error="header",
    ),
    "stars.tsv",
)
events(
    "log of Apache",
    lines('10.0.0.{u} - - [{d:%d/%b/%Y:%H:%M:%S} +0000] "GET /item/{i} HTTP/1.1" 200 2326'),
    dict(error="log|--user|columns|fields|header"),
    "access.log",
)
events(
    "orders of Shopify",
    "Name,Email,Financial Status,Lineitem quantity,Lineitem name,Lineitem price\n"
    + lines("#10{n},u{u}@x.org,paid,2,Shirt {i},19.99"),
    dict(rows=expected("u{u}@x.org", "Shirt {i}", lambda r: 2), or_error="--(user|item)"),
)
events(
    "orders of Olist",
    '"order_id","order_item_id","product_id","seller_id","shipping_limit_date","price","freight_value"\n'
    + lines('"o{u}",1,"p{i}","s","{d:%Y-%m-%d %H:%M:%S}",58.90,13.29'),
    dict(rows=once("o{u}", "p{i}"), or_error="--item|--user"),
)
events(
    "Dunnhumby",
    "household_key,BASKET_ID,DAY,PRODUCT_ID,QUANTITY,SALES_VALUE,STORE_ID\n"
    + lines("{u},2698484{n},1,82515{i},2,1.39,364"),
    dict(rows=expected("{u}", "82515{i}", lambda r: 2), or_error="--user"),
)
events(
    "products as columns, Santander",
    "customer,"
    + ",".join(f"ind_prod{i}" for i in range(8))
    + "\n"
    + "".join(
        f"{u}," + ",".join(str(int((u, i) in {(r.u, r.i) for r in WORLD})) for i in range(8)) + "\n" for u in range(6)
    ),
    dict(error="matrix"),
)
events("a database of SQLite", b"SQLite format 3\0" + bytes(100), dict(error="SQLite"), "a.db")
events("a pickle of pandas", b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x05hello\x94.", dict(error="pickle"), "a.pkl")
events(
    "reviews of Airbnb",
    "listing_id,id,date,reviewer_id,reviewer_name,comments\n"
    + lines('{i},77{n},{d:%Y-%m-%d},99{u},Ann,"Nice, and<br/>clean"'),
    dict(rows=once("99{u}", "{i}")),
)
events(
    "clicks of Outbrain: half are none",
    "display_id,ad_id,clicked\n" + lines("{u},42{i},1") + lines("{u},43{i},0"),
    dict(rows=once("{u}", "42{i}"), note="clicked", or_error="--(user|item|weight)"),
)
events(
    "weights in scientific notation",
    "user,item,weight\n" + lines("u{u},i{i},{r}e2"),
    dict(rows=expected("u{u}", "i{i}", lambda r: r.r * 100)),
)
events(
    "thousands in weights",
    "user,item,plays\n" + lines('u{u},i{i},"{r},500"'),
    dict(rows=expected("u{u}", "i{i}", lambda r: r.r * 1000 + 500), or_error="line 2.*,500"),
)
events(
    "thousands between semicolons",
    "user;item;plays\n" + lines("u{u};i{i};{r},500"),
    dict(rows=expected("u{u}", "i{i}", lambda r: r.r * 1000 + 500), note=",500|decimal", or_error=",500"),
)
events(
    "minutes of play as a clock",
    "user,item,hours\n" + lines("u{u},i{i},0{r}:30:00"),
    dict(note="hours", or_error="hours"),
)
