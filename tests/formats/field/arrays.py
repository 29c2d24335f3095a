"""numpy arrays."""

# ruff: noqa: C408

import numpy as np

from tests.formats.field.making import LISTS, NAMED, VECTORS, WORDS, Case, npy, npz

CASES: dict[str, Case] = {}
CASES["float16"] = ({"a.npy": npy(VECTORS.astype(np.float16))}, dict(atol=1e-2))
CASES["Fortran order"] = ({"a.npy": npy(np.asfortranarray(VECTORS.astype(np.float64)))}, {})
CASES["quantised int8"] = (
    {"a.npy": npy((VECTORS * 40).astype(np.int8))},
    dict(vectors=(VECTORS * 40).astype(np.int8).astype(np.float32)),
)
CASES["1-D"] = ({"a.npy": npy(VECTORS.ravel())}, dict(error=r"\(48,\)"))
CASES["3-D of one"] = ({"a.npy": npy(VECTORS[:, None, :])}, dict(error=r"\(12, 1, 4\)"))
CASES["object array"] = ({"a.npy": npy(np.array([*LISTS, [1.0]], dtype=object))}, dict(error="pickle|object"))
CASES["npz with words"] = ({"a.npz": npz(arr_0=VECTORS, arr_1=np.array(WORDS))}, NAMED)
CASES["npz with ids"] = (
    {"a.npz": npz(embeddings=VECTORS, ids=np.arange(100, 112))},
    dict(keys=[str(n) for n in range(100, 112)]),
)
CASES["scipy sparse"] = (
    {
        "a.npz": npz(
            data=VECTORS.ravel(),
            indices=np.tile(np.arange(4), 12).astype(np.int32),
            indptr=np.arange(0, 49, 4).astype(np.int32),
            format=np.array(b"csr"),
            shape=np.array([12, 4]),
        )
    },
    dict(error="sparse"),
)
CASES["npz with years"] = (
    {"a.npz": npz(vectors=VECTORS, names=np.array(WORDS), year=np.arange(1990, 2002))},
    dict(keys=WORDS, cols={"year": ("number", list(range(1990, 2002)))}),
)
CASES["big endian"] = ({"a.npy": npy(VECTORS.astype(">f4"))}, {})
CASES["truncated"] = ({"a.npy": npy(VECTORS)[:-20]}, dict(error="a.npy"))
CASES["complex"] = ({"a.npy": npy(VECTORS.astype(complex))}, dict(error="complex"))
