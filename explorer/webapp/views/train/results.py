"""Train page: results of a training, as sentences and charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from explorer import artifacts
from explorer.core.columns.color import PALETTE
from explorer.errors import ExplorerError
from explorer.figures import charts
from explorer.webapp import url_state
from explorer.webapp.chart import chart

# measure -> its baselines, what they are called, and whether more is better
MEASURES = {
    "recall@10": ({"recall@10_popularity": "the 10 most popular"}, True),
    "auc": ({"auc_degree_product": "the product of degrees", "auc_popularity": "popularity"}, True),
    "rmse": ({"rmse_mean": "the mean", "rmse_one_hot": "the same network on one-hot inputs"}, False),
    "log_loss": ({"log_loss_mean": "the mean", "log_loss_one_hot": "the same network on one-hot inputs"}, False),
}


def held_out_sentence(manifest: Mapping[str, Any]) -> str:
    """A sentence that compares the held-out error with that of the best baseline."""
    metrics = manifest.get("metrics", {})
    baselines = metrics.get("baselines") or {}
    if baselines and "rmse" in metrics:
        rmse_of = {name: errors["rmse"] for name, errors in baselines.items() if name != manifest.get("model")}
        name, least = min(rmse_of.items(), key=lambda pair: pair[1])
        text = f"On {metrics['n_test']:,} held-out ratings the error (RMSE) is {metrics['rmse']:.3f}"
        return f"{text}; {_verdict('rmse', metrics, least, f'the best baseline ({name})', False)}"
    for measure, (known, more) in MEASURES.items():
        measured = {label: metrics[name] for name, label in known.items() if name in metrics}
        if measure in metrics and measured:
            label, best = (max if more else min)(measured.items(), key=lambda pair: pair[1])
            text = f"On {metrics['n_test']:,} held-out examples {measure} is {metrics[measure]:.3f}"
            return f"{text}; {_verdict(measure, metrics, best, label, more)}"
    return "No data were held out, so the error was not measured."


def _verdict(measure: str, metrics: Mapping[str, Any], baseline: float, name: str, more: bool) -> str:
    value = metrics[measure]
    better = value > baseline if more else value < baseline
    if not better:
        return f"that is no better than {name} ({baseline:.3f})."
    if abs(value - baseline) <= held_out_margin(measure, value, baseline, metrics["n_test"]):
        return f"the difference from {name} ({baseline:.3f}) is not significant: too few examples were held out."
    change = abs(value - baseline) / baseline if baseline else float("inf")
    size = f"{change:.1%}" if change < 0.1 else f"{change:.0%}"
    margin = f" by {size}" if change < 1 else ""
    return f"better than {name} ({baseline:.3f}){margin}."


def held_out_margin(measure: str, value: float, baseline: float, n: int) -> float:
    """The 95% margin by which two measures on n held-out examples each differ by chance.

    The margin is conservative: it assumes independent examples, but both are measured on the same ones. The standard
    error of an RMSE is that for normal errors. That of a share is binomial, which is also an upper bound for an AUC.
    """
    if measure == "rmse":
        variance = (value**2 + baseline**2) / (2 * n)
    elif measure == "log_loss":
        variance = (value**2 + baseline**2) / n
    else:
        variance = (value * (1 - value) + baseline * (1 - baseline)) / n
    return 1.96 * variance**0.5


def stopping_sentence(manifest: Mapping[str, Any]) -> str:
    """Sentences about when and why the training stopped; "" for a model without epochs and validation."""
    curve, params = manifest.get("curve") or [], manifest.get("params", {})
    if not curve or "val_rmse" not in curve[-1]:
        return ""
    last = curve[-1]["epoch"]
    best = int(params.get("epochs_kept", last))
    kept = (
        f"The final model was trained for {best} epochs." if best != 1 else "The final model was trained for 1 epoch."
    )
    if last < params.get("epochs", last):
        patience = params.get("patience", last - best)
        return f"Stopped after epoch {last}: the validation error did not improve for {patience} epochs. {kept}"
    return f"All {last} epochs were run. The validation error was lowest after epoch {best}. {kept}"


def group_figure(points: np.ndarray, groups: Sequence[str], titles: Sequence[str]) -> go.Figure:
    """Figure of the points (n, 2) of items, colored by group."""
    figure = go.Figure()
    for group, color in zip(sorted(set(groups)), cycle(PALETTE), strict=False):
        rows = np.flatnonzero(np.array(groups) == group)
        marker = {"size": 7, "color": color}
        text = np.array(titles)[rows].tolist()
        trace = go.Scatter(x=points[rows, 0], y=points[rows, 1], mode="markers", name=group or "other", marker=marker)
        figure.add_trace(trace.update(text=text, hovertemplate="%{text}<extra></extra>"))
    figure.update_layout(
        height=340, margin={"l": 0, "r": 0, "t": 10, "b": 0}, legend={"orientation": "h", "y": -0.05},
        xaxis={"visible": False, "fixedrange": True}, yaxis={"visible": False, "fixedrange": True},
    )  # fmt: skip
    return figure


def show_curves() -> None:
    """Draw the learning curves of several embeddings in one chart."""
    curves = _curves()
    if not curves:
        return
    st.header("Learning curves", anchor=False)
    st.caption(
        "Thick: validation error. Thin: training error. The model overfits where the thin line falls while the thick "
        "one rises."
    )
    names = list(curves)
    _add_new_curves(names)
    chosen = url_state.bind(
        st.multiselect, "Embeddings", "curves", names[:3], allowed=curves, options=names, label_visibility="collapsed"
    )
    if chosen:
        figure = charts.curves_figure({n: curves[n][0] for n in chosen}, {n: curves[n][1] for n in chosen})
        chart(figure, key="curves", config={"displayModeBar": False})


def _add_new_curves(names: list[str]) -> None:
    """Add embeddings trained since the page was opened to the chosen ones."""
    seen: set[str] = st.session_state.setdefault("curves seen", set(names))
    if new := [name for name in names if name not in seen]:
        seen.update(new)
        shown = st.session_state[url_state.current("curves", names[:3], names)]
        url_state.put("curves", list(dict.fromkeys([*new, *shown])))


def _curves() -> dict[str, tuple[list[dict[str, float]], float]]:
    """Artifact -> its learning curve and the RMSE of its best baseline, newest first."""
    found = []
    for name in artifacts.list_artifacts():
        try:
            manifest = artifacts.manifest(name)
        except ExplorerError:
            continue
        baselines = (manifest.get("metrics", {}).get("baselines") or {}).values()
        if manifest.get("curve") and baselines:
            least = min(baseline["rmse"] for baseline in baselines)
            found.append((str(manifest.get("created", "")), name, (manifest["curve"], least)))
    return {name: curve for _, name, curve in sorted(found, key=lambda one: one[0], reverse=True)}
