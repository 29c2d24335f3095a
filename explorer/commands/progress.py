"""Progress of trainings, as lines and bars on stderr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explorer.commands import terminal


def reporter(model: str | None, update: terminal.Update) -> Callable[[dict[str, Any]], None]:
    """A function that shows the reports of a training as lines and bars on stderr."""

    def report(state: dict[str, Any]) -> None:
        if "message" in state:
            terminal.say(state["message"])
            if model:
                start_up(model)
        elif "read" in state:
            terminal.counts(**state["read"])
            start_up(str(model))
        elif "phase" in state:
            update(", ".join([state["phase"], *in_words(state)]), state["done"], state["total"])

    return report


def in_words(state: dict[str, Any]) -> list[str]:
    """State of an epoch as text, such as `rating 0.8500`."""
    numbers = [f"{name} {state[key]:.4f}" for name, key in (("loss", "loss"), ("rating", "rmse")) if key in state]
    return [*numbers, f"epoch {state['epoch']:.0f}/{state['epochs']:.0f}"] if "epoch" in state else numbers


def start_up(model: str) -> None:
    """Import TensorFlow with stderr silenced, so that only our messages appear there."""
    from explorer.training.optim.tensorflow import tensorflow
    from explorer.training.ratings.registry import by_gradient

    if by_gradient(model):
        with terminal.quiet():
            tensorflow()
