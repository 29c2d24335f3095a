"""An embedding taken elsewhere: written in another tool's format when its file is asked for."""

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
    "npy": "numpy and a table", "html": "the map, as a page",
}  # fmt: skip
ALONE = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet", "html": "text/html"}  # formats of one file
ENDINGS = {
    "word2vec": ".txt",
    "word2vec-binary": ".bin",
    "gensim": ".kv",
    "csv": ".csv",
    "parquet": ".parquet",
    "html": ".html",
}


def take(embedding: Embedding) -> None:
    """Choose a format and download the embedding in it."""
    widgets.heading(f"Take {embedding.name} elsewhere")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = url_state.bind(
            st.selectbox, "Format", "format", "word2vec", allowed=formats.EXPORTS, options=list(formats.EXPORTS),
            format_func=lambda name: SHOWN.get(name, name), width=320,
        )  # fmt: skip
        file = f"{embedding.name}{ENDINGS[kind] if kind in ALONE else '.zip'}"
        st.download_button(
            "Download", lambda: written(embedding, kind), file,
            ALONE.get(kind, "application/zip"), on_click="ignore", type="tertiary", icon=":material/download:",
            key=f"take:{embedding.name}:{kind}", disabled=kind == "html" and embedding.plane is None,
        )  # fmt: skip
    st.caption(escape_markdown(formats.EXPORTS[kind]))


def written(embedding: Embedding, kind: str) -> bytes:
    """The file of a format, or its files as a .zip. Raises BadRequest where the format needs what is not there."""
    with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
        files = formats.write(embedding, kind, Path(folder) / f"{embedding.name}{ENDINGS.get(kind, '')}")
        if kind in ALONE:
            return files[0].read_bytes()
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, file.relative_to(folder))
        return whole.getvalue()
