"""Files of recommenders, of Hugging Face datasets and of other libraries, and values in their tables."""

# ruff: noqa: C408

import json

import numpy as np
import pyarrow as pa

from tests.formats.field.making import (
    FLOATS,
    LISTS,
    NAMED,
    VECTORS,
    WORDS,
    Case,
    D,
    N,
    npy,
    npz,
    numbers,
    parquet,
    rows,
    table,
)

CASES: dict[str, Case] = {}
IDS = [str(n + 5) for n in range(N)]
BACKWARDS = list(enumerate(WORDS))[::-1]
CASES["item embeddings of RecBole"] = (
    {
        "a.itememb": "iid:token\titem_emb:float_seq\n"
        + "".join(f"{w}\t{numbers(v)}\n" for w, v in zip(WORDS, LISTS, strict=True))
    },
    NAMED,
)
CASES["movies.dat"] = (
    {
        "v.vec": f"{N} {D}\n" + rows(IDS),
        "movies.dat": "".join(f"{n + 5}::{w} \xe9 ({1990 + n})::Action|Children's\n" for n, w in BACKWARDS).encode(
            "latin-1"
        ),
    },
    dict(titles=[f"{w} \xe9 ({1990 + n})" for n, w in enumerate(WORDS)]),
)
CASES["metadata of Amazon, as Python prints it"] = (
    {
        "v.vec": f"{N} {D}\n" + rows(IDS),
        "meta.json": "".join(
            f"{ {'asin': str(n + 5), 'title': w + chr(39) + 's', 'price': None} }\n" for n, w in BACKWARDS
        ),
    },
    dict(titles=[f"{w}'s" for w in WORDS]),
)
CASES["word last"] = (
    {"a.txt": "".join(f"{numbers(v)} {w}\n" for w, v in zip(WORDS, LISTS, strict=True))},
    dict(error="'ant' is behind its numbers"),
)
CASES["vocabulary from one, with a row of zeros"] = (
    {
        "m.npy": npy(np.vstack([np.zeros((1, D), np.float32), VECTORS])),
        "word_index.json": json.dumps({w: n + 1 for n, w in enumerate(WORDS)}),
    },
    dict(vectors=np.vstack([np.zeros((1, D), np.float32), VECTORS]), note="12 of 13"),
)
CASES["vectors as columns"] = (
    {"a.npz": npz(E=VECTORS.T, words=np.array(WORDS))},
    dict(error="4 x 12.*12 texts.*E.T"),
)
CASES["ids as floats, alone"] = (
    {"a.csv": "user_id,d0,d1,d2,d3\n" + "".join(f"{n + 7}.0,{numbers(v, ',')}\n" for n, v in enumerate(LISTS))},
    dict(keys=[str(n + 7) for n in range(N)]),
)
CASES["ids with a gap"] = (
    {
        "a.csv": "title,uid,zip,d0,d1,d2,d3\n"
        + "".join(
            f"{w},{'' if n == 2 else 2**63 - 1 - n},0{n:04},{numbers(v, ',')}\n"
            for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
        )
    },
    dict(titles=WORDS, cols={"uid": ("number", [2**63 - 1, 2**63 - 2, None, 2**63 - 4])}),
)
CLASSES = {"info": {"features": {"label": {"names": ["red", "green", "blue"], "_type": "ClassLabel"}}}}
CASES["classes of Hugging Face"] = (
    {
        "a.parquet": parquet(
            pa.table(
                {"id": WORDS, "embedding": pa.array(LISTS, FLOATS), "label": [n % 4 - 1 for n in range(N)]}
            ).replace_schema_metadata({"huggingface": json.dumps(CLASSES)})
        )
    },
    dict(keys=WORDS, cols={"label": ("category", [None, "red", "green", "blue"])}),
)
CASES["a column called key that names no items"] = (
    {"a.csv": table("key", ["C major", "D minor", "E major"] * 4)},
    dict(titles=WORDS, cols={"key (2)": ("category", ["C major", "D minor"])}),
)
CASES["one date that is none among many"] = (
    {
        "a.csv": "title,day,d0,d1,d2,d3\n"
        + "".join(
            f"{w}{k},{'c. 1999' if w == 'fox' and not k else '2020-01-02'},{numbers(v, ',')}\n"
            for k in range(3)
            for w, v in zip(WORDS, LISTS, strict=True)
        )
    },
    dict(
        vectors=np.vstack([VECTORS] * 3), cols={"day": ("date", ["2020-01-02"])}, note="1 value is no date.*'c. 1999'"
    ),
)


def column(name: str, values: list[str], kind: str, *accepted: list[object]) -> None:
    """A case with one column of metadata; quotes are doubled."""
    cells = ['"{}"'.format(value.replace('"', '""')) for value in values]
    CASES[f"{name}: {values[0]}"] = ({"a.csv": table(name, cells)}, dict(titles=WORDS, cols={name: (kind, *accepted)}))


BOTH, ONE = ["Action", "Drama"], ["Drama"]
column("tags", ['c("Easy", "Dessert")', 'c("Easy")', "character(0)"] * 4, "labels", [["Easy", "Dessert"], ["Easy"], []])
column("tags", ["{'Action', 'Drama'}", "{'Drama'}", "set()"] * 4, "labels", [BOTH, ONE, []])
column("tags", ["('Action', 'Drama')", "('Drama',)", "()"] * 4, "labels", [BOTH, ONE, []])
column("tags", ['{"new, old",b}', "{b}", "{}"] * 4, "labels", [["new, old", "b"], ["b"], []])
column("day", ["2020-02-30", "2020-02-28", "2020-01-01"] * 4, "text|category", ["2020-02-30"])
column("louvain", ["0", "1", "2"] * 4, "category", ["0", "1"])
