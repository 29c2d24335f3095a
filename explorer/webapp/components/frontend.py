"""Components written for this app. Their code is loaded once, not with each change of their data."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.paths import FRONTEND, PACKAGE

# Runs the code of a component, which may arrive after it.
STUB = """export default function (given) {
let stop;
const draw = () => {
if (!window.explorerComponents) return false;
stop = window.explorerComponents(NAME, given);
return true;
};
if (draw()) return stop;
const waiting = setInterval(() => draw() && clearInterval(waiting), 10);
return () => { clearInterval(waiting); stop?.(); };
}"""
LIBRARY = """SHARED
const made = { PARTS };
const sheets = {};
window.explorerComponents = (name, given) => {
const root = given.parentElement.getRootNode();
const sheet = (sheets[name] ??= new CSSStyleSheet());
if (!sheet.cssRules.length) sheet.replaceSync(made[name].css);
if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
return made[name].draw(Array.isArray(given.data) ? { ...given, data: given.data[0] } : given);
};"""
SHARED = [FRONTEND / "follow.js", PACKAGE / "figures" / "pan_zoom.js", PACKAGE / "figures" / "plotly_pan_zoom.js"]
# Runs the compressed code of all components.
LOADER = """export default async function ({ data }) {
if (window.explorerCode === DIGEST) return;
window.explorerCode = DIGEST;
const code = new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate")));
await import(URL.createObjectURL(new Blob([await code.text()], { type: "text/javascript" })));
}"""


def component(name: str, html: str, isolate_styles: bool = True) -> Any:
    """A component of the frontend, in some HTML: frontend/name.js and name.css.

    The page of our server loads their code (`code_file`); under another server `send_code` sends it.
    isolate_styles: whether the component is in a shadow tree, with styles of its own.
    """
    code = STUB.replace("NAME", json.dumps(name))
    return partial(_mount, st.components.v2.component(name, html=html, js=code, isolate_styles=isolate_styles))


def _mount(drawn: Any, data: Any, **kwargs: Any) -> Any:
    """Draw a component. In a dict Streamlit would look for tables, which takes as long as the rest; in a list not."""
    return drawn(data=data if isinstance(data, bytes) else [data], **kwargs)


def send_code() -> None:
    """Send the code of all components: call once in each run of a page, always as the same element.

    Streamlit sends an element again only when it has changed, and with each change all of it.
    """
    with st.container(key="parts:frontend"):  # hidden, see webapp/page.py
        loader, code = _library()
        st.components.v2.component("frontend", html="", js=loader)(key="frontend", data=code)


@cache
def _library() -> tuple[str, bytes]:
    """The loader, and the code of all components compressed by zlib: a quarter of its size."""
    return LOADER.replace("DIGEST", json.dumps(_digest())), zlib.compress(_code().encode(), 9)


@cache
def code_file() -> tuple[str, bytes]:
    """Name of a file with the code of all components, another one for other code, and its content, gzipped."""
    return f"{_digest()}.js", gzip.compress(_code().encode(), 9)


@cache
def _code() -> str:
    scripts = sorted(file for file in FRONTEND.glob("*.js") if "export default" in file.read_text(encoding="utf-8"))
    parts = ",\n".join(_part(file.stem) for file in scripts)
    return LIBRARY.replace("SHARED", "\n".join(map(_read, SHARED))).replace("PARTS", parts)


def _digest() -> str:
    return hashlib.sha256(_code().encode()).hexdigest()[:16]


def _part(name: str) -> str:
    """The code and the style of a component as an entry of the library."""
    code, style = (_read(FRONTEND / f"{name}.{kind}") for kind in ("js", "css"))
    code = code.replace("export default", "return")
    return f"{json.dumps(name)}: {{ css: {json.dumps(style)}, draw: (() => {{\n{code}\n}})() }}"


def _read(file: Path) -> str:
    """A file without its indentation and comment lines."""
    lines = map(str.strip, file.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
