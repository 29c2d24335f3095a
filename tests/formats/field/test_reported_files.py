"""Unusual files reported to gensim, projectors and table readers: each is read correctly or refused with the reason."""

import pytest

from tests.formats.field import arrays, cells, columnar, documents, headers, joins, others, texts, values
from tests.formats.field.making import problems

CASES = {
    f"{module.__name__.rpartition('.')[2]}: {name}": case
    for module in (texts, arrays, documents, cells, values, headers, columnar, joins, others)
    for name, case in module.CASES.items()
}


@pytest.mark.parametrize("name", CASES)
def test_reported_file(tmp_path, name):
    assert problems(CASES[name], tmp_path) == []


def test_there_are_more_than_a_hundred_files():
    assert len(CASES) > 130
