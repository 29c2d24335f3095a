"""A quality card and a comparison put into words: for the terminal, as a document, as a page to be printed."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import RenderableType

from explorer import terminal
from explorer.errors import BadRequest
from explorer.quality.card import Card
from explorer.quality.comparison import Comparison
from explorer.quality.popularity import lean

CHANGED = 10  # items listed as changed most, and least
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c1d21; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; }
table { border-collapse: collapse; width: 100%; margin-top: 1.5rem; }
tr { border-top: 1px solid #d6d7da; break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: .5rem .8rem .5rem 0; }
th { width: 11rem; font-weight: 600; }
small { color: #5c5f66; display: block; }
.unusual { color: #b02a37; font-weight: 600; }
@media (max-width: 36rem) { th, td { display: block; padding: .1rem 0; } tr { display: block; padding: .6rem 0; } }
@media print { body { margin: 0; max-width: none; font-size: 11px; } }
"""


def card_parts(card: Card) -> list[RenderableType]:
    """The card for a terminal: the figures as a table, then what is unusual and what it means."""
    title = f"{card.artifact}: {card.items:,} items in {card.dimensions} dimensions, {card.k} neighbors of each"
    rows = [[figure.name, figure.text, figure.verdict] for figure in card.figures]
    parts: list[RenderableType] = [title, terminal.table(rows, "figure", "value", "verdict")]
    for figure in card.figures:
        if figure.verdict == "unusual":
            parts.append(f"\n{figure.name}, {figure.text}. {figure.meaning} Normal: {figure.normal}")
            parts += [f"  such as {', '.join(figure.examples)}"] if figure.examples else []
    return parts


def card_page(card: Card) -> str:
    """The card as one HTML page that needs nothing else, with each figure's meaning and what is normal."""
    rows = []
    for figure in card.figures:
        examples = f"<small>For example: {escape('; '.join(figure.examples))}</small>" if figure.examples else ""
        rows.append(
            f"<tr><th>{escape(figure.name)}</th><td>{escape(figure.text)}<small class='{figure.verdict}'>"
            f"{figure.verdict}</small></td><td>{escape(figure.meaning)}<small>{escape(figure.normal)}</small>{examples}"
            "</td></tr>"
        )
    name = f"{escape(card.artifact)}, quality card"
    about = f"{card.items:,} items in {card.dimensions} dimensions; the {card.k} nearest of each were looked at."
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{name}</title>"
        f"<meta name='viewport' content='width=device-width'><style>{STYLE}</style></head><body><h1>{name}</h1>"
        f"<p>{about}</p><table>{''.join(rows)}</table></body></html>\n"
    )


def write(path: str | Path, text: str) -> None:
    """Write a report whole. Raises BadRequest where the place cannot be written to."""
    place = Path(path)
    work = place.with_name(f".{place.name}.part")
    try:
        work.write_text(text, encoding="utf-8")
        work.replace(place)
    except OSError as error:
        work.unlink(missing_ok=True)
        raise BadRequest(f"{path} cannot be written: {error.strerror}. Choose another place.") from error


def comparison(found: Comparison) -> dict[str, Any]:
    """A comparison as JSON knows it."""
    a, b = found.names
    document: dict[str, Any] = {
        "a": {"artifact": found.a.name, "items": len(found.a), "dimensions": found.a.vectors.shape[1]},
        "b": {"artifact": found.b.name, "items": len(found.b), "dimensions": found.b.vectors.shape[1]},
        "common": len(found),
        "by": found.by,
        "k": found.k,
        "shared": float(found.shared.mean()),
        "jaccard": float(found.jaccard.mean()),
        "rbo": float(found.rbo.mean()),
        "procrustes": {"disparity": found.alignment.disparity, "chance": found.alignment.chance},
        "popularity": found.correlations,
    }
    for name, most in (("changed_most", True), ("changed_least", False)):
        columns = [column for column in ("key", "item_id", "shared", "jaccard", "rbo") if column in found.items]
        document[name] = _records(found.changed(CHANGED, most)[columns])
    if found.counts is None:
        return document | {"deciles": None, "genres": None, "sentences": []}
    leaning = lean(found)
    named = {a: "a", b: "b"}
    tables = {"deciles": leaning.deciles, "genres": leaning.genres}
    document |= {name: None if t is None else _records(t.rename(columns=named)) for name, t in tables.items()}
    return document | {"sentences": list(leaning.sentences)}


def comparison_parts(found: Comparison) -> list[RenderableType]:
    """A comparison for a terminal."""
    a, b = found.names
    fit = found.alignment
    parts: list[RenderableType] = [
        f"{a} and {b}: {len(found):,} items in both, by {found.by}",
        f"Of {found.k} neighbors {found.shared.mean():.1f} are the same (Jaccard {found.jaccard.mean():.3f}, "
        f"rank-biased overlap {found.rbo.mean():.3f}).",
        f"Turned onto each other as well as can be they leave {fit.disparity:.1%} unexplained (chance "
        f"{fit.chance:.1%}).",
    ]
    known = {name: value for name, value in found.correlations.items() if value is not None}
    if known:
        said = ", ".join(f"{name} {value:+.2f}" for name, value in known.items())
        parts.append(f"Rank correlation with popularity: {said}.")
    for title, most in (("Changed most", True), ("Changed least", False)):
        table = found.changed(CHANGED, most)
        rows = [[row.key, row.shared, row.rbo] for row in table.itertuples()]
        parts += [f"\n{title}", terminal.table(rows, "key", "shared", "overlap")]
    if found.counts is not None:
        leaning = lean(found)
        rows = leaning.deciles.drop(columns="items").round().astype(int).to_numpy().tolist()
        parts += ["\nMedian number of ratings of an item and of its neighbors, by decile of the item's own"]
        parts += [terminal.table(rows, "decile", "item", a, b), "\n".join(leaning.sentences)]
    return parts


def neighbor_parts(found: Comparison, key: str, tables: tuple[pd.DataFrame, pd.DataFrame]) -> list[RenderableType]:
    """The neighbors of one item in both, side by side, for a terminal; * marks those in both."""
    names = [[f"{'* ' if row.in_both else ''}{row.key}" for row in table.itertuples()] for table in tables]
    rows = [list(pair) for pair in zip(*names, strict=True)]
    return [f"\nNearest to {key} (* in both)", terminal.table(rows, *found.names)]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return json.loads(table.to_json(orient="records"))
