"""Headers, dialects, and tables formatted for reading."""

# ruff: noqa: C408

import numpy as np
import pandas as pd

from tests.formats.field.making import NAMED, VECTORS, WORDS, Case, D, N, numbers, rows

CASES: dict[str, Case] = {}
CASES["Excel Unicode text"] = (
    {
        "a.txt": (
            "title\tyear\td0\td1\td2\td3\r\n"
            + "".join(
                f"{w}\t{1990 + n}\t{numbers(v, chr(9))}\r\n"
                for n, (w, v) in enumerate(zip(WORDS, VECTORS, strict=True))
            )
        ).encode("utf-16")
    },
    dict(keys=WORDS, cols={"year": ("number", [1990])}),
)
ANIMALS = [
    "Муравей",
    "Пчела",
    "Кошка",
    "Собака",
    "Лось",
    "Лиса",
    "Антилопа",
    "Курица",
    "Козёл",
    "Сойка",
    "Карп",
    "Рысь",
]
CASES["Windows-1251"] = (
    {"a.csv": ("название,d0,d1,d2,d3\n" + rows(ANIMALS, ",", ",")).encode("cp1251")},
    dict(keys=ANIMALS),
)
CASES["trailing commas"] = ({"a.csv": "title,d0,d1,d2,d3,\n" + rows(a=",", b=",", end=",\n")}, NAMED)
CASES["footer"] = ({"a.csv": "title,d0,d1,d2,d3\n" + rows(a=",", b=",") + "(12 rows)\n"}, dict(error="line 14"))
CASES["model beside dimensions"] = (
    {
        "a.csv": "title,embedding_model,embedding_0,embedding_1,embedding_2,embedding_3\n"
        + "".join(f"{w},ada-002,{numbers(v, ',')}\n" for w, v in zip(WORDS, VECTORS, strict=True))
    },
    dict(keys=WORDS, cols={"embedding_model": (None, ["ada-002"])}),
)
CASES["dimensions shuffled"] = (
    {
        "a.csv": "d2,d0,title,d3,d1\n"
        + "".join(f"{v[2]:.4f},{v[0]:.4f},{w},{v[3]:.4f},{v[1]:.4f}\n" for w, v in zip(WORDS, VECTORS, strict=True))
    },
    NAMED,
)
TWELVE = np.round(np.random.default_rng(1).standard_normal((N, 12)), 4).astype(np.float32)
LETTERS = sorted(f"d{n}" for n in range(1, 13))
CASES["dimensions in the order of letters"] = (
    {
        "a.csv": "title,"
        + ",".join(LETTERS)
        + "\n"
        + "".join(
            f"{w}," + ",".join(f"{v[int(c[1:]) - 1]:.4f}" for c in LETTERS) + "\n"
            for w, v in zip(WORDS, TWELVE, strict=True)
        )
    },
    dict(keys=WORDS, vectors=TWELVE),
)
CASES["padded dimensions"] = ({"a.csv": "title,d000,d001,d002,d003\n" + rows(a=",", b=",")}, NAMED)
CASES["twice a column"] = (
    {
        "a.csv": "title,tag,tag,d0,d1,d2,d3\n"
        + "".join(
            f"{w},x{n % 2},y{n % 3},{numbers(v, ',')}\n" for n, (w, v) in enumerate(zip(WORDS, VECTORS, strict=True))
        )
    },
    dict(keys=WORDS, cols={"tag": (None, ["x0"]), "tag (2)": (None, ["y0"])}),
)
MARKDOWN = "| title | d0 | d1 | d2 | d3 |\n|---|---:|---:|---:|---:|\n" + "".join(
    f"| {w} | {numbers(v, ' | ')} |\n" for w, v in zip(WORDS, VECTORS, strict=True)
)
CASES["Markdown table"] = ({"a.md": MARKDOWN}, dict(keys=WORDS, or_error="Markdown"))
PSQL = (
    " title |   d0   |   d1   |   d2   |   d3\n-------+--------+--------+--------+--------\n"
    + "".join(f" {w:5} | {numbers(v, ' | ')}\n" for w, v in zip(WORDS, VECTORS, strict=True))
    + "(12 rows)\n"
)
CASES["psql"] = ({"a.txt": PSQL}, dict(keys=WORDS, or_error="psql"))
CASES["MySQL box"] = (
    {
        "a.txt": "+-------+----+\n| title | d0 |\n+-------+----+\n"
        + "".join(f"| {w:5} | {v[0]:.1f} |\n" for w, v in zip(WORDS, VECTORS, strict=True))
        + "+-------+----+\n"
    },
    dict(error="MySQL|mysql"),
)
CASES["DuckDB box"] = (
    {"a.txt": "┌───────┬──────┐\n│ title │  d0  │\n├───────┼──────┤\n│ ant   │ 0.1  │\n└───────┴──────┘\n"},
    dict(error="box|DuckDB"),
)
CASES["ARFF"] = (
    {"a.arff": "@relation x\n@attribute d0 numeric\n@attribute d1 numeric\n@data\n0.1,0.2\n0.3,0.4\n"},
    dict(error="ARFF|Weka"),
)
CASES["Matrix Market"] = (
    {"a.mtx": "%%MatrixMarket matrix array real general\n12 4\n" + "".join(f"{x}\n" for x in VECTORS.T.ravel())},
    dict(error="Matrix Market|MatrixMarket"),
)
CASES["libsvm"] = (
    {
        "a.svm": "".join(
            f"{n % 2} " + " ".join(f"{i + 1}:{x:.4f}" for i, x in enumerate(v)) + "\n" for n, v in enumerate(VECTORS)
        )
    },
    dict(error="LIBSVM|libsvm|svmlight"),
)
CASES["printed DataFrame"] = (
    {"a.txt": pd.DataFrame(VECTORS, index=WORDS, columns=[f"d{i}" for i in range(D)]).to_string()},
    dict(keys=WORDS, or_error="DataFrame|print"),
)
