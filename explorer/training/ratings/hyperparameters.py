"""Hyperparameters of a training run, validated before anything is allocated."""

import os
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import BadRequest

LARGEST = 512  # dimensions


@dataclass(frozen=True)
class Hyperparameters:
    """Hyper-parameters of one run.

    size: dimensions. epochs: at most so many. l2: weight of the squared rows beside each rating's squared error.
    rate: Adam's step, multiplied by `decay` after every epoch. batch: ratings a step. patience: epochs without
    progress before stopping. weight: of the second loss, where a model has one.
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
            value = getattr(self, name)
            if not 1 <= value <= most:
                raise BadRequest(f"{name} is {value:,}; it must be between 1 and {most:,}")
        for name in ("l2", "weight"):
            if not getattr(self, name) >= 0:
                raise BadRequest(f"{name} is {getattr(self, name)}; it must be 0 or more")
        for name in ("rate", "decay"):
            if not 0 < getattr(self, name) <= 1:
                raise BadRequest(f"{name} is {getattr(self, name)}; it must be above 0 and at most 1")


def check_memory(parameters: int, n_ratings: int, free: int | None = None) -> None:
    """Refuse a run that would not fit into memory.

    parameters: count of float32. n_ratings: how many are read. free: bytes, by default what the machine has.
    Raises BadRequest naming both numbers, in GB.
    """
    # values and momentum, the best values so far, those to be measured, and one copy on the way
    needed = 5 * 4 * parameters + 24 * n_ratings
    free = available() if free is None else free
    if needed > free:
        raise BadRequest(
            f"training needs about {needed / 1e9:,.1f} GB of memory and {free / 1e9:,.1f} GB are free; "
            "choose a smaller size or fewer ratings"
        )


def available() -> int:
    """Bytes of memory free for use."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
