"""How the rows of points are encoded on their way to the browser."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.webapp.chart import _ascending_as_bits


@given(st.sets(st.integers(0, 3_000), min_size=1, max_size=300))
def test_ascending_numbers_come_back_from_their_bits(numbers):
    given_numbers = np.array(sorted(numbers), np.uint16)
    content = _ascending_as_bits(given_numbers)
    if content is None:
        assert given_numbers[-1] / 8 >= given_numbers.nbytes
    else:
        assert len(content) <= given_numbers.nbytes
        bits = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")
        assert np.flatnonzero(bits).tolist() == given_numbers.tolist()


def test_other_numbers_are_not_encoded_as_bits():
    for numbers in ([3, 2], [5, 5], [0, 1, 1]):
        assert _ascending_as_bits(np.array(numbers, np.uint8)) is None
    assert _ascending_as_bits(np.array([0, 1, 2], np.float32)) is None
