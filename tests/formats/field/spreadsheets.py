"""CSV as Excel, R, pandas and databases write it."""

# ruff: noqa: C408

import csv
import io

import pandas as pd

from tests.formats.field.making import LISTS, NAMED, VECTORS, WORDS, Case, D, N, numbers, rows

CASES: dict[str, Case] = {}
HEAD = "title,d0,d1,d2,d3\n"
EURO = "".join(f"{w};{numbers(v, ';').replace('.', ',')}\r\n" for w, v in zip(WORDS, LISTS, strict=True))
CASES["sep= of Excel"] = ({"a.csv": "sep=;\r\ntitle;d0;d1;d2;d3\r\n" + EURO}, NAMED)
CASES["BOM and sep="] = ({"a.csv": "\ufeffsep=,\r\n" + HEAD + rows(a=",", b=",")}, NAMED)
CASES["BOM before a quoted header"] = ({"a.csv": '\ufeff"title","d0","d1","d2","d3"\r\n' + rows(a=",", b=",")}, NAMED)
CASES["write.csv of R"] = (
    {
        "a.csv": '"","V1","V2","V3","V4"\n'
        + "".join(f'"{w}",{numbers(v, ",")}\n' for w, v in zip(WORDS, LISTS, strict=True))
    },
    NAMED,
)
CASES["write.table of R"] = (
    {"a.txt": '"V1" "V2" "V3" "V4"\n' + "".join(f'"{w}" {numbers(v)}\n' for w, v in zip(WORDS, LISTS, strict=True))},
    NAMED,
)
CASES["DataFrame without index"] = ({"a.csv": pd.DataFrame(LISTS).to_csv(index=False)}, {})
CASES["saved twice by pandas"] = (
    {
        "a.csv": "Unnamed: 0.1,Unnamed: 0,title,d0,d1,d2,d3\n"
        + "".join(f"{n},{n},{w},{numbers(v, ',')}\n" for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True)))
    },
    dict(titles=WORDS),
)
REVIEWS = io.StringIO()
pd.DataFrame(
    {
        "ProductId": [f"B00{n % 5}" for n in range(N)],
        "UserId": [f"A{n}XYZ" for n in range(N)],
        "Score": [5, 1, 4] * 4,
        "Summary": [f"about {w}" for w in WORDS],
        "Text": [f"I bought it, and then the {w}\n\nwas gone; what a pity." for w in WORDS],
        "n_tokens": range(52, 52 + N),
        "embedding": [str(v) for v in LISTS],
    }
).to_csv(REVIEWS)
CASES["reviews of OpenAI's cookbook"] = (
    {"fine_food_reviews_with_embeddings_1k.csv": REVIEWS.getvalue()},
    dict(
        cols={"n_tokens": ("number", [52, 53]), "Score": ("number|category", [5, 1, 4], ["5", "1", "4"])},
        titles=[f"about {w}" for w in WORDS],
    ),
)
CASES["two vectors in cells"] = (
    {
        "a.csv": "id,title,title_vector,content_vector\n"
        + "".join(f'{n},{w},"{v[::-1]}","{v}"\n' for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True)))
    },
    dict(titles=WORDS, vectors=VECTORS[:, ::-1], note="content_vector"),
)
CASES["target of Kaggle"] = (
    {
        "train.csv": "id,target,e_0,e_1,e_2,e_3\n"
        + "".join(f"{n + 7},{n % 2},{numbers(v, ',')}\n" for n, v in enumerate(LISTS))
    },
    dict(keys=[str(n + 7) for n in range(N)], cols={"target": ("boolean|category", [False, True], ["0", "1"])}),
)
CASES["line end in a column's name"] = (
    {
        "a.csv": 'title,"price\n(EUR)",d0,d1,d2,d3\n'
        + "".join(f"{w},{n},{numbers(v, ',')}\n" for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True)))
    },
    dict(keys=WORDS, cols={"price (EUR)": ("number", [0, 1])}),
)
CASES["a title above the header"] = (
    {"a.csv": "Report of 2024-01-01,,,,\n,,,,\n" + HEAD + rows(a=",", b=",")},
    dict(keys=WORDS, or_error="line [1-4]|header"),
)
CASES["comments above the header"] = (
    {"a.csv": "# made by a tool\n# 12 rows\n" + HEAD + rows(a=",", b=",")},
    dict(keys=WORDS, or_error="line [1-4]|#"),
)
for style in ("embedding[{}]", "embedding.{}", "PC{}", "emb-{}", "dim {}", "Feature{:02}", "{}_emb", "x{}"):
    CASES[f"dimensions as {style}"] = (
        {"a.csv": "title," + ",".join(style.format(n + 1) for n in range(D)) + "\n" + rows(a=",", b=",")},
        NAMED,
    )
