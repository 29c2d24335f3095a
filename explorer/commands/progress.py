"""What a run reports, as lines and bars on stderr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.commands import terminal


def reporter(model: str | None, update: terminal.Update) -> Callable[[dict[str, Any]], None]:
    """What a run reports, as lines and bars on stderr."""

    def report(state: dict[str, Any]) -> None:
        if "said" in state:
            terminal.say(state["said"])
            if model:
                start_up(model)
        elif "read" in state:
            terminal.counts(**state["read"])
            start_up(str(model))
        elif "phase" in state:
            update(", ".join([state["phase"], *in_words(state)]), state["done"], state["total"])

    return report


def in_words(state: dict[str, Any]) -> list[str]:
    """What training.loop reports, in words."""
    numbers = [f"{name} {state[key]:.4f}" for name, key in (("loss", "loss"), ("rating", "rmse")) if key in state]
    return [*numbers, f"epoch {state['epoch']:.0f}/{state['epochs']:.0f}"] if "epoch" in state else numbers


def start_up(model: str) -> None:
    """TensorFlow speaks to stderr while it is imported, whatever it is told; an error is to stand there alone."""
    from explorer.training.optim.tensorflow import tensorflow
    from explorer.training.ratings.registry import by_gradient

    if by_gradient(model):
        with terminal.quiet():
            tensorflow()
