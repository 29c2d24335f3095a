"""Invalid training requests are refused before memory is allocated."""

import subprocess
import sys

import pytest

from explorer import BadRequest
from explorer.training.ratings.hyperparameters import check_memory
from explorer.training.ratings.train import train


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is 0"),
        ({"size": 100_000}, "size is 100,000"),
        ({"epochs": 0}, "epochs is 0"),
        ({"batch": -1}, "batch is -1"),
        ({"l2": -0.1}, "l2 is -0.1"),
        ({"rate": 0}, "rate is 0"),
        ({"holdout": 1.0}, "holdout is 1.0"),
        ({"colour": "red"}, "unknown option colour"),
    ],
)
def test_invalid_options_are_named(checkerboard, options, message):
    with pytest.raises(BadRequest, match=message):
        train(checkerboard, "mf", **options)


def test_unknown_model_lists_the_known_ones(checkerboard):
    with pytest.raises(BadRequest, match="item-mean"):
        train(checkerboard, "nonsense")


def test_single_rating_is_refused(make_world):
    with pytest.raises(BadRequest, match="at least 2"):
        train(make_world([0], [0], [3.0]), "mf")


def test_insufficient_memory_names_both_numbers():
    with pytest.raises(BadRequest, match=r"20\.0 GB .* 8\.0 GB"):
        check_memory(1_000_000_000, 0, free=8_000_000_000)
    check_memory(1_000_000, 1_000_000, free=8_000_000_000)


def test_importing_training_does_not_import_tensorflow():
    code = "import sys, explorer.training; sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