CASES["UMAP beside components"] = (
    {
        "a.csv": "cell,PC_1,PC_2,PC_3,PC_4,UMAP_1,UMAP_2\n"
        + "".join(f"{w},{numbers(v, ',')},{v[0]},{v[1]}\n" for w, v in zip(WORDS, LISTS, strict=True))
    },
    dict(keys=WORDS, layout="xy"),
)
CASES["line ends in quoted titles"] = (
    {"a.csv": HEAD + rows([f'"{w}\nof\r\nlines"' for w in WORDS], ",", ",")},
    dict(keys=[f"{w}\nof\r\nlines" for w in WORDS], titles=[f"{w} of lines" for w in WORDS]),
)
CASES["quotes in quotes"] = (
    {"a.csv": HEAD + rows([f'"the ""{w}"", so called"' for w in WORDS], ",", ",")},
    dict(keys=[f'the "{w}", so called' for w in WORDS]),
)
CASES["quotes behind backslashes"] = (
    {"a.csv": HEAD + rows([f'"the \\"{w}\\", so called"' for w in WORDS], ",", ",")},
    dict(keys=[f'the "{w}", so called' for w in WORDS], or_error="line 2"),
)
EVERY = io.StringIO()
csv.writer(EVERY, quoting=csv.QUOTE_ALL).writerows(
    [["title", "d0", "d1", "d2", "d3"], *([w, *v] for w, v in zip(WORDS, LISTS, strict=True))]
)
CASES["everything in quotes"] = ({"a.csv": EVERY.getvalue()}, NAMED)
CASES["decimal commas in quotes"] = (
    {
        "a.csv": HEAD
        + "".join(
            f"{w}," + ",".join(f'"{x:.4f}"'.replace(".", ",") for x in v) + "\n"
            for w, v in zip(WORDS, LISTS, strict=True)
        )
    },
    NAMED,
)
CASES["space behind commas"] = ({"a.csv": "title, d0, d1, d2, d3\n" + rows(a=", ", b=", ")}, NAMED)
CASES["capitals and spaces in the header"] = ({"a.csv": " Title , D0 , D1 , D2 , D3 \n" + rows(a=",", b=",")}, NAMED)
CASES["Hive's delimiter"] = ({"a.txt": rows(a="\x01", b="\x01")}, dict(keys=WORDS, or_error="a.txt"))
CASES["semicolons and points"] = ({"a.csv": "title;d0;d1;d2;d3\n" + rows(a=";", b=";")}, NAMED)
CASES["a comma too many in one title"] = (
    {"a.csv": HEAD + rows(["ant", "bee, wild", *WORDS[2:]], ",", ",")},
    dict(error="line 3"),
)
CASES["one column of vectors"] = ({"a.csv": "embedding\n" + "".join(f'"{v}"\n' for v in LISTS)}, {})
CASES["tabs in quoted titles"] = (
    {"a.csv": HEAD + rows([f'"{w}\tx"' for w in WORDS], ",", ",")},
    dict(titles=[f"{w}\tx" for w in WORDS]),
)
CASES["header repeated where files were joined"] = (
    {"a.csv": HEAD + rows(WORDS[:6] + WORDS[6:], ",", ",").replace("gnu,", HEAD + "gnu,")},
    dict(keys=WORDS, or_error="line 8|row 7"),
)
CASES["blank lines between rows"] = ({"a.csv": HEAD + rows(a=",", b=",", end="\n\n")}, NAMED)
CASES["rows of commas at the end"] = (
    {"a.csv": HEAD + rows(a=",", b=",") + ",,,,\n" * 3},
    dict(keys=WORDS, or_error="line 14|row 13"),
)
