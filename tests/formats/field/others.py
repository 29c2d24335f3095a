"""Files of other kinds: tensors, models, and files that are not what their name says."""

# ruff: noqa: C408

import json

import numpy as np

from tests.formats.field.making import VECTORS, Case, zipped

CASES: dict[str, Case] = {}


def safetensors(dtype: str, raw: bytes, shape: list[int]) -> bytes:
    """A file with one tensor, `emb`."""
    header = json.dumps({"emb": {"dtype": dtype, "shape": shape, "data_offsets": [0, len(raw)]}}).encode()
    return len(header).to_bytes(8, "little") + header + raw


CASES["safetensors bf16"] = (
    {"a.safetensors": safetensors("BF16", (VECTORS.view(np.uint32) >> 16).astype(np.uint16).tobytes(), [12, 4])},
    dict(atol=2e-2),
)
CASES["torch zip"] = (
    {"a.pt": zipped(**{"archive/data.pkl": b"\x80\x02}", "archive/version": b"3"})},
    dict(error="pickle"),
)
CASES["ONNX"] = (
    {"a.onnx": b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:" + bytes(range(256)) * 4},
    dict(error="binary|ONNX"),
)
CASES["Excel as csv"] = (
    {"a.csv": zipped(**{"xl/workbook.xml": "<w/>", "[Content_Types].xml": "<t/>"})},
    dict(error="Excel"),
)
CASES["JSON of an error"] = (
    {"a.json": json.dumps({"error": {"message": "Rate limit reached", "code": 429}})},
    dict(error="a.json|vectors|Rate"),
)
CASES["empty list"] = ({"a.json": "[]"}, dict(error="no rows|empty"))
CASES["yaml"] = ({"a.yaml": "ant: [0.1, 0.2]\nbee: [0.3, 0.4]\n"}, dict(error="a.yaml"))
