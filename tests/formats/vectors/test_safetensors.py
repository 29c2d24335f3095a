"""safetensors files, written byte by byte from the format's specification."""

import json

import numpy as np
import pytest

from explorer.errors import BadData
from explorer.formats import Limits, choices, detect, read

VECTORS = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)


def packed(header: object, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def tensors(**arrays: tuple[str, np.ndarray]) -> bytes:
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, (kind, array) in arrays.items():
        raw = array.tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    return packed(header, body)


@pytest.mark.parametrize(
    ("kind", "dtype"), [("F32", "<f4"), ("F64", "<f8"), ("F16", "<f2"), ("I64", "<i8"), ("U8", "u1")]
)
def test_every_dtype_is_read(tmp_path, kind, dtype):
    array = np.abs(10 * VECTORS).astype(dtype)
    (tmp_path / "m.safetensors").write_bytes(tensors(bias=("F32", np.ones(3, "<f4")), weight=(kind, array)))
    assert detect(tmp_path / "m.safetensors") == "safetensors"
    np.testing.assert_array_equal(read(tmp_path / "m.safetensors").vectors, array.astype(np.float32))


def test_bfloat16_is_the_upper_half_of_float32(tmp_path):
    rounded = (VECTORS.view(np.uint32) & 0xFFFF0000).view(np.float32)
    upper = (VECTORS.view(np.uint32) >> 16).astype("<u2")
    (tmp_path / "m.safetensors").write_bytes(tensors(w=("BF16", upper)))
    np.testing.assert_array_equal(read(tmp_path / "m.safetensors").vectors, rounded)


def test_tensor_named_embedding_comes_first(tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(tensors(**{"head": ("F32", np.ones((9, 9), "<f4")), "model.embed_tokens": ("F32", VECTORS)}))
    assert choices(path) == ["model.embed_tokens", "head"]
    np.testing.assert_array_equal(read(path).vectors, VECTORS)
    assert read(path, choice="head").vectors.shape == (9, 9)
    with pytest.raises(BadData, match=r"'model\.embed_tokens', 'head'"):
        read(path, choice="bias")
    with pytest.raises(BadData, match="at most 2"):
        read(path, limit=Limits(rows=2))


ONE = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


@pytest.mark.parametrize(
    "content",
    [
        (1 << 60).to_bytes(8, "little") + b"{}" * 9,
        packed([1, 2]),
        packed({"w": ONE}, bytes(15)),
        packed({"w": {**ONE, "shape": [2, 3]}}, bytes(16)),
        packed({"w": {**ONE, "shape": [2**40, 2**40]}}, bytes(16)),
        packed({"w": {**ONE, "data_offsets": [-16, 0]}}, bytes(16)),
        packed({"w": {**ONE, "data_offsets": [16, 0]}}, bytes(16)),
        packed({"w": {**ONE, "data_offsets": 3}}, bytes(16)),
        packed({"w": {**ONE, "shape": [-2, -2]}}, bytes(16)),
        packed({"w": {**ONE, "dtype": "Q4"}}, bytes(16)),
        packed({"w": 3}, bytes(16)),
        packed({}),
        packed({"w": {**ONE, "shape": [True, 4]}}, bytes(16)),
    ],
)
def test_invalid_header_is_refused(tmp_path, content):
    (tmp_path / "m.safetensors").write_bytes(content)
    with pytest.raises(BadData, match=r"m\.safetensors"):
        read(tmp_path / "m.safetensors", "safetensors")
