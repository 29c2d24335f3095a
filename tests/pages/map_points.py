"""Points drawn by a map, by color."""

import json

import numpy as np

from explorer.core.columns.color import Continuous
from explorer.figures.color_encoding import layer


def figure_of(component) -> dict:
    return json.loads(component["figure"])


def columns_of(screen) -> dict[str, tuple[dict, bytes]]:
    """The header and the bytes of each large array of a figure that is sent separately, by name."""
    sent = [
        c.proto.bytes.partition(b"\n") for c in screen.at.get("bidi_component") if c.proto.component_name == "column"
    ]
    return {json.loads(header)["part"]: (json.loads(header), content) for header, _, content in sent}


def drawn(screen) -> dict[str, set[int]]:
    """Rows of the points of each color: genre name, or `other` for grey points."""
    found: dict[str, set[int]] = {}
    for trace in screen.figures[0]["data"]:
        for n, row in enumerate(trace.get("customdata", ())):
            coloured = bool(trace.get("meta"))
            name = trace["meta"][int(trace["marker"]["color"][n])] if coloured else trace["name"]
            found.setdefault(name, set()).add(int(row[0]))
    return found


def shown(screen) -> set[int]:
    return set().union(*drawn(screen).values())


def shades(values: np.ndarray) -> np.ndarray:
    """Colors of numbers on a scale over their range, as in a figure."""
    return layer(Continuous("x", np.asarray(values, np.float32)), np.ones(len(values), bool)).shades


def standing_out(screen) -> set[int]:
    return set().union(*(rows for name, rows in drawn(screen).items() if name != "other"))
