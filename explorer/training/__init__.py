"""Ratings -> vectors. Importing this costs nothing: TensorFlow is met only inside a training run."""

from explorer.training.architecture import architecture
from explorer.training.loop import Cancelled
from explorer.training.recipe import Recipe
from explorer.training.train import MODELS, fit, split, train
from explorer.training.trained import Trained, errors

__all__ = ["MODELS", "Cancelled", "Recipe", "Trained", "architecture", "errors", "fit", "split", "train"]
