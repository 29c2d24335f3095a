"""Part of the Import page: export of the chosen embedding."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import streamlit as st

from explorer import formats
from explorer.core.embedding import Embedding
from explorer.webapp import url_state
from explorer.webapp.components import widgets
from explorer.webapp.wording import escape_markdown

SHOWN = {
    "word2vec": "word2vec, text", "word2vec-binary": "word2vec, binary", "gensim": "gensim",
    "projector": "Embedding Projector", "parquet": "parquet, for Embedding Atlas", "csv": "CSV",
    "npy": "numpy, and a table of items", "html": "map, as an HTML page",
}  # fmt: skip
# Media types of the formats that consist of one file.
ONE_FILE = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html",
}
ENDINGS = {
    "word2vec": ".txt",
    "word2vec-binary": ".bin",
    "gensim": ".kv",
    "csv": ".csv",
    "parquet": ".parquet",
    "html": ".html",
}


def export_form(embedding: Embedding) -> None:
    """Draw a choice of the format and a download button."""
    widgets.heading(f"Export {embedding.name}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = url_state.bind(
            st.selectbox, "Format", "format", "word2vec", allowed=formats.EXPORTS, options=list(formats.EXPORTS),
            format_func=lambda name: SHOWN.get(name, name), width=320,
        )  # fmt: skip
        file = f"{embedding.name}{ENDINGS[kind] if kind in ONE_FILE else '.zip'}"
        st.download_button(
            "Download", lambda: exported(embedding, kind), file,
            ONE_FILE.get(kind, "application/zip"), on_click="ignore", type="tertiary", icon=":material/download:",
            key=f"take:{embedding.name}:{kind}", disabled=kind == "html" and embedding.plane is None,
        )  # fmt: skip
    st.caption(escape_markdown(formats.EXPORTS[kind]))


def exported(embedding: Embedding, kind: str) -> bytes:
    """Export to bytes: one file, or a .zip of several. Raises BadRequest if the embedding does not fit the format."""
    with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
        files = formats.write(embedding, kind, Path(folder) / f"{embedding.name}{ENDINGS.get(kind, '')}")
        if kind in ONE_FILE:
            return files[0].read_bytes()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.relative_to(folder))
        return packed.getvalue()
