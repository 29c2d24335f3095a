"""The frame of every page: style, navigation, the choice of the embedding, and how errors are shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from explorer import artifacts
from explorer.artifacts.mapped_files import release_pages
from explorer.artifacts.milvus.uri import redacted
from explorer.core.embedding import Embedding
from explorer.errors import BadArtifact, ExplorerError, Forbidden, Unavailable, closest
from explorer.paths import FRONTEND, page_files
from explorer.webapp import cache, item_api, url_state
from explorer.webapp.auth import require_login
from explorer.webapp.components.frontend import component, send_code
from explorer.webapp.wording import about, alike, escape_markdown, item_noun

STYLE = """
.block-container { padding: 2.2rem 2.6rem 3rem 2.6rem; max-width: 1320px; overflow-wrap: anywhere; }
h1 { padding: 0 0 .1rem 0 !important; letter-spacing: -.01em; }
[data-testid="stHeadingWithActionElements"] h2 {
  padding: .2rem 0 .1rem 0 !important; font-size: 1.05rem; line-height: 1.2;
}
/* Streamlit's captions are too faint for WCAG. */
[data-testid="stCaptionContainer"] { opacity: .8 !important; }
[data-selected="true"] p { color: light-dark(#1c1d21, #f1f0ec) !important; }
.stMultiSelect span:has(> span[title]) { background-color: #3b5bdb !important; }
/* White text on the accent color of the dark theme is too faint. */
[data-testid^="stBaseButton-primary"]:not(:disabled) { background-color: #3b5bdb; border-color: #3b5bdb; color: #fff; }
.stHorizontalBlock:has(> .stElementContainer .stHeading):has(> .stElementContainer .stDownloadButton) {
  flex-wrap: nowrap;
}
.stHorizontalBlock > .stElementContainer:has(.stHeading) { min-width: 0; }
.stDownloadButton button { min-height: 0; padding: .1rem 0; }
/* As high as the boxes beside them. */
.stButtonGroup button[kind^="segmented_control"] { min-height: 2.5rem; }
.stPlotlyChart { border-radius: 6px; overflow: hidden; }
a[data-testid="stPageLink-NavLink"]:focus-visible, [data-testid="stMain"]:focus-visible {
  outline: 2px solid #4c6ef5 !important; outline-offset: -2px;
}
.stPlotlyChart:has(.js-plotly-plot:focus-visible) { outline: 2px solid #4c6ef5; outline-offset: 2px; }
[class*="st-key-parts-"], [data-testid="stLayoutWrapper"]:has(> [class*="st-key-parts-"]) {
  display: none;
}
@media (max-width: 640px) {
  .block-container { padding: 3.2rem 1rem 2rem 1rem; }
  .stButtonGroup > div { flex-wrap: wrap !important; }
  .st-key-recommend-rated .stColumn:nth-child(2) { order: -1; }
  .st-key-map_page > * > .stHorizontalBlock > .stColumn:last-child,
  .st-key-map_page > * > .stHorizontalBlock > .stColumn:last-child > .stVerticalBlock { display: contents; }
  .st-key-map_page > * > .stHorizontalBlock > .stColumn:last-child > * > * { width: 100%; }
  .st-key-map_page > * > .stHorizontalBlock > * > * > :has(> .st-key-map_search) { order: -1; }
  .st-key-factors .annotation:nth-child(n + 12) { display: none; }
}
"""


AGAIN = 3.0  # seconds between attempts to reach an unavailable database
UNKNOWN = "unknown_page"  # URL parameter: the page that a link asked for and that does not exist
ICON = FRONTEND / "icon.svg"
WITHOUT_NEIGHBORS = ("Map", "Train", "Learn")  # pages that work without vectors
ICONS = {
    "Home": "home", "Neighbors": "join_inner", "Analogies": "calculate", "Factors": "straighten", "Map": "scatter_plot",
    "Recommend": "recommend", "Compare": "compare", "Train": "model_training", "Import": "upload_file",
    "Learn": "school", "Columns": "view_column",
}  # fmt: skip


@contextmanager
def page(name: str, sentence: str = "") -> Iterator[Embedding]:
    """Open a page about one embedding: the frame, the choice of the embedding, and a sentence.

    sentence: describes the page. It may contain `{n}` (the number of items), `{items}` (their noun) and `{alike}` (what
    similar items have in common).
    """
    with frame(name):
        embedding = chosen_embedding()
        if name not in WITHOUT_NEIGHBORS and embedding.has_no_vectors:
            _only_a_map(embedding)
        if sentence:
            words = {"n": f"{len(embedding):,}", "items": item_noun(embedding), "alike": alike(embedding)}
            st.caption(escape_markdown(sentence.format(**words)))
        yield embedding


@contextmanager
def frame(name: str) -> Iterator[None]:
    """Open a page: login, title and navigation. An ExplorerError raised inside is shown as a message."""
    title = "Embedding Explorer" if name == "Home" else name
    st.set_page_config(
        page_title=f"{name} · Embedding Explorer",
        page_icon=ICON,
        layout="wide",
        initial_sidebar_state=228,
    )
    own = item_api.is_own_server()  # its HTML page has the style and the code of the components
    if not own:
        st.html(f"<style>{STYLE}</style>")
    require_login()
    if not own:
        send_code()
    url_state.enter(name)
    try:
        with show_errors():
            _navigation(name)
            st.title(title, anchor=False)
            _tell_unknown_page()
            yield
    finally:
        release_pages()


def _tell_unknown_page() -> None:
    """Report once that the page of a link does not exist, and which pages have similar names."""
    if asked := st.query_params.get(UNKNOWN):
        near = closest(asked, list(ICONS))
        hint = f"Did you mean {' or '.join(near)}?" if near else "All pages are in the sidebar."
        st.warning(escape_markdown(f"There is no page {asked[:80]!r}. {hint}"), icon=":material/search_off:")
        del st.query_params[UNKNOWN]


@contextmanager
def show_errors(stop: bool = True) -> Iterator[None]:
    """Show an ExplorerError raised inside as a message, then stop the page, or continue after the block."""
    try:
        yield
    except Unavailable as error:
        st.error(escape_markdown(str(error)), icon=":material/cloud_off:")
        _rerun_when_available(time.monotonic())
        if stop:
            st.stop()
    except Forbidden as error:
        st.info(escape_markdown(str(error)), icon=":material/lock:")
        if stop:
            st.stop()
    except ExplorerError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        if stop:
            st.stop()


@st.fragment(run_every=AGAIN)
def _rerun_when_available(since: float) -> None:
    """Run the page again when the database can be reached. since: time of the failure (time.monotonic)."""
    st.caption(f"Trying again every {AGAIN:.0f} seconds.")
    # Wait after a failure: if the database can be reached and only one query fails, the page would rerun without end.
    if time.monotonic() - since >= AGAIN / 2:
        with suppress(Unavailable):
            artifacts.list_artifacts()
            st.rerun()


def _navigation(current: str) -> None:
    """Draw links to all pages; they keep the chosen embedding and item."""
    shared = url_state.shared()
    if name := shared.get("artifact") or _first_artifact():
        shared["artifact"] = name  # a link without an embedding would look like "back", see url_state
    pages = [{"label": label, "icon": ICONS[label], "path": path} for label, path in page_paths().items()]
    with st.sidebar:
        data = {"pages": pages, "current": current, "query": shared}
        # Not in a shadow tree, where axe-core does not find the links that "Skip to main content" skips.
        component("navigation", "<nav aria-label='Pages'></nav>", isolate_styles=False)(key="navigation", data=data)


def page_paths() -> dict[str, str]:
    """Name of each page -> its path below the address of the app, in the order of the links."""
    return {"Home": "", **{name: name for name in page_files()}}


def _first_artifact() -> str:
    """The artifact chosen last, else the one that opens first; "" if there is none or the database is away."""
    with suppress(ExplorerError):
        names = artifacts.list_artifacts()
        last = url_state.remember("artifact")
        return last if last in names else default_artifact(names) if names else ""
    return ""


def _only_a_map(embedding: Embedding) -> NoReturn:
    text = f"{embedding.name} has a map but no vectors, so it has no neighbors to show here."
    st.info(
        escape_markdown(f"{text} Open its map, or choose another embedding in the sidebar."),
        icon=":material/scatter_plot:",
    )
    with suppress(StreamlitPageNotFoundError):
        st.page_link("pages/4_Map.py", label="Open the map", query_params={"artifact": embedding.name})
    st.stop()


def embedding_if_any() -> Embedding | None:
    """The embedding chosen in the sidebar; None after showing the error if it cannot be opened."""
    with show_errors(stop=False):
        return chosen_embedding()
    return None


def _unknown_embedding(asked: str, names: list[str]) -> NoReturn:
    """Report that the embedding in the link does not exist, and offer the existing ones."""
    with st.sidebar:
        chosen = st.selectbox("Embedding", names, index=None, placeholder="Choose one", key="known_embeddings")
    if chosen:
        url_state.put("artifact", chosen)
        st.rerun()
    near = closest(asked, names) or names[:3]
    raise BadArtifact(f"There is no artifact {asked!r}. Did you mean: {', '.join(near)}? Choose one in the sidebar.")


def default_artifact(names: list[str]) -> str:
    """The artifact that opens first; there is at least one."""
    return "movielens" if "movielens" in names else names[0]


def chosen_embedding() -> Embedding:
    """The embedding chosen in the sidebar. Raises BadArtifact if there is none or it is damaged."""
    names = artifacts.list_artifacts()
    if not names:
        if uri := artifacts.database():
            where = f"Nothing is published in the database at {redacted(uri)} yet."
            raise BadArtifact(f"{where} Publish an artifact: explorer publish ARTIFACT --to URI")
        where = f"There is no artifact in {artifacts.root()}."
        raise BadArtifact(f"{where} Import vectors on the Import page, or train an embedding: explorer train --help")
    first = default_artifact(names)
    if (asked := st.query_params.get("artifact") or first) not in names:
        _unknown_embedding(asked, names)
    with st.sidebar:
        name = url_state.bind(st.selectbox, "Embedding", "artifact", first, allowed=names, options=names)
        embedding = cache.embedding(name)
        st.caption(escape_markdown(about(embedding)))
    return embedding
