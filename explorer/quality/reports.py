"""Quality cards and comparisons as documents: JSON, and a page to print."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from explorer.artifacts.replaced_file import file_to_replace
from explorer.errors import BadRequest
from explorer.maps.trustworthiness import chance
from explorer.quality.comparison import Comparison
from explorer.quality.popularity_bias import popularity_bias
from explorer.quality.quality_card import Card
from explorer.quality.sample import sample_note

WEAK = 0.1  # rank correlations nearer to 0 are reported as no clear relation
CHANGED = 10  # number of items listed as changed most, and as changed least
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


def card_page(card: Card) -> str:
    """The card as a self-contained HTML page, with the meaning and normal range of each metric."""
    rows = []
    for figure in card.figures:
        examples = f"<small>For example: {escape('; '.join(figure.examples))}</small>" if figure.examples else ""
        rows.append(
            f"<tr><th>{escape(figure.name)}</th><td>{escape(figure.text)}<small class='{figure.verdict}'>"
            f"{figure.verdict}</small></td><td>{escape(figure.meaning)}<small>{escape(figure.normal)}</small>{examples}"
            "</td></tr>"
        )
    name = f"{escape(card.artifact)}, quality card"
    about = f"{card.items:,} items in {card.dimensions} dimensions; {card.k} nearest neighbors of each."
    about = f"{about} {sample_note(card.measured, card.items)}".strip()
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{name}</title>"
        f"<meta name='viewport' content='width=device-width'><style>{STYLE}</style></head><body><h1>{name}</h1>"
        f"<p>{about}</p><table>{''.join(rows)}</table></body></html>\n"
    )


def write(path: str | Path, text: str) -> None:
    """Write a report atomically, through a symbolic link.

    Raises BadRequest if the file cannot be written, or is a device, pipe or socket.
    """
    place = Path(path)
    if not place.name or place.is_dir():
        raise BadRequest(f"{path} cannot be written: it is a folder. Give the name of a file.")
    place = file_to_replace(place)
    work = place.with_name(f".{place.name}.part")
    try:
        work.write_text(text, encoding="utf-8")
        work.replace(place)
    except OSError as error:
        work.unlink(missing_ok=True)
        raise BadRequest(f"{path} cannot be written: {error.strerror}. Choose another place.") from error


def comparison(found: Comparison) -> dict[str, Any]:
    """A comparison as JSON data."""
    a, b = found.names
    document: dict[str, Any] = {
        "a": {"artifact": found.a.name, "items": len(found.a), "dimensions": found.a.vectors.shape[1]},
        "b": {"artifact": found.b.name, "items": len(found.b), "dimensions": found.b.vectors.shape[1]},
        "common": found.common,
        "measured": len(found),
        "by": found.by,
        "k": found.k,
        "shared_neighbors": float(found.shared.mean()),
        "shared_by_chance": found.k * chance(len(found), found.k),
        "jaccard": float(found.jaccard.mean()),
        "rbo": float(found.rbo.mean()),
        "procrustes": {"disparity": found.alignment.disparity, "chance": found.alignment.chance},
        "popularity": found.correlations,
    }
    for name, most in (("changed_most", True), ("changed_least", False)):
        columns = [column for column in ("key", "item_id", "shared", "jaccard", "rbo") if column in found.items]
        document[name] = _records(found.changed(CHANGED, most)[columns])
        document[f"{name}_ties"] = found.ties(CHANGED, most)
    if found.counts is None:
        return document | {"deciles": None, "shared": None, "sentences": []}
    leaning = popularity_bias(found)
    named = {a: "a", b: "b"}
    tables = {"deciles": leaning.deciles, "shared": leaning.shared}
    document |= {
        name: None if t is None else _records(t.rename(columns=named).replace({"more": named}))
        for name, t in tables.items()
    }
    return document | {"sentences": list(leaning.sentences)}


def comparison_summary(found: Comparison) -> list[tuple[str, str]]:
    """How far two embeddings agree: a measure and its value in words, as pages and the command line show them."""
    fit = found.alignment
    same, by_chance = found.shared.mean() / found.k, chance(len(found), found.k)
    rows = [
        ("Same neighbors", f"{same:.1%} on average; by chance {by_chance:.1%}"),
        ("Jaccard", f"{found.jaccard.mean():.3f} on average: shared neighbors / all neighbors"),
        ("Rank-biased overlap", f"{found.rbo.mean():.3f} on average; the nearest count most (p = 0.9)"),
        ("Procrustes", f"{fit.disparity:.0%} of the variance differs after rotation; {fit.chance:.0%} by chance"),
    ]
    if len(found) < found.common:
        rows.insert(0, ("Sample", sample_note(len(found), found.common)))
    items = found.a.schema.called(2)
    for name, value in found.correlations.items():
        if value is None:
            continue
        meanings = (
            ("share more neighbors", "share fewer neighbors")
            if name == "overlap"
            else ("have longer vectors", "have shorter vectors")
        )
        meaning = f"more popular {items} {meanings[value < 0]}" if abs(value) >= WEAK else "no clear relation"
        rows.append((f"Popularity and {name.replace(', ', ' in ')}", f"rank correlation {value:+.2f}: {meaning}"))
    return rows


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return json.loads(table.to_json(orient="records"))
