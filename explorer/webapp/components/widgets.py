"""Small parts of pages: headings, downloads, segmented controls and legends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.columns.color import Discrete
from explorer.core.text.bidirectional import strip_bidi_controls
from explorer.webapp import url_state
from explorer.webapp.components.frontend import component
from explorer.webapp.wording import escape_markdown

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins with one of these is a formula in a spreadsheet


def legend(colors: Discrete) -> None:
    """Draw a legend: the values of a column with their colors and numbers of items."""
    counts = np.bincount(colors.codes[colors.codes >= 0], minlength=len(colors.names))
    shown = [
        {"name": name, "color": color, "count": f"{n:,}"}
        for name, color, n in zip(colors.names, colors.colors, counts, strict=True)
    ]
    data = {"label": colors.title, "values": shown}
    component("legend", "<div role='group'></div>")(key=f"legend:{colors.title}", data=data)


def one_of(label: str, name: str, default: Any, names: Mapping[Any, str], **kwargs: Any) -> Any:
    """A segmented control, stored in the URL. names: value -> label."""
    return url_state.bind(
        st.segmented_control, label, name, default, allowed=names, options=list(names), format_func=names.get,
        required=True, **kwargs,
    )  # fmt: skip


@contextmanager
def folded_on_phones(label: str) -> Iterator[None]:
    """A part of a page: in a closed expander for a browser on a phone ("Mobi" in its user agent), else as it is."""
    phone = "Mobi" in (st.context.headers.get("User-Agent") or "")
    with st.expander(escape_markdown(label)) if phone else st.container():
        yield


def result_count() -> int:
    """Let the visitor choose the number of results."""
    steps = [5, 10, 15, 20, 30, 50, 100]
    return url_state.bind(st.selectbox, "Results", "k", 10, allowed=steps, options=steps, width=110)


def heading(text: str, table: pd.DataFrame | None = None, file: str = "", key: str | None = None) -> None:
    """Draw a heading and, if a table is given, a button beside it that downloads the table as CSV."""
    title = escape_markdown(cut(text))
    if table is None or not len(table):
        st.header(title, anchor=False)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute", gap="small"):
        st.header(title, anchor=False)
        csv_button(table, file, key)


def cut(text: str, most: int = 160) -> str:
    """Cut a text to at most `most` characters; a cut text ends in an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def no_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before texts that a spreadsheet would run as formulas (OWASP, CSV injection)."""
    texts = table.select_dtypes(["object", "string"])
    return table.assign(**{
        name: texts[name].map(lambda cell: f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell)
        for name in texts
    })  # fmt: skip


def csv_button(table: pd.DataFrame, name: str, key: str | None = None, label: str = "CSV") -> None:
    """Draw a button that downloads a table as CSV. The text is made on click, from the table as it is now."""
    file = f"{cut(strip_bidi_controls(name), 80)}.csv"
    st.download_button(
        label, partial(_csv, table.copy(deep=False)), file, "text/csv", icon=":material/download:", type="tertiary",
        on_click="ignore", key=key or f"csv:{name}", help="Download this table",
    )  # fmt: skip


def _csv(table: pd.DataFrame) -> bytes:
    """A table as CSV in UTF-8; the values of a list are joined by "|"."""
    flat = table.copy()
    for column in flat.select_dtypes(object):
        flat[column] = flat[column].map(lambda cell: "|".join(map(str, cell)) if isinstance(cell, list) else cell)
    return no_formulas(flat).to_csv(index=False).encode("utf-8")
