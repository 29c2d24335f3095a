"""Lazy import of TensorFlow, which only trainings need."""

import os
from functools import cache
from types import ModuleType


@cache
def tensorflow() -> ModuleType:
    """TensorFlow, imported at the first call, without its start-up messages."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow

    return tensorflow
