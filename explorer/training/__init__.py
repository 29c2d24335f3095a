"""Train embeddings from data. TensorFlow is imported only when a training needs it."""

from explorer.training.ratings.hyperparameters import Hyperparameters
from explorer.training.ratings.registry import MODELS, architecture
from explorer.training.ratings.result import RatingModel, rmse_mae
from explorer.training.ratings.run import Cancelled
from explorer.training.ratings.train import fit, split, train

__all__ = ["MODELS", "Cancelled", "Hyperparameters", "RatingModel", "architecture", "fit", "rmse_mae", "split", "train"]
