"""Job progress on pages."""

from streamlit.testing.v1 import AppTest

import explorer.webapp.auth  # noqa: F401  # says who visits


def page() -> None:
    from types import SimpleNamespace

    from explorer.webapp.components.job_progress import job_progress

    job = SimpleNamespace(running=True, progress={"done": 30, "total": 60}, folder=SimpleNamespace(name="one"))
    job_progress(job, lambda now: f"Step {now['done']} of *all*")


def test_editors_see_progress_and_can_cancel(monkeypatch):
    monkeypatch.delenv("EXPLORER_READ_ONLY", raising=False)
    screen = AppTest.from_function(page).run()
    (bar,) = screen.get("progress")
    assert bar.proto.value == 50
    assert bar.proto.text == r"Step 30 of \*all\*"
    assert [button.label for button in screen.button] == ["Cancel"]


def test_viewers_see_progress_and_cannot_cancel(monkeypatch):
    monkeypatch.setenv("EXPLORER_READ_ONLY", "1")
    screen = AppTest.from_function(page).run()
    assert len(screen.get("progress")) == 1
    assert not screen.button
