"""What every page shares: the chosen embedding, the way an error is shown, the words in the sidebar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from explorer import artifacts
from explorer.embedding import Embedding
from explorer.errors import BadArtifact, ExplorerError
from explorer.webapp import cache, state

STYLE = """<style>
.block-container { padding: 2.2rem 2.6rem 3rem 2.6rem; max-width: 1320px; }
h1 { padding: 0 0 .1rem 0 !important; letter-spacing: -.01em; }
h3 { padding: .2rem 0 .1rem 0 !important; }
[data-testid="stHeadingWithActionElements"] h3 { line-height: 1.2; }
.stDownloadButton button { min-height: 0; padding: .1rem 0; }
.stPlotlyChart { border-radius: 6px; overflow: hidden; }
@media (max-width: 640px) {
  .block-container { padding: 3.2rem 1rem 2rem 1rem; }
  .stPlotlyChart .textpoint:nth-child(n + 12) { display: none; }
}
</style>"""


ICON = Path(__file__).parent / "frontend" / "icon.svg"
HOME = Path(__file__).parents[2] / "app.py"
ICONS = {
    "Home": "home", "Neighbors": "join_inner", "Analogies": "calculate", "Factors": "straighten", "Map": "scatter_plot",
    "Recommend": "recommend", "Compare": "compare", "Train": "model_training", "Import": "upload_file",
}  # fmt: skip


@contextmanager
def page(name: str, sentence: str = "") -> Iterator[Embedding]:
    """Open a page: title, picker of the embedding, and one place where an ExplorerError becomes a message.

    sentence: what one sees here, with `{n}` for the number of items and `{items}` for what they are called.
    """
    title = "Embedding Explorer" if name == "Home" else name
    st.set_page_config(
        page_title=f"{name} · Embedding Explorer",
        page_icon=ICON,
        layout="wide",
        initial_sidebar_state=228,
    )
    st.html(STYLE)
    state.enter(name)
    with told():
        _navigation()
        st.title(title, anchor=False)
        embedding = _picked()
        if sentence:
            st.caption(plain(sentence.format(n=f"{len(embedding):,}", items=called(embedding))))
        yield embedding


@contextmanager
def told(stop: bool = True) -> Iterator[None]:
    """Show an ExplorerError raised inside, and stop the page there or go on behind; what is drawn already stays."""
    try:
        yield
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        if stop:
            st.stop()


def _navigation() -> None:
    """Links to every page; what is looked at goes with them."""
    with st.sidebar:
        for file in [HOME, *sorted((HOME.parent / "pages").glob("[0-9]*.py"))]:
            label = "Home" if file == HOME else file.stem.split("_", 1)[1]
            # A page run by itself, as a test may do, is a program without the others.
            with suppress(StreamlitPageNotFoundError):
                st.page_link(file, label=label, icon=f":material/{ICONS[label]}:", query_params=state.shared())


def called(embedding: Embedding, count: int = 2) -> str:
    """What the items are: films, books, items."""
    word = {"movielens": "film", "books": "book"}.get(embedding.manifest.get("kind", ""), "item")
    return word if count == 1 else f"{word}s"


def plain(text: str) -> str:
    """Text that Streamlit's Markdown shows as it is, whatever signs are in it."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=@/])", r"\\\1", text).replace("\n", " ")


def _picked() -> Embedding:
    names = artifacts.list_artifacts()
    if not names:
        raise BadArtifact(f"There is no artifact in {artifacts.root()}. Train one: python -m explorer train --help")
    first = "movielens" if "movielens" in names else names[0]
    with st.sidebar:
        name = state.bind(st.selectbox, "Embedding", "artifact", first, allowed=names, options=names)
        embedding = cache.embedding(name)
        st.caption(plain(about(embedding)))
    return embedding


def about(embedding: Embedding) -> str:
    """One line on where an embedding comes from."""
    manifest, (n, d) = embedding.manifest, embedding.vectors.shape
    dataset = manifest.get("dataset", {})
    learned = (
        f", learned from {dataset['ratings']:,} ratings by {dataset['users']:,} people" if "ratings" in dataset else ""
    )
    return f"{n:,} {called(embedding)} in {d} dimensions{learned}"
