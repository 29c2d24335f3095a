"""Tiles of maps of more than a million items: made by a process of their own, kept as files, returned by a route."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import time
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explorer import paths
from explorer.artifacts.locks import locked
from explorer.core.embedding import Embedding
from explorer.errors import Unavailable
from explorer.figures.tile_image import Painting, Tiled, tile_image
from explorer.maps import tiles
from explorer.webapp.item_api import FOREVER, is_own_server

PATH = "/tile"
MANY = 1_000_000  # items; of fewer, each view is drawn from all positions
PAINTINGS = 48  # kept on disk for each map, a byte an item each; more than the figures that are cached
UNUSED = 7 * 86_400  # seconds after which the tiles of a map that was not opened are removed
NAME, NUMBER = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9]{1,4}")


def tiled(embedding: Embedding, method: str) -> Tiled | None:
    """The tiles of a stored layout; None for other layouts, few items, or a server without the route.

    Shows a progress bar while they are made, once for all visitors. Raises Unavailable.
    """
    if len(embedding) <= MANY or method not in embedding.layouts or not is_own_server():
        return None
    folder = paths.cache_folder() / "maps" / _name(f"{embedding.name} {embedding.digest} {method}")
    if not folder.exists():
        _make(embedding, method, folder)
    return _read(folder)


@lru_cache(maxsize=8)
def _read(folder: Path) -> Tiled:
    return Tiled(tiles.load(folder), partial(_keep, folder))


def _keep(folder: Path, painting: Painting) -> str:
    """Write a painting beside the tiles, unless it is there; returns the URL template of its tiles."""
    file = folder / painting.digest()
    if file.with_suffix(".npz").exists():
        os.utime(file.with_suffix(".npz"))
    else:
        kept = sorted(folder.glob("*.npz"), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in kept[PAINTINGS - 1 :]:
            for suffix in (".npz", ".npy"):
                old.with_suffix(suffix).unlink(missing_ok=True)
        painting.save(file)
    return f"{PATH}/{folder.name}/{file.name}/{{zoom}}/{{x}}/{{y}}"


def _make(embedding: Embedding, method: str, folder: Path) -> None:
    text = f"Preparing the map of {len(embedding):,} {embedding.schema.called(2)}"
    bar = st.progress(0.0, text)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent):
        _remove_unused(folder.parent)
        if not folder.exists():
            command = paths.module_command("explorer.maps.tiles", embedding.name, method, str(folder))
            how: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            with subprocess.Popen(command, env=paths.module_environment(), **how) as worker:
                assert worker.stdout and worker.stderr
                for line in worker.stdout:
                    bar.progress(min(1.0, float(line)), text)
                why = worker.stderr.read()
            if worker.returncode:
                last = why.strip().rpartition("\n")[2] or f"its process ended with status {worker.returncode}"
                raise Unavailable(f"The map of {embedding.name} could not be prepared: {last}")
    bar.empty()


def _remove_unused(parent: Path) -> None:
    for folder in parent.iterdir():
        with suppress(OSError):
            if time.time() - max(file.stat().st_mtime for file in (folder, *folder.glob("*.npz"))) > UNUSED:
                for file in folder.iterdir():
                    file.unlink()
                folder.rmdir()


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def route() -> Route:
    """The route, to be added to a web server."""
    return Route(f"{PATH}/{{map}}/{{scene}}/{{zoom}}/{{x}}/{{y}}", _answer)


def _answer(request: Request) -> Response:
    asked: dict[str, str] = request.path_params
    names, numbers = (asked["map"], asked["scene"]), (asked["zoom"], asked["x"], asked["y"])
    if not all(map(NAME.fullmatch, names)) or not all(map(NUMBER.fullmatch, numbers)):
        return JSONResponse({"error": "The address of a tile ends in zoom, column and row."}, 404)
    zoom, x, y = map(int, numbers)
    if zoom > tiles.DEEPEST or max(x, y) >= 2**zoom:
        return JSONResponse({"error": f"There is no tile {x}, {y} at zoom {zoom}."}, 404)
    etag = f'"{asked["scene"]}-{zoom}-{x}-{y}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={**FOREVER, "ETag": etag})
    try:
        picture = _picture(*names, zoom, x, y)
    except FileNotFoundError:
        return JSONResponse({"error": "This map is no longer kept; reload the page."}, 404)
    return Response(picture, media_type="image/webp", headers={**FOREVER, "ETag": etag})


@lru_cache(maxsize=512)
def _picture(of: str, scene: str, zoom: int, x: int, y: int) -> bytes:
    folder = paths.cache_folder() / "maps" / of
    return tile_image(_read(folder).tiles, _painting(folder / scene), zoom, x, y)


@lru_cache(maxsize=8)
def _painting(file: Path) -> Painting:
    return Painting.load(file)
