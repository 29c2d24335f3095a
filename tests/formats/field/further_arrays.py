"""Further arrays, parquet files, and pairs of files."""

# ruff: noqa: C408

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
    npy,
    npz,
    parquet,
    rows,
)

CASES: dict[str, Case] = {}


def with_header(header: dict[str, object]) -> bytes:
    """A file of safetensors with all vectors and three of them."""
    raw = json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + VECTORS.tobytes() + VECTORS[:3].tobytes()


H = "title,d0,d1,d2,d3\n"
HEAD = f"{N} {D}\n"
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
