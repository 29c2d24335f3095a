"""Map page: controls for the layout, its axes, and the color and size of the points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.core.columns.color import ColorEncoding, Continuous
from explorer.core.columns.kinds.labels import Labels
from explorer.core.directions.concept_axis import concept_axis
from explorer.core.embedding import Embedding
from explorer.core.text.title_pattern import matches_title
from explorer.errors import BadRequest
from explorer.figures.color_encoding import default_colors
from explorer.figures.traces import sizes
from explorer.maps.layout_parameters import METHOD_NAMES, METRICS
from explorer.webapp import cache, examples, url_state
from explorer.webapp.components import column_direction, factor_names, filters, item_search, widgets
from explorer.webapp.views.map.scene import Scene
from explorer.webapp.wording import escape_markdown

IMPORTED = {"xy": "Original layout"}  # a layout that was imported from a file
PARAMS = {  # parameters that tell layouts of a method apart
    "tsne": {"perplexity": "perplexity"},
    "umap": {"n_neighbors": "neighbors", "min_dist": "min distance"},
}
TRUST = {
    "Trust: neighbors kept": "kept",
    "Trust: trustworthiness": "trustworthiness",
    "Trust: continuity": "continuity",
}
SIMILARITY = "Similarity to the chosen item"
LAYERS = 20  # labels offered as layers
LAYERED, COMBINED = " in layers", " and their mixtures"  # suffixes of a column's label in the URL
SHOWN = {LAYERED: " (layers)", COMBINED: " (combinations)"}  # the same, as shown
FACTORS = ("Factor 1", "Factor 2", "Factor 3")
BETWEEN = "from … to …"
MATCHES = "from matches of … to matches of …"
EQUAL = "All the same"
NEAR = 15  # true neighbors of the item in focus that are highlighted


def layout(embedding: Embedding) -> str:
    """Let the visitor choose a layout: a stored one, `axes` or `space`. Raises BadRequest if none is stored."""
    stored = _stored(embedding)
    if not stored:
        raise BadRequest(f"{embedding.name} has no map yet. Create one under New layout.")
    first = embedding.plane_name or next(iter(stored))
    return widgets.one_of("Layout", "method", first, {**stored, "axes": "Axes", "space": "3-D"}, wrap=True)


def second_layout(embedding: Embedding, method: str) -> str | None:
    """Let the visitor choose another stored layout to compare with; None for none."""
    methods = [m for m in _stored(embedding) if m != method and not in_space(embedding, m)]
    if not methods:
        return None
    names = {"": "nothing", **{m: name for m, name in _stored(embedding).items() if m in methods}}
    chosen = url_state.bind(
        st.selectbox, "Compare with", "beside", "", allowed=names, options=list(names), format_func=names.get
    )
    return chosen or None


def in_space(embedding: Embedding, method: str) -> bool:
    """Whether a layout is three-dimensional."""
    return method == "space" or (method in embedding.layouts and embedding.layouts[method].shape[1] == 3)


def _stored(embedding: Embedding) -> dict[str, str]:
    """Stored layouts, name -> label, those with default parameters first."""
    methods = sorted(embedding.layouts, key=lambda name: [*METHOD_NAMES, name].index(name))
    return {name: layout_name(embedding, name) for name in methods}


def layout_name(embedding: Embedding, name: str) -> str:
    """Label of a stored layout: its method and the parameters that distinguish it from others."""
    metadata = embedding.manifest.get("layouts", {}).get(name, {})
    method = metadata.get("method")
    if name in METHOD_NAMES or method not in METHOD_NAMES:
        return (METHOD_NAMES | IMPORTED).get(name, name)
    parts = ["3-D"] if metadata.get("dimensions") == 3 else []
    known = PARAMS.get(method, {})
    parts += [f"{known[param]} {value:.3g}" for param, value in metadata.get("params", {}).items() if param in known]
    parts += [metadata["metric"]] if metadata.get("metric") != METRICS[method] else []
    parts += [f"seed {metadata['seed']}"] if metadata.get("seed") else []
    parts += [f"of {metadata['learned_from']:,}"] if "learned_from" in metadata else []
    return ", ".join([METHOD_NAMES[method], *parts])


def plane(embedding: Embedding, method: str) -> np.ndarray:
    """Points (n, 2) of a stored 2D layout; of the first 2D layout if the method is not one."""
    chosen = embedding.layouts.get(method)
    xy = chosen if chosen is not None and chosen.shape[1] == 2 else embedding.plane
    if xy is None:
        raise BadRequest(f"{embedding.name} has only 3D layouts. Create a 2D layout under New layout.")
    return xy


def axes(embedding: Embedding) -> tuple[np.ndarray, tuple[str, str]]:
    """Let the visitor choose two axes; returns the points (n, 2) and the titles of the axes."""
    factors = cache.item_factors(embedding, min(1000, len(embedding)))
    numbers = range(1, min(5, len(factors.explained)) + 1)
    given = {n: factor_names.given_name(embedding, factors, n) for n in numbers}
    named = {f"factor {n}": f"factor {n}: {name}" if name else f"factor {n}" for n, name in given.items()}
    labels = named | {name: embedding.schema[name].label for name in number_columns(embedding)}
    directed = [c for c in column_direction.columns(embedding) if embedding.columns[c].known.any()]
    labels |= {f"{column_direction.AXIS}{name}": f"direction of {embedding.schema[name].phrase}" for name in directed}
    options = list(dict.fromkeys([*labels, BETWEEN, MATCHES]))
    chosen = []
    for side, name, default in (("Across", "x", options[0]), ("Up", "y", options[min(1, len(options) - 1)])):
        what = url_state.bind(
            st.selectbox, side, name, default, allowed=options, options=options,
            format_func=lambda option: labels.get(option, option),
        )  # fmt: skip
        values, title = _axis(embedding, what, name)
        chosen.append((values, named.get(what, title)))
    return np.column_stack([values for values, _ in chosen]).astype(np.float32), (chosen[0][1], chosen[1][1])


def _axis(embedding: Embedding, what: str, name: str) -> tuple[np.ndarray, str]:
    if what.startswith("factor "):
        return cache.factor_scores(embedding, int(what.removeprefix("factor "))), what
    if what.startswith(column_direction.AXIS):
        return _direction(embedding, what.removeprefix(column_direction.AXIS), f"{name}_value")
    if what in embedding.schema:
        values = scale_values(embedding, what)
        middle = np.nanmedian(values) if np.isfinite(values).any() else 0.0
        return np.where(np.isfinite(values), values, middle), embedding.schema[what].label
    if what == MATCHES:
        return _between_matches(embedding, name)
    first, last = cache.options(embedding)[:2]
    low = item_search.some_items(embedding, "From", f"{name}_from", [first], 8) or [first]
    high = item_search.some_items(embedding, "To", f"{name}_to", [last], 8) or [last]
    return concept_axis(embedding, low, high), f"{', '.join(low)} → {', '.join(high)}"


def _direction(embedding: Embedding, column: str, parameter: str) -> tuple[np.ndarray, str]:
    """Scores (n,) on a column's direction, and a title. If the column has none, shows the error and returns zeros."""
    try:
        value = column_direction.value_control(embedding, column, parameter)
        scores = column_direction.scores(embedding, column, value)
    except BadRequest as error:
        st.error(escape_markdown(str(error)))
        return np.zeros(len(embedding), np.float32), embedding.schema[column].label
    return scores, f"direction of {value or embedding.schema[column].phrase}"


