"""Columns in the web process and the browser, compared with an earlier commit: memory, bytes, seconds.

    git clone . /tmp/before && git -C /tmp/before checkout COMMIT
    python benchmarks/columns_served.py --before /tmp/before [--items 1000000] [--rounds 3]

A million items with the 12 columns of benchmarks/columns.py and a layout, and the shipped films, are served by the code
of each commit in turns. Memory is the peak (VmHWM) and the private memory (USS) of the process after opening Home, the
map and the neighbors. Time of a color: from choosing it until plotly has drawn it. Bytes: received over the websocket
for it. Prints medians and the ratio of this commit to the earlier one.
Goals: memory at most 1.3 times, times at most 1.0; at most 4 bytes per drawn point for another color.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
DRAWN = """() => [...document.querySelectorAll(".js-plotly-plot")].some((plot) =>
  (plot._fullData ?? []).some((trace) => trace.mode === "markers" && trace.x?.length > 100))"""
LOOK = """() => JSON.stringify([...document.querySelectorAll(".js-plotly-plot")].map((plot) => (plot._fullData ?? [])
  .map((trace) => [trace.name, trace.x?.length, trace.marker?.cmax, trace.marker?.colorscale])))"""
CALM = """() => {
  const busy = document.querySelector("[data-stale=true], [data-testid=stSkeleton]");
  const runs = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning";
  if (busy || runs) window.calmSince = undefined;
  else window.calmSince ??= Date.now();
  return Date.now() - window.calmSince > 500;
}"""


def make(folder: Path, n: int) -> None:
    """A million items in clusters, with columns of all kinds."""
    from benchmarks.columns import world
    from explorer import artifacts

    rng = np.random.default_rng(1)
    cluster = rng.integers(0, 200, n)
    xy = (10 * rng.normal(size=(200, 2))[cluster] + rng.normal(size=(n, 2))).astype(np.float32)
    vectors = (rng.normal(size=(200, 16))[cluster] + 0.5 * rng.normal(size=(n, 16))).astype(np.float32)
    artifacts.save(folder / "columns", vectors, world(n), {}, layouts={"tsne": xy}, card="generated\n")
    path = folder / "columns" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if index := manifest.get("index"):  # earlier commits read one number of probes, not one per question
        index |= {"probes": index["probes"]["item"], "recall": index["recall"]["item"]}
    path.write_text(json.dumps(manifest), encoding="utf-8")


def measure(folder: Path, shipped: Path) -> dict[str, float]:
    """Measure the code in the current folder. folder, shipped: generated artifacts, and the films."""
    sys.path.insert(0, str(Path.cwd()))
    from tests.browser.conftest import browsing, free_port, start

    found: dict[str, float] = {}
    with browsing() as browser:
        for name, place, artifact in (("million", folder, "columns"), ("films", shipped, "movielens")):
            port = free_port()
            server = start(place, port)
            try:
                address = f"http://localhost:{port}"
                query = f"artifact={artifact}"
                _open(browser, f"{address}/?{query}")[0].context.close()
                times = []
                for _ in range(3):
                    page, _, seconds = _open(browser, f"{address}/Map?{query}", DRAWN)
                    times.append(seconds)
                    page.context.close()
                found[f"{name}: first paint, s"] = statistics.median(times)
                page, count, _ = _open(browser, f"{address}/Map?{query}", DRAWN)
                page.wait_for_function(CALM, timeout=300_000)
                changes = [_change(page, count, option) for option in ("Year", "Factor 1", "Year", "Factor 1", "Year")]
                found[f"{name}: color to picture, s"] = statistics.median(seconds for seconds, _ in changes[1:])
                found[f"{name}: color, bytes"] = changes[-1][1]
                page.context.close()
                _open(browser, f"{address}/Neighbors?{query}")[0].context.close()
                status = Path(f"/proc/{server.pid}/status").read_text()
                uses = Path(f"/proc/{server.pid}/smaps_rollup").read_text()
                found[f"{name}: peak, MB"] = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
                own = sum(int(kb) for kb in re.findall(r"Private_(?:Clean|Dirty):\s+(\d+)", uses))
                found[f"{name}: memory, MB"] = own / 1024
            finally:
                server.terminate()
                server.wait(20)
    return found


def _open(browser, address: str, until: str = CALM):
    """A new tab, a counter of the bytes its websocket receives, and the seconds until a condition is true."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    count = [0]
    page.on("websocket", lambda s: s.on("framereceived", lambda data: count.__setitem__(0, count[0] + len(data))))
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("h1", timeout=300_000)
    page.wait_for_function(until, timeout=300_000, polling="raf")
    return page, count, time.perf_counter() - start


def _change(page, count: list[int], color: str) -> tuple[float, int]:
    """Seconds from choosing a color until the figure has changed, and bytes until the page is idle."""
    before, look = count[0], page.evaluate(LOOK)
    page.get_by_role("combobox", name=re.compile("Colou?r")).first.click()
    option = page.get_by_role("option", name=color, exact=True)
    option.wait_for()
    start = time.perf_counter()
    option.click()
    page.wait_for_function(f"(before) => ({LOOK})() !== before", arg=look, timeout=300_000, polling="raf")
    seconds = time.perf_counter() - start
    page.wait_for_function(CALM, timeout=300_000)
    return seconds, count[0] - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", type=Path, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(*asked.measure)))
        return
    sys.path.insert(0, str(ROOT))
    sides = {"before": asked.before, "now": ROOT} if asked.before else {"now": ROOT}
    results: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), asked.items)
        for _ in range(asked.rounds):
            for side, tree in sides.items():
                command = [sys.executable, __file__, "--measure", name, str(ROOT / "artifacts")]
                done = subprocess.run(command, cwd=tree, stdout=subprocess.PIPE, check=True)
                results[side].append(json.loads(done.stdout.splitlines()[-1]))
    for what in results["now"][0]:
        medians = {side: statistics.median(run[what] for run in runs) for side, runs in results.items()}
        ratio = f", {medians['now'] / medians['before']:.2f} times" if asked.before else ""
        print(f"{what}: {', '.join(f'{side} {value:,.2f}' for side, value in medians.items())}{ratio}")


if __name__ == "__main__":
    main()
