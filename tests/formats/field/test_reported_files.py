"""Unusual files reported to gensim, projectors and table readers: each is read correctly or refused with the reason."""

import pytest

from tests.formats.field import (
    arrays,
    batches,
    cells,
    columnar,
    databases,
    documents,
    exports,
    folders,
    further,
    further_arrays,
    further_columns,
    headers,
    items,
    joins,
    others,
    pairs,
    recommenders,
    services,
    single_columns,
    spreadsheets,
    stores,
    texts,
    values,
    words,
)
from tests.formats.field.making import problems

CASES = {
    f"{module.__name__.rpartition('.')[2]}: {name}": case
    for module in (
        texts,
        words,
        arrays,
        documents,
        services,
        cells,
        values,
        single_columns,
        headers,
        spreadsheets,
        columnar,
        stores,
        joins,
        pairs,
        others,
        further,
        further_columns,
        further_arrays,
        databases,
        recommenders,
        batches,
        folders,
        items,
        exports,
    )
    for name, case in module.CASES.items()
}


@pytest.mark.parametrize("name", CASES)
def test_reported_file_is_read_as_expected(tmp_path, name):
    assert problems(CASES[name], tmp_path) == []


def test_there_are_more_than_three_hundred_files():
    assert len(CASES) > 450
