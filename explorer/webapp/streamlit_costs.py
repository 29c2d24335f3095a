"""Work that Streamlit repeats in every run of a page, made once or left out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streamlit.elements.lib import options_selector_utils
from streamlit.elements.widgets import multiselect, selectbox
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.state.safe_session_state import SafeSessionState

from explorer.webapp.cache import Labels

PERIOD = 0.005  # seconds that a message waits for others; the client gets messages every 10 ms


def reduce_costs() -> None:
    """Replace these parts of Streamlit from now on."""
    AppSession._call_soon_on_event_loop = _call_together  # type: ignore[assignment, method-assign]
    SafeSessionState.filtered_state = property(_View)  # type: ignore[assignment, method-assign]
    for widget in (selectbox, multiselect):
        widget.create_mappings = _mappings  # type: ignore[attr-defined]


def _call_together(session: AppSession, callback: Callable[[], None]) -> None:
    """Call several callbacks of a session after each other on the event loop.

    Streamlit wakes the event loop for every message of a run. Its thread then takes the interpreter lock from the page.
    """
    waiting: deque[Callable[[], None]] = session.__dict__.setdefault("_explorer_waiting", deque())
    waiting.append(callback)
    if len(waiting) == 1:
        loop = session._event_loop
        try:
            loop.call_soon_threadsafe(loop.call_later, PERIOD, _call_all, loop, waiting)
        except RuntimeError:  # as in Streamlit: the server ends
            if not loop.is_closed():
                raise


def _call_all(loop: asyncio.AbstractEventLoop, waiting: deque[Callable[[], None]]) -> None:
    while waiting:  # of its own thread, the loop needs no waking
        loop.call_soon(waiting.popleft())


class _View(Mapping[str, Any]):
    """The values of a session by key. Streamlit copies all of them for each selectbox, which looks at one."""

    def __init__(self, state: SafeSessionState) -> None:
        self._state = state

    def __getitem__(self, key: str) -> Any:
        return self._state[key]

    def __contains__(self, key: object) -> bool:
        return self._state.__contains__(str(key))

    def __iter__(self) -> Iterator[str]:
        with self._state._lock:
            return iter(self._state._state.filtered_state)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _mappings(options: Any, format_func: Any = str) -> tuple[list[str], dict[str, int]]:
    """The labels of options and label -> position, made once for the items of an embedding."""
    labels = getattr(format_func, "__self__", None)
    if not isinstance(labels, Labels):
        return options_selector_utils.create_mappings(options, format_func)
    if labels.mappings is None:
        labels.mappings = options_selector_utils.create_mappings(options, format_func)
    return labels.mappings
