"""Store the state of each page in the URL, so a link restores it.

Each widget passed to `bind` is tied to one URL parameter. A parameter at its default is left out of the URL. Streamlit
forgets the widgets of a page when another page opens; `_memory` keeps their values, such as the chosen item.

Streamlit's `bind="query-params"` is not enough. It replaces the entry in the browser's history, so "back" leaves the
page instead of undoing a change (Streamlit issue 13853). A value set from code does not always reach the URL (issue
14670). It does not bind values of components, and a page cannot restrict the values that a link may contain.

Streamlit adds an entry to the browser's history whenever the URL changes. The URL is therefore written only when a
control changes, so "back" undoes exactly that change.

A browser that has not drawn a widget yet (it loads the widget's code on first use) does not know the value set in an
earlier run, and would start with the first option. The value is therefore set again until the browser sends it.

When a control is used twice in quick succession, the second message carries the URL from before the first change. This
is not "back", and must not undo anything.

A page outlives its server: it reconnects to a restarted server or to another process, and sends nothing until a
control is used. The session is then new, and the widget values that the browser sends are newer than the URL.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_STATE = "_url_state"  # session key of the one object that all functions here share
FLIGHT = 5.0  # seconds within which a browser receives a new URL, and the server what was sent before that
ITEM = "item"
SHARED = ("artifact", ITEM)  # parameters of every page; links between pages keep them


@dataclass
class _State:
    """State of a session in one object: a look-up in Streamlit's session state takes as long as a hundred in a dict.

    page: name of the page. memory: last value of each parameter on any page. The others are of this page: seen, the
    texts of each parameter at the last run; defaults; sent, the keys of the widgets whose values the browser has sent
    to a new session, newer than the URL; sent_now, those it has sent with this run; url, the last query; replaced,
    earlier queries and the times of their replacement.
    """

    page: str = ""
    memory: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, list[str]] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    sent_now: set[str] = field(default_factory=set)
    url: str | None = None
    replaced: dict[str, float] = field(default_factory=dict)


_run = threading.local()  # session and state of the run in this thread


def _state() -> _State:
    context = get_script_run_ctx()
    session = context.session_state if context else None
    if session is None or getattr(_run, "session", None) is not session:
        _run.session, _run.state = session, st.session_state[_STATE]
    found: _State = _run.state
    return found


def enter(page: str) -> None:
    """Set the page that this run draws. Call it before any widget."""
    new = _STATE not in st.session_state
    state = st.session_state.setdefault(_STATE, _State())
    _run.session = None  # the session may have been cleared
    state.sent_now = _sent()
    state.sent = state.sent_now if new else set()
    if state.page != page:
        state.page, state.seen, state.replaced, state.defaults = page, {}, {}, {}


def page() -> str:
    """The name of the page that is drawn."""
    return _state().page


def remember(name: str, default: Any = None) -> Any:
    """The last value of a parameter on any page of this session, else `default`."""
    return _state().memory.get(name, default)


def names() -> set[str]:
    """Parameters that may differ from their defaults: those in the URL, and those used before in this session."""
    state = _state()
    return {*st.query_params, *state.seen, *state.memory}


def bind(
    widget: Callable[..., Any],
    label: str,
    name: str,
    default: Any,
    *,
    allowed: Container[Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Draw a widget that is tied to the URL parameter `name`; returns its value.

    widget: a function such as `st.slider`, called with label, key and kwargs. default: the value if the URL lacks the
    parameter; its type (str, int, float, bool, list, tuple of ints) determines how the parameter is parsed. allowed:
    values accepted from the URL, by default those from min_value to max_value; any other counts as the default.
    """
    if allowed is None and "min_value" in kwargs:
        allowed = _Interval(kwargs["min_value"], kwargs["max_value"])
    key = current(name, default, allowed, kwargs.get("max_selections"))
    value = widget(label, key=key, **kwargs)
    keep(name, value, default)
    return value


@dataclass(frozen=True)
class _Interval:
    """All numbers from `low` to `high`."""

    low: float
    high: float

    def __contains__(self, value: Any) -> bool:
        return bool(self.low <= value <= self.high)


def current(name: str, default: Any, allowed: Container[Any] | None = None, most: int | None = None) -> str:
    """Update the session's value of a parameter from the URL; returns its key in `st.session_state`.

    most: maximum length of a list; further values in the URL are ignored.
    """
    state, session = _state(), st.session_state
    _catch_up(state)
    key = f"{state.page}:{name}"
    raw, first = st.query_params.get_all(name), name not in state.seen
    if key in state.sent:
        return key
    if first or raw != state.seen[name] or key not in session:
        value = _parse(raw, default, allowed) if raw else None
        if not raw and first and _by_our_link():
            value = state.memory.get(name)
        value = default if value is None or not _permitted(value, allowed) else value
        session[key] = value[:most] if isinstance(value, list) else value
        return key
    value = session[key]
    if not _permitted(value, allowed):  # the choices have changed since
        session[key] = default
    elif key not in state.sent_now:
        session[key] = value
    return key


def closed(name: str, default: Any, allowed: Container[Any] | None = None, most: int | None = None) -> Any:
    """The value of a parameter whose widget is not drawn because its container is closed. Arguments: as `current`."""
    value = st.session_state[current(name, default, allowed, most)]
    keep(name, value, default)
    return value


