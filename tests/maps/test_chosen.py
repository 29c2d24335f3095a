"""Some of the items as text, and back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.maps.chosen import packed, unpacked


@given(arrays(bool, st.integers(1, 70)))
def test_chosen_items_come_back(mask):
    assert np.array_equal(unpacked(packed(mask), len(mask)), mask)