def _between_matches(embedding: Embedding, name: str) -> tuple[np.ndarray, str]:
    """Scores (n,) on the way from all items that one title pattern matches to those of another, and a title.

    If there is no such axis, shows what is missing and returns zeros.
    """
    keys = embedding.items["key"]
    titles: list[str] = []
    groups: list[list[str]] = []
    try:
        for end, example in zip(("from", "to"), examples.ends(embedding), strict=True):
            pattern = url_state.bind(
                st.text_input, f"{end.capitalize()} matches of", f"{name}_{end}_matches", "", placeholder=example,
                help=filters.PATTERN_HELP,
            )  # fmt: skip
            groups.append(keys[matches_title(embedding.items, pattern)].tolist() if pattern else [])
            titles.append(f"{pattern} ({len(groups[-1]):,})")
        if all(groups):
            return concept_axis(embedding, *groups), " → ".join(titles)
        st.info("An axis needs a title pattern for each end that some items match.")
    except BadRequest as error:
        st.error(escape_markdown(str(error)))
    return np.zeros(len(keys), np.float32), " → ".join(titles)


def number_columns(embedding: Embedding) -> list[str]:
    """Names of the columns of numbers and dates."""
    return [column.name for column in embedding.schema.attributes if column.kind in ("number", "date")]


def scale_values(embedding: Embedding, column: str) -> np.ndarray:
    """Numbers or dates on their default scale, which is logarithmic for a heavy tail: (n,) float."""
    colors = embedding.columns[column].colors()
    assert isinstance(colors, Continuous)
    return colors.values


def _labels(embedding: Embedding, names: list[str]) -> dict[str, str]:
    """Label -> name of columns; the name is appended to labels that several columns share."""
    labels = [embedding.schema[name].label for name in names]
    return {
        label if labels.count(label) == 1 else f"{label} ({name})": name
        for label, name in zip(labels, names, strict=True)
    }


