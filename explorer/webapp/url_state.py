"""Keep what is on screen in the URL, so that a link brings it back.

Each widget named here is tied to one URL parameter; a parameter at its default is left out of the URL. `_memory` keeps
what a page forgets when another is opened: the chosen item is the same on every page.

Streamlit's own `bind="query-params"` is not enough: it replaces the entry in the browser's history, so that "back"
leaves the page in place of undoing a change (Streamlit issue 13853); a value set from code reaches the URL only
sometimes (issue 14670); it binds no value of a component, and a page cannot say which values a link may hold.

Streamlit adds a step to the browser's history whenever the URL changes, so the URL is written only when a control was
changed: "back" then undoes that change, and nothing else.

A browser that has not yet drawn a widget (its code is loaded when first needed) does not know the value it was given
in an earlier run, and would begin with the first option. So the value is set again until the browser sends it.

A control that is used again at once is sent with the URL from before its last change, which the browser has yet to
receive. That is not "back", and undoes nothing.

A page outlives its server: it connects again, to a restarted server or another process, and sends nothing until a
control is used. The session is new then, and what the browser sends for a widget is newer than the URL.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Mapping
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_SEEN, _MEMORY, _PAGE, _SENT, _TOLD = "_seen", "_memory", "_page", "_sent", "_told"
_URL, _REPLACED, _DEFAULTS = "_url", "_replaced", "_defaults"
FLIGHT = 5.0  # seconds in which a browser has heard of a new URL, and we of what it sent before
ITEM = "item"
SHARED = ("artifact", ITEM)  # understood by every page, and part of each link from one to another


def enter(page: str) -> None:
    """Say which page this run draws; call before any widget."""
    state = st.session_state
    state.setdefault(_MEMORY, {})
    state[_TOLD] = _sent()
    state[_SENT] = state[_TOLD] if _PAGE not in state else []
    if state.get(_PAGE) != page:
        state[_PAGE], state[_SEEN], state[_REPLACED], state[_DEFAULTS] = page, {}, {}, {}


def remember(name: str, default: Any = None) -> Any:
    """The last value of a parameter on any page of this session."""
    return st.session_state[_MEMORY].get(name, default)


def bind(
    widget: Callable[..., Any],
    label: str,
    name: str,
    default: Any,
    *,
    allowed: Container[Any] | None = None,
    **kwargs: Any,
) -> Any:
    """Draw a widget whose value is the URL parameter `name`.

    widget: `st.slider` and the like, called with label, key and kwargs. default: the value without a parameter; its
    type (str, int, float, bool, list, tuple of ints) says how the parameter is read. allowed: values that may come
    from the URL; others count as the default. Returns the widget's value.
    """
    key = current(name, default, allowed, kwargs.get("max_selections"))
    value = widget(label, key=key, **kwargs)
    keep(name, value, default)
    return value


def current(name: str, default: Any, allowed: Container[Any] | None = None, most: int | None = None) -> str:
    """Bring the session's value of a parameter up to date with the URL; returns its key in `st.session_state`.

    most: how many values a list may have; the URL's first ones count.
    """
    state = st.session_state
    _catch_up()
    key = f"{state[_PAGE]}:{name}"
    raw, first = st.query_params.get_all(name), name not in state[_SEEN]
    if any(id.endswith(f"-{key}") for id in state[_SENT]):
        return key
    if first or raw != state[_SEEN][name] or key not in state:
        value = _parse(raw, default, allowed) if raw else None
        if not raw and first and _by_our_link():
            value = remember(name)
        value = default if value is None or not _permitted(value, allowed) else value
        state[key] = value[:most] if isinstance(value, list) else value
    elif not any(id.endswith(f"-{key}") for id in state[_TOLD]):
        state[key] = state[key]
    return key


def _by_our_link() -> bool:
    """Whether a page was opened from another one of this session, and not by the browser's "back"."""
    context = get_script_run_ctx()
    return SHARED[0] in st.query_params or (context is not None and not context.is_history_navigation)


