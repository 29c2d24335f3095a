"""A simulated data set: people with known tastes, so that the correct result of a training is known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import BadRequest

GROUPS = ("Jazz", "Rock", "Opera", "Techno", "Folk", "Soul", "Metal", "Tango")
PEOPLE, PER_GROUP, CHOSEN = 1000, 25, 40  # people, items per group, items chosen per person
LOYAL = 0.75  # probability that a choice is from the two groups a person likes; no item is chosen twice
FOLDER = "made-up-world"
GROUP = "style"  # name of the group column


@dataclass(frozen=True, eq=False)
class World:
    """The groups each person likes, and their choices in the order of time."""

    liked: np.ndarray  # (PEOPLE, 2) groups
    chosen: np.ndarray  # (PEOPLE, CHOSEN) items
    rng: np.random.Generator

    @property
    def items(self) -> list[str]:
        """`Jazz 01`, ...: the group of item n is n // PER_GROUP."""
        return [f"{group} {n:02d}" for group in GROUPS for n in range(1, PER_GROUP + 1)]

    @property
    def likes(self) -> np.ndarray:
        """Whether each chosen item is from a liked group, (PEOPLE, CHOSEN) bool."""
        return (self.chosen[..., None] // PER_GROUP == self.liked[:, None, :]).any(axis=2)


def make_world(seed: int = 0) -> World:
    """Simulate a world: each person likes two of GROUPS and chooses mostly from these."""
    rng = np.random.default_rng(seed)
    n = len(GROUPS) * PER_GROUP
    liked = np.array([rng.choice(len(GROUPS), 2, replace=False) for _ in range(PEOPLE)])
    popularity = rng.permutation(np.linspace(0.4, 2, n))
    chosen = np.empty((PEOPLE, CHOSEN), np.int64)
    for person in range(PEOPLE):
        mine = np.isin(np.arange(n) // PER_GROUP, liked[person])
        share = np.where(mine, LOYAL / mine.sum(), (1 - LOYAL) / (~mine).sum()) * popularity
        items = rng.choice(n, CHOSEN, replace=False, p=share / share.sum())
        # people choose several items of a group in a row before they change to another
        chosen[person] = items[np.argsort(items // PER_GROUP + rng.random(CHOSEN) * 1.5, kind="stable")]
    return World(liked, chosen, rng)


def write_world(kind: str, folder: str | Path, seed: int = 0) -> tuple[Path, Path | None]:
    """Write the simulated world as data of a kind of WRITERS; returns its file and the file of item columns.

    The files are in `folder`/FOLDER and overwritten. Raises BadRequest for an unknown kind, or if nothing can be
    written.
    """
    if kind not in WRITERS:
        raise BadRequest(f"There is no made-up world of {kind!r}; choose one of {', '.join(WRITERS)}.")
    place = Path(folder) / FOLDER
    name, write = WRITERS[kind]
    try:
        place.mkdir(parents=True, exist_ok=True)
        world = make_world(seed)
        items = pd.DataFrame({"item": world.items, "title": world.items, GROUP: [item_group(i) for i in world.items]})
        for file, text in ((place / "items.csv", items.to_csv(index=False)), (place / name, write(world))):
            part = file.with_name(f".{file.name}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(file)
    except OSError as error:
        raise BadRequest(f"Nothing can be written to {place}: {error.strerror or error}.") from error
    return place / name, place / "items.csv" if kind in ("ratings", "interactions") else None


def is_made_up(data: str | Path) -> bool:
    """Whether a path was returned by write_world."""
    return Path(data).parent.name == FOLDER


def item_group(key: str) -> str:
    """The group of an item: `Jazz 07` is in Jazz; "" for an item that is not simulated."""
    group = key.partition(" ")[0]
    return group if group in GROUPS else ""


def group_share(vectors: np.ndarray, keys: list[str], k: int = 10) -> tuple[float, float]:
    """Share of the k nearest items (cosine) that are in the same group, and the share expected by chance.

    vectors: (n, d). keys: their n keys.
    """
    known = [row for row, key in enumerate(keys) if item_group(key)]
    groups = np.array([item_group(keys[row]) for row in known])
    unit = vectors[known] / np.maximum(np.linalg.norm(vectors[known], axis=1, keepdims=True), 1e-12)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -np.inf)
    nearest = np.argsort(-scores, axis=1)[:, : min(k, len(known) - 1)]
    same = groups[:, None] == groups[None, :]
    np.fill_diagonal(same, False)
    chance = same.sum() / (len(known) * (len(known) - 1))
    return float((groups[nearest] == groups[:, None]).mean()), float(chance)


def _ratings(world: World) -> str:
    n = len(world.items)
    generous, quality = world.rng.normal(0, 0.4, PEOPLE), world.rng.normal(0, 0.3, n)
    stars = (
        2.6 + 1.6 * world.likes + generous[:, None] + quality[world.chosen] + world.rng.normal(0, 0.6, (PEOPLE, CHOSEN))
    )
    return _table(world, "rating", (np.clip(np.round(2 * stars), 1, 10) / 2).ravel())


def _interactions(world: World) -> str:
    return _table(world, "plays", (1 + world.rng.poisson(np.where(world.likes, 4, 0.3))).ravel())


def _table(world: World, column: str, values: np.ndarray) -> str:
    items = np.array(world.items)
    order = np.tile(np.arange(CHOSEN), PEOPLE)
    table = pd.DataFrame(
        {
            "user": np.repeat([f"person {n + 1}" for n in range(PEOPLE)], CHOSEN),
            "item": items[world.chosen.ravel()],
            column: values,
            "timestamp": 1_700_000_000 + 60 * order,
        }
    )
    return table.to_csv(index=False)


def _sequences(world: World) -> str:
    items = world.items
    return "".join("\t".join(items[item] for item in row) + "\n" for row in world.chosen)


def _graph(world: World) -> str:
    items = world.items
    weights: Counter[tuple[int, int]] = Counter()
    for row, likes in zip(world.chosen, world.likes, strict=True):
        weights.update(combinations(sorted(row[likes][:8].tolist()), 2))
    lines = [f"{items[a]}\t{items[b]}\t{weight}\n" for (a, b), weight in weights.items() if weight > 1]
    return "source\ttarget\tweight\n" + "".join(lines)


def _categories(world: World) -> str:
    items = np.array(world.items)
    n = PEOPLE * CHOSEN // 2
    item, season = world.rng.integers(len(items), size=n), world.rng.integers(4, size=n)
    effect = world.rng.normal(0, 1, (len(GROUPS), 4))
    effect *= 10 / np.abs(effect).max()
    price = 50 + effect[item // PER_GROUP, season] + world.rng.normal(0, 2, n)
    seasons = np.array(["spring", "summer", "autumn", "winter"])
    return pd.DataFrame({"item": items[item], "season": seasons[season], "price": price.round(2)}).to_csv(index=False)


def _links(world: World) -> str:
    lines = []
    for number, item in enumerate(world.items):
        own = [f"{GROUPS[number // PER_GROUP]} topic {n}" for n in world.rng.choice(30, 12, replace=False)]
        other = [f"General topic {n}" for n in world.rng.choice(60, 6, replace=False)]
        lines.append(json.dumps([item, {"genre": GROUPS[number // PER_GROUP]}, own + other]) + "\n")
    return "".join(lines)


WRITERS: dict[str, tuple[str, Callable[[World], str]]] = {
    "ratings": ("ratings.csv", _ratings),
    "interactions": ("plays.csv", _interactions),
    "sequences": ("sequences.tsv", _sequences),
    "graph": ("edges.tsv", _graph),
    "categories": ("sales.csv", _categories),
    "books": ("links.ndjson", _links),
}
