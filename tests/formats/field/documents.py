"""JSON exports of databases, libraries and services."""

# ruff: noqa: C408

import base64
import json

from tests.formats.field.making import LISTS, NAMED, VECTORS, WORDS, Case, N, lines

CASES: dict[str, Case] = {}
CASES["OpenAI response"] = (
    {
        "a.json": json.dumps(
            {
                "object": "list",
                "data": [{"object": "embedding", "index": n, "embedding": v} for n, v in enumerate(LISTS)],
                "model": "m",
                "usage": {"total_tokens": 5},
            }
        )
    },
    {},
)
CASES["lines with other fields"] = (
    {
        "a.jsonl": lines(
            [
                {"id": w, "vector": v, **({"year": 1990 + n} if n % 2 else {})}
                for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
            ]
        )
    },
    dict(keys=WORDS, cols={"year": (None, [None, 1991, None, 1993])}),
)
CASES["BOM and blank lines"] = (
    {"a.jsonl": "\ufeff" + lines([{"id": w, "vector": v} for w, v in zip(WORDS, LISTS, strict=True)]) + "\n\n"},
    NAMED,
)
CASES["NaN in JSON"] = (
    {
        "a.json": json.dumps(
            [{"id": w, "vector": v if w != "fox" else [float("nan")] * 4} for w, v in zip(WORDS, LISTS, strict=True)]
        )
    },
    dict(error="NaN.*--on-nan"),
)
CASES["word -> object"] = (
    {"a.json": json.dumps({w: {"vector": v, "count": n} for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))})},
    dict(keys=WORDS, cols={"count": ("number", list(range(N)))}),
)
CASES["words and vectors"] = ({"a.json": json.dumps({"words": WORDS, "vectors": LISTS})}, NAMED)
CASES["embeddings and labels"] = ({"a.json": json.dumps({"embeddings": LISTS, "labels": WORDS})}, NAMED)
CASES["LlamaIndex"] = (
    {
        "a.jsonl": lines(
            [
                {"id_": f"n{n}", "embedding": v, "metadata": {"page_label": str(n)}, "text": f"Some text about {w}."}
                for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
            ]
        )
    },
    dict(cols={"page_label": (None, None)}),
)
CASES["Qdrant"] = (
    {
        "a.json": json.dumps(
            {
                "result": {
                    "points": [
                        {"id": n, "payload": {"word": w}, "vector": v}
                        for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
                    ],
                    "next_page_offset": None,
                },
                "status": "ok",
                "time": 0.01,
            }
        )
    },
    dict(keys=WORDS),
)
CASES["Pinecone"] = (
    {
        "a.json": json.dumps(
            {
                "vectors": [
                    {"id": w, "values": v, "metadata": {"year": 1990 + n}}
                    for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
                ]
            }
        )
    },
    dict(keys=WORDS, cols={"year": ("number", [1990, 1991])}),
)
CASES["Weaviate"] = (
    {
        "a.json": json.dumps(
            {
                "objects": [
                    {
                        "class": "Doc",
                        "id": f"0000000{n:02}-0000-4000-8000-000000000000",
                        "vector": v,
                        "properties": {"title": w},
                    }
                    for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
                ]
            }
        )
    },
    dict(titles=WORDS),
)
CASES["Elasticsearch"] = (
    {
        "a.jsonl": lines(
            [
                {"_index": "i", "_id": w, "_source": {"year": 1990 + n, "embedding": v}}
                for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
            ]
        )
    },
    dict(keys=WORDS, cols={"year": ("number", [1990])}),
)
CASES["MongoDB"] = (
    {
        "a.jsonl": lines(
            [
                {"_id": {"$oid": f"{n:024x}"}, "n": {"$numberLong": str(2**53 + 1 + n)}, "title": w, "embedding": v}
                for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
            ]
        )
    },
    dict(titles=WORDS),
)
CASES["large ids"] = (
    {"a.jsonl": lines([{"id": 2**53 + 1 + n, "embedding": v} for n, v in enumerate(LISTS)])},
    dict(keys=[str(2**53 + 1 + n) for n in range(N)]),
)
CASES["list as text"] = (
    {"a.jsonl": lines([{"id": w, "embedding": str(v)} for w, v in zip(WORDS, LISTS, strict=True)])},
    NAMED,
)
CASES["base64"] = (
    {
        "a.jsonl": lines(
            [
                {"id": w, "embedding": base64.b64encode(v.tobytes()).decode()}
                for w, v in zip(WORDS, VECTORS, strict=True)
            ]
        )
    },
    dict(keys=WORDS, note="base64"),
)
CASES["cut line"] = (
    {"a.jsonl": lines([{"id": w, "vector": v} for w, v in zip(WORDS, LISTS, strict=True)])[:-9]},
    dict(error=r"12|cut|lynx"),
)
CASES["Chroma query"] = (
    {
        "a.json": json.dumps(
            {
                "ids": [WORDS],
                "embeddings": [LISTS],
                "documents": [[f"about {w}" for w in WORDS]],
                "metadatas": [[{"n": n} for n in range(N)]],
                "distances": None,
            }
        )
    },
    NAMED,
)
CASES["GeoJSON"] = (
    {
        "a.geojson": json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"name": w, "embedding": v},
                        "geometry": {"type": "Point", "coordinates": [1.0, 2.0]},
                    }
                    for w, v in zip(WORDS, LISTS, strict=True)
                ],
            }
        )
    },
    dict(titles=WORDS),
)
