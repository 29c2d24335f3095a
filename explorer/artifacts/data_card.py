"""DATA_CARD.md: contents, data, method, evaluation and license of an artifact."""

from collections.abc import Mapping
from typing import Any

from explorer.core.embedding import Embedding

_RATINGS = """# {name}

{items:,} {things} in {dimensions} dimensions ({vectors}), learned from ratings, by the model `{model}`.

## What is in it

- `vectors.npy`: one vector per item, float32, in the order of `items.parquet`.
- `items.parquet`: {columns}.
{predicting}
- `layouts/`: positions of the {things} on a map: {layouts}.
- `manifest.json`: parameters, metrics, library versions, and the sha256 of every file.

It contains no ratings of any person.

## How it was made

- Data: {dataset[name]}: {dataset[ratings]:,} ratings by {dataset[users]:,} users of {dataset[items]:,} {things}.
  Those with fewer than {min_ratings:,} ratings were used in training and are left out here.
- Parameters: {params}
- Evaluated on {test} held-out ratings:

| model | RMSE | MAE |
|---|---|---|
{metrics}

## What to keep in mind

{limits}
{licensed}"""

LIMITS = """The vectors reflect the taste of the people who rated; items with few ratings have unreliable vectors. A
map cannot preserve all distances; its trustworthiness measures how reliable it is."""
_LICENSED = """
## License and citation

{licence}

{citation}
"""

_PREDICTING = """  Also `bias`: deviation of an item from the mean of all ratings, after the biases of its raters.
- `users.npy`: one row per person, without ids: vector, then bias.
- Ratings are predicted as {predictions}."""


def ratings_card(name: str, manifest: Mapping[str, Any], embedding: Embedding, limits: str = LIMITS) -> str:
    """Markdown card of an artifact trained on ratings.

    manifest: as written by publish.save_artifact. embedding: what is saved. limits: limitations of the data.
    """
    rows = [
        f"| {model} | {rmse:.4f} | {mae:.4f} |" for model, rmse, mae in held_out(manifest["model"], manifest["metrics"])
    ]
    derived = {
        "predicting": _PREDICTING.format(**manifest),
        "params": ", ".join(f"{name} {value}" for name, value in manifest["params"].items()),
        "layouts": _layouts(manifest),
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


def training_card(name: str, description: str, manifest: Mapping[str, Any], items: int, dimensions: int) -> str:
    """Markdown card of an artifact of any other kind.

    description: of data and method. manifest: as written by publish.save_training_result.
    """
    known = {"License": manifest.get("licence"), "Citation": manifest.get("citation")}
    parts = [
        f"# {name}",
        f"{items:,} items in {dimensions} dimensions, by the model `{manifest.get('model', 'unknown')}`.",
        f"Layouts: {_layouts(manifest)}. `manifest.json` holds parameters, metrics, library versions, "
        "and the sha256 of every file.",
        description.strip(),
        *(f"## {what}\n\n{text}" for what, text in known.items() if text),
    ]
    return "\n\n".join(parts) + "\n"


def _layouts(manifest: Mapping[str, Any]) -> str:
    """The layouts with their trustworthiness, where it has been measured."""
    layouts = [
        f"{method} (trustworthiness {metadata['trustworthiness']:.3f})" if "trustworthiness" in metadata else method
        for method, metadata in manifest["layouts"].items()
    ]
    return ", ".join(layouts) or "none yet"


def held_out(model: str, metrics: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """Name, RMSE and MAE on held-out ratings: of the model, then of the baselines."""
    baselines = {name: errors for name, errors in metrics["baselines"].items() if name != model}
    return [(name, errors["rmse"], errors["mae"]) for name, errors in {model: metrics, **baselines}.items()]
