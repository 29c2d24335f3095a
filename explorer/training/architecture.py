"""What a model is made of, before it is trained."""

from typing import Any

import numpy as np

from explorer.training.means import BASELINES
from explorer.training.train import family


def architecture(model: str, n_users: int, n_items: int, size: int | None = None) -> list[dict[str, Any]]:
    """Name, shape and number of parameters of each layer of a model, from input to output; none for a baseline.

    size: dimensions, by default the model's own. Raises BadRequest for an unknown model.
    """
    if model in BASELINES:
        return []
    kind = family(model)
    shapes = kind.shapes(n_users, n_items, size or kind.defaults.size)
    return [{"name": name, "shape": list(s), "parameters": int(np.prod(s))} for name, s in shapes.items()]
