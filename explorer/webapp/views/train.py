"""Parts of the Train page: a model drawn, a job watched."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from explorer import artifacts
from explorer.datasets.movielens import data_root
from explorer.errors import ExplorerError
from explorer.figures import charts
from explorer.jobs.job import Job
from explorer.training.registry import KINDS
from explorer.webapp.chart import chart
from explorer.webapp.components.item_list import fact_list
from explorer.webapp.components.widgets import component
from explorer.webapp.wording import escape_markdown

PHASES = {"reading": "Reading", "measuring": "Learning, a tenth kept apart", "training": "Learning from everything"}


def folders() -> list[str]:
    """MovieLens releases in the data folder, as folders or zip files."""
    root = data_root()
    found = [p for pattern in ("movielens/*", "ml-*") for p in sorted(root.glob(pattern))] if root else []
    return [str(path) for path in found if path.is_dir() or path.suffix == ".zip"]


def drawn(layers: list[dict[str, Any]]) -> None:
    """The layers of a model as a picture: shape and number of parameters of each."""
    inputs = [{"name": who, "shape": "one id", "parameters": "", "kind": "step"} for who in ("user", "item")]
    tables = [_layer(layer) for layer in layers if "bias" not in layer["name"] and "dense" not in layer["name"]]
    rest = [_layer(layer) for layer in layers if "bias" in layer["name"] or "dense" in layer["name"]]
    dense = [layer for layer in rest if "dense" in layer["name"]]
    biases = [layer for layer in rest if layer not in dense]
    stages = [inputs, tables]
    if dense:
        stages += [[_step("concatenate", "both vectors")], *[[layer] for layer in dense]]
    else:
        stages += [[_step("dot product", "one number")], *([biases] if biases else [])]
    stages.append([_step("+ mean", "predicted stars")])
    component("architecture", "<section></section>")(key="architecture", data={"stages": stages})
    st.caption(f"{sum(layer['parameters'] for layer in layers):,} parameters in all")


def _layer(layer: dict[str, Any]) -> dict[str, str]:
    shape = " × ".join(f"{n:,}" for n in layer["shape"])
    return {"name": layer["name"], "shape": shape, "parameters": f"{math.prod(layer['shape']):,}", "kind": "table"}


def _step(name: str, shape: str) -> dict[str, str]:
    return {"name": name, "shape": shape, "parameters": "", "kind": "step"}


@st.fragment(run_every=1.0)
def watch(job: Job) -> None:
    """A running job: how far it is, its curves so far, a way to stop it."""
    if not job.running:
        st.rerun()
    now = job.progress
    share = min(1.0, now.get("done", 0) / (now.get("total") or 1))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, text=escape_markdown(_told(now)))
        if st.button("Cancel", key=f"cancel:{job.folder.name}", icon=":material/stop_circle:"):
            with st.spinner("Ending the process"):
                job.cancel()
            st.rerun()
    if job.curve:
        baselines = {} if job.baseline is None else {job.name: job.baseline}
        figure = charts.curves_figure({job.name: job.curve}, baselines)
        chart(figure, key=f"curve:{job.folder.name}", config={"displayModeBar": False})


def _told(now: dict[str, Any]) -> str:
    if "phase" not in now:
        return "Getting ready"
    text = PHASES.get(now["phase"], f"Laying out the map ({now['phase']})")
    numbers = [f"{name} {now[key]:.3f}" for name, key in (("RMSE", "rmse"), ("kept apart", "val_rmse")) if key in now]
    epoch = [f"epoch {now['epoch']} of at most {now['epochs']}"] if "epoch" in now else []
    return ", ".join([text, *epoch, *numbers])


def other_kinds() -> None:
    """What else there is to learn from, on the command line."""
    with st.expander("Learn from something else than ratings", icon=":material/terminal:"):
        st.caption(
            escape_markdown(
                "python -m explorer train KIND --data FILE --out artifacts/NAME, with one of these for KIND; "
                "--help names its options. What comes of it can be opened here like any other."
            )
        )
        fact_list(list(KINDS.items()), "kinds")


def curves() -> dict[str, tuple[list[dict[str, float]], float]]:
    """Artifact -> its training curve and the RMSE of its best baseline, of all artifacts that keep them."""
    found = {}
    for name in artifacts.list_artifacts():
        try:
            manifest = artifacts.manifest(name)
        except ExplorerError:
            continue
        baselines = manifest.get("metrics", {}).get("baselines", {}).values()
        if manifest.get("curve") and baselines:
            found[name] = (manifest["curve"], min(baseline["rmse"] for baseline in baselines))
    return found
