"""Named regions of a map: areas where some values are frequent that are rare elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from explorer.core.columns import Columns, Traits
from explorer.core.columns.enrichment import effect_of_shares
from explorer.errors import BadRequest
from explorer.maps.density import raster, robust_extent

GRID = 256  # cells on each side of the map
MOST, EACH = 72, 40  # most hills, and least number of items per hill on average
SAMPLE = 1_000_000  # most items that are looked at
FEWEST = 8  # items a region needs
# Least share of a region's items that have the value it is named after, and least effect (Cohen's h) against the rest.
# A larger effect permits a smaller share; a value with a smaller effect can only be combined with a period.
TELLING, RARE, PLAIN = (0.5, 0.8), (0.4, 1.0), (0.6, 0.35)
CHANCE = 0.05  # chance that a map without structure has any name; divided by the numbers of tries and of names tried


def regions(items: Columns | pd.DataFrame, xy: np.ndarray, by: Sequence[str] | None = None) -> pd.DataFrame:
    """The named regions of a map, the largest first.

    items: prepared columns, or a table whose columns are guessed, (n,). xy: (n, 2) layout. by: names of the columns
    that regions are named after; by default those with the roles group, popularity and year, or all columns if there is
    no group or these name no region. A region is a hill of the point density, smoothed until there are at most 72 hills
    (mode seeking as in Fukunaga & Hostetler 1975, on a grid), joined with neighboring hills of the same name. It is
    named after at most two values and a period that at least half of its items have, and that are less frequent
    elsewhere by a large effect: Cohen's h of 0.8, and a hypergeometric test corrected for all names tried, and for the
    second try with all columns, so that at most 5% of maps unrelated to the columns have any name. Areas without such
    values are no regions. High and low numbers are used only if there is no other name. Columns `name`
    ("Animation & Children, 2000s"), `x`, `y` (densest position, for the label), `size` (items), `effect` (Cohen's h of
    the strongest part of the name), `rows` ((size,) int, ascending). Of more than a million items a random sample of so
    many is looked at, to which `size` and `rows` refer. Deterministic. Raises BadRequest if items and
    layout do not have the same length, or for an unknown column.
    """
    columns = Columns.of(items)
    if columns.n != len(xy):
        raise BadRequest(f"A layout of {len(xy):,} points does not belong to {columns.n:,} items.")
    if columns.n > SAMPLE:
        rows = np.sort(np.random.default_rng(0).choice(columns.n, SAMPLE, replace=False))
        found = regions(columns.take(rows), xy[rows], by)
        return found.assign(rows=[rows[own].astype(np.int32) for own in found["rows"]])
    view = robust_extent(xy).view
    counts = raster(xy, view, (GRID, GRID))
    hills = _hills(counts, max(1, min(MOST, columns.n // EACH)))
    column = np.clip(((xy[:, 0] - view[0]) / (view[1] - view[0]) * GRID).astype(int), 0, GRID - 1)
    row = np.clip(((xy[:, 1] - view[2]) / (view[3] - view[2]) * GRID).astype(int), 0, GRID - 1)
    region = hills[row, column]
    tries = _tries(columns) if by is None else [by]
    for named_after in tries:
        traits = [traits for name in named_after for traits in columns[columns.schema.column(name).name].traits()]
        chance = CHANCE / len(tries) / _count_tests(traits, region)
        names, effects = _names(traits, region, hills.max() + 1, chance)
        if (names != "").any():
            break
    while len(joined := _join_same_names(hills, names)):
        hills, region = joined[hills], joined[region]
        names, effects = _names(traits, region, hills.max() + 1, chance)
    found = []
    for number in np.flatnonzero(names != ""):
        rows = np.flatnonzero(region == number)
        x, y = _label_position(hills == number, counts, view)
        found.append((names[number], x, y, len(rows), effects[number], rows))
    table = pd.DataFrame(found, columns=["name", "x", "y", "size", "effect", "rows"])
    return table.sort_values("size", ascending=False, kind="stable", ignore_index=True)


def _hills(counts: np.ndarray, most: int) -> np.ndarray:
    """Density peak of each grid cell, numbered from 0: (GRID, GRID) int64."""
    from scipy.ndimage import gaussian_filter

    for width in np.geomspace(GRID / 128, GRID / 8, 24):
        density = gaussian_filter(counts.astype(float), width, mode="constant", truncate=3)
        top = _peaks(density)
        items = np.bincount(top.ravel(), counts.ravel(), top.size)
        large = items >= FEWEST
        if large.sum() <= most and items[large].sum() >= items.sum() / 2:  # with few points, the first hills are tiny
            break
    top[density == 0] = -1  # cells far from all points belong to no hill
    return np.unique(top, return_inverse=True)[1].reshape(top.shape)


def _peaks(density: np.ndarray) -> np.ndarray:
    """Peak of each cell, reached by moving to the highest neighbor repeatedly: (GRID, GRID) int64."""
    padded = np.pad(density, 1, constant_values=-1)
    height, width = density.shape
    steps = [(dy, dx) for dy in (0, -1, 1) for dx in (0, -1, 1)]
    around = np.stack([padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width] for dy, dx in steps])
    offsets = np.array([dy * width + dx for dy, dx in steps])
    up = (np.arange(density.size).reshape(density.shape) + offsets[around.argmax(axis=0)]).ravel()
    while (up[up] != up).any():
        up = up[up]
    return up.reshape(density.shape)


def _tries(columns: Columns) -> list[list[str]]:
    """Names of the columns that regions are named after: those with a role, then all if these name no region."""
    schema = columns.schema
    every = [column.name for column in schema.attributes]
    if not schema.by_role("group"):
        return [every]
    roles = [column.name for role in ("group", "popularity", "year") if (column := schema.by_role(role))]
    return [roles, every] if {*roles} != {*every} else [roles]


def _count_tests(traits: list[Traits], region: np.ndarray) -> int:
    """Number of names tried: each trait that some but not all items have, for each region large enough."""
    counts = np.concatenate([trait.have.sum(axis=0) for trait in traits] or [np.zeros(0)])
    large = int((np.bincount(region) >= FEWEST).sum())
    return max(1, int(((counts > 0) & (counts < len(region))).sum()) * large)


def _names(traits: list[Traits], region: np.ndarray, regions: int, chance: float) -> tuple[np.ndarray, np.ndarray]:
    """A name for each region, "" if nothing is significant, and the effect of its first part.

    chance: highest chance of a name by coincidence.
    """
    size = np.bincount(region, minlength=regions)
    sure = [_significant_traits(kind, region, size, chance, TELLING, RARE) for kind in traits]
    plain = [_significant_traits(kind, region, size, chance, PLAIN) if kind.sort == "values" else [] for kind in traits]
    names, effects = np.full(regions, "", object), np.zeros(regions)
    for number in np.flatnonzero(size >= FEWEST).tolist():
        when = _strongest(traits, sure, number, "periods", 1)
        what = _strongest(traits, sure, number, "values", 2) or _strongest(traits, sure, number, "ends", 1)
        what = what or (_strongest(traits, plain, number, "values", 2) if when else [])
        parts = [" & ".join(sorted(name for name, _ in what)), *(name for name, _ in when)]
        names[number] = ", ".join(filter(None, parts))
        effects[number] = max((effect for _, effect in what + when), default=0)
    return names, effects


def _strongest(
    traits: list[Traits], found: list[list[list[tuple[str, float]]]], number: int, sort: str, most: int
) -> list[tuple[str, float]]:
    """The strongest traits of one sort for a region; periods come from the first table that has any, the narrowest."""
    tables = [each[number][: kind.most] for kind, each in zip(traits, found, strict=True) if kind.sort == sort and each]
    if sort == "periods":
        return next((table for table in tables if table), [])[:most]
    return sorted((trait for table in tables for trait in table), key=lambda trait: -trait[1])[:most]


def _significant_traits(
    traits: Traits, region: np.ndarray, size: np.ndarray, chance: float, *bounds: tuple[float, float]
) -> list[list[tuple[str, float]]]:
    """Significant traits of each region within some bounds, with their effects, the strongest first."""
    from scipy.stats import hypergeom

    n, total = len(region), traits.have.sum(axis=0)
    inside = np.array([np.bincount(region, column, len(size)) for column in traits.have.T]).reshape(-1, len(size)).T
    share = inside / np.maximum(size, 1)[:, None]
    effect = effect_of_shares(share, (total - inside) / np.maximum(n - size, 1)[:, None])
    fits = np.any([(share >= least) & (effect >= by) for least, by in bounds], axis=0)
    fits &= hypergeom.sf(inside - 1, n, total, size[:, None]) < chance
    orders = np.argsort(-effect, axis=1, kind="stable")
    return [
        [(traits.names[trait], effect[number, trait]) for trait in order if fits[number, trait]]
        for number, order in enumerate(orders)
    ]


def _join_same_names(hills: np.ndarray, names: np.ndarray) -> np.ndarray:
    """New number for each region, after joining neighbors with the same name; empty if there are none."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    sides = [(hills[:, :-1], hills[:, 1:]), (hills[:-1], hills[1:])]
    a, b = (np.concatenate([side[n].ravel() for side in sides]) for n in (0, 1))
    alike = (a != b) & (names[a] == names[b]) & (names[a] != "")
    if not alike.any():
        return np.empty(0, int)
    graph = coo_array((np.ones(alike.sum()), (a[alike], b[alike])), shape=(len(names), len(names)))
    return connected_components(graph, directed=False)[1]


def _label_position(
    inside: np.ndarray, counts: np.ndarray, view: tuple[float, float, float, float]
) -> tuple[float, float]:
    """The densest position of a region, on a smoothed density."""
    from scipy.ndimage import gaussian_filter

    density = gaussian_filter(np.where(inside, counts, 0).astype(float), GRID / 24, mode="constant")
    row, column = np.unravel_index(np.where(inside, density, -1).argmax(), inside.shape)
    x = view[0] + (column + 0.5) / GRID * (view[1] - view[0])
    y = view[2] + (row + 0.5) / GRID * (view[3] - view[2])
    return float(x), float(y)
