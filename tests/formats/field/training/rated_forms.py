"""Ratings in other encodings, containers and spellings."""

# ruff: noqa: C408

import io
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse

from tests.formats.field.training.making import WORLD, Case, expected, lines

CASES: dict[str, Case] = {}


def ratings(name, files, want, **options):
    CASES[name] = Case("ratings", files, options, want)


book = io.BytesIO()
pd.DataFrame([(f"u{r.u}", f"i{r.i}", r.r) for r in WORLD], columns=["user", "item", "rating"]).to_csv(book, index=False)
PLAIN = book.getvalue()
ratings(
    "zstandard",
    {"a.csv.zst": pa.compress(PLAIN, codec="zstd", asbytes=True)},
    dict(rows=expected("u{u}", "i{i}"), or_error="(?i)zst"),
)
zipped = io.BytesIO()
with zipfile.ZipFile(zipped, "w") as archive:
    archive.writestr("archive/ratings.csv", PLAIN)
    archive.writestr("__MACOSX/._ratings.csv", b"\0\5\26\7")
ratings(
    "zip of a Mac",
    {"a.zip": zipped.getvalue()},
    dict(rows=expected("u{u}", "i{i}"), or_error="(?i)zip.*unpack|unpack.*zip"),
)
ratings(
    "BOM, CRLF and quotes everywhere",
    {
        "a.csv": b"\xef\xbb\xbf"
        + ('"userId","movieId","rating"\n' + lines('"{u}","{i}","{r}.0"')).replace("\n", "\r\n").encode()
    },
    dict(rows=expected()),
)
ratings(
    "UTF-16 of Excel",
    {"a.txt": ("Kunde\tProdukt\tSterne\n" + lines("Jürgen {u}\tTür {i}\t{r}")).encode("utf-16")},
    dict(rows=expected("Jürgen {u}", "Tür {i}")),
)
ratings(
    "like and dislike",
    {"a.csv": "user,item,rating\n" + "".join(f"u{r.u},i{r.i},{'like' if r.r > 2 else 'dislike'}\n" for r in WORLD)},
    dict(rows=expected("u{u}", "i{i}", lambda r: r.r > 2), note="like", or_error="line 2.*like"),
)
ratings(
    "percent",
    {"a.csv": "user,item,score\n" + lines("u{u},i{i},{r}0%")},
    dict(rows=expected("u{u}", "i{i}", lambda r: r.r * 10), or_error="line 2.*%"),
)
ratings(
    "recommended or not on Steam",
    {
        "recommendations.csv": "app_id,helpful,funny,date,is_recommended,hours,user_id,review_id\n"
        + "".join(f"{r.i},0,0,{r.d:%Y-%m-%d},{str(r.r > 2).lower()},{r.n}.3,{r.u},{r.n}\n" for r in WORLD)
    },
    dict(rows=expected(values=lambda r: r.r > 2), or_error="no column.*rating|--rating"),
)
ZONES = (
    "user,item,rating,time\n"
    + lines("u{u},i{i},{r},{d:%Y-%m-%d}T12:00:00+09:00")
    + lines("u{u},i{i},{r}.5,{d:%Y-%m-%d}T04:00:00Z")
)
ratings("the newest by time zone", {"a.csv": ZONES}, dict(rows=expected("u{u}", "i{i}", lambda r: r.r + 0.5)))
ratings(
    "HetRec",
    {
        "user_ratedmovies.dat": "userID\tmovieID\trating\tdate_day\tdate_month\tdate_year\tdate_hour"
        "\tdate_minute\tdate_second\r\n" + lines("{u}\t{i}\t{r}\t29\t10\t2006\t23\t17\t16\r")
    },
    dict(rows=expected()),
)
ratings(
    "reviews with line breaks, food.com",
    {
        "RAW_interactions.csv": "user_id,recipe_id,date,rating,review\n"
        + lines('{u},{i},{d:%Y-%m-%d},{r},"Great, with ""oil"".\nMade it,\n\ntwice"')
    },
    dict(rows=expected()),
)
ratings(
    "folder of Spark",
    {
        "out/part-00000-a.c000.csv": "user,item,rating\n" + lines("u{u},i{i},{r}", WORLD[:12]),
        "out/part-00001-a.c000.csv": "user,item,rating\n" + lines("u{u},i{i},{r}", WORLD[12:]),
        "out/_SUCCESS": "",
        "out/.part-00000-a.c000.csv.crc": b"crc\0",
    },
    dict(rows=expected("u{u}", "i{i}")),
)
matrix = io.BytesIO()
sparse.save_npz(
    matrix, sparse.csr_matrix((np.array([r.r for r in WORLD]), ([r.u for r in WORLD], [r.i for r in WORLD])))
)
ratings("sparse matrix of SciPy", {"a.npz": matrix.getvalue()}, dict(rows=expected(), or_error="(?i)scipy|sparse|npz"))
ratings(
    "BeerAdvocate",
    {
        "beeradvocate.txt": lines(
            "beer/name: Sausa {i}\nbeer/beerId: 477{i}\nreview/overall: {r}\n"
            "review/profileName: u{u}\nreview/text: A lot, of foam\n"
        )
    },
    dict(error="(?i)blocks|key: value|name: value|beer/name"),
)
ratings(
    "written by R",
    {"a.csv": '"","user","item","rating"\n' + lines('"{n}","u{u}","i{i}",{r}')},
    dict(rows=expected("u{u}", "i{i}")),
)
BIG = 2**63 - 9
ratings(
    "ids of 64 bits",
    {"a.csv": "uid,iid,rating\n" + "".join(f"{BIG + r.u},{BIG - r.i},{r.r}\n" for r in WORLD)},
    dict(rows={(str(BIG + r.u), str(BIG - r.i)): float(r.r) for r in WORLD}),
)
ratings("header only", {"a.csv": "user,item,rating\n"}, dict(error="no rows|no ratings|header"))
ratings(
    "a cell of the user is missing",
    {"a.csv": "user,item,rating\n" + lines("u{u},i{i},{r}") + ",i1,5\n"},
    dict(error="line 26.*user"),
)
SHORT = "user;item;rating\n" + lines("été {u};à {i};{r}", WORLD * 60)
ratings(
    "short words with many accents in Latin-1",
    {"a.csv": SHORT.encode("latin-1")},
    dict(rows=expected("été {u}", "à {i}"), note="cp1252"),
)