def _by_our_link() -> bool:
    """Whether the page was opened from another page of this session, not with the browser's "back"."""
    context = get_script_run_ctx()
    return SHARED[0] in st.query_params or (context is not None and not context.is_history_navigation)


def put(name: str, value: Any) -> None:
    """Set a parameter of this page. If its widget is already drawn, the value applies from the next run on."""
    put_all({name: value})


def put_all(values: Mapping[str, Any]) -> None:
    """Set several parameters of this page, as `put` does, as one entry in the browser's history."""
    _write_all({name: _texts(value) or [""] for name, value in values.items()})
    state = _state()
    # The new values also replace those that the browser sent with this run.
    state.sent -= {f"{state.page}:{name}" for name in values}


def forget(name: str) -> None:
    """Discard the value of this page's widget for a parameter. Call it before the widget is drawn."""
    st.session_state.pop(f"{_state().page}:{name}", None)


def remove(name: str) -> None:
    """Remove a parameter from the URL."""
    _write(name, [])


def keep_lists(values: Mapping[str, list[str]]) -> None:
    """Write several lists to the URL as one entry in the browser's history; empty lists are removed."""
    if any(st.query_params.get_all(name) != value for name, value in values.items()):
        _write_all(values)
    _state().seen.update(values)
    _state().memory.update(values)


def keep(name: str, value: Any, default: Any = None) -> None:
    """Write a parameter to the URL, or remove it if it is at its default."""
    state, in_url = _state(), st.query_params.get_all(name)
    raw = [] if value is None else _texts(value) or [""]
    # A default stays in the URL if the link contains it, or if the visitor chose it after another item.
    chosen = in_url == raw or (name == ITEM and bool(state.seen.get(name)))
    if value == default and not chosen:
        raw = []
    state.defaults[name] = default
    if raw != in_url:
        _write(name, raw)
    state.seen[name] = raw
    if raw if name in SHARED else value != default:  # another page may have another default
        state.memory[name] = value
    else:
        state.memory.pop(name, None)


def shared() -> dict[str, str]:
    """The parameters of every page (SHARED), with their values after this run has drawn its widgets.

    A default that nobody chose is left out, because each page has its own default.
    """
    state, session, values = _state(), st.session_state, {}
    for name in SHARED:
        raw, key = st.query_params.get_all(name), f"{state.page}:{name}"
        if raw and raw != state.seen.get(name):
            values[name] = raw[0]
        elif raw or key not in session or session[key] != state.defaults.get(name):
            values[name] = session.get(key, state.memory.get(name))
    return {name: value for name, value in values.items() if value}


def _write(name: str, raw: list[str]) -> None:
    """Set a parameter of the URL; an empty list removes it."""
    _write_all({name: raw})


def _write_all(raws: Mapping[str, list[str]]) -> None:
    """Set several parameters of the URL, and record the replaced URL and the time."""
    context, state, now = get_script_run_ctx(), _state(), time.monotonic()
    recent = {url: when for url, when in state.replaced.items() if now - when < FLIGHT}
    if context:
        recent[context.query_string] = now
    in_url = {name: st.query_params.get_all(name) for name in st.query_params}
    st.query_params.from_dict({name: raw for name, raw in {**in_url, **raws}.items() if raw})
    if context:
        state.url = context.query_string
        recent.pop(state.url, None)
    state.replaced = recent


def _catch_up(state: _State) -> None:
    """Restore the last URL if the browser sent an older one because it has not received the last one yet."""
    context = get_script_run_ctx()
    if context is None or context.query_string == state.url:
        return
    replaced = state.replaced.get(context.query_string)
    if (
        replaced
        and state.url is not None
        and time.monotonic() - replaced < FLIGHT
        and not context.is_history_navigation
    ):
        st.query_params.from_dict(parse_qs(state.url, keep_blank_values=True))
    state.url = context.query_string


def _sent() -> set[str]:
    """Keys of the widgets whose values the browser sent with this run; Streamlit's ids are `$$ID-HASH-KEY`."""
    context = get_script_run_ctx()
    states = context.session_state.get_widget_states() if context else []
    return {widget.id.split("-", 2)[-1] for widget in states}


def _texts(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [str(v) for v in value]
    return [str(int(value)) if isinstance(value, bool) else str(value)]


def _parse(raw: list[str], default: Any, allowed: Container[Any] | None) -> Any:
    """Parse a URL parameter; None if it is invalid."""
    try:
        if isinstance(default, list):
            value: Any = [text for text in dict.fromkeys(raw) if text and (allowed is None or text in allowed)]
        elif isinstance(default, tuple):
            value = tuple(type(default[0])(text) for text in raw)
            value = value if len(value) == len(default) else None
        elif isinstance(default, bool):
            value = raw[0] == "1"
        else:
            value = raw[0] if default is None else type(default)(raw[0])
    except ValueError:
        return None
    return value if _permitted(value, allowed) else None


def _permitted(value: Any, allowed: Container[Any] | None) -> bool:
    if allowed is None:
        return True
    return all(v in allowed for v in value) if isinstance(value, (list, tuple)) else value in allowed
