"""The web process does not load libraries that only trainings and layouts need."""

import json
import os
import subprocess
import sys

from explorer import artifacts
from tests import ROOT

HEAVY = ("tensorflow", "keras", "torch", "jax", "umap", "numba", "pynndescent", "openTSNE", "sklearn.manifold", "faiss")
LOADED = f"import json, sys; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"


def loaded(script: str) -> list[str]:
    """Heavy libraries that a fresh process has loaded after a script."""
    command = [sys.executable, "-c", f"{script}\n{LOADED}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=dict(os.environ), check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_pages_load_no_heavy_library(world):
    script = """
from pathlib import Path
from streamlit.testing.v1 import AppTest
for file in [None, *sorted(Path("pages").glob("[0-9]*.py"))]:
    at = AppTest.from_file(Path("app.py").absolute(), default_timeout=180)
    if file:
        at.switch_page(str(file))
    for parameters in ({}, {"view": "two", "mode": "between", "item": "Red 3", "title": "Red"}, {"view": "bias"}):
        at.query_params = parameters
        at.run()
        assert not at.exception, (file, at.exception)
        assert at.title, file
"""
    assert loaded(script) == []


def test_server_start_loads_no_heavy_library_and_tolerates_a_damaged_artifact(world, root):
    artifacts.save(root / "another", world.vectors, world.items, {})  # comes before `movielens` in every list
    script = f"""
import asyncio, gc, sys
from pathlib import Path
import streamlit as st
from explorer.webapp import cache, server
async def start():
    async with server.warm(server.app):
        print("up")
asyncio.run(start())
cache.artifacts.load = None  # from now on nothing can be loaded
assert len(cache.embedding("movielens")) == 24  # the artifact that opens first is in the cache
assert gc.get_freeze_count() > 100_000 and not st.get_option("runner.postScriptGC")  # a collection looks at little
assert "sklearn.decomposition" in sys.modules  # it did warm up
Path({str(root / "movielens" / "manifest.json")!r}).write_text("not a manifest")
asyncio.run(start())
"""
    assert loaded(script) == []
