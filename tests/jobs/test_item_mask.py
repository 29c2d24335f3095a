"""Item masks encoded as text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.jobs.item_mask import decode_mask, encode_mask


@given(arrays(bool, st.integers(1, 70)))
def test_mask_round_trips(mask):
    assert np.array_equal(decode_mask(encode_mask(mask), len(mask)), mask)
