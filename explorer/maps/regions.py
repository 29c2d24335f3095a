"""Names for the regions of a map: what most of the items there have in common and few elsewhere have."""

from __future__ import annotations

import numpy as np
import pandas as pd

from explorer.errors import BadRequest
from explorer.maps.density import raster, robust_extent
from explorer.maps.enrichment import difference, members

GRID = 256  # cells on each side of the map
MOST, EACH = 72, 40  # hills at first: so many, and no more than one for so many items
FEWEST = 8  # items a region needs
# Share of the items there that a name holds for at least, and effect (Cohen's h) by which it holds less elsewhere.
# What is rare elsewhere may hold for fewer; a genre that is less telling may only stand beside a time.
TELLING, RARE, PLAIN = (0.5, 0.8), (0.4, 1.0), (0.6, 0.35)
CHANCE = 1e-4  # of a name being there by chance
OLD = 0.2  # share of all items that "before" a year may speak of
BEST = 0.1  # share of all items that are the best known
FORMATS = ("IMAX", "(no genres listed)")  # say nothing of what a film is like


def regions(items: pd.DataFrame, xy: np.ndarray) -> pd.DataFrame:
    """The regions of a map that have a name, the largest first.

    items: (n,) with `genres` and `year` where known. xy: (n, 2) layout. A region is what lies on one hill of the
    density of points (smoothed until there are at most 72 hills: mode seeking as in Fukunaga & Hostetler 1975, on a
    grid), joined with neighboring ones of the same name. It is named after at most two genres and a time: what at
    least half of its items share and by a large effect fewer elsewhere do (Cohen's h of 0.8); nothing so, no name.
    Columns `name` ("Animation & Children, 2000s"), `x`, `y` (its densest place, for the name), `size` (items),
    `effect` (Cohen's h of the most telling part of the name), `rows` ((size,) int64, ascending). Always the same for
    the same input. Raises BadRequest when items and layout do not belong together.
    """
    if len(items) != len(xy):
        raise BadRequest(f"A layout of {len(xy):,} points does not belong to {len(items):,} items.")
    view = robust_extent(xy).view
    counts = raster(xy, view, (GRID, GRID))
    hills = _hills(counts, max(1, min(MOST, len(items) // EACH)))
    column = np.clip(((xy[:, 0] - view[0]) / (view[1] - view[0]) * GRID).astype(int), 0, GRID - 1)
    row = np.clip(((xy[:, 1] - view[2]) / (view[3] - view[2]) * GRID).astype(int), 0, GRID - 1)
    region = hills[row, column]
    traits = _traits(items)
    names, effects = _names(traits, region, hills.max() + 1)
    while len(joined := _joined(hills, names)):
        hills, region = joined[hills], joined[region]
        names, effects = _names(traits, region, hills.max() + 1)
    found = []
    for number in np.flatnonzero(names != ""):
        rows = np.flatnonzero(region == number)
        x, y = _middle(hills == number, counts, view)
        found.append((names[number], x, y, len(rows), effects[number], rows))
    table = pd.DataFrame(found, columns=["name", "x", "y", "size", "effect", "rows"])
    return table.sort_values("size", ascending=False, kind="stable", ignore_index=True)


def _hills(counts: np.ndarray, most: int) -> np.ndarray:
    """The hill of the density each cell lies on, numbered from 0: (GRID, GRID) int64; smooth enough for few hills."""
    from scipy.ndimage import gaussian_filter

    for width in np.geomspace(GRID / 128, GRID / 8, 24):
        density = gaussian_filter(counts.astype(float), width, mode="constant", truncate=3)
        top = _climbed(density)
        held = np.bincount(top.ravel(), counts.ravel(), top.size)
        if (held >= FEWEST).sum() <= most:
            break
    top[density == 0] = -1  # what lies far from all points is one plain, not a hill for each cell
    return np.unique(top, return_inverse=True)[1].reshape(top.shape)


def _climbed(density: np.ndarray) -> np.ndarray:
    """For every cell the one on top, reached by always going to the highest neighbor, (GRID, GRID) int64."""
    padded = np.pad(density, 1, constant_values=-1)
    height, width = density.shape
    steps = [(dy, dx) for dy in (0, -1, 1) for dx in (0, -1, 1)]
    around = np.stack([padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width] for dy, dx in steps])
    offsets = np.array([dy * width + dx for dy, dx in steps])
    up = (np.arange(density.size).reshape(density.shape) + offsets[around.argmax(axis=0)]).ravel()
    while (up[up] != up).any():
        up = up[up]
    return up.reshape(density.shape)


def _traits(items: pd.DataFrame) -> list[pd.DataFrame]:
    """What a region can be named after, tables of truth values (n, traits): genres, fame, times from narrow to wide."""
    genres = members(items).drop(columns=list(FORMATS), errors="ignore")
    fame = pd.DataFrame(index=genres.index)
    if "n_ratings" in items:
        known = items["n_ratings"].to_numpy(dtype=float, na_value=0)
        fame["Best known"] = known > np.quantile(known, 1 - BEST)
    years = items["year"].to_numpy(dtype=float, na_value=np.nan) if "year" in items else np.full(len(items), np.nan)
    decades = np.unique(years[np.isfinite(years)] // 10 * 10).astype(int)
    one = {f"{d}s": (years >= d) & (years < d + 10) for d in decades}
    two = {f"{d}s–{(d + 10) % 100:02}s": (years >= d) & (years < d + 20) for d in decades[:-1]}
    old = {f"before {d}": years < d for d in decades[2:] if np.mean(years < d) < OLD}
    return [genres, fame, *(pd.DataFrame(times, index=genres.index) for times in (one, two, old))]


def _names(traits: list[pd.DataFrame], region: np.ndarray, regions: int) -> tuple[np.ndarray, np.ndarray]:
    """A name for each region, "" where nothing sets it apart, and how strongly the first part of it does."""
    size = np.bincount(region, minlength=regions)
    genres, fame, *times = (_telling(table, region, size, TELLING, RARE) for table in traits)
    plain = _telling(traits[0], region, size, PLAIN)
    names, effects = np.full(regions, "", object), np.zeros(regions)
    for number in np.flatnonzero(size >= FEWEST):
        when = next((found[number] for found in times if found[number]), [])[:1]
        what = (genres[number] or fame[number] or (plain[number] if when else []))[:2]
        parts = [" & ".join(sorted(name for name, _ in what)), *(name for name, _ in when)]
        names[number] = ", ".join(filter(None, parts))
        effects[number] = max((effect for _, effect in what + when), default=0)
    return names, effects


def _telling(
    traits: pd.DataFrame, region: np.ndarray, size: np.ndarray, *bounds: tuple[float, float]
) -> list[list[tuple[str, float]]]:
    """For each region the traits that set it apart within some bounds, and by how much; the most telling first."""
    from scipy.stats import hypergeom

    has, n = traits.to_numpy(bool), len(region)
    total = has.sum(axis=0)
    inside = np.array([np.bincount(region, column, len(size)) for column in has.T]).reshape(-1, len(size)).T
    share = inside / np.maximum(size, 1)[:, None]
    effect = difference(share, (total - inside) / np.maximum(n - size, 1)[:, None])
    fits = np.any([(share >= least) & (effect >= by) for least, by in bounds], axis=0)
    fits &= hypergeom.sf(inside - 1, n, total, size[:, None]) < CHANCE
    orders = np.argsort(-effect, axis=1, kind="stable")
    return [
        [(traits.columns[trait], effect[number, trait]) for trait in order if fits[number, trait]]
        for number, order in enumerate(orders)
    ]


def _joined(hills: np.ndarray, names: np.ndarray) -> np.ndarray:
    """New number for each region, where neighbors of one name become one; empty when there are none."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    sides = [(hills[:, :-1], hills[:, 1:]), (hills[:-1], hills[1:])]
    a, b = (np.concatenate([side[n].ravel() for side in sides]) for n in (0, 1))
    alike = (a != b) & (names[a] == names[b]) & (names[a] != "")
    if not alike.any():
        return np.empty(0, int)
    graph = coo_array((np.ones(alike.sum()), (a[alike], b[alike])), shape=(len(names), len(names)))
    return connected_components(graph, directed=False)[1]


def _middle(inside: np.ndarray, counts: np.ndarray, view: tuple[float, float, float, float]) -> tuple[float, float]:
    """The densest place of a region, seen from some distance."""
    from scipy.ndimage import gaussian_filter

    density = gaussian_filter(np.where(inside, counts, 0).astype(float), GRID / 24, mode="constant")
    row, column = np.unravel_index(np.where(inside, density, -1).argmax(), inside.shape)
    x = view[0] + (column + 0.5) / GRID * (view[1] - view[0])
    y = view[2] + (row + 0.5) / GRID * (view[3] - view[2])
    return float(x), float(y)
