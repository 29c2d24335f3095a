"""A visitor's walk through the pages in random order."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlencode

from tests.load.visitor import Visitor

Step = tuple[str, float]  # name of the step, and seconds until the page was drawn
Part = Callable[[Visitor, list[str], random.Random], AsyncIterator[Step]]


async def walk(one: Visitor, films: list[str], chance: random.Random) -> AsyncIterator[Step]:
    """Home first, then every other part once in random order; the caller iterates and decides on the pauses.

    films: keys to open. Steps yield their seconds; errors are in `one.errors`.
    """
    yield "Home", await one.open()
    parts: list[Part] = [search, neighbors, analogies, map_, recommend]
    for part in chance.sample(parts, len(parts)):
        async for step in part(one, films, chance):
            yield step


async def search(one: Visitor, films: list[str], chance: random.Random) -> AsyncIterator[Step]:
    if one.page != one.pages[""]:
        yield "Home", await one.open()
    for film in chance.sample(films, 2):
        yield "search", await one.set(**{"Which film do you want to open?": film})


async def neighbors(one: Visitor, films: list[str], chance: random.Random) -> AsyncIterator[Step]:
    yield "Neighbors", await one.open("Neighbors", urlencode({"items": chance.choice(films)}))
    yield "near by", await one.set(Distance_measure=chance.choice(["dot", "euclidean"]))
    yield "how many", await one.set(Results=chance.choice(["20", "30"]))


async def analogies(one: Visitor, films: list[str], chance: random.Random) -> AsyncIterator[Step]:
    yield "Analogies", await one.open("Analogies")
    first, second, third = chance.sample(films, 3)
    yield "equation", await one.set(Add=[first, second], Subtract=[third])


async def map_(one: Visitor, films: list[str], chance: random.Random) -> AsyncIterator[Step]:
    yield "Map", await one.open("Map")
    yield "colour", await one.set(Color=chance.choice(["Year", "Mean rating", "Factor 1"]))
    yield "zoom to", await one.set(Zoom_to=chance.choice(films))


async def recommend(one: Visitor, films: list[str], chance: random.Random) -> AsyncIterator[Step]:
    yield "Recommend", await one.open("Recommend")
    rated: list[str] = []
    for film in chance.sample(films, 3):
        yield "find", await one.set(Search_for_films_you_know=film)
        rated.append(f"{film}={chance.choice(['3', '4.5', '5'])}")
        yield "rate", await one.open("Recommend", urlencode({"rated": rated}, doseq=True))
