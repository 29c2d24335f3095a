"""Arrays, columnar files, and files of other tools."""

# ruff: noqa: C408

import io
import json
import struct
import zipfile

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.orc as orc

from tests.formats.field.making import FLOATS, LISTS, NAMED, VECTORS, WORDS, Case, D, N, npy, npz, parquet, zipped

CASES: dict[str, Case] = {}
BASE = {"id": WORDS, "embedding": pa.array(LISTS, FLOATS)}


def arrow(file: bool) -> bytes:
    """The words and vectors as Arrow, as a file or as a stream."""
    stream = io.BytesIO()
    table = pa.table(BASE)
    with (pa.ipc.new_file if file else pa.ipc.new_stream)(stream, table.schema) as writer:
        writer.write_table(table)
    return stream.getvalue()


def old_feather() -> bytes:
    """A table as Feather of the first version."""
    stream = io.BytesIO()
    feather.write_feather(pd.DataFrame({"id": WORDS, **{f"d{n}": VECTORS[:, n] for n in range(D)}}), stream, version=1)
    return stream.getvalue()


def orc_file() -> bytes:
    """A table as ORC."""
    stream = pa.BufferOutputStream()
    orc.write_table(pa.table(BASE), stream)
    return stream.getvalue().to_pybytes()


def hdf5(**arrays: object) -> bytes:
    """Arrays as HDF5, `__` in a name standing for a slash."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name, array in arrays.items():
            file[name.replace("__", "/")] = array
    return stream.getvalue()


CASES["Arrow file"] = ({"a.arrow": arrow(True)}, NAMED)
CASES["folder of Hugging Face datasets"] = (
    {
        "d/data-00000-of-00001.arrow": arrow(False),
        "d/dataset_info.json": json.dumps({"features": {"id": {"dtype": "string"}}, "splits": None}),
        "d/state.json": json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_split": None}),
    },
    NAMED,
)
CASES["Feather of the first version"] = ({"a.feather": old_feather()}, dict(keys=WORDS, or_error="Feather"))
CASES["ORC"] = ({"a.orc": orc_file()}, dict(keys=WORDS, or_error="ORC"))
CASES["Avro"] = ({"a.avro": b"Obj\x01\x04\x14avro.codec\x08null\x16avro.schema" + bytes(60)}, dict(error="Avro"))
CASES["one name for two columns"] = (
    {
        "a.parquet": parquet(
            pa.Table.from_arrays(
                [pa.array(WORDS), pa.array(["x"] * N), pa.array(["y"] * N), BASE["embedding"]],
                names=["id", "tag", "tag", "embedding"],
            )
        )
    },
    dict(keys=WORDS, cols={"tag": (None, ["x"]), "tag (2)": (None, ["y"])}),
)
INDEXED = io.BytesIO()
pd.DataFrame({"embedding": LISTS}, index=WORDS).to_parquet(INDEXED)
CASES["index of pandas"] = ({"a.parquet": INDEXED.getvalue()}, NAMED)
CASES["dictionary"] = (
    {"a.parquet": parquet({**BASE, "lang": pa.array(["en", "de", "fr"] * 4).dictionary_encode()})},
    dict(keys=WORDS, cols={"lang": ("category", ["en", "de"])}),
)
CASES["a column of nulls"] = ({"a.parquet": parquet({**BASE, "note": pa.nulls(N)})}, NAMED)
CASES["vector in a struct"] = (
    {"a.parquet": parquet({"id": WORDS, "embedding": [{"model": "m", "values": v} for v in LISTS]})},
    dict(keys=WORDS, or_error="embedding"),
)
CASES["vector in a list of one"] = (
    {"a.parquet": parquet({"id": WORDS, "embedding": [[v] for v in LISTS]})},
    dict(keys=WORDS, or_error="embedding"),
)
CASES["matrix of tokens"] = (
    {"a.parquet": parquet({"id": WORDS, "embedding": [[v] * (2 + n % 3) for n, v in enumerate(LISTS)]})},
    dict(error="embedding"),
)
BYTES = (VECTORS * 40).astype(np.int8)
CASES["list of int8"] = (
    {"a.parquet": parquet({"id": WORDS, "embedding": pa.array(BYTES.tolist(), pa.list_(pa.int8()))})},
    dict(keys=WORDS, vectors=BYTES.astype(np.float32)),
)
CASES["bytes of float32"] = (
    {"a.parquet": parquet({"id": WORDS, "embedding": [v.tobytes() for v in VECTORS]})},
    dict(keys=WORDS, note="bytes"),
)
TENSOR = pa.ExtensionArray.from_storage(
    pa.fixed_shape_tensor(pa.float32(), [D]), pa.FixedSizeListArray.from_arrays(pa.array(VECTORS.ravel()), D)
)
CASES["fixed shape tensor"] = ({"a.parquet": parquet({"id": WORDS, "embedding": TENSOR})}, NAMED)
CASES["brotli"] = ({"a.parquet": parquet(BASE, compression="brotli")}, NAMED)
CASES["ids of 16 bytes"] = (
    {
        "a.parquet": parquet(
            {
                "id": pa.array([bytes([n]) * 16 for n in range(N)], pa.binary(16)),
                "title": WORDS,
                "embedding": BASE["embedding"],
            }
        )
    },
    dict(titles=WORDS),
)
CASES["a map of metadata"] = (
    {
        "a.parquet": parquet(
            {**BASE, "scores": pa.array([[("a", 1.0), ("b", 2.0)]] * N, pa.map_(pa.string(), pa.float64()))}
        )
    },
    NAMED,
)
CASES["geometry as WKB"] = (
    {"a.parquet": parquet({**BASE, "geometry": [struct.pack("<BIdd", 1, 1, 13.4, 52.5 + n) for n in range(N)]})},
    NAMED,
)
CASES["pandas categories of numbers"] = (
    {
        "a.parquet": parquet(
            pa.Table.from_pandas(
                pd.DataFrame({"id": WORDS, "grade": pd.Categorical([1, 2, 3] * 4, ordered=True), "embedding": LISTS})
            )
        )
    },
    dict(keys=WORDS, cols={"grade": ("category", ["1", "2"], [1, 2])}),
)
CASES["npz with a model's name"] = (
    {"a.npz": npz(embeddings=VECTORS, words=np.array(WORDS), model=np.array("bert"), dim=np.array(4))},
    NAMED,
)
CASES["npz of users and items"] = (
    {"a.npz": npz(user_factors=np.tile(VECTORS, (3, 1)), item_factors=VECTORS)},
    dict(vectors=np.tile(VECTORS, (3, 1)), note="item_factors"),
)
CASES["structured array"] = (
    {"a.npy": npy(np.array(list(zip(WORDS, VECTORS, strict=True)), dtype=[("word", "U8"), ("vec", "f4", (4,))]))},
    dict(keys=WORDS, or_error="structured|fields|word"),
)
CASES["array of booleans"] = ({"a.npy": npy(VECTORS > 0)}, dict(vectors=(VECTORS > 0).astype(np.float32)))
CASES["saved dictionary"] = (
    {"a.npy": npy(np.array(dict(zip(WORDS, LISTS, strict=True)), dtype=object))},
    dict(error="pickle|object"),
)
CASES["rows and columns exchanged"] = (
    {
        "v.npy": npy(np.ascontiguousarray(VECTORS.T)),
        "f.csv": "title,size\n" + "".join(f"{w},{n}\n" for n, w in enumerate(WORDS)),
    },
    dict(error="12.*4|4.*12|transpos"),
)
CASES["fvecs"] = ({"a.fvecs": b"".join(struct.pack("<i4f", 4, *v) for v in VECTORS)}, dict(error="fvecs|TEXMEX"))
CASES["ann-benchmarks"] = (
    {
        "a.hdf5": hdf5(
            train=VECTORS,
            test=VECTORS[:3],
            neighbors=np.zeros((3, 5), np.int32),
            distances=np.zeros((3, 5), np.float32),
        )
    },
    dict(or_error="train"),
)
CASES["h5ad"] = (
    {
        "a.h5ad": hdf5(
            X=np.abs(VECTORS), obs___index=np.array(WORDS, dtype="S"), obsm__X_pca=VECTORS, obsm__X_umap=VECTORS[:, :2]
        )
    },
    dict(keys=WORDS, or_error="AnnData|h5ad"),
)
LOOM = {"matrix": VECTORS.T, "row_attrs__Gene": np.array(WORDS[:4], "S"), "col_attrs__CellID": np.array(WORDS, "S")}
CASES["loom: genes and cells"] = ({"a.loom": hdf5(**LOOM)}, dict(error="loom"))
CASES["loom with an embedding of cells"] = ({"a.loom": hdf5(**LOOM, col_attrs__X_pca=VECTORS)}, dict(titles=WORDS))
CASES["zarr"] = (
    {"a.zarr/.zgroup": '{"zarr_format": 2}', "a.zarr/X/.zarray": "{}", "a.zarr/X/0.0": VECTORS.tobytes()},
    dict(error="[Zz]arr"),
)
CASES["MATLAB 5"] = (
    {"a.mat": b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x01IM" + bytes(200)},
    dict(error="MATLAB"),
)
CASES["MATLAB 7.3"] = (
    {"a.mat": b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512, b"\0") + hdf5(X=VECTORS)},
    dict(vectors=VECTORS, or_error="MATLAB"),
)
CASES["old torch"] = (
    {"a.pth": b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03." + bytes(80)},
    dict(error="pickle|torch"),
)
CASES["GGUF"] = ({"a.gguf": b"GGUF\x03\0\0\0" + bytes(200)}, dict(error="GGUF"))
CASES["Stata"] = ({"a.dta": b"<stata_dta><header><release>118</release>" + bytes(100)}, dict(error="Stata"))
CASES["SPSS"] = ({"a.sav": b"$FL2@(#) SPSS DATA FILE" + bytes(100)}, dict(error="SPSS"))
CASES["TensorFlow checkpoint"] = (
    {
        "c/checkpoint": 'model_checkpoint_path: "m.ckpt"\n',
        "c/m.ckpt.index": bytes(range(200)),
        "c/m.ckpt.data-00000-of-00001": VECTORS.tobytes(),
    },
    dict(error="checkpoint"),
)
CASES["TFRecord"] = (
    {"a.tfrecord": struct.pack("<Q", 40) + b"\x11\x22\x33\x44" + bytes(range(40)) + b"\x55\x66\x77\x88"},
    dict(error="TFRecord|binary"),
)
CASES["Lance"] = (
    {"t.lance/_versions/1.manifest": bytes(50), "t.lance/data/x.lance": bytes(90) + b"LANC"},
    dict(error="Lance"),
)
CASES["Chroma's folder"] = (
    {"db/chroma.sqlite3": b"SQLite format 3\0" + bytes(100), "db/x/header.bin": bytes(100)},
    dict(error="SQLite"),
)
CASES["DuckDB database"] = ({"a.duckdb": bytes(8) + b"DUCK" + bytes(4096)}, dict(error="DuckDB"))
CASES["Excel of 1997"] = ({"a.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)}, dict(error="Excel"))
CASES["OpenDocument"] = (
    {"a.ods": zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": "<x/>"})},
    dict(error="OpenDocument|LibreOffice"),
)
CASES["PDF"] = ({"a.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"}, dict(error="PDF"))
CASES["picture"] = ({"a.png": b"\x89PNG\r\n\x1a\n" + bytes(80)}, dict(error="PNG|picture|image"))
CASES["7z"] = ({"a.7z": b"7z\xbc\xaf\x27\x1c" + bytes(80)}, dict(error="7z|7-Zip"))
LOCKED = bytearray(zipped(**{"v.npy": npy(VECTORS)}))
for start in (LOCKED.find(b"PK\x03\x04") + 6, LOCKED.find(b"PK\x01\x02") + 8):
    LOCKED[start] |= 1
CASES["zip with a password"] = ({"a.zip": bytes(LOCKED)}, dict(error="password|encrypted"))
DEFLATED = io.BytesIO()
with zipfile.ZipFile(DEFLATED, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("emb/part-0.parquet", parquet(pa.table(BASE).slice(0, 5)))
    archive.writestr("emb/part-1.parquet", parquet(pa.table(BASE).slice(5)))
CASES["parts in a zip"] = ({"a.zip": DEFLATED.getvalue()}, NAMED)
