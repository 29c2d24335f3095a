"""Example items and equations whose answers are easy to judge."""

from __future__ import annotations

from explorer.core.embedding import Embedding
from explorer.webapp import cache
from explorer.webapp.components import item_search, widgets
from explorer.webapp.wording import item_title

ITEMS = (
    "Toy Story",
    "The Matrix",
    "Pulp Fiction",
    "Tarzan the Terrible",
    "The Chinese Bell Murders",
    "Monster Manual IV",
)
EQUATIONS = {
    "Shrek + Toy Story 2 − Toy Story": (["Shrek", "Toy Story 2"], ["Toy Story"]),
    "Alien + Scream 2 − Scream": (["Alien", "Scream 2"], ["Scream"]),
    "Spider-Man + X2 − X-Men": (["Spider-Man", "X2: X-Men United"], ["X-Men"]),
    "Scream − Psycho": (["Scream"], ["Psycho"]),
    "Toy Story + Alien": (["Toy Story", "Alien"], []),
    "Kill Bill + Spirited Away": (["Kill Bill: Vol. 1", "Spirited Away (Sen to Chihiro no kamikakushi)"], []),
    "The Matrix − Speed": (["The Matrix"], ["Speed"]),
    "Conan + Lovecraft": (["The Coming of Conan", "The Outsider and Others"], []),
    "Scarlet Pimpernel + Georgette Heyer": (["The League of the Scarlet Pimpernel", "False Colours"], []),
    "Tarzan + Dragonriders of Pern": (["Tarzan the Terrible", "Dragonsdawn"], []),
    "Conan − Lovecraft": (["The Coming of Conan"], ["The Outsider and Others"]),
}
ENDS = (("Toy Story", "Alien"), ("The Chinese Bell Murders", "Tarzan the Terrible"))
PATTERNS = ("Harry Potter", "Tarzan")


def items(embedding: Embedding, most: int = 3) -> list[str]:
    """Keys of example items: those of ITEMS that the embedding contains, else its most popular items."""
    return ([key for key in ITEMS if key in embedding] or list(cache.options(embedding)))[:most]


@cache.by_artifact()
def equations(embedding: Embedding) -> dict[str, tuple[list[str], list[str]]]:
    """Example equations: name -> (keys to add, keys to subtract).

    They are those of EQUATIONS whose items the embedding contains, else the sum of its two most popular items. Empty
    for an embedding of one item.
    """
    found = {}
    for name, sides in EQUATIONS.items():
        plus, minus = ([item_search.key_for_title(embedding, title) for title in side] for side in sides)
        if all([*plus, *minus]):
            found[name] = [key for key in plus if key], [key for key in minus if key]
    best = list(cache.options(embedding)[:2])
    name = " + ".join(widgets.cut(item_title(embedding, key), 28) for key in best)
    return found or ({name: (best, [])} if len(best) == 2 else {})


@cache.by_artifact()
def title_pattern(embedding: Embedding) -> str:
    """Example of a title pattern: the first of PATTERNS that occurs in a title, else "". Of many items none is read."""
    if len(embedding) > item_search.MANY:
        return ""
    titles = embedding.items.get("title", embedding.items["key"]).astype("str")
    return next((text for text in PATTERNS if titles.str.contains(text, regex=False).any()), "")


def ends(embedding: Embedding) -> tuple[str, str]:
    """Two example keys for "between": a pair of ENDS, else the two most popular items (the same one if n = 1)."""
    known = (pair for pair in ENDS if all(key in embedding for key in pair))
    best = cache.options(embedding)[:2]
    return next(known, (best[0], best[-1]))
