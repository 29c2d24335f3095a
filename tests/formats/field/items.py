"""Vectors grouped by item, graph, model or protein, and columns beside them that look like something else."""

# ruff: noqa: C408

import io
import json

import h5py
import numpy as np
import pyarrow as pa

from tests.formats.field.making import FLOATS, LISTS, NAMED, VECTORS, WORDS, Case, N, lines, npy, npz, parquet, table

CASES: dict[str, Case] = {}
PAIRS = list(zip(WORDS, LISTS, strict=True))


def hdf5(**arrays: np.ndarray) -> bytes:
    """Arrays as HDF5."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return stream.getvalue()


CASES["a vector for each protein"] = ({"a.h5": hdf5(**dict(zip(WORDS, VECTORS, strict=True)))}, NAMED)
CASES["vectors of other lengths for each protein"] = (
    {"a.h5": hdf5(a=np.ones(3, np.float32), b=np.ones(4, np.float32))},
    dict(error="no matrix"),
)
CASES["nodes and more links"] = (
    {
        "g.json": json.dumps(
            {
                "directed": False,
                "nodes": [{"id": w, "group": n % 2, "embedding": v} for n, (w, v) in enumerate(PAIRS)],
                "links": [{"source": w, "target": "ant", "value": 1} for w in WORDS * 4],
            }
        )
    },
    dict(keys=WORDS, cols={"group": (None, None)}),
)
CASES["two models for each item"] = (
    {
        "a.json": json.dumps(
            [{"id": w, "all": [{"model": "m", "vector": v}, {"model": "s", "vector": v[:3]}]} for w, v in PAIRS]
        )
    },
    dict(error="3 and 4 numbers.*'all'"),
)
CASES["three tokens a line"] = (
    {
        "a.jsonl": lines(
            {"line": n, "features": [{"token": t, "layers": [{"values": v}]} for t in ("[CLS]", w, "[SEP]")]}
            for n, (w, v) in enumerate(PAIRS)
        )
    },
    dict(vectors=np.repeat(VECTORS, 3, 0), note="several rows"),
)
CASES["rectangles are no map"] = (
    {
        "a.parquet": parquet(
            {"crop": WORDS, **{name: list(range(n, N + n)) for n, name in enumerate(("x", "y", "width", "height"))}}
            | {"embedding": pa.array(LISTS, FLOATS)}
        )
    },
    dict(keys=WORDS, cols={"x": ("number", [0, 1]), "y": ("number", [1, 2])}),
)
CASES["classes, and names of the columns"] = (
    {"a.npz": npz(X=VECTORS, y=np.arange(N) % 3, feature_names=np.array(["a", "b", "c", "d"]))},
    dict(cols={"y": (None, [0, 1, 2])}),
)
CASES["names of the columns alone"] = (
    {"a.npz": npz(X=VECTORS, names=np.array(["a", "b", "c", "d"]))},
    dict(error="save X.T"),
)
CASES["lists with null"] = (
    {"a.csv": table("tags", ['"[""a"", null]"', '"[""b""]"', "[]"] * 4)},
    dict(keys=WORDS, cols={"tags": ("labels", [["a"], ["b"], []])}),
)
CASES["pictures and their texts"] = (
    {
        "out/img_emb/img_emb_0.npy": npy(VECTORS[:6]),
        "out/img_emb/img_emb_1.npy": npy(VECTORS[6:]),
        "out/metadata/metadata_0.parquet": parquet({"caption": WORDS[:6]}),
        "out/metadata/metadata_1.parquet": parquet({"caption": WORDS[6:]}),
    },
    NAMED,
)
CASES["documents with counted ids"] = (
    {"a.csv": "id,content,embedding\n" + "".join(f'{n},All about {w}.,"{v}"\n' for n, (w, v) in enumerate(PAIRS, 1))},
    dict(keys=[str(n) for n in range(1, N + 1)], titles=[f"All about {w}." for w in WORDS]),
)
CASES["COPY of PostgreSQL"] = (
    {"items.copy": "".join(f"{n}\t{w}\\ttab\t\\N\t{v}\n" for n, (w, v) in enumerate(PAIRS, 1))},
    dict(titles=[f"{w}\ttab" for w in WORDS]),
)
CASES["keys before an equals sign"] = (
    {"a.txt": "".join(f"{w}={','.join(map(str, v))}\n" for w, v in PAIRS)},
    dict(error="Write a tab or a comma"),
)
CASES["lines of a dictionary"] = (
    {"a.txt": "".join(f"'{w}': {v},\n" for w, v in PAIRS)},
    dict(error="Write a tab or a comma"),
)
CASES["keys in the first numbered column"] = (
    {"a.csv": "Var1,Var2,Var3,Var4,Var5\n" + "".join(f"{w},{','.join(map(str, v))}\n" for w, v in PAIRS)},
    NAMED,
)
