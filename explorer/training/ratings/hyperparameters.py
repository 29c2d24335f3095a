"""Hyperparameters of a training on ratings, validated before anything is allocated."""

import os
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import BadRequest
from explorer.training.options import check_fraction, check_range

LARGEST = 512  # most dimensions


@dataclass(frozen=True)
class Hyperparameters:
    """Hyperparameters of a training on ratings. Raises BadRequest for a value out of range.

    size: dimensions. epochs: maximum number. l2: weight of the squared rows, per rating. rate: Adam's learning rate,
    multiplied by `decay` after every epoch. batch: ratings per step. patience: epochs without progress before stopping.
    weight: of the second loss, if the model has one.
    """

    size: int = 32
    epochs: int = 40
    l2: float = 0.05
    rate: float = 0.003
    decay: float = 1.0
    batch: int = 2000
    patience: int = 2
    weight: float = 0.0

    def __post_init__(self) -> None:
        whole = {"size": LARGEST, "epochs": 10_000, "batch": 1_000_000, "patience": 10_000}
        for name, most in whole.items():
            check_range(self, name, 1, most)
        for name in ("l2", "weight"):
            if not getattr(self, name) >= 0:
                raise BadRequest(f"{name} is {getattr(self, name)}; it must be 0 or more")
        for name in ("rate", "decay"):
            check_fraction(self, name)


def check_memory(parameters: int, n_ratings: int, free: int | None = None) -> None:
    """Refuse a training that would not fit into memory.

    parameters: number of float32. n_ratings: number of ratings. free: bytes, by default what is available. Raises
    BadRequest, which names both sizes in GB.
    """
    # values, momentum, the best values so far, those being measured, and a temporary copy
    needed = 5 * 4 * parameters + 24 * n_ratings
    free = available() if free is None else free
    if needed > free:
        raise BadRequest(
            f"training needs about {needed / 1e9:,.1f} GB of memory and {free / 1e9:,.1f} GB are free; "
            "choose a smaller size or fewer ratings"
        )


def available() -> int:
    """Bytes of free memory."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
