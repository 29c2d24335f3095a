"""Random and deliberate damage to files, and the outcome of importing them."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer import artifacts, formats
from explorer.errors import ExplorerError
from explorer.formats import Limits
from explorer.formats.several import read_files
from explorer.importing.build import build, inspect, publish_import
from explorer.importing.plan import guess

SECONDS = 10
DECISIONS = {"nan": "drop", "zero": "drop", "duplicate": "fix"}
LIMIT = Limits(bytes=1 << 24, rows=100_000, dims=5_000)
TEXTS = [b"\n", b"\t", b" ", b'"', b",", b"\0", b"\xff\xfe", b"nan", b"1e999", b"{", b"["]

place = st.integers(0, 10**6)
change = st.one_of(
    st.tuples(st.just("cut"), place, st.just(0)),
    st.tuples(st.just("flip"), place, st.integers(1, 255)),
    st.tuples(st.just("flip"), st.integers(0, 200), st.integers(1, 255)),  # in the header
    st.tuples(st.just("drop"), place, st.integers(1, 40)),
    st.tuples(st.just("twice"), place, st.integers(1, 40)),
    st.tuples(st.just("number"), place, st.sampled_from([0, 1, 7, 9, 10**6, 10**9, 2**31, 2**62, 10**30, -1])),
    st.tuples(st.just("raw"), place, st.sampled_from([0, 2**31 - 1, 2**63 - 1, 2**64 - 1])),
    st.tuples(st.just("text"), place, st.sampled_from(TEXTS)),
)  # fmt: skip


def changed(raw: bytes, what: str, at: int, by: int | bytes) -> bytes:
    """A file with one change."""
    at %= max(len(raw), 1)
    if what == "cut":
        return raw[:at]
    if what == "flip":
        return raw[:at] + bytes([raw[at] ^ by]) + raw[at + 1 :] if raw else raw
    if what == "drop":
        return raw[:at] + raw[at + by :]
    if what == "twice":
        return raw[: at + by] + raw[at:]
    if what == "raw":
        return raw[:at] + by.to_bytes(8, "little") + raw[at + 8 :]
    if what == "text":
        return raw[:at] + by + raw[at:]
    digits = [n for n in range(at, min(len(raw), at + 500)) if raw[n : n + 1].isdigit()]
    return raw[: digits[0]] + str(by).encode() + raw[digits[0] + 1 :] if digits else raw


def damaged(raw: bytes, inputs: int, look: Callable[[bytes], None]) -> int:
    """Write versions of a file with one to three changes each. Returns how many."""
    count = 0

    @settings(max_examples=inputs, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(change, min_size=1, max_size=3))
    def run(changes):
        nonlocal count
        made = raw
        for one in changes:
            made = changed(made, *one)
        look(made)
        count += 1

    run()
    return count


def outcome(path: Path, made: Path) -> str:
    """Outcome of importing a file to `made`: an error class, an item table, or a valid artifact.

    Any other error is raised; a slow import is stopped.
    """
    try:
        with in_time():
            formats.choices(path, limit=LIMIT)
            read, metadata = read_files([path], limit=LIMIT)
            assert len(read.items) == len(read)
            if read.vectors is None and read.xy is None:
                return "metadata"
            plan = replace(guess(read, metadata), decisions=DECISIONS)
            inspect(read, metadata, plan)
            publish_import(made, build(read, metadata, plan), plan)
            artifacts.check(made)
            return "artifact"
    except ExplorerError as error:
        assert str(error) and "\n" not in str(error).strip()
        return type(error).__name__


class TooLong(BaseException):
    """A BaseException, because readers turn every Exception into BadData."""


@contextmanager
def in_time() -> Iterator[None]:
    """Raise TooLong after SECONDS."""

    def stop(*_: object) -> None:
        raise TooLong(f"longer than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
