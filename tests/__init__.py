"""Tests, in the same folders as the package."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent  # of the checkout
