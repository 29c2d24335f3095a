"""Pictures a second while the map is dragged and zoomed, compared with an earlier commit.

    git clone . /tmp/before && git -C /tmp/before checkout COMMIT
    python benchmarks/pan_zoom.py [--before /tmp/before] [--points 100000 1000000] [--rounds 3]

Generated embeddings are opened in Chromium with software rendering, served by the code of each commit in turns. The
mouse drags the map for three seconds, then turns the wheel for three seconds. A picture is a frame that shows another
part of the map than the last one, by the ranges of the axes or by the CSS transform of the points. A frame is blank if
it shows at most a tenth of the points, by pixels, that the first one shows. Nothing is asked of the server until the
mouse rests. Prints medians and, beside the pictures a second, the processor time of the browser for each.
Goal: 20 pictures a second, none blank.
"""

from __future__ import annotations

import argparse
import base64
import io
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.first_paint import DRAWN, generate, opened
from tests.browser.conftest import browsing, free_port, wait_until_ready
from tests.load.crowd import process_seconds

ROOT = Path(__file__).parents[1]
SECONDS = 3.0
PICTURES = """() => {
  const plot = document.querySelector(".js-plotly-plot");
  window.pictures = [];
  let last = "";
  const look = (now) => {
    const { xaxis, yaxis } = plot._fullLayout;
    const state = [...xaxis.range, ...yaxis.range, plot.querySelector(".gl-container").style.transform].join();
    if (state !== last) window.pictures.push(now);
    last = state;
    window.looking = requestAnimationFrame(look);
  };
  window.looking = requestAnimationFrame(look);
}"""
ENDED = "() => (cancelAnimationFrame(looking), pictures)"


@contextmanager
def served(checkout: Path, folder: Path) -> Iterator[str]:
    """The app of a checkout with a folder of artifacts; the address."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "explorer/webapp/server.py", "--server.port", str(port)]
    environment = {**os.environ, "EXPLORER_ARTIFACTS": str(folder)}
    server = subprocess.Popen([*command, "--logger.level=error"], cwd=checkout, env=environment)
    try:
        wait_until_ready(server, port)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(20)


def measure(browser: Browser, address: str) -> dict[str, list[float]]:
    """Pictures a second, processor milliseconds for each, and blank frames, while dragging and by wheel."""
    page, _ = opened(browser, address)
    page.wait_for_function(DRAWN, timeout=300_000)
    page.wait_for_timeout(4000)
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    found = {}
    for name, act in (("drag", _drag), ("wheel", _wheel)):
        page.mouse.move(x, y)
        page.evaluate(PICTURES)
        start = _browser_seconds()
        act(page, x, y)
        spent = _browser_seconds() - start
        times = page.evaluate(ENDED)
        rate = 1000 * (len(times) - 1) / (times[-1] - times[0])
        page.wait_for_timeout(3000)
        found[name] = [rate, 1000 * spent / len(times), _blank(page, box, lambda act=act: act(page, x, y))]
        page.wait_for_timeout(3000)
    page.context.close()
    return found


def _drag(page: Page, x: float, y: float) -> None:
    page.mouse.down()
    end, step = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < end:
        step += 1
        page.mouse.move(x + 100 * math.sin(step / 12), y + 60 * math.sin(step / 9))
    page.mouse.up()


def _wheel(page: Page, x: float, y: float) -> None:
    end, step = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < end:
        step += 1
        page.mouse.wheel(0, -20 if step % 40 < 20 else 20)


def _browser_seconds() -> float:
    """Processor time of the processes of Chromium that this benchmark started."""
    return sum(process_seconds(pid) for pid in _descendants(os.getpid()) if "chrom" in _name(pid))


def _descendants(pid: int) -> list[int]:
    below = [int(one) for file in Path(f"/proc/{pid}/task").glob("*/children") for one in file.read_text().split()]
    return below + [deeper for child in below for deeper in _descendants(child)]


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text()


def _blank(page: Page, box: dict[str, float], act) -> int:
    """Frames presented during an action, and 1.5 seconds after it, that show at most a tenth of the first one's ink."""
    session, ink = page.context.new_cdp_session(page), []

    def got(frame) -> None:
        ink.append(_ink(base64.b64decode(frame["data"]), box, page.viewport_size["width"]))
        session.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

    session.on("Page.screencastFrame", got)
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 60})
    act()
    page.wait_for_timeout(1500)
    session.send("Page.stopScreencast")
    return sum(one <= ink[0] / 10 for one in ink)


def _ink(picture: bytes, box: dict[str, float], width: int) -> float:
    """Share of the pixels in the middle of the map that have another color than the background."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    scale = image.width / width
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    part = image.crop(tuple(int(scale * side) for side in (x - 200, y - 150, x + 200, y + 150)))
    return float((np.abs(np.asarray(part).astype(int) - 255).sum(axis=2) > 60).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--points", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    sides = {"before": asked.before, "now": ROOT} if asked.before else {"now": ROOT}
    with tempfile.TemporaryDirectory() as name, browsing() as browser:
        for n in asked.points:
            generate(Path(name), n)
        found: dict[tuple[int, str, str], list[list[float]]] = {}
        for _ in range(asked.rounds):
            for side, checkout in sides.items():
                with served(checkout, Path(name)) as address:
                    for n in asked.points:
                        for act, told in measure(browser, f"{address}/Map?artifact=n{n}&min_ratings=0").items():
                            found.setdefault((n, act, side), []).append(told)
        for (n, act, side), rounds in sorted(found.items()):
            rate, spent, blank = map(statistics.median, zip(*rounds, strict=True))
            told = f"{rate:5.1f} pictures a second, {spent:4.0f} ms each, {blank:.0f} blank"
            print(f"{n:>9,} points, {act:5} {side:6} {told}")


if __name__ == "__main__":
    main()
