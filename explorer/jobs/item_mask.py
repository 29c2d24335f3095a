"""Encode a boolean item mask as compact text, for job requests."""

from __future__ import annotations

import base64
import zlib

import numpy as np

from explorer.errors import BadRequest


def encode_mask(mask: np.ndarray) -> str:
    """Encode a mask (n,) bool as text; "" stands for all items."""
    return "" if mask.all() else base64.b64encode(zlib.compress(np.packbits(mask).tobytes())).decode()


def decode_mask(text: str, n: int) -> np.ndarray:
    """Decode a text of `encode_mask` to a mask (n,) bool. Raises BadRequest when the number of items differs."""
    if not text:
        return np.ones(n, bool)
    try:
        bits = np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), np.uint8)
    except (ValueError, zlib.error) as error:
        raise BadRequest(f"{text[:20]!r} is not an encoded selection of items.") from error
    mask = np.unpackbits(bits).astype(bool)
    if len(bits) != -(-n // 8) or mask[n:].any():
        raise BadRequest(f"The selection is of up to {len(mask):,} items, and there are {n:,}. Select them again.")
    return mask[:n]
