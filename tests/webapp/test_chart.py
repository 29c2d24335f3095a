"""Encoding of row numbers, and the resolution of WebGL."""

from types import SimpleNamespace

import numpy as np
import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st

from explorer.webapp.chart import _ascending_as_bits, _pixel_ratio


@given(st.sets(st.integers(0, 3_000), min_size=1, max_size=300))
def test_ascending_numbers_round_trip_through_bits(numbers):
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


@pytest.mark.parametrize(
    ("cookie", "ratio"),
    [(None, 2), ("1", 1), ("1.5", 1.5), ("2", 2), ("3", 2), ("0.5", 1), ("nan", 1), ("many", 2), ("", 2)],
)
def test_webgl_pixel_ratio_is_at_most_two(monkeypatch, cookie, ratio):
    cookies = {} if cookie is None else {"pixel_ratio": cookie}
    monkeypatch.setattr(streamlit, "context", SimpleNamespace(cookies=cookies))
    assert _pixel_ratio() == ratio
