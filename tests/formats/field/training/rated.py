"""Ratings as data sets and recommenders write them."""

# ruff: noqa: C408

import pyarrow as pa

from tests.formats.field.making import parquet
from tests.formats.field.training.making import WORLD, Case, expected, jsonl, lines

CASES: dict[str, Case] = {}


def ratings(name, files, want, **options):
    CASES[name] = Case("ratings", files, options, want)


def wide(missing, sign=","):
    """A row for each user, a column for each item."""
    cells = {(row.u, row.i): str(row.r) for row in WORLD}
    return [sign.join(cells.get((u, i), missing) for i in range(8)) for u in range(6)]


BY_ITEM = sorted(WORLD, key=lambda row: row.i)
netflix = "".join(
    f"{i + 1}:\n" + lines("14{u}8844,{r},{d:%Y-%m-%d}", [row for row in BY_ITEM if row.i == i]) for i in range(8)
)
ratings(
    "Netflix prize",
    {"combined_data_1.txt": netflix},
    dict(
        rows={(f"14{r.u}8844", str(r.i + 1)): float(r.r) for r in WORLD},
        or_error="Netflix",
    ),
)
ratings(
    "Jester: a row per user, 99 for none",
    {"jester-data-1.csv": "".join(f"4,{line}\n" for line in wide("99"))},
    dict(error="99|matrix|wide"),
)
crossing = '"User-ID";"ISBN";"Book-Rating"\n' + "".join(
    f'"27{r.u}";"0{r.i}5104534X";"{0 if r.n % 2 else r.r * 2}"\n' for r in WORLD
)
ratings(
    "Book-Crossing: zeros are no ratings",
    {"BX-Book-Ratings.csv": crossing.encode("latin-1")},
    dict(
        rows=expected("27{u}", "0{i}5104534X", lambda r: None if r.n % 2 else r.r * 2),
        note=r"12.*\b0\b|\b0\b.*12",
        or_error=r"\b0\b.*(not rated|no rating|implicit)",
    ),
)
ratings(
    "reviews of Amazon, 2014",
    {
        "reviews_Books_5.json": jsonl(
            lambda r: {
                "reviewerID": f"A{r.u}",
                "asin": f"00{r.i}",
                "reviewerName": f"N {r.u}",
                "helpful": [0, r.n],
                "reviewText": "So, good\n",
                "overall": float(r.r),
                "summary": "x",
                "unixReviewTime": r.t,
                "reviewTime": r.d.strftime("%m %d, %Y"),
            }
        )
    },
    dict(rows=expected("A{u}", "00{i}")),
)
ratings(
    "ratings only of Amazon, without a header",
    {"ratings_Books.csv": lines("A{u}ZXUIX,000{i}7321,{r}.0,{t}")},
    dict(rows=expected("A{u}ZXUIX", "000{i}7321")),
)
ratings(
    "ratings only of Amazon 2023, milliseconds",
    {"Books.csv": "user_id,parent_asin,rating,timestamp\n" + lines("AE{u},B00{i},{r}.0,{t}123")},
    dict(rows=expected("AE{u}", "B00{i}")),
)
ratings(
    "reviews of Yelp",
    {
        "yelp_academic_dataset_review.json": jsonl(
            lambda r: {
                "review_id": f"KU_{r.n}",
                "user_id": f"u-{r.u}",
                "business_id": f"b_{r.i}",
                "stars": float(r.r),
                "useful": r.n % 2,
                "funny": 0,
                "cool": 0,
                "text": "If you decide",
                "date": f"{r.d:%Y-%m-%d %H:%M:%S}",
            }
        )
    },
    dict(rows=expected("u-{u}", "b_{i}")),
)
ratings(
    "interactions of Goodreads: zeros are no ratings",
    {
        "goodreads_interactions.csv": "user_id,book_id,is_read,rating,is_reviewed\n"
        + "".join(f"{r.u},{r.i},1,{0 if r.n % 3 == 0 else r.r},0\n" for r in WORLD)
    },
    dict(
        rows=expected(values=lambda r: None if r.n % 3 == 0 else r.r),
        note=r"8.*\b0\b|\b0\b.*8",
        or_error=r"\b0\b.*(not rated|no rating|implicit)",
    ),
)
ratings(
    "anime: -1 for seen and not rated",
    {
        "rating.csv": "user_id,anime_id,rating\n"
        + "".join(f"{r.u},{r.i},{-1 if r.n % 3 == 0 else r.r * 2}\n" for r in WORLD)
    },
    dict(
        rows=expected(values=lambda r: None if r.n % 3 == 0 else r.r * 2),
        note="-1",
        or_error="-1.*(not rated|no rating)",
    ),
)
tfds = {
    "data": pa.array([f"{r.n}" for r in WORLD]),
    "movie_id": [f"{r.i}" for r in WORLD],
    "movie_title": [f"Film {r.i} (1995)" for r in WORLD],
    "raw_user_age": pa.array([20.0 + r.u for r in WORLD]),
    "user_gender": [True, False] * 12,
    "user_id": [f"{r.u}" for r in WORLD],
    "user_rating": pa.array([float(r.r) for r in WORLD]),
    "timestamp": pa.array([r.t for r in WORLD]),
}
ratings("MovieLens of TensorFlow", {"train.parquet": parquet(tfds)}, dict(rows=expected()))
ratings(
    "fractions",
    {"a.csv": "user,item,rating\n" + lines("u{u},i{i},{r}/5")},
    dict(rows=expected("u{u}", "i{i}"), or_error="'[1-5]/5'.*line 2|line 2.*'[1-5]/5'"),
)
ratings(
    "stars in words",
    {"a.csv": "reviewer,product,rating\n" + lines("u{u},i{i},{r} stars")},
    dict(rows=expected("u{u}", "i{i}"), or_error="line 2.*stars"),
)
ratings(
    "letters",
    {"a.csv": "student,course,grade\n" + "".join(f"u{r.u},i{r.i},{'FDCBA'[r.r - 1]}\n" for r in WORLD)},
    dict(error="line 2.*'F'"),
)
ratings(
    "German with decimal commas",
    {"a.csv": "Benutzer;Artikel;Bewertung\n" + lines("u{u};i{i};{r},5")},
    dict(rows=expected("u{u}", "i{i}", lambda r: r.r + 0.5)),
)
ratings(
    "Chinese in GB 18030",
    {"a.csv": ("用户,商品,评分,时间\n" + lines("用户{u},商品{i},{r},{d:%Y-%m-%d %H:%M:%S}")).encode("gb18030")},
    dict(rows=expected("用户{u}", "商品{i}")),
)
ratings(
    "French, date before the rating",
    {"a.csv": "date;utilisateur;film;note\n" + lines("{d:%d/%m/%Y};u{u};Été {i};{r}")},
    dict(rows=expected("u{u}", "Été {i}")),
)
ratings("film first", {"a.csv": "movie_id,customer_id,score\n" + lines("{i},{u},{r}")}, dict(rows=expected()))
ratings(
    "pivot of pandas",
    {
        "a.csv": "user,"
        + ",".join(f"Film {i}" for i in range(8))
        + "\n"
        + "".join(f"u{n},{line}\n" for n, line in enumerate(wide("")))
    },
    dict(rows=expected("u{u}", "Film {i}"), or_error="a column for each item|one column per item|wide|matrix"),
)
mtx = f"%%MatrixMarket matrix coordinate integer general\n% of a library\n6 8 {len(WORLD)}\n" + "".join(
    f"{r.u + 1} {r.i + 1} {r.r}\n" for r in WORLD
)
ratings(
    "Matrix Market",
    {"a.mtx": mtx},
    dict(rows={(str(r.u + 1), str(r.i + 1)): float(r.r) for r in WORLD}, or_error="Matrix Market"),
)
ratings(
    "libFM",
    {"a.libfm": "".join(f"{r.r} {r.u}:1 {r.i + 6}:1\n" for r in WORLD)},
    dict(error="(?i)libfm|libsvm|svmlight"),
)
