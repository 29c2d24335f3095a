"""Lazy import of TensorFlow, which only trainings need."""

import os
from functools import cache
from types import ModuleType


@cache
def tensorflow() -> ModuleType:
    """TensorFlow, imported at the first call and told to keep its start-up messages to itself."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow

    return tensorflow
