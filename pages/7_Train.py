"""Learn an embedding of one's own: a worker process trains, this page watches."""

from pathlib import Path

import streamlit as st

from explorer import artifacts
from explorer.artifacts.names import new_folder
from explorer.errors import BadRequest
from explorer.figures import charts
from explorer.jobs import launcher
from explorer.jobs.job import list_jobs
from explorer.jobs.training_job import TrainRatingsRequest
from explorer.training import MODELS, architecture
from explorer.training.ratings.baselines import BASELINES
from explorer.webapp import cache, url_state
from explorer.webapp.chart import chart
from explorer.webapp.page import page, show_errors
from explorer.webapp.views import train
from explorer.webapp.wording import escape_markdown


def asked() -> TrainRatingsRequest | None:
    """The form; a request when it was sent."""
    left, right = st.columns([9, 11], gap="medium")
    with left:
        there = train.folders()
        hint = "A folder or .zip of a MovieLens release"
        data = st.selectbox(
            "Ratings",
            there,
            index=0 if there else None,
            format_func=lambda path: Path(path).name if path in there else path,
            accept_new_options=True,
            placeholder=hint,
        )
        model = url_state.bind(
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
        st.caption(escape_markdown(f"{model}: {MODELS[model]}"))
        counts = cache.counts(data) if data else None
        if counts:
            numbers = f"{counts['ratings']:,} ratings, {counts['users']:,} users, {counts['items']:,} items"
            st.caption(escape_markdown(f"{counts['name']}: {numbers}"))
            layers = architecture(model, counts["users"], counts["items"], size)
            train.drawn(layers) if layers else st.caption("A baseline: no layers, only means.")
    if not send:
        return None
    if not data:
        raise BadRequest("Choose the ratings first: a folder or .zip of a MovieLens release.")
    options = {option: int(value) for option, value in (("size", size), ("epochs", epochs)) if value is not None}
    return TrainRatingsRequest(data, str(new_folder(name)), model, int(seed), layouts=tuple(maps), options=options)


def trainings() -> None:
    for job in list_jobs()[:8]:
        request = job.request
        with st.container(border=True):
            told = f"{request.model} on {Path(request.data).name}, {job.state}"
            st.markdown(f"**{escape_markdown(job.name)}** {escape_markdown(told)}")
            if job.state == "running":
                train.watch(job)
            elif job.state == "failed":
                st.error(escape_markdown(job.message))
            elif job.state == "done" and job.name in artifacts.list_artifacts():
                st.page_link(
                    "app.py", label="Open it", icon=":material/open_in_new:", query_params={"artifact": job.name}
                )


def compare() -> None:
    there = train.curves()
    if not there:
        return
    st.subheader("Learning curves", anchor=False)
    st.caption(
        "Thick: error on ratings kept apart. Thin: on those learned from. "
        "Where the thin line falls and the thick one rises, it learns by heart."
    )
    names = list(there)
    chosen = url_state.bind(
        st.multiselect, "Artifacts", "curves", names[:3], allowed=there, options=names, label_visibility="collapsed"
    )
    if chosen:
        figure = charts.curves_figure({n: there[n][0] for n in chosen}, {n: there[n][1] for n in chosen})
        chart(figure, key="curves", config={"displayModeBar": False})


with page("Train", "Learn an embedding from ratings of your own. Close this page if you like: the training goes on."):
    with show_errors(stop=False):
        request = asked()
        if request:
            launcher.start(request)
    trainings()
    compare()
    train.other_kinds()
