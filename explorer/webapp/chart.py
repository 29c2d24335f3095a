"""Charts that stay themselves when their figure changes."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.elements import plotly_chart as streamlits

_identify = streamlits.compute_and_register_element_id


def _by_key(*args: Any, **kwargs: Any) -> str:
    # Streamlit takes the whole figure for a chart's identity even where it has a key. Each change would then mount a
    # new chart: its shaders compiled again (half a second and more), its zoom lost.
    return _identify(*args, **{**kwargs, "key_as_main_identity": kwargs.get("user_key") is not None})


streamlits.compute_and_register_element_id = _by_key


def chart(figure: Any, key: str, **options: Any) -> Any:
    """Draw a plotly figure that is the same chart in every run of the page. options: as st.plotly_chart takes them."""
    options["config"] = {"displaylogo": False, **options.get("config", {})}
    return st.plotly_chart(figure, key=key, **options)
