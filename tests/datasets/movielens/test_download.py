"""Downloads from a local server that supports ranges or not, drops connections, and counts requests."""

from __future__ import annotations

import hashlib
import io
import random
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from explorer.datasets.movielens import download as downloads
from explorer.datasets.movielens.download import download, licence
from explorer.errors import BadData, BadRequest

README = """Summary
=======

Ratings, made up.

Usage License
=============

You may look at them.

Citation
========

None.
"""


def release() -> bytes:
    """An incompressible zip of about 700 kB, sent in several chunks."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("ml-100k/README", README)
        archive.writestr("ml-100k/noise", random.Random(0).randbytes(700_000))
    return buffer.getvalue()


class Server(ThreadingHTTPServer):
    """Serves /ml-100k.zip and its .md5; tests set its attributes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = release()
        self.md5: str | None = f"MD5 (ml-100k.zip) = {hashlib.md5(self.content).hexdigest()}\n"
        self.ranges = True
        self.breaks: list[int] = []  # bytes after which each following response is cut
        self.asked: list[str | None] = []  # Range header of each request for the zip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == "/ml-100k.zip.md5" and self.server.md5 is not None:
            return self.answer(200, self.server.md5.encode())
        if self.path == "/ml-100k.zip":
            return self.answer_zip()
        return self.send_error(404)

    def answer_zip(self) -> None:
        content, asked = self.server.content, self.headers.get("Range")
        self.server.asked.append(asked)
        if not asked or not self.server.ranges:
            return self.answer(200, content)
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            return self.answer(416, b"", f"bytes */{len(content)}")
        return self.answer(206, content[start:], f"bytes {start}-{len(content) - 1}/{len(content)}")

    def answer(self, status: int, body: bytes, content_range: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        zip_asked = self.path.endswith(".zip")
        self.wfile.write(body[: self.server.breaks.pop(0)] if zip_asked and self.server.breaks else body)
        self.close_connection = True


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(downloads, "_WAIT", 0.001)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_download_is_complete_and_reports_progress(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = download("100k", tmp_path / "new", lambda done, total: seen.append((done, total)), server.url)
    assert path == tmp_path / "new" / "ml-100k.zip"
    assert path.read_bytes() == server.content
    assert [file.name for file in path.parent.iterdir()] == ["ml-100k.zip"]
    size = len(server.content)
    assert seen == sorted(seen)
    assert len(seen) > 1
    assert seen[-1] == (size, size)
    assert {total for _, total in seen} == {size}


def test_valid_copy_is_not_downloaded_again_and_a_damaged_one_is(server: Server, tmp_path: Path) -> None:
    path = download("ml-100k", tmp_path, base_url=server.url)
    download("100k", tmp_path, base_url=f"{server.url}/")
    assert server.asked == [None]
    path.write_bytes(b"something older")
    assert download("100k", tmp_path, base_url=server.url).read_bytes() == server.content


def test_broken_connection_is_resumed(server: Server, tmp_path: Path) -> None:
    server.breaks = [300_000, 0, 0, 200_000]
    seen: list[tuple[int, int]] = []
    path = download("100k", tmp_path, lambda done, total: seen.append((done, total)), server.url)
    assert path.read_bytes() == server.content
    starts = [int(asked.removeprefix("bytes=").removesuffix("-")) for asked in server.asked if asked]
    first, second = (sent // downloads._CHUNK * downloads._CHUNK for sent in (300_000, 200_000))
    assert starts == [first, first, first, first + second]
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {len(server.content)}


def test_interrupted_download_is_resumed_by_the_next_call(server: Server, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done > 200_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download("100k", tmp_path, stop, server.url)
    assert not (tmp_path / "ml-100k.zip").exists()
    have = (tmp_path / "ml-100k.zip.part").stat().st_size
    assert 0 < have < len(server.content)
    assert download("100k", tmp_path, base_url=server.url).read_bytes() == server.content
    assert server.asked == [None, f"bytes={have}-"]


def test_complete_partial_file_is_only_verified(server: Server, tmp_path: Path) -> None:
    (tmp_path / "ml-100k.zip.part").write_bytes(server.content)
    assert download("100k", tmp_path, base_url=server.url).read_bytes() == server.content


def test_partial_file_longer_than_the_download_is_discarded(server: Server, tmp_path: Path) -> None:
    (tmp_path / "ml-100k.zip.part").write_bytes(server.content + b"more")
    assert download("100k", tmp_path, base_url=server.url).read_bytes() == server.content
    assert len(server.asked) == 2


def test_server_without_ranges_restarts_the_download(server: Server, tmp_path: Path) -> None:
    server.ranges, server.breaks = False, [300_000]
    assert download("100k", tmp_path, base_url=server.url).read_bytes() == server.content


def test_wrong_checksum_removes_the_download(server: Server, tmp_path: Path) -> None:
    server.md5 = f"{'0' * 32}  ml-100k.zip\n"
    with pytest.raises(BadData, match=rf"ml-100k\.zip: checksum \w{{32}}, but {'0' * 32} is published"):
        download("100k", tmp_path, base_url=server.url)
    assert list(tmp_path.iterdir()) == []


def test_zip_is_tested_when_no_checksum_is_published(server: Server, tmp_path: Path) -> None:
    server.md5 = None
    assert download("100k", tmp_path, base_url=server.url).read_bytes() == server.content
    server.content = b"<html>Please log in to the hotel network</html>"
    with pytest.raises(BadData, match="not an intact"):
        download("100k", tmp_path / "hotel", base_url=server.url)
    assert list((tmp_path / "hotel").iterdir()) == []


def test_missing_file_on_the_server(server: Server, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"ml-32m\.zip: the server answered 404"):
        download("32m", tmp_path, base_url=server.url)


def test_server_that_never_finishes(server: Server, tmp_path: Path) -> None:
    server.breaks = [100_000] + [0] * 20
    with pytest.raises(BadRequest, match=r"ml-100k\.zip: cannot be reached"):
        download("100k", tmp_path, base_url=server.url)
    assert (tmp_path / "ml-100k.zip.part").stat().st_size == downloads._CHUNK


def test_unreachable_server_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(BadRequest, match=r"cannot be reached .*check the network"):
        download("100k", tmp_path, base_url="http://127.0.0.1:9")


def test_unknown_release_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="no data set '50m' to download; choose one of ml-latest-small, ml-100k"):
        download("50m", tmp_path)


def test_license_is_read_from_the_readme(server: Server, tmp_path: Path) -> None:
    path = download("100k", tmp_path, base_url=server.url)
    assert licence(path) == "Usage License\n=============\n\nYou may look at them."
    (tmp_path / "README.txt").write_text("Do what you like.\n")
    assert licence(tmp_path) == "Do what you like."
    (tmp_path / "README.txt").unlink()
    assert licence(tmp_path) == ""
