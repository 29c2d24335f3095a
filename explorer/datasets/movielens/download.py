"""Download MovieLens releases from GroupLens: resumable, checksummed, never unpacked."""

from __future__ import annotations

import hashlib
import re
import time
from pathlib import Path

import requests

from explorer.datasets import archive
from explorer.datasets.movielens.rating_columns import Progress
from explorer.errors import BadData, BadRequest

BASE_URL = "https://files.grouplens.org/datasets/movielens"
RELEASES = ("ml-latest-small", "ml-100k", "ml-1m", "ml-20m", "ml-25m", "ml-32m")
_TRIES = 5  # consecutive attempts without a new byte
_WAIT = 0.5  # seconds before the second attempt, doubled for each further one
_TIMEOUT = (10, 60)  # seconds to connect, and between bytes
_CHUNK = 1 << 16  # bytes that a broken connection can lose
_HEADING = re.compile(r"^(?P<heading>\S.*)\n[=-]{3,}[ \t]*$", re.M)


def download(name: str, folder: str | Path, progress: Progress | None = None, base_url: str = BASE_URL) -> Path:
    """Download a release to `folder` unless a good copy is there; returns the path of its .zip.

    name: one of RELEASES, with or without `ml-`. progress: called with (bytes done, total). The download is kept in
    `<file>.part` until it is complete and its MD5 is the published one; a broken download is resumed. Raises BadRequest
    for an unknown name or an unreachable server, BadData for a wrong checksum.
    """
    release = name if name.startswith("ml-") else f"ml-{name}"
    if release not in RELEASES:
        raise BadRequest(f"There is no data set {name!r} to download; choose one of {', '.join(RELEASES)}")
    url = f"{base_url.rstrip('/')}/{release}.zip"
    target = Path(folder) / f"{release}.zip"
    expected = _published_md5(f"{url}.md5")
    if target.exists() and (expected is None or _md5(target) == expected):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    _fetch(url, part, progress)
    _check(url, part, expected)
    return part.replace(target)


def licence(path: str | Path) -> str:
    """The license section of the README in a release's folder or .zip; the whole README without such a section, ""
    without a README.

    Raises BadData if the zip is damaged.
    """
    with archive.opened(path) as root:
        for folder in archive.folders(root):
            for name in sorted(archive.names(folder)):
                if name.upper().startswith("README"):
                    return _licence_section(archive.text(folder / name))
    return ""


def _licence_section(readme: str) -> str:
    readme = readme.replace("\r\n", "\n")
    headings = list(_HEADING.finditer(readme))
    ends = [heading.start() for heading in headings[1:]] + [len(readme)]
    for heading, end in zip(headings, ends, strict=False):
        if "license" in heading["heading"].lower() or "licence" in heading["heading"].lower():
            return readme[heading.start() : end].strip()
    return readme.strip()


def _get(url: str, **options: object) -> requests.Response:
    # identity: otherwise lengths and ranges would count compressed bytes
    headers = {"Accept-Encoding": "identity", **options.pop("headers", {})}  # type: ignore[dict-item]
    return requests.get(url, headers=headers, timeout=_TIMEOUT, **options)  # type: ignore[arg-type]


def _published_md5(url: str) -> str | None:
    """The published checksum of a file, written `MD5 (file) = digest` or `digest file`; None if there is none."""
    try:
        response = _get(url)
    except requests.RequestException as error:
        raise _unreachable(url, error) from error
    found = re.search(r"\b[0-9a-f]{32}\b", response.text.lower()) if response.ok else None
    return found[0] if found else None


def _fetch(url: str, part: Path, progress: Progress | None) -> None:
    """Download `part` to its full length; resume after each broken connection while there is progress."""
    tries = 0
    while True:
        before = _length(part)
        try:
            return _fetch_rest(url, part, progress)
        except requests.exceptions.SSLError as error:
            raise _unreachable(url, error) from error
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            tries = 1 if _length(part) > before else tries + 1
            if tries >= _TRIES:
                raise _unreachable(url, error) from error
            time.sleep(_WAIT * 2 ** (tries - 1))


def _fetch_rest(url: str, part: Path, progress: Progress | None) -> None:
    have = _length(part)
    with _get(url, headers={"Range": f"bytes={have}-"} if have else {}, stream=True) as response:
        if response.status_code == 416:  # nothing after `have`: complete, or the file has become shorter
            if response.headers.get("Content-Range", "").endswith(f"/{have}"):
                return
            part.unlink()
            raise requests.ConnectionError("the partial file is longer than the file on the server")
        if not response.ok:
            raise BadRequest(f"{url}: the server answered {response.status_code} {response.reason}; try again later")
        resumed = response.status_code == 206
        if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            part.unlink()
            raise requests.ConnectionError("the server sent another range than requested")
        done = have if resumed else 0  # a server without ranges sends everything again
        total = done + int(response.headers.get("Content-Length", 0))
        with part.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_content(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                if progress:
                    progress(done, max(done, total))


def _check(url: str, part: Path, expected: str | None) -> None:
    if expected is not None and (actual := _md5(part)) != expected:
        part.unlink()
        raise BadData(f"{url}: checksum {actual}, but {expected} is published; it was removed, download it again")
    if expected is None:  # without a published checksum, check the zip itself
        try:
            with archive.opened(part):
                pass
        except BadData:
            part.unlink()
            raise


def _length(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _md5(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _unreachable(url: str, error: Exception) -> BadRequest:
    return BadRequest(f"{url}: cannot be reached ({error}); check the network and try again, it will resume")
