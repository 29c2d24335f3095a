"""Further text and JSON files."""

# ruff: noqa: C408

import gzip
import json

import pandas as pd

from tests.formats.field.making import (
    LISTS,
    NAMED,
    WORDS,
    Case,
    D,
    N,
    cells,
    lines,
    numbers,
    rows,
)

CASES: dict[str, Case] = {}


H = "title,d0,d1,d2,d3\n"
HEAD = f"{N} {D}\n"
# text vectors and csv
CASES["tsv in csv clothes"] = ({"a.csv": "title\td0\td1\td2\td3\n" + rows(a="\t", b="\t")}, NAMED)
CASES["csv named txt"] = ({"a.txt": H + rows(a=",", b=",")}, NAMED)
CASES["csv no extension"] = ({"vectors": H + rows(a=",", b=",")}, NAMED)
CASES["glove gz"] = ({"a.txt.gz": gzip.compress(rows().encode())}, NAMED)
CASES["vectors first, word last"] = (
    {"a.csv": "d0,d1,d2,d3,word\n" + "".join(f"{numbers(v, ',')},{w}\n" for w, v in zip(WORDS, LISTS, strict=True))},
    NAMED,
)
CASES["index and word"] = (
    {
        "a.csv": ",word,d0,d1,d2,d3\n"
        + "".join(f"{n},{w},{numbers(v, ',')}\n" for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True)))
    },
    dict(titles=WORDS),
)
CASES["MultiIndex header of pandas"] = (
    {
        "a.csv": pd.DataFrame(
            LISTS, index=WORDS, columns=pd.MultiIndex.from_product([["emb"], ["d0", "d1", "d2", "d3"]])
        ).to_csv()
    },
    dict(keys=WORDS, or_error="line|header|vectors"),
)
CASES["nan cell in a dim"] = (
    {"a.csv": H + rows(a=",", b=",").replace(numbers(LISTS[5], ","), "0.1,,0.2,0.3")},
    dict(error="row 6.*--on-nan"),
)
CASES["space header glove"] = ({"a.txt": "word d0 d1 d2 d3\n" + rows()}, NAMED)
CASES["brackets after key"] = (
    {"a.txt": "".join(f"{w} [{numbers(v, ', ')}]\n" for w, v in zip(WORDS, LISTS, strict=True))},
    dict(keys=WORDS, or_error="line|a.txt|vectors"),
)
CASES["colon after key"] = (
    {"a.txt": "".join(f"{w}: {numbers(v)}\n" for w, v in zip(WORDS, LISTS, strict=True))},
    dict(or_error="line"),
)
CASES["key and json"] = (
    {"a.tsv": "".join(f"{w}\t{json.dumps(v)}\n" for w, v in zip(WORDS, LISTS, strict=True))},
    dict(keys=WORDS, or_error="column|vector"),
)
CASES["polars list csv"] = (
    {"a.csv": "id,emb\n" + "".join(f'{w},"[{numbers(v, ", ")}]"\n' for w, v in zip(WORDS, LISTS, strict=True))},
    NAMED,
)
CASES["unknown name vector cell"] = (
    {"a.csv": "id,ada_v2\n" + "".join(f'{w},"{v}"\n' for w, v in zip(WORDS, LISTS, strict=True))},
    NAMED,
)
CASES["numpy cut by dots"] = (
    {
        "a.csv": "id,embedding\n"
        + "".join(f'{w},"[{v[0]} {v[1]} ... {v[2]} {v[3]}]"\n' for w, v in zip(WORDS, LISTS, strict=True))
    },
    dict(error=r"\.\.\.|embedding"),
)
CASES["printed tensor grad"] = (
    {"a.csv": cells(lambda v: f"tensor({v}, grad_fn=<SelectBackward0>)")},
    dict(keys=WORDS, or_error="embedding"),
)
CASES["utf16 tsv no bom"] = ({"a.tsv": ("title\td0\td1\td2\td3\n" + rows(a="\t", b="\t")).encode("utf-16-le")}, NAMED)
CASES["quotes only in one row"] = (
    {"a.csv": H + rows(["ant", '"bee, the"', *WORDS[2:]], ",", ",")},
    dict(keys=["ant", "bee, the", *WORDS[2:]]),
)
CASES["single quotes"] = ({"a.csv": H + rows([f"'{w}'" for w in WORDS], ",", ",")}, dict())
# json
CASES["embedding key/vector map nested"] = (
    {"a.json": json.dumps({"data": dict(zip(WORDS, LISTS, strict=True))})},
    NAMED,
)
CASES["list of pairs"] = ({"a.json": json.dumps([[w, v] for w, v in zip(WORDS, LISTS, strict=True)])}, NAMED)
CASES["jsonl arrays"] = (
    {"a.jsonl": lines([w, v] for w, v in zip(WORDS, LISTS, strict=True))},
    dict(keys=WORDS, or_error="line 1"),
)
CASES["HF rows api"] = (
    {
        "a.json": json.dumps(
            {
                "features": [{"name": "text"}],
                "rows": [
                    {"row_idx": n, "row": {"text": w, "embedding": v}, "truncated_cells": []}
                    for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
                ],
                "num_rows_total": 12,
            }
        )
    },
    dict(titles=WORDS),
)
CASES["Pinecone fetch"] = (
    {
        "a.json": json.dumps(
            {
                "namespace": "",
                "vectors": {
                    w: {"id": w, "values": v, "metadata": {"g": "x"}} for w, v in zip(WORDS, LISTS, strict=True)
                },
            }
        )
    },
    NAMED,
)
CASES["Bedrock titan jsonl"] = (
    {
        "a.jsonl": lines(
            {"recordId": w, "modelInput": {"inputText": w}, "modelOutput": {"embedding": v, "inputTextTokenCount": 2}}
            for w, v in zip(WORDS, LISTS, strict=True)
        )
    },
    dict(titles=WORDS),
)
CASES["vectors as csv string json"] = (
    {"a.jsonl": lines({"id": w, "embedding": ",".join(map(str, v))} for w, v in zip(WORDS, LISTS, strict=True))},
    NAMED,
)
CASES["jsonl crlf"] = (
    {"a.jsonl": lines({"id": w, "vector": v} for w, v in zip(WORDS, LISTS, strict=True)).replace("\n", "\r\n")},
    NAMED,
)
CASES["json dates ms"] = (
    {
        "a.json": pd.DataFrame(
            {"id": WORDS, "at": pd.date_range("2020-01-01", periods=12), "embedding": LISTS}
        ).to_json(orient="records")
    },
    dict(keys=WORDS, cols={"at": (None, [1577836800000], ["2020-01-01"])}),
)
CASES["json bool null"] = (
    {
        "a.jsonl": lines(
            {"id": w, "ok": [True, False, None][n % 3], "vector": v}
            for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
        )
    },
    dict(keys=WORDS, cols={"ok": ("boolean", [True, False, None])}),
)
CASES["topk query answer"] = (
    {
        "a.json": json.dumps(
            {
                "matches": [{"id": w, "score": 0.9, "values": v} for w, v in zip(WORDS, LISTS, strict=True)],
                "namespace": "",
            }
        )
    },
    NAMED,
)
