"""Search by title pattern in a small table."""

import numpy as np
import pandas as pd
import pytest

from explorer import BadRequest
from explorer.core.text.title_pattern import matches_title


@pytest.fixture
def films() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "key": ["Amélie", "Psycho (1960)", "Psycho (1998)", "Ça commence", "東京物語", "$9.99"],
        }
    )


def keys(films: pd.DataFrame, mask: np.ndarray) -> list[str]:
    assert mask.dtype == bool
    assert mask.shape == (len(films),)
    return films.key[mask].tolist()


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("psycho", ["Psycho (1960)", "Psycho (1998)"]),
        (r"^psycho \(199", ["Psycho (1998)"]),
        ("AMÉLIE", ["Amélie"]),
        ("^ça", ["Ça commence"]),
        ("東京", ["東京物語"]),
        (r"\$9", ["$9.99"]),
        ("am.lie|commence", ["Amélie", "Ça commence"]),
        ("no such film", []),
    ],
)
def test_pattern_selects_matching_titles(films, pattern, found):
    assert keys(films, matches_title(films, pattern)) == found


def test_empty_pattern_matches_all(films):
    assert matches_title(films, "").all()


def test_pattern_with_catastrophic_backtracking_is_fast(films):
    long = films.assign(key=[f"{'a' * 50_000}{row}!" for row in range(len(films))])
    assert not matches_title(long, "(a+)+$").any()


@pytest.mark.parametrize("pattern", ["(", "[", "*a", "a{2,1}", r"(?=a)", r"(a)\1", "\\"])
def test_invalid_pattern_is_refused(films, pattern):
    with pytest.raises(BadRequest, match="is not a valid regular expression"):
        matches_title(films, pattern)
