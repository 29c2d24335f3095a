"""The Train page: start a training in a worker process and watch its progress."""

import streamlit as st

from explorer.jobs import launcher
from explorer.rights import require_editor
from explorer.training.ratings.models.baselines import BASELINES
from explorer.webapp.page import embedding_if_any, frame, show_errors
from explorer.webapp.views.train.data import choose_data, choose_kind
from explorer.webapp.views.train.jobs import show_trainings
from explorer.webapp.views.train.model import (
    choose_name,
    choose_options,
    choose_rating_model,
    make_request,
    show_model,
)
from explorer.webapp.views.train.results import show_curves

with frame("Train"):
    embedding_if_any()
    st.caption("Train an embedding on your data. The training continues if you close this page.")
    with show_errors(stop=False):
        require_editor("train an embedding")
        kind = choose_kind()
        left, right = st.columns([11, 9], gap="medium")
        with left, show_errors(stop=False):
            data = choose_data(kind)
            model, options = choose_rating_model(data) if kind == "ratings" else (kind, choose_options(kind, data))
            name, maps, seed = choose_name(f"my-{model}", with_maps=model not in BASELINES)
            if kind == "ratings":
                with right:
                    show_model(data, model, options)
            if (
                st.button("Train", type="primary", icon=":material/play_arrow:", disabled=not (data and data.ready))
                and data
            ):
                launcher.start(make_request(data, model, options, name, maps, seed))
    show_trainings()
    show_curves()
