"""Search for numbers that parsing changes: equal to regular expressions, whatever the blocks."""

import random
import re

import pyarrow as pa
import pytest

from explorer.formats.tables import odd_numbers

PADDED = re.compile(rb'(?:^|[\n\r,;|\t "])(?:[+-]?0[0-9xX]|\+)')
LONG = re.compile(rb"(?:^|[\n\r,;|\t \"])[+-]?(?=[0-9.]*\.)(?:[0-9]\.?){18}")


@pytest.mark.parametrize("block", [8, 1 << 24])
def test_numpy_search_equals_regular_expressions(monkeypatch, block):
    monkeypatch.setattr(odd_numbers, "BLOCK", block)
    draw = random.Random(0)
    for signs in (b"00123456789..+-x,\n a", b"0123456789.,"):
        for _ in range(1500):
            text = bytes(draw.choice(signs) for _ in range(draw.randrange(1, 60)))
            assert odd_numbers.has_padded(pa.BufferReader(text)) == bool(PADDED.search(text)), text
            if LONG.search(text):
                assert odd_numbers.has_long(pa.BufferReader(text)), text


@pytest.mark.parametrize("text", [b"a,1\nb,20\n", b"x,1.5e-05\n", b"2020-01-05,1.123456789012345\n", b"0,0.5,-0.5\n"])
def test_usual_numbers_are_not_odd(text):
    assert not odd_numbers.has_padded(pa.BufferReader(text))
    assert not odd_numbers.has_long(pa.BufferReader(text))
