"""Show one embedding in the browser, with a separate server on a free port and a map computed in the background."""

from __future__ import annotations

import atexit
import os
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from explorer import paths
from explorer.artifacts.names import new_folder

if TYPE_CHECKING:
    from explorer.jobs.job import Job

ADDRESS = "localhost"
HEIGHT = 900  # pixels of the frame in a notebook
FRAMES = "EXPLORER_FRAME_ANCESTORS"  # origins that may show the pages in a frame


class Viewer:
    """The web app on one folder of artifacts, until `close` or the end of the program.

    folder: the artifacts folder; by default a temporary one that `close` removes. port: by default a free one. framed:
    whether other local pages, such as a notebook, may show it in a frame. The server answers after a second or two; see
    `wait`. Raises BadRequest for a port that is in use.
    """

    def __init__(self, folder: Path | None = None, port: int | None = None, framed: bool = False) -> None:
        from explorer.serving import Worker, check_ports

        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="explorer-open-")
        self.folder = folder or Path(self._temporary.name)  # type: ignore[union-attr]
        self.jobs: list[Job] = []
        self.name = ""
        if port is not None:
            check_ports(1, port, ADDRESS)
        frames = {FRAMES: "http://localhost:* http://127.0.0.1:* https://localhost:*"} if framed else {}
        self._server = Worker(port or free_port(), ADDRESS, environment={paths.ARTIFACTS: str(self.folder), **frames})
        self._server.start()
        atexit.register(self.close)

    @property
    def url(self) -> str:
        """The address of the embedding's page."""
        return self._server.url + (f"/?{urlencode({'artifact': self.name})}" if self.name else "")

    def show(self, name: str) -> None:
        """Set the artifact that `url` leads to."""
        self.name = name

    def prewarm(self, method: str) -> None:
        """Start a worker that imports what `lay_out` needs in the meantime."""
        from explorer.jobs import warm_worker

        with _artifacts_in(self.folder):
            warm_worker.prewarm(method)

    def lay_out(self, method: str) -> None:
        """Start computing a map of the artifact in a worker; the pages show it when it is done. Raises BadRequest."""
        from explorer.jobs import launcher
        from explorer.jobs.layout_job import LayoutRequest

        with _artifacts_in(self.folder):
            self.jobs.append(launcher.start(LayoutRequest(str(self.folder / self.name), method)))

    def wait(self) -> None:
        """Wait until the server answers. Raises BadRequest if it does not."""
        self._server.wait_until_it_answers()

    def open_browser(self) -> bool:
        """Open the page in the browser; returns False if there is none."""
        return webbrowser.open(self.url)

    def watch(self) -> None:
        """Return when the server has ended."""
        if self._server.process is not None:
            self._server.process.wait()

    def close(self) -> None:
        """Stop the server and its jobs, and remove the folder if it is temporary."""
        from explorer.serving import stop

        atexit.unregister(self.close)
        with _artifacts_in(self.folder):
            for job in self.jobs:
                if job.running:
                    job.cancel()
        stop([self._server])
        if self._temporary is not None:
            self._temporary.cleanup()

    def _repr_html_(self) -> str:
        return f'<iframe src="{self.url}" width="100%" height="{HEIGHT}" style="border:0"></iframe>'


def show(
    vectors: Any,
    items: Any = None,
    name: str = "embedding",
    layout: str | None = "tsne",
    open_browser: bool = True,
) -> Viewer:
    """Show vectors in the browser, or in a frame of a notebook. Returns a Viewer; `close` stops it.

    vectors, items: as for from_arrays. layout: tsne or umap, computed in the background; PCA is shown
    at once. open_browser: False only starts the server, whose `url` can be opened. Raises BadData.
    """
    from explorer.importing.build import publish_import
    from explorer.importing.from_python import from_arrays

    embedding = from_arrays(vectors, items)
    notebook = "ipykernel" in sys.modules
    viewer = Viewer(framed=notebook)
    try:
        with _artifacts_in(viewer.folder):
            publish_import(new_folder(name), embedding, judge=False)
        viewer.show(name)
        if layout is not None and not embedding.has_no_vectors:
            viewer.lay_out(layout)
        viewer.wait()
    except BaseException:
        viewer.close()
        raise
    if open_browser and not notebook:
        viewer.open_browser()
    return viewer


def free_port() -> int:
    """A free port of this machine."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


@contextmanager
def _artifacts_in(folder: Path) -> Iterator[None]:
    """Write artifacts and jobs to a folder within the context."""
    before = os.environ.get(paths.ARTIFACTS)
    os.environ[paths.ARTIFACTS] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[paths.ARTIFACTS]
        else:
            os.environ[paths.ARTIFACTS] = before
