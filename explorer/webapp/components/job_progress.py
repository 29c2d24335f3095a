"""The progress of a job, on every page that waits for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.jobs.job import Job
from explorer.rights import may_edit
from explorer.webapp.wording import escape_markdown, waiting_text


def job_progress(job: Job, text: Callable[[dict[str, Any]], str]) -> None:
    """Draw a job's progress bar, and for editors a button to cancel it. To be called in a fragment that runs again.

    text: from the job's progress (`phase`, `done`, `total` and more) to the text above the bar. The whole page runs
    again when the job has ended.
    """
    if not job.running:
        st.rerun()
    now = job.progress
    share = min(1.0, now.get("done", 0) / (now.get("total") or 1))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, text=escape_markdown(waiting_text(now) or text(now)))
        if may_edit() and st.button("Cancel", key=f"cancel:{job.folder.name}", icon=":material/stop_circle:"):
            with st.spinner("Cancelling"):
                job.cancel()
            st.rerun()
