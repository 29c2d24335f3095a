"""Learn item embeddings from what people did, then look inside them.

>>> import explorer
>>> films = explorer.load("movielens")
>>> films.neighbors("Toy Story", k=3).key.tolist()
['Toy Story 2', "A Bug's Life", 'Toy Story 3']
"""

from explorer.artifacts import list_artifacts, load
from explorer.core.embedding import Embedding
from explorer.errors import BadArtifact, BadData, BadRequest, ExplorerError, MissingExtra, Unavailable, UnknownItem
from explorer.importing.build import from_arrays

__version__ = "0.1.0"
__all__ = [
    "BadArtifact",
    "BadData",
    "BadRequest",
    "Embedding",
    "ExplorerError",
    "MissingExtra",
    "Unavailable",
    "UnknownItem",
    "from_arrays",
    "list_artifacts",
    "load",
]
