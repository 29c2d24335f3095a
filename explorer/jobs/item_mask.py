"""Encode a boolean item mask as compact text, for job requests."""

from __future__ import annotations

import base64
import zlib

import numpy as np

from explorer.errors import BadRequest


def encode_mask(mask: np.ndarray) -> str:
    """A mask (n,) bool as text; "" for all items."""
    return "" if mask.all() else base64.b64encode(zlib.compress(np.packbits(mask).tobytes())).decode()


def decode_mask(text: str, n: int) -> np.ndarray:
    """Decode a text of `encode_mask` to a mask (n,) bool. Raises BadRequest for another number of items."""
    if not text:
        return np.ones(n, bool)
    try:
        bits = np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), np.uint8)
    except (ValueError, zlib.error) as error:
        raise BadRequest(f"{text[:20]!r} stands for no items.") from error
    mask = np.unpackbits(bits).astype(bool)
    if len(bits) != -(-n // 8) or mask[n:].any():
        raise BadRequest(f"The items were chosen among up to {len(mask):,}, and there are {n:,}; choose them again.")
    return mask[:n]
