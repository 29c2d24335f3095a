"""Events of shops, players and maps: who chose what, and how often."""

# ruff: noqa: C408

import json

import pyarrow as pa

from tests.formats.field.making import parquet
from tests.formats.field.training.making import WORLD, Case, expected, lines, once

CASES: dict[str, Case] = {}


def events(name, files, want, **options):
    CASES[name] = Case("interactions", files, options, want)


events(
    "Last.fm 1K, without a header",
    {"userid-timestamp.tsv": lines("user_00000{u}\t{d:%Y-%m-%dT%H:%M:%S}Z\tf1b1cf71-{i}\tArtist {i}\t\tTrack {i}")},
    dict(error="column 2 contains times"),
)
events(
    "HetRec of Last.fm",
    {"user_artists.dat": "userID\tartistID\tweight\n" + lines("{u}\t{i}\t{n}1")},
    dict(rows=expected(values=lambda r: r.n * 10 + 1)),
)
steam = "".join(
    f'{r.u}001,"Game, The {r.i}",purchase,1.0,0\n{r.u}001,"Game, The {r.i}",play,{r.n}.5,0\n' for r in WORLD
)
events(
    "Steam: purchases and hours of play",
    {"steam-200k.csv": steam},
    dict(rows=expected("{u}001", "Game, The {i}", lambda r: 2), note="purchase", or_error="purchase"),
)
events(
    "RetailRocket",
    {
        "events.csv": "timestamp,visitorid,event,itemid,transactionid\n"
        + lines("{t}123,{u},view,{i},")
        + "1400000000123,5,transaction,4,77\n"
    },
    dict(rows={**once(), ("5", "4"): 1.0} if ("5", "4") not in once() else {**once(), ("5", "4"): 2.0}, note="event"),
)
events(
    "Instacart",
    {"order_products__prior.csv": "order_id,product_id,add_to_cart_order,reordered\n" + lines("{u},{i},{n},1")},
    dict(rows=once()),
)
retail = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n" + lines(
    '48943{u},8504{i}A,"LIGHTS, PINK {i}",12,01/12/2009 07:45,6.95,1308{u}.0,United Kingdom'
)
events("Online Retail II", {"online_retail_II.csv": retail}, dict(rows=expected("1308{u}", "8504{i}A", lambda r: 12)))
events(
    "Online Retail II with returns",
    {"online_retail_II.csv": retail + "C489449,85040A,LIGHTS,-12,01/12/2009 10:33,2.95,13080.0,Australia\n"},
    dict(rows=expected("1308{u}", "8504{i}A", lambda r: 12), note="-12|negative", or_error="line 26.*-12|-12.*line 26"),
)
events(
    "Online Retail II without some customers",
    {"online_retail_II.csv": retail + "489464,21733,LAMP,5,01/12/2009 10:33,2.95,,Australia\n"},
    dict(rows=expected("1308{u}", "8504{i}A", lambda r: 12), note="Customer", or_error="line 26.*Customer ID"),
)
events(
    "Diginetica: users mostly NA",
    {
        "train-item-views.csv": "sessionId;userId;itemId;timeframe;eventdate\n"
        + lines("{u};NA;8176{i};5026{n};{d:%Y-%m-%d}")
    },
    dict(rows=once("{u}", "8176{i}"), note="session", or_error="userId.*(NA|missing|one user)|--user sessionId|NA"),
)
events(
    "Gowalla",
    {"loc-gowalla_totalCheckins.txt": lines("{u}\t{d:%Y-%m-%dT%H:%M:%S}Z\t30.23{n}\t-97.79{n}\t2284{i}")},
    dict(error="column 2 contains times"),
)
events(
    "Foursquare",
    {
        "dataset_TSMC2014_NYC.txt": lines(
            "47{u}\t49bbd6{i}\t4bf58dd8\tArts & Crafts\t40.7{n}\t-74.002{n}\t-240\t{d:%a %b %d %H:%M:%S +0000 %Y}"
        ).encode("latin-1")
    },
    dict(rows=once("47{u}", "49bbd6{i}"), or_error="--item|column"),
)
otto = "".join(
    json.dumps({"session": u, "events": [{"aid": r.i, "ts": r.t * 1000, "type": "clicks"} for r in WORLD if r.u == u]})
    + "\n"
    for u in range(6)
)
events("OTTO sessions", {"train.jsonl": otto}, dict(rows=once(), or_error="events"))
slices = {
    "info": {"version": "v1"},
    "playlists": [
        {"name": "x", "pid": u, "tracks": [{"pos": 0, "track_uri": f"spotify:track:{r.i}"} for r in WORLD if r.u == u]}
        for u in range(6)
    ],
}
events(
    "Million Playlist Dataset", {"mpd.slice.0-999.json": json.dumps(slices, indent=1)}, dict(error="playlists|tracks")
)
events(
    "Taobao: categories are no weights",
    {"UserBehavior.csv": lines("{u},2268{i},252037{i},pv,{t}")},
    dict(rows=once("{u}", "2268{i}"), or_error="'pv'|--weight|column"),
)
events(
    "Tmall: actions are no weights",
    {
        "user_log_format1.csv": "user_id,item_id,cat_id,seller_id,brand_id,time_stamp,action_type\n"
        + lines("{u},{i},7,8,9,0829,0")
    },
    dict(rows=once()),
)
events(
    "H&M: prices are no weights",
    {
        "transactions_train.csv": "t_dat,customer_id,article_id,price,sales_channel_id\n"
        + lines("{d:%Y-%m-%d},00005{u},0663713{i},0.0508,2")
    },
    dict(rows=once("00005{u}", "0663713{i}")),
)
events(
    "Criteo is no table of users",
    {"train.txt": lines("{r}\t{i}\t1\t\t\t1382\t4\t15\t68fd1e64\t80e26c9b")},
    dict(error="column|--user|header"),
)
events(
    "the shop of Kaggle",
    {
        "2019-Nov.csv": "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
        + lines("{d:%Y-%m-%d %H:%M:%S} UTC,view,100{i},205301355563188265{i},a.phone,mi,489.07,5203{u},4d3b30da-{u}")
    },
    dict(rows=once("5203{u}", "100{i}")),
)
events("HDF5 of implicit", {"lastfm_360k.hdf5": b"\x89HDF\r\n\x1a\n" + bytes(200)}, dict(error="HDF5"))
lists = {
    "user_id": [f"u{u}" for u in range(6)],
    "item_ids": pa.array([[f"i{r.i}" for r in WORLD if r.u == u] for u in range(6)]),
}
events(
    "lists of items in parquet",
    {"a.parquet": parquet(lists)},
    dict(rows=once("u{u}", "i{i}"), or_error="item_ids.*list"),
)
listed = "user,items\n" + "".join(f'u{u},"{[f"i{r.i}" for r in WORLD if r.u == u]}"\n' for u in range(6))
events("lists of items in CSV", {"a.csv": listed}, dict(rows=once("u{u}", "i{i}"), or_error="items.*list|list.*items"))
events(
    "listening of KKBox",
    {
        "train.csv": "msno,song_id,source_system_tab,source_screen_name,source_type,target\n"
        + lines("FGt{u}=,BBz{i}=,explore,Explore,online-playlist,1")
    },
    dict(rows=once("FGt{u}=", "BBz{i}="), or_error="--user"),
)
analytics = "".join(
    json.dumps(
        {
            "event_date": f"{r.d:%Y%m%d}",
            "event_timestamp": str(r.t),
            "event_name": "view_item",
            "user_pseudo_id": f"{r.u}.5",
            "items": [{"item_id": f"GG{r.i}", "item_name": "Mug"}],
        }
    )
    + "\n"
    for r in WORLD
)
events("Google Analytics", {"a.json": analytics}, dict(rows=once("{u}.5", "GG{i}"), or_error="items"))
