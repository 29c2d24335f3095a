"""Map page: color bar with handles that set the values of the two end colors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from explorer.core.columns.color import ColorEncoding, Continuous
from explorer.figures.color_encoding import limits, shades
from explorer.webapp import url_state
from explorer.webapp.components.frontend import component

LIMITS = "limits"  # URL parameter: two values and the scale they belong to
STEPS = 100  # positions of a handle


def color_range(colors: ColorEncoding, shown: np.ndarray) -> ColorEncoding:
    """Draw a color bar to choose the limits of the scale; returns the colors with these limits.

    The limits are stored in the URL, and reset when the color or its scale changes. shown: (n,) bool, items drawn.
    """
    key = url_state.current(LIMITS, "")
    ends = _ends(colors)
    if not isinstance(colors, Continuous) or ends is None:
        st.session_state[key] = ""
        url_state.keep(LIMITS, "", "")
        return colors
    scale = f"{colors.title} {st.query_params.get('scale', '')}".strip()
    chosen = _parse(st.session_state[key], scale)
    st.session_state[key] = "" if chosen is None else _text(chosen[0], chosen[1], scale)
    url_state.keep(LIMITS, st.session_state[key], "")
    first, last = ends
    width = last - first

    def change() -> None:
        steps = st.session_state[mount].steps
        at = [first + width * min(max(int(step), 0), STEPS) / STEPS for step in steps[:2]]
        st.session_state[key] = _text(at[0], at[1], scale) if len(at) == 2 and at[0] < at[1] else ""

    mount = "color_bar"
    low, high = chosen or limits(colors, shown)
    at = [int(np.clip(round((end - first) / width * STEPS), 0, STEPS)) for end in (low, high)]
    texts = [colors.written(first + width * step / STEPS) for step in range(STEPS + 1)]
    dark = st.context.theme.type == "dark"
    data = {"label": colors.title, "shades": shades(colors, low, high, dark), "texts": texts, "steps": at}
    component("color_bar", "<div></div>")(key=mount, data={**data, "set": chosen is not None}, on_steps_change=change)
    return colors if chosen is None else replace(colors, limits=chosen)


def _ends(colors: ColorEncoding) -> tuple[float, float] | None:
    """The lowest and highest value of the scale; None for colors without a scale."""
    if not isinstance(colors, Continuous):
        return None
    known = colors.values[np.isfinite(colors.values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    return (low, high) if low < high else None


def _text(low: float, high: float, scale: str) -> str:
    return f"{low:.6g},{high:.6g},{scale}"


def _parse(text: str, scale: str) -> tuple[float, float] | None:
    """Parse limits written by `_text` for the same scale; None if they are invalid."""
    try:
        low, high, of = text.split(",", 2)
        found = float(low), float(high)
    except ValueError:
        return None
    return found if of == scale and np.isfinite(found).all() and found[0] < found[1] else None
