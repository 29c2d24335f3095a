"""Pages of mapped files are dropped and come back with the same content."""

import sys
from pathlib import Path

import numpy as np
import pytest

from explorer.artifacts.mapped_files import map_array, map_file, release_pages


def resident(path: Path) -> int:
    """Kilobytes of a mapped file that are in the memory of this process."""
    lines = iter(Path("/proc/self/smaps").read_text().splitlines())
    return sum(int(next(lines).split()[1]) for line in lines if str(path) in line and skipped(lines))


def skipped(lines) -> bool:
    """Go on to the line before `Rss`."""
    return all(next(lines) for _ in ("Size", "KernelPageSize", "MMUPageSize"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_released_pages_leave_the_process_and_return(tmp_path):
    numbers, text = np.arange(2_000_000), b"text" * 1_000_000
    np.save(tmp_path / "numbers.npy", numbers)
    (tmp_path / "text").write_bytes(text)
    array, mapped = map_array(tmp_path / "numbers.npy"), map_file(tmp_path / "text")
    assert array.sum() == numbers.sum() and mapped[:] == text
    assert resident(tmp_path / "numbers.npy") > 10_000 and resident(tmp_path / "text") > 3_000
    release_pages()
    assert resident(tmp_path / "numbers.npy") < 1_000 and resident(tmp_path / "text") < 1_000
    assert array.sum() == numbers.sum() and mapped[:] == text
    assert not array.flags.writeable
