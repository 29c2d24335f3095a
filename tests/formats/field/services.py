"""JSON of pandas, of services and of JavaScript."""

# ruff: noqa: C408

import json

import pandas as pd

from tests.formats.field.making import LISTS, NAMED, VECTORS, WORDS, Case, N, lines

CASES: dict[str, Case] = {}
FRAME = pd.DataFrame({"id": WORDS, "size": range(N), "embedding": LISTS})
for orient in ("records", "split", "index", "columns", "values", "table"):
    sizes = {"size": ("number", list(range(N)))} if orient != "values" else {}
    CASES[f"pandas {orient}"] = ({"a.json": FRAME.to_json(orient=orient)}, dict(keys=WORDS, cols=sizes))
CASES["pandas split, words as index"] = (
    {"a.json": pd.DataFrame(LISTS, index=WORDS).to_json(orient="split")},
    NAMED,
)
CASES["pandas index, dimensions as columns"] = (
    {"a.json": pd.DataFrame(LISTS, index=WORDS).to_json(orient="index")},
    NAMED,
)
CASES["pandas columns, dimensions as columns"] = ({"a.json": pd.DataFrame(LISTS, index=WORDS).to_json()}, NAMED)
CASES["Cohere"] = (
    {
        "a.json": json.dumps(
            {"id": "x", "embeddings": {"float": LISTS}, "texts": WORDS, "meta": {"api_version": {"version": "2"}}}
        )
    },
    NAMED,
)
CASES["Gemini"] = ({"a.json": json.dumps({"embeddings": [{"values": v} for v in LISTS]})}, {})
CASES["Ollama"] = ({"a.json": json.dumps({"model": "m", "embeddings": LISTS, "total_duration": 14143917})}, {})
CASES["lists of lists"] = ({"a.json": json.dumps(LISTS)}, {})
CASES["OpenAI batch"] = (
    {
        "batch_output.jsonl": lines(
            {
                "id": f"batch_req_{n}",
                "custom_id": w,
                "response": {
                    "status_code": 200,
                    "body": {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": v}]},
                },
                "error": None,
            }
            for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
        )
    },
    dict(keys=WORDS, or_error="response.body.data|nested|embedding"),
)
CASES["Vertex batch"] = (
    {
        "a.jsonl": lines(
            {
                "instance": {"content": w},
                "predictions": [{"embeddings": {"values": v, "statistics": {"token_count": 3}}}],
                "status": "",
            }
            for w, v in zip(WORDS, LISTS, strict=True)
        )
    },
    dict(titles=WORDS, or_error="predictions|nested"),
)
CASES["OpenSearch hits"] = (
    {
        "a.json": json.dumps(
            {
                "took": 3,
                "hits": {
                    "total": {"value": N},
                    "hits": [
                        {"_index": "i", "_id": w, "_score": 1.0, "_source": {"size": n, "v": v}}
                        for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
                    ],
                },
            }
        )
    },
    dict(keys=WORDS, cols={"size": ("number", [0, 1])}),
)
CASES["Solr"] = (
    {
        "a.json": json.dumps(
            {
                "responseHeader": {"status": 0},
                "response": {"numFound": N, "docs": [{"id": w, "vec": v} for w, v in zip(WORDS, LISTS, strict=True)]},
            }
        )
    },
    NAMED,
)
CASES["Milvus rows"] = (
    {"a.json": json.dumps({"rows": [{"id": w, "vector": v} for w, v in zip(WORDS, LISTS, strict=True)]})},
    NAMED,
)
CASES["Chroma get"] = (
    {
        "a.json": json.dumps(
            {
                "ids": WORDS,
                "embeddings": LISTS,
                "documents": [f"about {w}" for w in WORDS],
                "metadatas": [{"size": n} for n in range(N)],
                "uris": None,
            }
        )
    },
    dict(keys=WORDS, cols={"size": ("number", [0, 1])}),
)
CASES["OpenKE"] = (
    {"a.json": json.dumps({"ent_embeddings.weight": LISTS, "rel_embeddings.weight": LISTS[:3]})},
    dict(note="rel_embeddings", or_error="rel_embeddings"),
)
CASES["objects one after another"] = (
    {"a.json": "\n".join(json.dumps({"id": w, "vector": v}, indent=2) for w, v in zip(WORDS, LISTS, strict=True))},
    dict(keys=WORDS, or_error="line"),
)
CASES["comma behind the last"] = (
    {"a.json": json.dumps([{"id": w, "vector": v} for w, v in zip(WORDS, LISTS, strict=True)])[:-1] + ",]"},
    dict(keys=WORDS, or_error="a.json.*(line|comma|JSON)"),
)
CASES["a last line that says done"] = (
    {
        "a.jsonl": lines(
            [*({"id": w, "vector": v} for w, v in zip(WORDS, LISTS, strict=True)), {"done": True, "count": N}]
        )
    },
    dict(error="(row|line) 13"),
)
CASES["typed arrays of JavaScript"] = (
    {
        "a.jsonl": lines(
            {"id": w, "embedding": {str(n): x for n, x in enumerate(v)}} for w, v in zip(WORDS, LISTS, strict=True)
        )
    },
    NAMED,
)
CASES["buffers of Node"] = (
    {
        "a.jsonl": lines(
            {"id": w, "embedding": {"type": "Buffer", "data": list(v.tobytes())}}
            for w, v in zip(WORDS, VECTORS, strict=True)
        )
    },
    dict(error="embedding"),
)
CASES["numbers in quotes"] = (
    {"a.jsonl": lines({"id": w, "embedding": [str(x) for x in v]} for w, v in zip(WORDS, LISTS, strict=True))},
    NAMED,
)
CASES["another length"] = (
    {"a.jsonl": lines({"id": w, "embedding": v[:3] if w == "fox" else v} for w, v in zip(WORDS, LISTS, strict=True))},
    dict(error="(row|line) 6|fox"),
)
CASES["ids of two types"] = (
    {
        "a.jsonl": lines(
            {"id": w if n % 2 else n, "embedding": v} for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
        )
    },
    dict(keys=[w if n % 2 else str(n) for n, w in enumerate(WORDS)]),
)
CASES["a vector in a list of one"] = (
    {"a.jsonl": lines({"id": w, "embedding": [v]} for w, v in zip(WORDS, LISTS, strict=True))},
    dict(keys=WORDS, or_error="embedding"),
)
CASES["one object of vectors by name"] = (
    {"a.json": json.dumps({"model": "m", "dimension": 4, "vectors": dict(zip(WORDS, LISTS, strict=True))})},
    NAMED,
)
CASES["items within data within result"] = (
    {
        "a.json": json.dumps(
            {
                "result": {
                    "data": {
                        "items": [
                            {"name": w, "attributes": {"embedding": v, "size": n}}
                            for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
                        ]
                    }
                }
            }
        )
    },
    dict(keys=WORDS, cols={"size": ("number", [0, 1])}, or_error="nested|result"),
)
CASES["a notebook"] = (
    {
        "a.ipynb": json.dumps(
            {"cells": [{"cell_type": "code", "source": ["x = 1"], "outputs": []}], "nbformat": 4, "metadata": {}}
        )
    },
    dict(error="notebook"),
)
CASES["JSON with single quotes"] = (
    {"a.json": str([{"id": w, "vector": v} for w, v in zip(WORDS, LISTS, strict=True)])},
    dict(keys=WORDS, or_error="a.json.*(line|JSON|quote)"),
)