def color(embedding: Embedding, method: str, row: int | None) -> ColorEncoding:
    """Let the visitor choose the color of the points: a column, a factor, trust, or similarity to the focused item."""
    columns = [
        c.name for c in embedding.schema.attributes if c.kind in ("category", "labels", "number", "date", "boolean")
    ]
    group = embedding.schema.by_role("group")
    by_label = _labels(embedding, sorted(columns, key=lambda name: group is None or name != group.name))
    kinds = {label: embedding.columns[name] for label, name in by_label.items()}
    several = [label for label, kind in kinds.items() if isinstance(kind, Labels) and len(kind.names) > 1]
    combined = {f"{label}{COMBINED}": by_label[label] for label in several}
    layered = {f"{label}{LAYERED}": by_label[label] for label in several}
    options = [option for label in by_label for option in (label, f"{label}{LAYERED}", f"{label}{COMBINED}")]
    options = [option for option in options if option in by_label or option in layered or option in combined]
    if not embedding.has_no_vectors:
        options += [*FACTORS[: embedding.vectors.shape[1]], *(TRUST if method in embedding.layouts else [])]
        options += [SIMILARITY] if row is not None else []
    if not options:
        return default_colors(embedding)
    what = url_state.bind(
        st.selectbox, "Color", "colour", options[0], allowed=options, options=options, format_func=_shown
    )
    if what in by_label:
        return _column_colors(embedding, by_label[what])
    if what in combined:
        return _combined(embedding, combined[what])
    if what in layered:
        return _layers(embedding, layered[what])
    if what == SIMILARITY and row is not None:
        scores = embedding.scores(embedding.vectors[row])
        return Continuous(f"Similarity to {embedding.items['key'].iloc[row]}", scores.astype(np.float32))
    if what in TRUST:
        values = getattr(cache.trust(embedding, method), TRUST[what])
        return Continuous(what.removeprefix("Trust: "), values.astype(np.float32))
    return Continuous(what, cache.factor_scores(embedding, FACTORS.index(what) + 1).astype(np.float32), True)


def _shown(option: str) -> str:
    """A choice of the color as shown: "Tags and their mixtures" -> "Tags (combinations)"."""
    ending = next((ending for ending in SHOWN if option.endswith(ending)), "")
    return option.removesuffix(ending) + SHOWN.get(ending, "")


def _column_colors(embedding: Embedding, name: str) -> ColorEncoding:
    kind: Any = embedding.columns[name]
    if name not in number_columns(embedding):
        return kind.colors() or default_colors(embedding)
    scales = {"": "Default", "linear": "Linear", "log": "Log", "rank": "Rank"}
    if kind.name != "number" or np.nanmin(kind.numbers, initial=0) < 0:
        del scales["log"]
    return kind.colors(widgets.one_of("Scale", "scale", "", scales))


def _layers(embedding: Embedding, name: str) -> ColorEncoding:
    """Let the visitor switch labels on and off; returns their colors."""
    labels: Any = embedding.columns[name]
    names = list(labels.names[:LAYERS])
    key = url_state.current("layers", names, names)
    label = escape_markdown(f"Layers of {labels.column.phrase}")
    picked = st.pills(label, names, selection_mode="multi", key=key, format_func=escape_markdown)
    url_state.keep("layers", picked, names)
    return labels.layers(picked)


def _combined(embedding: Embedding, name: str) -> ColorEncoding:
    labels: Any = embedding.columns[name]
    names = list(labels.names)
    key = url_state.current("mixed", names[:3], names)
    picked = st.multiselect(escape_markdown(f"{labels.column.label} to combine"), names, key=key, max_selections=3)
    url_state.keep("mixed", picked, names[:3])
    return labels.mixtures(picked)


def size(embedding: Embedding) -> np.ndarray:
    """Let the visitor choose a column for the size of the points; returns diameters in pixels, (n,) float."""
    by_label = _labels(embedding, [column.name for column in embedding.schema.attributes if column.kind == "number"])
    popularity = embedding.schema.by_role("popularity")
    default = next((label for label, name in by_label.items() if popularity and name == popularity.name), EQUAL)
    options = [EQUAL, *by_label]
    what = url_state.bind(st.selectbox, "Size", "size", default, allowed=options, options=options)
    kind: Any = embedding.columns[by_label[what]] if what in by_label else None
    return sizes(None if kind is None else kind.numbers, len(embedding))


def regions(scene: Scene, method: str) -> pd.DataFrame:
    """Named regions to label: all of them when zoomed to an item, else the most distinctive ones."""
    found = cache.named_regions(scene.embedding, method, scene.named_by)
    if scene.row is not None:
        return found
    groups = tuple(getattr(scene.embedding.columns.get_role("group"), "names", ()))
    if groups and not scene.named_by:
        by_group = found[found["name"].str.startswith(groups)]
        found = found if by_group.empty else by_group
    weight = found["effect"] * np.sqrt(found["size"])
    return found.loc[weight.sort_values(ascending=False).index].head(12)
