"""Parquet and Arrow files."""

# ruff: noqa: C408

import datetime
import decimal
import gzip
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather

from tests.formats.field.making import FLOATS, LISTS, NAMED, VECTORS, WORDS, Case, D, N, npy, parquet, zipped

CASES: dict[str, Case] = {}
base = {"id": WORDS, "embedding": pa.array(LISTS, FLOATS)}
CASES["fixed list of half"] = (
    {
        "a.parquet": parquet(
            {
                "id": WORDS,
                "embedding": pa.FixedSizeListArray.from_arrays(pa.array(VECTORS.astype(np.float16).ravel()), D),
            }
        )
    },
    dict(keys=WORDS, atol=1e-2),
)
CASES["vector missing"] = (
    {"a.parquet": parquet({"id": WORDS, "embedding": pa.array([*LISTS[:5], None, *LISTS[6:]], FLOATS)})},
    dict(error="row 6.*--on-nan|--on-nan"),
)
CASES["struct of metadata"] = (
    {"a.parquet": parquet({**base, "meta": [{"year": 1990 + n, "lang": "en"} for n in range(N)]})},
    dict(keys=WORDS, cols={"year": ("number", [1990])}),
)
CASES["nanoseconds"] = (
    {
        "a.parquet": parquet(
            {**base, "at": pa.array([datetime.datetime(2001, 1, n + 1, 5) for n in range(N)], pa.timestamp("ns"))},
            version="2.6",
        )
    },
    dict(keys=WORDS, cols={"at": ("date", ["2001-01-01T05:00:00.000000"])}),
)
CASES["large types"] = (
    {
        "a.parquet": parquet(
            {"id": pa.array(WORDS, pa.large_string()), "embedding": pa.array(LISTS, pa.large_list(pa.float64()))}
        )
    },
    NAMED,
)
CASES["long decimal"] = (
    {
        "a.parquet": parquet(
            {**base, "w": pa.array([decimal.Decimal("12345678901234567890.1234567890")] * N, pa.decimal128(38, 10))}
        )
    },
    dict(keys=WORDS, cols={"w": (None, ["12345678901234567890.1234567890"])}),
)
CASES["durations and times"] = (
    {
        "a.parquet": parquet(
            {
                **base,
                "len": pa.array([datetime.timedelta(seconds=90 + n) for n in range(N)], pa.duration("ms")),
                "at": pa.array([datetime.time(1, n) for n in range(N)], pa.time64("us")),
            }
        )
    },
    dict(keys=WORDS),
)
CASES["Atlas export"] = (
    {
        "a.parquet": parquet(
            {
                "text": WORDS,
                "projection_x": VECTORS[:, 0].astype(float),
                "projection_y": VECTORS[:, 1].astype(float),
                "neighbors": [{"ids": [1, 2], "distances": [0.1, 0.2]}] * N,
                "embedding": pa.array(LISTS, FLOATS),
            }
        )
    },
    dict(keys=WORDS, layout="xy"),
)
CASES["int labels of HF"] = (
    {
        "a.parquet": parquet(
            {
                "text": [f"text about {w}" for w in WORDS],
                "label": pa.array([n % 3 for n in range(N)]),
                "embeddings": pa.array(LISTS, FLOATS),
            }
        )
    },
    dict(cols={"label": ("category", ["0", "1"])}),
)
mi = pd.DataFrame({"embedding": LISTS}, index=pd.MultiIndex.from_arrays([WORDS, list(range(N))], names=["word", "n"]))
b = io.BytesIO()
mi.to_parquet(b)
CASES["MultiIndex"] = ({"a.parquet": b.getvalue()}, dict(keys=WORDS, cols={"n": (None, [0, 1])}))
s = io.BytesIO()
with pa.ipc.new_stream(s, pa.table(base).schema) as writer:
    writer.write_table(pa.table(base))
CASES["Arrow stream"] = ({"a.arrows": s.getvalue()}, NAMED)
s = io.BytesIO()
feather.write_feather(pa.table(base), s, compression="lz4")
CASES["Feather lz4"] = ({"a.feather": s.getvalue()}, NAMED)
CASES["no rows"] = ({"a.parquet": parquet(pa.table(base).slice(0, 0))}, dict(error="no rows"))
CASES["gz of parquet"] = ({"a.parquet.gz": gzip.compress(parquet(base))}, NAMED)
CASES["zip from a Mac"] = (
    {
        "a.zip": zipped(
            **{
                "vectors.npy": npy(VECTORS),
                "labels.csv": "word\n" + "\n".join(WORDS) + "\n",
                "__MACOSX/._vectors.npy": b"\0\5\x16\7junk",
            }
        )
    },
    NAMED,
)
