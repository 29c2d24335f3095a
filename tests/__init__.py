"""Tests, in the same folders as the package."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent  # of the checkout
PATIENCE = 180  # seconds until a test gives up waiting, also on a busy machine
# Threads that wait for each other in a loop use up the processor of the test processes beside them.
for _library in ("OMP", "OPENBLAS"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