def put(name: str, value: Any) -> None:
    """Give a parameter of this page a new value, for its widget if it is yet to be drawn, else from the next run on."""
    _write(name, _texts(value) or [""])
    state = st.session_state
    # newer than what the browser sent, too
    state[_SENT] = [id for id in state[_SENT] if not id.endswith(f"-{state[_PAGE]}:{name}")]


def forget(name: str) -> None:
    """Forget the value that this page's widget of a parameter had; call before the widget is drawn."""
    st.session_state.pop(f"{st.session_state[_PAGE]}:{name}", None)


def remove(name: str) -> None:
    """Take a parameter out of the URL."""
    _write(name, [])


def keep_lists(values: Mapping[str, list[str]]) -> None:
    """Write several lists to the URL at once, as one step in the browser's history; empty ones are taken out."""
    if any(st.query_params.get_all(name) != value for name, value in values.items()):
        _write_all(values)
    st.session_state[_SEEN].update(values)
    st.session_state[_MEMORY].update(values)


def keep(name: str, value: Any, default: Any = None) -> None:
    """Write a parameter to the URL, or take it out when it is at its default."""
    there = st.query_params.get_all(name)
    raw = [] if value is None else _texts(value) or [""]
    # A link may spell a default out, and a visitor may choose it in place of another: then it is a choice.
    chosen = there == raw or (name == ITEM and bool(st.session_state[_SEEN].get(name)))
    if value == default and not chosen:
        raw = []
    st.session_state[_DEFAULTS][name] = default
    if raw != there:
        _write(name, raw)
    st.session_state[_SEEN][name] = raw
    if raw if name in SHARED else value != default:  # another page may have another default
        st.session_state[_MEMORY][name] = value
    else:
        st.session_state[_MEMORY].pop(name, None)


def shared() -> dict[str, str]:
    """The parameters that every page understands, as they will be when this run has drawn its widgets.

    A default that nobody chose is not among them: another page has its own.
    """
    state, kept = st.session_state, {}
    for name in SHARED:
        raw, key = st.query_params.get_all(name), f"{state[_PAGE]}:{name}"
        if raw and raw != state[_SEEN].get(name):
            kept[name] = raw[0]
        elif raw or key not in state or state[key] != state[_DEFAULTS].get(name):
            kept[name] = state.get(key, remember(name))
    return {name: value for name, value in kept.items() if value}


def _write(name: str, raw: list[str]) -> None:
    """Change a parameter of the URL, none for an empty list."""
    _write_all({name: raw})


def _write_all(raws: Mapping[str, list[str]]) -> None:
    """Change parameters of the URL at once, and remember which URL that replaces, and when."""
    context, state, now = get_script_run_ctx(), st.session_state, time.monotonic()
    recent = {url: when for url, when in state[_REPLACED].items() if now - when < FLIGHT}
    if context:
        recent[context.query_string] = now
    there = {name: st.query_params.get_all(name) for name in st.query_params}
    st.query_params.from_dict({name: raw for name, raw in {**there, **raws}.items() if raw})
    if context:
        state[_URL] = context.query_string
        recent.pop(state[_URL], None)
    state[_REPLACED] = recent


def _catch_up() -> None:
    """Where the browser has yet to be told of the last URL, go on from that and not from the one it sent."""
    context, state = get_script_run_ctx(), st.session_state
    if context is None or context.query_string == state.get(_URL):
        return
    replaced = state[_REPLACED].get(context.query_string)
    if replaced and time.monotonic() - replaced < FLIGHT and not context.is_history_navigation:
        st.query_params.from_dict(parse_qs(state[_URL], keep_blank_values=True))
    state[_URL] = context.query_string


def _sent() -> list[str]:
    """Widgets, by Streamlit's ids which end in their keys, whose values the browser sent with this run."""
    context = get_script_run_ctx()
    return [widget.id for widget in context.session_state.get_widget_states()] if context else []


def _texts(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [str(v) for v in value]
    return [str(int(value)) if isinstance(value, bool) else str(value)]


def _parse(raw: list[str], default: Any, allowed: Container[Any] | None) -> Any:
    """The value a parameter stands for, or None when it stands for none."""
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
