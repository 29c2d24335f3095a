"""Train page: download a MovieLens release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from explorer.datasets.movielens.download import RELEASES
from explorer.jobs import launcher
from explorer.jobs.download_job import DownloadRequest
from explorer.jobs.job import Job, list_jobs
from explorer.webapp.components.job_progress import job_progress
from explorer.webapp.page import show_errors
from explorer.webapp.wording import escape_markdown

FOLDER = Path("data")
SIZES = {
    "ml-latest-small": "100,000 ratings, 1 MB", "ml-100k": "100,000 ratings, 5 MB", "ml-1m": "1 million ratings, 6 MB",
    "ml-20m": "20 million ratings, 190 MB", "ml-25m": "25 million ratings, 250 MB",
    "ml-32m": "32 million ratings, 239 MB",
}  # fmt: skip
LICENCE = (
    "MovieLens data of GroupLens Research, University of Minnesota: for non-commercial use; cite Harper and Konstan "
    "(2015), The MovieLens Datasets; do not state or imply endorsement. ml-100k and ml-1m may not be redistributed. "
    "The full license is in the README of the release."
)


def choose_release() -> Path | None:
    """Let the visitor choose a release; returns its .zip, or None after drawing a download button."""
    name = st.selectbox("Release", RELEASES, format_func=lambda release: f"{release}: {SIZES.get(release, '')}")
    st.caption(escape_markdown(LICENCE))
    file = FOLDER.absolute() / f"{name}.zip"
    job = next((job for job in list_jobs(DownloadRequest) if job.request.name == name), None)
    if job and job.running:
        watch_download(job)
        return None
    if file.exists():
        st.caption(escape_markdown(f"Downloaded: {file.name}"))
        return file
    if job and job.state == "failed":
        st.error(escape_markdown(job.message))
    with show_errors(stop=False):
        if st.button(f"Download {name}", icon=":material/download:"):
            launcher.start(DownloadRequest(name, str(FOLDER)))
            st.rerun()
    return None


@st.fragment(run_every=1.0)
def watch_download(job: Job) -> None:
    """Draw the progress of a download and a button to cancel it."""

    def text(now: dict[str, Any]) -> str:
        done, total = now.get("done", 0), now.get("total") or 1
        return f"{job.request.name}: {done / 1e6:,.1f} of {total / 1e6:,.1f} MB" if done else "Connecting"

    job_progress(job, text)
