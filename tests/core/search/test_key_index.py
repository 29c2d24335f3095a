"""The index of keys finds every key, and no other, even if hashes collide."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.search import key_index
from explorer.core.search.key_index import KeyIndex


@given(st.lists(st.text(), unique=True, min_size=1), st.lists(st.text()))
def test_each_key_is_found_in_its_row(keys, others):
    index = KeyIndex.of(pd.Series(keys, dtype="str"))
    assert [index.row(key) for key in keys] == list(range(len(keys)))
    assert [index.row(other) for other in others] == [keys.index(o) if o in keys else None for o in others]
    assert index.row(None) is index.row(3) is index.row("\udcff") is None


def test_keys_with_equal_hashes_are_distinguished(monkeypatch):
    monkeypatch.setattr(key_index, "_hashes", lambda keys: np.zeros(len(keys), np.uint64))
    index = KeyIndex.of(pd.Series(["a", "b", "c"], dtype="str"))
    assert [index.row(key) for key in "abcd"] == [0, 1, 2, None]
