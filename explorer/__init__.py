"""Learn item embeddings from what people did, then look inside them.

>>> import explorer
>>> films = explorer.load("movielens")
>>> films.neighbors("Toy Story", k=3).key.tolist()
['Toy Story 2', 'Toy Story 3', "A Bug's Life"]
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` takes longer to import than this file, and Ctrl-C prints a traceback meanwhile
if TYPE_CHECKING:
    from typing import Any

    from explorer.artifacts import list_artifacts, load
    from explorer.core.embedding import Embedding
    from explorer.errors import (
        BadArtifact,
        BadData,
        BadRequest,
        ExplorerError,
        Forbidden,
        MissingExtra,
        Unavailable,
        UnknownItem,
    )
    from explorer.importing.from_python import from_arrays
    from explorer.viewer import show
    from explorer.webapp.streamlit_map import streamlit_map as streamlit_map
    from explorer.widget.notebook_map import Map as Map

__version__ = "0.1.0"
__all__ = [
    "BadArtifact",
    "BadData",
    "BadRequest",
    "Embedding",
    "ExplorerError",
    "Forbidden",
    "MissingExtra",
    "Unavailable",
    "UnknownItem",
    "from_arrays",
    "list_artifacts",
    "load",
    "show",
]
_MODULES = {
    "Embedding": "core.embedding",
    "from_arrays": "importing.from_python",
    "list_artifacts": "artifacts",
    "load": "artifacts",
    "show": "viewer",
}  # the others are in errors
# Not in __all__: `from explorer import *` works without the extra `notebook`, and does not import Streamlit.
_IN_OTHER_PROGRAMS = {"Map": "widget.notebook_map", "streamlit_map": "webapp.streamlit_map"}


def __getattr__(name: str) -> Any:
    """Import a name on first use, which keeps `import explorer` and the command line fast."""
    if name not in __dir__():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"explorer.{(_MODULES | _IN_OTHER_PROGRAMS).get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, *_IN_OTHER_PROGRAMS])
