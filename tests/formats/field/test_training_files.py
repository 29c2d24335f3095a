"""Files for training, from data sets and tools in use: each is read correctly or refused with advice."""

import pytest

from tests.formats.field.training import (
    benchmarks,
    chosen,
    linked,
    lists,
    logs,
    mistaken,
    ordered,
    other_lists,
    others,
    rated,
    rated_forms,
    reviews,
    surveys,
)
from tests.formats.field.training.making import problems

MODULES = (
    rated,
    rated_forms,
    chosen,
    ordered,
    linked,
    reviews,
    logs,
    lists,
    surveys,
    others,
    other_lists,
    benchmarks,
    mistaken,
)
CASES = {f"{case.kind}: {name}": case for module in MODULES for name, case in module.CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_training_file_is_read_as_expected(tmp_path, name):
    assert problems(CASES[name], tmp_path) == []
