"""The app's server with an extra address that lists large objects held by sessions: arrays, tables and embeddings.

streamlit run tests/load/holding.py
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from streamlit.runtime import get_instance

from explorer.core.embedding import Embedding
from explorer.paths import app_folder
from explorer.webapp import server

SMALL = 16_384  # bytes


def large(root: Any) -> Iterator[tuple[str, str, int]]:
    """Every embedding, and every array or table over SMALL, reachable from an object: path, type, bytes."""
    waiting, known = [("", root)], set()
    while waiting:
        path, thing = waiting.pop()
        if id(thing) in known or isinstance(thing, (str, bytes, int, float, type, ModuleType, type(None))):
            continue
        known.add(id(thing))
        if isinstance(thing, Embedding):
            yield path, "Embedding", thing.vectors.nbytes
        elif isinstance(thing, (np.ndarray, pd.DataFrame, pd.Series, pd.Index)):
            size = int(thing.nbytes if isinstance(thing, np.ndarray) else np.sum(thing.memory_usage(deep=True)))
            if size > SMALL:
                yield path, type(thing).__name__, size
        else:
            waiting += [(f"{path}/{name}", part) for name, part in _parts(thing)]


def _parts(thing: Any) -> list[tuple[Any, Any]]:
    if isinstance(thing, dict):
        return list(thing.items())
    if isinstance(thing, (list, tuple, set, frozenset)):
        return list(enumerate(thing))
    if isinstance(thing, FunctionType):
        held = [cell.cell_contents for cell in thing.__closure__ or () if cell.cell_contents is not thing]
        return list(enumerate([*held, thing.__defaults__]))
    if isinstance(thing, MethodType):
        return [("self", thing.__self__), ("function", thing.__func__)]
    if isinstance(thing, partial):
        return [("function", thing.func), ("arguments", thing.args), ("keywords", thing.keywords)]
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return [*getattr(thing, "__dict__", {}).items(), *((name, getattr(thing, name, None)) for name in slots)]


def held(_: Request) -> JSONResponse:
    manager = get_instance()._session_mgr
    states = [info.session.session_state for info in manager.list_active_sessions()]
    return JSONResponse({"sessions": len(states), "keys": [len(list(s.filtered_state)) for s in states],
                         "large": [found for state in states for found in large(state)]})  # fmt: skip


app = st.App(app_folder() / "app.py", routes=[Route("/held", held), *server.ROUTES], lifespan=server.warm)
