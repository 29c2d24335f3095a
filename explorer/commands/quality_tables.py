"""Quality cards and comparisons as tables for the terminal."""

from __future__ import annotations

import pandas as pd
from rich.console import RenderableType

from explorer.commands import terminal
from explorer.quality import reports
from explorer.quality.comparison import Comparison
from explorer.quality.popularity_bias import popularity_bias
from explorer.quality.quality_card import Card
from explorer.quality.sample import sample_note


def card_parts(card: Card) -> list[RenderableType]:
    """The card for a terminal: a table of all metrics, then the unusual ones with their meaning."""
    title = f"{card.artifact}: {card.items:,} items in {card.dimensions} dimensions, {card.k} neighbors of each"
    rows = [[figure.name, figure.text, figure.verdict] for figure in card.figures]
    note = sample_note(card.measured, card.items)
    parts: list[RenderableType] = [title, *filter(None, [note]), terminal.table(rows, "figure", "value", "verdict")]
    for figure in card.figures:
        if figure.verdict == "unusual":
            parts.append(f"\n{figure.name}, {figure.text}. {figure.meaning} Normal: {figure.normal}")
            parts += [f"  such as {', '.join(figure.examples)}"] if figure.examples else []
    return parts


def comparison_parts(found: Comparison) -> list[RenderableType]:
    """A comparison for a terminal."""
    a, b = found.names
    parts: list[RenderableType] = [
        f"{a} and {b}: {found.common:,} items in both, by {found.by}; {found.k} neighbors of each",
        terminal.table([list(row) for row in reports.comparison_summary(found)], "measure", "value"),
    ]
    for title, most in (("Changed most", True), ("Changed least", False)):
        table = found.changed(reports.CHANGED, most)
        rows = [[row.key, row.shared, row.rbo] for row in table.itertuples()]
        parts += [f"\n{title}", terminal.table(rows, "key", "shared", "overlap")]
        parts += filter(None, [found.ties(reports.CHANGED, most)])
    if found.counts is not None:
        leaning = popularity_bias(found)
        rows = leaning.deciles[["decile", "own", a, b]].round().astype(int).to_numpy().tolist()
        parts += [
            f"\nMedian number of {found.unit or 'ratings'} of an item and of its neighbors, by decile of the item"
        ]
        parts += [terminal.table(rows, "decile", "item", a, b), "\n".join(leaning.sentences)]
    return parts


def neighbor_parts(found: Comparison, key: str, tables: tuple[pd.DataFrame, pd.DataFrame]) -> list[RenderableType]:
    """The neighbors of one item in both, side by side, for a terminal; * marks those in both."""
    names = [[f"{'* ' if row.in_both else ''}{row.key}" for row in table.itertuples()] for table in tables]
    rows = [list(pair) for pair in zip(*names, strict=True)]
    return [f"\nNearest to {key} (* in both)", terminal.table(rows, *found.names)]
