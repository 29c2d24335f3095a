"""Learn an embedding of one's own: a worker process trains, this page watches."""

from pathlib import Path

import streamlit as st

from explorer import artifacts
from explorer.errors import BadRequest
from explorer.figures import charts
from explorer.running import jobs
from explorer.running.runs import Request
from explorer.training import MODELS, architecture
from explorer.training.means import BASELINES
from explorer.webapp import cache, state, training
from explorer.webapp.chart import chart
from explorer.webapp.naming import new_place
from explorer.webapp.page import page, plain, told


def asked() -> Request | None:
    """The form; a request when it was sent."""
    left, right = st.columns([9, 11], gap="medium")
    with left:
        there = training.folders()
        hint = "A folder or .zip of a MovieLens release"
        data = st.selectbox(
            "Ratings",
            there,
            index=0 if there else None,
            format_func=lambda path: Path(path).name if path in there else path,
            accept_new_options=True,
            placeholder=hint,
        )
        model = state.bind(
            st.selectbox,
            "Model",
            "model",
            "mf",
            allowed=MODELS,
            options=list(MODELS),
            format_func=lambda m: f"{m}: {MODELS[m]}",
        )
        with st.container(horizontal=True):
            size = st.number_input("Dimensions", 1, value=None, placeholder="usual")
            epochs = st.number_input("Epochs at most", 1, value=None, placeholder="usual")
            seed = st.number_input("Seed", 0, value=0)
        name = st.text_input("Name", f"my-{model}", max_chars=60)
        means = model in BASELINES  # no vectors, so nothing to lay out
        maps = st.multiselect("Maps", ["pca", "tsne", "umap"], [] if means else ["pca", "tsne"], disabled=means)
        send = st.button("Train", type="primary", icon=":material/play_arrow:")
    with right:
        st.caption(plain(f"{model}: {MODELS[model]}"))
        counts = cache.counts(data) if data else None
        if counts:
            numbers = f"{counts['ratings']:,} ratings, {counts['users']:,} users, {counts['items']:,} items"
            st.caption(plain(f"{counts['name']}: {numbers}"))
            layers = architecture(model, counts["users"], counts["items"], size)
            training.drawn(layers) if layers else st.caption("A baseline: no layers, only means.")
    if not send:
        return None
    if not data:
        raise BadRequest("Choose the ratings first: a folder or .zip of a MovieLens release.")
    options = {option: int(value) for option, value in (("size", size), ("epochs", epochs)) if value is not None}
    return Request(data, str(new_place(name)), model, int(seed), layouts=tuple(maps), options=options)


def trainings() -> None:
    for job in jobs.jobs()[:8]:
        request = job.request
        with st.container(border=True):
            told = f"{request.model} on {Path(request.data).name}, {job.state}"
            st.markdown(f"**{plain(job.name)}** {plain(told)}")
            if job.state == "running":
                training.watch(job)
            elif job.state == "failed":
                st.error(plain(job.message))
            elif job.state == "done" and job.name in artifacts.list_artifacts():
                st.page_link(
                    "app.py", label="Open it", icon=":material/open_in_new:", query_params={"artifact": job.name}
                )


def compare() -> None:
    there = training.curves()
    if not there:
        return
    st.subheader("Learning curves", anchor=False)
    st.caption(
        "Thick: error on ratings kept apart. Thin: on those learned from. "
        "Where the thin line falls and the thick one rises, it learns by heart."
    )
    names = list(there)
    chosen = state.bind(
        st.multiselect, "Artifacts", "curves", names[:3], allowed=there, options=names, label_visibility="collapsed"
    )
    if chosen:
        figure = charts.curves_figure({n: there[n][0] for n in chosen}, {n: there[n][1] for n in chosen})
        chart(figure, key="curves", config={"displayModeBar": False})


with page("Train", "Learn an embedding from ratings of your own. Close this page if you like: the training goes on."):
    with told(stop=False):
        request = asked()
        if request:
            jobs.start(request)
    trainings()
    compare()
    training.other_kinds()
