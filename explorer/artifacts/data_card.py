"""DATA_CARD.md: what an artifact is, what it was made of and how, and what one may do with it."""

from collections.abc import Mapping
from typing import Any

from explorer.core.embedding import Embedding

CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM Transactions on "
    "Interactive Intelligent Systems 5, 4, Article 19. https://doi.org/10.1145/2827872"
)
LICENCE = (
    "Derived from MovieLens data of GroupLens Research, University of Minnesota, under the same conditions: no "
    "commercial use without permission, no claim of endorsement, the citation in publications, redistribution only "
    "under these conditions. What is derived from the 100K, 1M or 10M release may not be redistributed at all."
)

_RATINGS = """# {name}

{items:,} {things} in {dimensions} dimensions ({vectors}), learned from ratings, by the model `{model}`.

## What is in it

- `vectors.npy`: one vector per item, float32, in the order of `items.parquet`.
- `items.parquet`: {columns}.
{predicting}
- `layouts/`: the same {things} on a plane: {layouts}.
- `manifest.json`: parameters, metrics, library versions, and the sha256 of every file.

No rating of any person is in it.

## How it was made

- Data: {dataset[name]}: {dataset[ratings]:,} ratings by {dataset[users]:,} users of {dataset[items]:,} {things}.
  Those of fewer than {min_ratings:,} ratings took part in the training and are left out here.
- Parameters: {params}
- Measured on {test} ratings that were held out:

| model | RMSE | MAE |
|---|---|---|
{metrics}

## What to keep in mind

{limits}
{licensed}"""

LIMITS = """The vectors show the taste of the people who rated; items with few ratings have unreliable vectors. A
layout on a plane cannot keep all distances: trust it as far as its trustworthiness says."""
_LICENSED = """
## Licence and citation

{licence}

{citation}
"""

_PREDICTING = """  Also `bias`: how far an item lies above or below the mean of all ratings, other things equal.
- `users.npy`: one row a person without any id: vector and, last, bias.
- Ratings are predicted as {predictions}."""


def ratings_card(name: str, manifest: Mapping[str, Any], embedding: Embedding, limits: str = LIMITS) -> str:
    """The card of an artifact trained on ratings, in Markdown.

    manifest: as publish.save_artifact writes it. embedding: what is saved. limits: what to keep in mind about the data.
    """
    layouts = [
        f"{method} (trustworthiness {facts['trustworthiness']:.3f})" for method, facts in manifest["layouts"].items()
    ]
    rows = [
        f"| {model} | {rmse:.4f} | {mae:.4f} |" for model, rmse, mae in held_out(manifest["model"], manifest["metrics"])
    ]
    derived = {
        "predicting": _PREDICTING.format(**manifest),
        "params": ", ".join(f"{name} {value}" for name, value in manifest["params"].items()),
        "layouts": ", ".join(layouts) or "none yet",
        "metrics": "\n".join(rows),
        "test": f"{manifest['metrics']['n_test']:,}",
    }
    derived |= {
        "things": embedding.schema.noun[1],
        "columns": ", ".join(column.phrase for column in embedding.schema.values()),
        "limits": limits,
        "licensed": _LICENSED.format(**manifest) if "licence" in manifest else "",
    }
    return _RATINGS.format(
        **{**manifest, **derived}, name=name, items=len(embedding), dimensions=embedding.vectors.shape[1]
    )


def training_card(name: str, told: str, manifest: Mapping[str, Any], items: int, dimensions: int) -> str:
    """The card of an artifact of any other kind, in Markdown.

    told: what it was made of and how. manifest: as publish.publish_learnt writes it.
    """
    layouts = [
        f"{method} (trustworthiness {facts['trustworthiness']:.3f})" for method, facts in manifest["layouts"].items()
    ]
    known = {what.capitalize(): manifest.get(what) for what in ("licence", "citation")}
    parts = [
        f"# {name}",
        f"{items:,} items in {dimensions} dimensions, by the model `{manifest.get('model', 'unknown')}`.",
        f"Layouts: {', '.join(layouts) or 'none yet'}. `manifest.json` holds parameters, metrics, library versions, "
        "and the sha256 of every file.",
        told.strip(),
        *(f"## {what}\n\n{text}" for what, text in known.items() if text),
    ]
    return "\n\n".join(parts) + "\n"


def held_out(model: str, metrics: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """Name, RMSE and MAE on ratings that were held out: of the model, then of the baselines."""
    others = {name: errors for name, errors in metrics["baselines"].items() if name != model}
    return [(name, errors["rmse"], errors["mae"]) for name, errors in {model: metrics, **others}.items()]
