"""Damaged SavedModels, as in test_fuzz.py; TensorFlow, which reads their variables, is imported once for all."""

from collections import Counter

import pytest

from tests.formats.damage import damaged, outcome


@pytest.mark.slow
@pytest.mark.parametrize(("name", "inputs"), [("variables.index", 100), ("variables.data-00000-of-00001", 40)])
def test_damaged_variables_are_read_or_refused(saved_model, tmp_path, name, inputs):
    file, seen = saved_model / "variables" / name, Counter()
    raw = file.read_bytes()

    def look(made: bytes) -> None:
        file.write_bytes(made)
        seen[outcome(saved_model, tmp_path / "made")] += 1

    assert damaged(raw, inputs, look) >= inputs * 0.9
    assert seen["BadData"]
    file.write_bytes(raw)
    assert outcome(saved_model, tmp_path / "made") == "artifact"
