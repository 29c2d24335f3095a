"""Screenshots for the README: python -m tests.browser.pictures docs"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from explorer import artifacts
from tests.browser.conftest import Tab, browsing, serving

DESKTOP, PHONE = (1400, 900), (390, 844)
SHOTS: dict[str, tuple[tuple[int, int], str, str, dict[str, Any]]] = {
    "home": (DESKTOP, "light", "Home", {"item": "Toy Story"}),
    "neighbors": (DESKTOP, "light", "Neighbors", {"items": ["Toy Story", "The Matrix", "Pulp Fiction"]}),
    "analogies": (DESKTOP, "light", "Analogies", {}),
    "factors": (DESKTOP, "light", "Factors", {"view": "two"}),
    "map": (DESKTOP, "light", "Map", {}),
    "map-dark": (DESKTOP, "dark", "Map", {"item": "Alien"}),
    "recommend": (
        DESKTOP,
        "light",
        "Recommend",
        {"rated": ["Airplane!=5", "Fletch=4.5", "Spy Hard=4", "Network=3.5", "A Civil Action=0.5"]},
    ),
    "compare": (DESKTOP, "light", "Compare", {"with": "movielens-item2vec", "item": "Toy Story"}),
    "train": (DESKTOP, "light", "Train", {}),
    "phone": (PHONE, "light", "Home", {"item": "Toy Story"}),
}
MOST = 400_000  # bytes, so that the README loads quickly


def small(png: bytes, most: int = MOST) -> bytes:
    """The picture in full color, or with as many colors as fit into the size limit."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (None, 256, 128, 64, 32):
        stream = io.BytesIO()
        shown = picture if colours is None else picture.quantize(colours, Image.Quantize.MAXCOVERAGE)
        shown.save(stream, "PNG", optimize=True)
        if stream.tell() <= most:
            break
    return stream.getvalue()


def main(folder: str = "docs") -> int:
    Path(folder).mkdir(exist_ok=True)
    with serving(artifacts.root()) as address, browsing() as browser:
        for name, (size, scheme, page, query) in SHOTS.items():
            viewport = {"width": size[0], "height": size[1]}
            context = browser.new_context(viewport=viewport, color_scheme=scheme)
            tab = Tab(context.new_page(), address).open(page, **query)
            tab.page.wait_for_timeout(1500)  # plotly draws in steps
            file = Path(folder) / f"{name}.png"
            file.write_bytes(small(tab.page.screenshot()))
            sys.stdout.write(f"{file} {file.stat().st_size / 1000:.0f} KB\n")
            context.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
