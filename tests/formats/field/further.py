"""Further files: values, text, JSON, arrays and pairs of files, written after the others were read right."""

# ruff: noqa: C408

import gzip
import json

import numpy as np
import pandas as pd
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
    cells,
    lines,
    npy,
    npz,
    numbers,
    parquet,
    rows,
    table,
)

CASES: dict[str, Case] = {}


def with_header(header: dict[str, object]) -> bytes:
    """A file of safetensors with all vectors and three of them."""
    raw = json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + VECTORS.tobytes() + VECTORS[:3].tobytes()


def column(name: str, values: list[object], kind: str | None, *accepted: list[object]) -> None:
    """A case with one column of metadata."""
    quoted = [f'"{value}"' if "," in str(value) else value for value in values]
    CASES[f"{name}: {values[0]}"] = ({"a.csv": table(name, quoted)}, dict(titles=WORDS, cols={name: (kind, *accepted)}))


H = "title,d0,d1,d2,d3\n"
HEAD = f"{N} {D}\n"
# values
column("budget", ["$1.5M", "$200K", "$3M"] * 4, "text|category", ["$1.5M"])
column("gross", ["£1,000", "£20", "£3,500"] * 4, "text|category|number", ["£1,000", "£20"], [1000, 20])
column("temp", ["\u22123.5", "2", "\u22121"] * 4, "number|text|category", [-3.5, 2.0], ["\u22123.5", "2"])
column("date", [f"{n + 1}-Jan-2020" for n in range(N)], "date", ["2020-01-01", "2020-01-02"])
column("date", [f"Jan {n + 10} 2020" for n in range(N)], "date|text", ["2020-01-10"], ["Jan 10 2020"])
column("date", [f"January {n + 10}, 2020" for n in range(N)], "date", ["2020-01-10"])
column("date", [f"2020-01-{n + 10} 10:00" for n in range(N)], "date", ["2020-01-10T10:00:00.000000"])
column("date", [f"{n + 13}/01/20" for n in range(N)], "date|text", ["2020-01-13"], ["13/01/20"])
column("quarter", ["2020Q1", "2020Q2", "2020Q3"] * 4, "category|text", ["2020Q1"])
column("week", [f"2020-W{n + 10}" for n in range(N)], "text|date", ["2020-W10"])
column("decade", ["1990s", "2000s", "2010s"] * 4, "category", ["1990s"])
column("year", [f"{1990 + n}" for n in range(N)], "number", [1990, 1991])
column("year", [f"{1990 + n}.0" for n in range(N)], "number", [1990, 1991])
column("runtime", [f"{90 + n} min" for n in range(N)], "text", ["90 min"])
column("genres", ["Action|Drama", "Drama", "Comedy|Action"] * 4, "labels", [["Action", "Drama"], ["Drama"]])
column("genres", ["Action, Drama", "Drama", "Comedy, Action"] * 4, "labels|category", [["Action", "Drama"], ["Drama"]])
column(
    "genres",
    ["['Action', 'Drama']", "['Drama']", "[]"] * 4,
    "labels",
    [["Action", "Drama"], ["Drama"], []],
    [["Action", "Drama"], ["Drama"], None],
)
column(
    "genres",
    ['[{""id"": 18, ""name"": ""Drama""}]', '[{""id"": 1, ""name"": ""War""}, {""id"": 18, ""name"": ""Drama""}]', "[]"]
    * 4,
    "labels",
    [["Drama"], ["War", "Drama"]],
)
column("active", ["1", "0", ""] * 4, "boolean|category|number", [True, False, None], ["1", "0", None], [1, 0, None])
column("active", ["Yes", "No", "Unknown"] * 4, "category|boolean", ["Yes", "No", "Unknown"], [True, False, None])
column("sex", ["M", "F", "M"] * 4, "category|boolean", ["M", "F"])
column("code", ["E10", "E11", "I21"] * 4, "category", ["E10", "E11"])
column("gene", ["MARCH1", "SEPT2", "DEC1"] * 4, "category", ["MARCH1", "SEPT2"])
column("color", ["#ff0000", "#00ff00", "#0000ff"] * 4, "category|text", ["#ff0000"])
column("emoji", ["🐜", "🐝", "🐱"] * 4, "category", ["🐜", "🐝"])
column("score", ["1_000", "2_000", "3_000"] * 4, "category|text", ["1_000"])
column("cid", ["007", "010", "100"] * 4, "category|text", ["007", "010"])
column("n", ["1e400", "5", "7"] * 4, "number|text|category", ["1e400", "5"], [None, 5.0])
column("note", ["=1+1", "+x", "@a"] * 4, "category|text", ["=1+1", "+x"])
column("email", [f"a{n}@b.org" for n in range(N)], "text", ["a0@b.org"])
column("doi", [f"10.1000/xyz{n}" for n in range(N)], "text|link", ["10.1000/xyz0"])
column("img", [f"https://x.org/{n}.png" for n in range(N)], "image|link", ["https://x.org/0.png"])
column("page", ["12-15", "16-20", "3-4"] * 4, "text|category", ["12-15"])
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
# arrays/parquet
B = {"id": WORDS, "embedding": pa.array(LISTS, FLOATS)}
CASES["npz arr_0 only"] = ({"a.npz": npz(arr_0=VECTORS)}, {})
CASES["npz words bytes"] = ({"a.npz": npz(vectors=VECTORS, words=np.array(WORDS, dtype="S"))}, NAMED)
CASES["npy float128"] = ({"a.npy": npy(VECTORS.astype(np.longdouble))}, {})
CASES["npy 2d strings"] = ({"a.npy": npy(VECTORS.astype(str))}, dict(error="a.npy"))
CASES["npy empty"] = ({"a.npy": npy(np.empty((0, 4), np.float32))}, dict(error="a.npy"))
CASES["npy 4 GB header cut"] = ({"a.npy": npy(VECTORS)[:60]}, dict(error="a.npy"))
CASES["parquet timestamp tz"] = (
    {"a.parquet": parquet({**B, "t": pa.array(pd.date_range("2020-01-01", periods=12, tz="Europe/Berlin"))})},
    dict(keys=WORDS, cols={"t": ("date", ["2019-12-31T23:00:00.000000"])}),
)
CASES["parquet list strings"] = (
    {"a.parquet": parquet({**B, "tags": [["a", "b"], ["a"], []] * 4})},
    dict(keys=WORDS, cols={"tags": ("labels", [["a", "b"], ["a"], []])}),
)
CASES["parquet list ints"] = ({"a.parquet": parquet({**B, "likes": [[1, 2], [3], []] * 4})}, dict(keys=WORDS))
CASES["parquet 2 embeddings"] = (
    {
        "a.parquet": parquet(
            {"id": WORDS, "text_emb": pa.array(LISTS, FLOATS), "image_emb": pa.array([v[:3] for v in LISTS], FLOATS)}
        )
    },
    dict(keys=WORDS, note="image_emb"),
)
CASES["parquet wide floats"] = (
    {"a.parquet": parquet({"id": WORDS, **{f"emb_{n}": VECTORS[:, n] for n in range(4)}})},
    NAMED,
)
CASES["parquet wide ints names"] = (
    {"a.parquet": parquet({"word": WORDS, **{str(n): VECTORS[:, n] for n in range(4)}})},
    NAMED,
)
CASES["parquet NaN vector"] = (
    {"a.parquet": parquet({"id": WORDS, "embedding": pa.array([[float("nan")] * 4, *LISTS[1:]], FLOATS)})},
    dict(error="row 1|ant|--on-nan"),
)
CASES["parquet empty list"] = (
    {"a.parquet": parquet({"id": WORDS, "embedding": pa.array([[], *LISTS[1:]], FLOATS)})},
    dict(error="row 1.*|--on-nan"),
)
CASES["parquet bool column nulls"] = (
    {"a.parquet": parquet({**B, "ok": pa.array([True, None, False] * 4)})},
    dict(keys=WORDS, cols={"ok": ("boolean", [True, None, False])}),
)
CASES["parquet uint8 small codes"] = (
    {"a.parquet": parquet({**B, "cluster": pa.array([0, 1, 2] * 4, pa.uint8())})},
    dict(keys=WORDS, cols={"cluster": ("category", ["0", "1"])}),
)
CASES["parquet date32"] = (
    {"a.parquet": parquet({**B, "d": pa.array(pd.date_range("2020-01-01", periods=12).date)})},
    dict(keys=WORDS, cols={"d": ("date", ["2020-01-01"])}),
)
CASES["parquet truncated"] = ({"a.parquet": parquet(B)[:-30]}, dict(error="a.parquet"))
CASES["parquet zip part of hf"] = (
    {
        "data/train-00000-of-00002.parquet": parquet(pa.table(B).slice(0, 5)),
        "data/train-00001-of-00002.parquet": parquet(pa.table(B).slice(5)),
        "data/README.md": "# x",
    },
    NAMED,
)
CASES["safetensors two"] = (
    {
        "a.safetensors": with_header(
            {
                "wte": {"dtype": "F32", "shape": [12, 4], "data_offsets": [0, 192]},
                "wpe": {"dtype": "F32", "shape": [3, 4], "data_offsets": [192, 240]},
            }
        )
    },
    dict(note="wpe"),
)
# pairs
V = {"v.npy": npy(VECTORS)}
CASES["labels csv one column header label"] = (
    {**V, "labels.csv": "label\n" + "\n".join(["cat", "dog", "cow"] * 4) + "\n"},
    dict(cols={"label": ("category", ["cat", "dog"])}),
)
CASES["labels npy ints"] = (
    {**V, "labels.npy": npy(np.arange(12) % 3)},
    dict(cols={"labels": ("category", ["0", "1"], [0, 1])}),
)
CASES["vocab txt with counts"] = (
    {**V, "vocab.txt": "".join(f"{w} {900 - n}\n" for n, w in enumerate(WORDS))},
    dict(titles=WORDS),
)
CASES["vocab tsv with counts"] = (
    {**V, "vocab.tsv": "".join(f"{w}\t{900 - n}\n" for n, w in enumerate(WORDS))},
    dict(titles=WORDS),
)
CASES["csv first then npy"] = (
    {"a.csv": "title,size\n" + "".join(f"{w},{n}\n" for n, w in enumerate(WORDS)), **V},
    dict(titles=WORDS),
)
CASES["metadata by numeric id in other order"] = (
    {
        "v.vec": HEAD + rows([str(100 + n) for n in range(N)]),
        "f.csv": "movieId,title\n" + "".join(f"{100 + n},{WORDS[n]}\n" for n in reversed(range(N))),
    },
    dict(titles=WORDS),
)
CASES["metadata with leading zeros"] = (
    {
        "v.vec": HEAD + rows([f"{n:05}" for n in range(N)]),
        "f.csv": "id,title\n" + "".join(f"{n},{WORDS[n]}\n" for n in reversed(range(N))),
    },
    dict(titles=WORDS),
)
CASES["metadata duplicates rows many"] = (
    {"v.vec": HEAD + rows(), "f.csv": "word,sense\n" + "".join(f"{w},{k}\n" for w in WORDS for k in (1, 2))},
    dict(keys=WORDS, note="duplicate"),
)
