"""Exports of databases and answers of services: named, typed and sparse vectors, and tables in JSON."""

# ruff: noqa: C408

import json

from tests.formats.field.making import LISTS, NAMED, VECTORS, WORDS, Case, N, lines

CASES: dict[str, Case] = {}
PAIRS = list(zip(WORDS, LISTS, strict=True))
CASES["Qdrant, dense and sparse"] = (
    {
        "a.jsonl": lines(
            {
                "id": n,
                "payload": {"name": w, "size": n},
                "vector": {"dense": v, "sparse": {"indices": [1, 7], "values": [0.1, 0.2]}},
            }
            for n, (w, v) in enumerate(PAIRS)
        )
    },
    dict(titles=WORDS, cols={"size": ("number", [0, 1])}),
)
CASES["Weaviate, named vectors"] = (
    {
        "a.json": json.dumps(
            {
                "objects": [
                    {"id": f"u{n}", "vectors": {"title": v, "body": v[::-1]}, "properties": {"name": w}}
                    for n, (w, v) in enumerate(PAIRS)
                ]
            }
        )
    },
    dict(titles=WORDS, note="body"),
)
CASES["Chroma without embeddings"] = (
    {"a.json": json.dumps({"ids": WORDS, "embeddings": None, "documents": WORDS, "metadatas": [None] * N})},
    dict(error="'embeddings' is null.*include"),
)
CASES["Chroma, several collections"] = (
    {"a.json": json.dumps({"collections": [{"name": "c", "data": {"ids": WORDS, "embeddings": LISTS}}]})},
    NAMED,
)
CASES["sparsevec of pgvector"] = (
    {"a.csv": "id,embedding\n" + "".join(f'{w},"{{1:0.5,3:{n}.25}}/4"\n' for n, w in enumerate(WORDS))},
    dict(error="'embedding' contains sparse vectors"),
)
CASES["Cohere, two types"] = (
    {
        "a.json": json.dumps(
            {"embeddings": {"float": LISTS, "int8": (VECTORS * 40).astype(int).tolist()}, "texts": WORDS}
        )
    },
    dict(titles=WORDS, note="int8"),
)
CASES["bulk requests of Elasticsearch"] = (
    {
        "bulk.ndjson": lines(
            one
            for n, (w, v) in enumerate(PAIRS)
            for one in ({"index": {"_index": "i", "_id": w}}, {"size": n, "embedding": v})
        )
    },
    dict(keys=WORDS, cols={"size": ("number", [0, 1])}),
)
CASES["DynamoDB"] = (
    {
        "a.jsonl": lines(
            {"Item": {"id": {"S": w}, "embedding": {"L": [{"N": str(x)} for x in v]}, "new": {"BOOL": n % 2 == 0}}}
            for n, (w, v) in enumerate(PAIRS)
        )
    },
    dict(keys=WORDS, cols={"new": ("boolean", [True, False])}),
)
CASES["Datasette"] = (
    {
        "a.json": json.dumps(
            {"ok": True, "columns": ["id", "embedding"], "rows": [[w, json.dumps(v)] for w, v in PAIRS]}
        )
    },
    NAMED,
)
CASES["answers of OpenAI in another order"] = (
    {
        "a.json": json.dumps(
            {"data": [{"object": "embedding", "index": n, "embedding": LISTS[n]} for n in reversed(range(N))]}
        ),
        "labels.txt": "\n".join(WORDS) + "\n",
    },
    NAMED,
)
