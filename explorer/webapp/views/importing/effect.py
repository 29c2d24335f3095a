"""Import page: preview of the imported items and columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.columns import Columns, Counts, Kind
from explorer.core.columns.kinds.number import Number
from explorer.core.text.bidirectional import strip_bidi_controls
from explorer.formats import ParsedFile
from explorer.formats.tables.delimited import unique
from explorer.importing.build import preview
from explorer.importing.join import Joined
from explorer.importing.plan import Plan
from explorer.webapp.components.widgets import cut
from explorer.webapp.views.importing.cells import shown
from explorer.webapp.views.importing.files import UploadedFiles
from explorer.webapp.views.importing.upload import asked

PREVIEWED = 10_000  # items included in the preview


@st.cache_resource(max_entries=8, show_spinner=False)
def _previewed(
    asked: str, _both: Joined, _plan: Plan, _vectors: np.ndarray | None
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    items = preview(_both, _plan, PREVIEWED, _vectors)
    columns = Columns(items.items, items.schema)
    first = items.items.head(10)
    texts = {name: columns[name].texts(np.arange(len(first))) for name in first}
    held = {target: _held(columns[target]) for target in items.names.values()}
    rows = {name: (items.schema[target].role, held[target]) for name, target in items.names.items()}
    table = pd.DataFrame([rows.get(name, ("", "left out")) for name in _both.items], columns=["role", "holds"])
    return pd.DataFrame(texts, index=first.index), table, items.color


def previewed(
    files: UploadedFiles, found: ParsedFile, both: Joined, plan: Plan
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """The first items as imported; role and summary of each column of the file; why a column is the default color.

    Raises BadRequest for an unknown kind.
    """
    chosen = [both.how, both.on, plan.key, plan.title, plan.popularity, dict(plan.kinds), dict(plan.separators)]
    return _previewed(asked(files, found, *chosen), both, plan, found.vectors)


def _held(column: Kind) -> str:
    """Summary of a column: numbers of known and unknown values, and the most frequent ones or the range."""
    summary = column.summary()
    counts = f"{summary.known:,} known" + (f", {summary.unknown:,} unknown" if summary.unknown else "")
    if isinstance(summary, Counts) and len(summary.names):
        most = np.argsort(-summary.counts, kind="stable")[:3]
        return f"{counts}; {len(summary.names):,} distinct: " + ", ".join(cut(summary.names[n], 30) for n in most)
    if isinstance(column, Number) and summary.known:
        rows = column.order()
        return f"{counts}; {column.text(int(rows[0]))} to {column.text(int(rows[summary.known - 1]))}"
    return counts


def first_items(files: UploadedFiles, found: ParsedFile, both: Joined, plan: Plan) -> None:
    """Draw the first items as they will be imported with the current choices."""
    vectors = found.xy if found.vectors is None else found.vectors
    if vectors is None:
        return
    first = previewed(files, found, both, plan)[0]
    names = unique([*first.columns, *(f"dim {n + 1}" for n in range(min(5, vectors.shape[1])))], "column")
    numbers = pd.DataFrame(np.asarray(vectors[: len(first), :5])).map("{:.4g}".format)
    table = pd.concat([first.reset_index(drop=True), numbers], axis=1).set_axis(
        [cut(strip_bidi_controls(name), 60) for name in names], axis=1
    )
    st.caption("Preview: the first items")
    st.dataframe(table.map(shown), hide_index=True, width="stretch", height="content")
