"""JSON of batches, databases and machine learning servers: nested answers, tensors, base64, objects in cells."""

# ruff: noqa: C408

import base64
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
    cells,
    lines,
    npy,
    parquet,
)

CASES: dict[str, Case] = {}
PAIRS = list(zip(WORDS, LISTS, strict=True))


def answer(key: str, *data: object) -> dict[str, object]:
    """A line of a batch of OpenAI."""
    body = {"object": "list", "data": [{"object": "embedding", "index": n, "embedding": v} for n, v in enumerate(data)]}
    return {"id": f"req_{key}", "custom_id": key, "response": {"status_code": 200, "body": body}, "error": None}


def text64(raw: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(raw).decode()


FAILED = {"id": "x", "custom_id": "fox", "response": None, "error": {"code": "e", "message": "boom"}}
CASES["OpenAI batch in base64"] = (
    {"a.jsonl": lines(answer(w, text64(v.tobytes())) for w, v in zip(WORDS, VECTORS, strict=True))},
    dict(keys=WORDS, note="base64"),
)
CASES["OpenAI batch, one failed"] = (
    {"a.jsonl": lines(FAILED if w == "fox" else answer(w, v) for w, v in PAIRS)},
    dict(error="row 6|fox"),
)
CASES["OpenAI batch, three texts a request"] = (
    {"a.jsonl": lines(answer(f"r{n}", *LISTS[3 * n : 3 * n + 3]) for n in range(4))},
    dict(cols={"custom_id": (None, ["r0", "r0", "r0", "r1"])}),
)
CASES["chunks of documents"] = (
    {
        "a.json": json.dumps(
            [
                {"doc": f"d{n}", "chunks": [{"text": w, "vector": v} for w, v in PAIRS[6 * n : 6 * n + 6]]}
                for n in (0, 1)
            ]
        )
    },
    dict(keys=WORDS, cols={"doc": ("category", ["d0"] * 6 + ["d1"])}),
)
CASES["float64 in base64"] = (
    {"a.jsonl": lines({"id": w, "embedding": text64(np.array(v).tobytes())} for w, v in PAIRS)},
    dict(error="base64"),
)
CASES["tensor of KServe"] = (
    {"a.json": json.dumps({"outputs": [{"name": "emb", "shape": [N, D], "data": [x for v in LISTS for x in v]}]})},
    {},
)
CASES["tensor with tokens"] = (
    {"a.json": json.dumps({"dims": [3, 4, D], "data": [x for v in LISTS for x in v]})},
    dict(error=r"\[3, 4, 4\].*mean"),
)
CASES["array with tokens"] = ({"a.npy": npy(np.zeros((5, 3, 4), np.float32))}, dict(error="mean"))
CASES["arrays of json-tricks"] = (
    {
        "a.json": json.dumps(
            [{"name": w, "embedding": {"__ndarray__": v, "dtype": "f4", "shape": [4]}} for w, v in PAIRS]
        )
    },
    NAMED,
)
CASES["BSON vectors of MongoDB"] = (
    {
        "a.jsonl": lines(
            {
                "_id": w,
                "embedding": {"$binary": {"base64": text64(b"\x27\0" + v.tobytes()), "subType": "09"}},
            }
            for w, v in zip(WORDS, VECTORS, strict=True)
        )
    },
    NAMED,
)
CASES["columns and attributes of turbopuffer"] = (
    {"a.json": json.dumps({"ids": WORDS, "vectors": LISTS, "attributes": {"size": list(range(N))}})},
    dict(keys=WORDS, cols={"size": ("number", [0, 1])}),
)
CASES["quoted numbers of BigQuery"] = (
    {"a.jsonl": lines({"ml_generate_embedding_result": [repr(x) for x in v], "content": w} for w, v in PAIRS)},
    NAMED,
)
CASES["documents of Vespa"] = (
    {
        "a.jsonl": lines(
            {"put": f"id:n:a::{n}", "fields": {"title": w, "v": {"values": v}}} for n, (w, v) in enumerate(PAIRS)
        )
    },
    dict(titles=WORDS),
)
CASES["documents of Meilisearch"] = (
    {
        "a.jsonl": lines(
            {"id": n, "title": w, "_vectors": {"default": {"embeddings": [v]}}} for n, (w, v) in enumerate(PAIRS)
        )
    },
    dict(titles=WORDS),
)
CASES["sparse vectors of Spark as text"] = (
    {"a.csv": cells(lambda v: f"(4,[0,1],[{v[0]},{v[1]}])")},
    dict(error="sparse"),
)
CASES["metadata of Pinecone as JSON"] = (
    {
        "a.parquet": parquet(
            {
                "id": WORDS,
                "values": pa.array(LISTS, FLOATS),
                "metadata": [json.dumps({"genre": "ab"[n % 2], "year": 1990 + n}) for n in range(N)],
            }
        )
    },
    dict(keys=WORDS, cols={"genre": ("category", ["a", "b"]), "year": ("number", [1990])}),
)
CASES["objects of pandas in cells"] = (
    {
        "a.csv": "name,meta,embedding\n"
        + "".join(f"{w},\"{{'page': {n}, 'new': None}}\",\"{v}\"\n" for n, (w, v) in enumerate(PAIRS))
    },
    dict(keys=WORDS, cols={"page": ("number", [0, 1])}),
)
CASES["pixels of a grid"] = (
    {"a.csv": "label,1x1,1x2,2x1,2x2\n" + "".join(f"{n % 3},{n},{n + 1},{9 - n},7\n" for n in range(N))},
    dict(
        vectors=np.array([[n, n + 1, 9 - n, 7] for n in range(N)], np.float32),
        cols={"label": ("category", ["0", "1", "2"])},
    ),
)
UUIDS = [f"{n:08x}-1111-4222-8333-{n * 7:012x}" for n in range(10**6, 10**6 + N)]
CASES["UUIDs with and without hyphens"] = (
    {
        "v.csv": "id,d0,d1,d2,d3\n"
        + "".join(f"{u},{','.join(map(str, v))}\n" for u, v in zip(UUIDS, LISTS, strict=True)),
        "m.csv": "id,size\n" + "".join(f"{UUIDS[n].replace('-', '').upper()},{n}\n" for n in reversed(range(N))),
    },
    dict(cols={"size": ("number", list(range(N)))}),
)
