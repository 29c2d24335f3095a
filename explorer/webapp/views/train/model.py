"""Train page: choose the model and its settings, and draw its layers."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import streamlit as st

from explorer.artifacts.names import free_name, new_folder
from explorer.jobs.training_job import TrainRatingsRequest, TrainRequest
from explorer.training import MODELS, architecture
from explorer.training.ratings.hyperparameters import check_memory
from explorer.training.ratings.models.baselines import BASELINES
from explorer.training.ratings.registry import model_class
from explorer.training.registry import options as options_of
from explorer.webapp import url_state
from explorer.webapp.components.frontend import component
from explorer.webapp.views.train.data import ROLES, TrainingData
from explorer.webapp.wording import escape_markdown

LABELS = {
    "size": "Dimensions", "epochs": "Epochs", "rate": "Learning rate", "l2": "L2", "batch": "Batch size",
    "negative": "Negative samples", "negatives": "Negative samples", "min_count": "Min. count", "p": "p", "q": "q",
}  # fmt: skip
HELP = {
    "size": "Length of each vector",
    "epochs": "Maximum number of passes over the data",
    "rate": "Step size of the optimizer",
    "l2": "Regularization: higher values keep vectors short",
    "batch": "Ratings per step",
}
SETTINGS = ("size", "epochs", "rate", "l2", "batch")  # settings of rating models
FIRST = ("model", "target", "size", "epochs", "window", "rate")  # settings of other kinds shown outside the popover
NEVER_STOP = 10_000  # the maximum patience, which turns early stopping off


def choose_rating_model(data: TrainingData | None) -> tuple[str, dict[str, Any]]:
    """Let the visitor choose a rating model and its settings."""
    model = url_state.bind(
        st.selectbox, "Model", "model", "mf", allowed=MODELS, options=list(MODELS),
        format_func=lambda name: f"{name}: {MODELS[name]}",
    )  # fmt: skip
    if model in BASELINES:
        return model, {}
    kind = model_class(model)
    known = getattr(kind, "options", (*SETTINGS, "patience"))
    options: dict[str, Any] = {}
    with st.container(horizontal=True):
        for name in SETTINGS:
            if name in known:
                options[name] = _number(name, getattr(kind.defaults, name), f"{model}:{name}", HELP[name])
    if "patience" in known:
        patience = kind.defaults.patience
        text = f"Stop when the validation error has not improved for {patience} epochs"
        if not st.toggle(text, value=True, key=f"early:{model}", help="Turn this off to see the model overfit"):
            options["patience"] = NEVER_STOP
    return model, options


def choose_options(kind: str, data: TrainingData | None) -> dict[str, Any]:
    """Let the visitor choose settings for other kinds of data; returns those that differ from their defaults."""
    defaults = options_of(kind)
    left_out = set(ROLES.get(kind, ())) | {"items", "item_key"}
    known = [field for field in fields(defaults) if field.name not in left_out]
    known.sort(key=lambda field: FIRST.index(field.name) if field.name in FIRST else len(FIRST))
    chosen: dict[str, Any] = {}
    shown = [field for field in known if field.name in FIRST]
    with st.container(horizontal=True):
        for field in shown:
            default = getattr(defaults, field.name)
            if kind == "interactions" and field.name == "epochs":
                default = interaction_epochs(chosen["model"])
            chosen[field.name] = _setting(kind, field, default, data)
    with st.popover("More settings", icon=":material/tune:"):
        for field in known[len(shown) :]:
            chosen[field.name] = _setting(kind, field, getattr(defaults, field.name), data)
    return {name: value for name, value in chosen.items() if value != getattr(defaults, name)}


def choose_name(wish: str, with_maps: bool) -> tuple[str, tuple[str, ...], int]:
    """Let the visitor choose the name of the new embedding, its layouts, and the seed."""
    with st.container(horizontal=True):
        free = free_name(wish)
        name = st.text_input("Name", free, max_chars=60, key=f"name:{free}")
        maps = st.multiselect(
            "Maps", ["pca", "tsne", "umap"], ["pca", "tsne"] if with_maps else [], disabled=not with_maps
        )
        seed = st.number_input("Seed", 0, value=0, width=103, help="The same seed gives the same vectors")
    return name, tuple(maps), int(seed)


def make_request(
    data: TrainingData, model: str, options: dict[str, Any], name: str, maps: tuple[str, ...], seed: int
) -> TrainRatingsRequest | TrainRequest:
    """The request for a training. Raises BadRequest if it does not fit into memory or the name is taken."""
    out = str(new_folder(name))
    if data.kind == "ratings":
        check_size(data, model, options)
    path, items = data.path()
    source = {**data.columns, **({"items": items} if items else {})}
    if data.kind != "ratings":
        return TrainRequest(data.kind, path, out, seed, maps, {**options, **source})
    least = 20 if data.release else 5
    return TrainRatingsRequest(path, out, model, seed, least, maps, options, None if data.release else source)


def check_size(data: TrainingData, model: str, options: dict[str, Any]) -> None:
    """Raise BadRequest if the parameters of the model do not fit into memory."""
    if data.counts and model not in BASELINES:
        layers = architecture(model, data.counts["users"], data.counts["items"], options.get("size"))
        check_memory(sum(layer["parameters"] for layer in layers), data.counts["rows"])


def show_model(data: TrainingData | None, model: str, options: dict[str, Any]) -> None:
    """Draw the size of the data and the layers of the chosen model."""
    st.caption(escape_markdown(f"{model}: {MODELS[model]}"))
    if data is None or data.counts is None:
        return
    counts = data.counts
    st.caption(
        escape_markdown(
            f"{data.name}: {counts['rows']:,} ratings, {counts['users']:,} users, {counts['items']:,} items"
        )
    )
    layers = architecture(model, counts["users"], counts["items"], options.get("size"))
    if layers:
        show_layers(layers)
    else:
        st.caption("A baseline of mean ratings, without layers.")


def show_layers(layers: list[dict[str, Any]]) -> None:
    """Draw the layers of a model with their shapes and numbers of parameters."""
    inputs = [{"name": who, "shape": "one id", "parameters": "", "kind": "step"} for who in ("user", "item")]
    tables = [_layer(layer) for layer in layers if "bias" not in layer["name"] and "dense" not in layer["name"]]
    biases = [_layer(layer) for layer in layers if "bias" in layer["name"] and "dense" not in layer["name"]]
    dense = [_layer(layer) for layer in layers if "dense" in layer["name"]]
    stages = [inputs, tables]
    if dense:
        stages += [[_step("concatenate", "both vectors")], *[[layer] for layer in dense]]
    else:
        stages += [[_step("dot product", "one number")], *([biases] if biases else [])]
    stages.append([_step("+ mean", "predicted rating")])
    component("architecture", "<section></section>")(key="architecture", data={"stages": stages})
    st.caption(f"{sum(layer['parameters'] for layer in layers):,} parameters in total")


def _layer(layer: dict[str, Any]) -> dict[str, str]:
    shape = " × ".join(f"{n:,}" for n in layer["shape"])
    return {"name": layer["name"], "shape": shape, "parameters": f"{math.prod(layer['shape']):,}", "kind": "table"}


def _step(name: str, shape: str) -> dict[str, str]:
    return {"name": name, "shape": shape, "parameters": "", "kind": "step"}


def _setting(kind: str, field: Any, default: Any, data: TrainingData | None) -> Any:
    """Draw a widget for one field of a kind's Options; returns its value."""
    name, text, key = field.name, field.metadata["help"], f"{kind}:{field.name}:{default}"
    label = LABELS.get(name, name.replace("_", " ").capitalize())
    if name == "model":
        models = _models(kind) or [default]
        return st.selectbox(label, models, models.index(default), key=key, help=text)
    if name == "target" and data and data.table and len(data.table.columns) > 1:
        columns = list(data.table.columns)
        return st.selectbox(label, columns, len(columns) - 1, key=key, help=text)
    if isinstance(default, bool):
        return st.checkbox(label, default, key=key, help=text)
    if isinstance(default, int | float):
        return _number(name, default, key, text)
    return st.text_input(label, default or "", placeholder="default", key=key, help=text) or default


def interaction_epochs(model: str) -> int:
    """The default number of epochs of an interactions model."""
    from explorer.training.interactions.train import EPOCHS

    return EPOCHS[model]


def _models(kind: str) -> list[str]:
    if kind != "interactions":
        return []
    from explorer.training.interactions import train

    return list(train.MODELS)


def _number(name: str, default: float, key: str, text: str) -> float:
    label = LABELS.get(name, name.replace("_", " ").capitalize())
    if isinstance(default, int):
        return int(st.number_input(label, value=default, step=1, key=key, help=text, width=103))
    return float(st.number_input(label, value=float(default), step=None, format="%g", key=key, help=text, width=103))
