"""API access: tokens, roles, cross-origin requests, size limits, jobs."""

import io
import json
import os
import stat
import threading
import time

import numpy as np
import pytest
from starlette.testclient import TestClient

from explorer import BadData, BadRequest, load
from explorer.api import access, tokens
from explorer.api.app import make_api
from explorer.api.library import THREADS
from explorer.jobs.job import jobs_folder
from explorer.rights import Actor, Role
from tests import PATIENCE

NAME = "colours"
ROWS = [f"item {n},{n / 8},{n % 5 / 4},{n % 3 / 2}" for n in range(12)]
CSV = "\n".join(["name,d1,d2,d3", *ROWS])


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def upload(client, name="mine", text=CSV, **options):
    files = [("files", ("my items.csv", io.BytesIO(text.encode()), "text/csv"))]
    return client.post("/imports", files=files, data={"name": name, "options": json.dumps(options)})


def finished(client, response):
    assert response.status_code == 202, response.text
    job = response.json()
    for _ in range(10 * PATIENCE):
        if job["state"] != "running":
            return job
        time.sleep(0.1)
        job = client.get(f"/jobs/{job['id']}").json()
    raise AssertionError(job)


def test_token_grants_access_until_revoked(stranger, ask):
    assert stranger.get("/artifacts").status_code == 401
    _, out, _ = ask("token", "ci", "--role", "viewer")
    token = out.split()[0]
    assert stranger.get("/artifacts", headers=bearer(token)).status_code == 200
    assert stranger.get("/artifacts", headers={"Authorization": f"bearer  {token}"}).status_code == 200
    assert stranger.get("/artifacts", headers={"Authorization": f"Basic {token}"}).status_code == 401
    assert stranger.get("/artifacts", headers=bearer(token[:-1])).status_code == 401
    assert stranger.get("/artifacts", headers=bearer("")).status_code == 401
    assert ask("token", "ci", "--revoke")[0] == 0
    assert stranger.get("/artifacts", headers=bearer(token)).status_code == 401


def test_wrong_token_is_refused_even_where_visitors_are_allowed(client):
    assert client.get("/artifacts").status_code == 200
    assert client.get("/artifacts", headers=bearer("explorer_wrong")).status_code == 401


def test_tokens_are_stored_as_hashes_in_a_private_file(folder, ask, answer):
    token = tokens.create("one", Role.EDITOR)
    file = tokens.tokens_file()
    assert token not in file.read_text() and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert answer("token") == {"tokens": tokens.list_tokens()}
    assert [one["name"] for one in tokens.list_tokens()] == ["one"] and token not in str(tokens.list_tokens())
    for name in ("one", "", "a b", "../x", "é" * 61):
        with pytest.raises(BadRequest):
            tokens.create(name, Role.VIEWER)
    assert ask("token", "two", "--revoke")[0] == 2
    file.write_text('{"one": {"role": "admin"}}')
    with pytest.raises(BadData, match="not a file of tokens"):
        tokens.list_tokens()


@pytest.mark.parametrize(
    "damage", ["pipe", "device", "folder", "[1", '{"a": {"sha256": "é", "role": "viewer", "created": ""}}']
)
def test_damaged_tokens_file_is_reported_and_does_not_block(folder, ask, monkeypatch, damage):
    file = folder / "tokens.json"
    monkeypatch.setenv(tokens.FILE, "/dev/zero" if damage == "device" else str(file))
    make = {"pipe": os.mkfifo, "folder": os.mkdir, "device": str}
    make.get(damage, lambda file: file.write_text(damage))(file)
    for words in (("token",), ("token", "new")):
        status, _, err = ask(*words)
        assert status == 2 and "not a file of tokens" in err and err.count("\n") == 1


def test_tokens_are_written_through_a_link_and_to_no_other_file(folder, monkeypatch):
    real, link, other = folder / "real.json", folder / "tokens.json", folder / "other"
    real.write_text("{}")
    real.chmod(0o644)
    link.symlink_to(real)
    other.write_text("precious")
    (folder / "real.part").symlink_to(other)
    monkeypatch.setenv(tokens.FILE, str(link))
    tokens.create("one", Role.VIEWER)
    assert link.is_symlink() and stat.S_IMODE(real.stat().st_mode) == 0o600
    assert [one["name"] for one in tokens.list_tokens()] == ["one"] and other.read_text() == "precious"
    assert sorted(file.name for file in folder.glob("real*")) == ["real.json", "real.part"]


@pytest.mark.parametrize("how", ["import", "train", "cancel"])
def test_viewers_cannot_start_or_cancel_jobs(viewer, folder, how):
    before = sorted(folder.rglob("*"))
    if how == "import":
        response = upload(viewer)
    elif how == "train":
        response = viewer.post("/trainings", json={"kind": "ratings", "name": "mine"})
    else:
        (jobs_folder() / "00000001-abcdefgh").mkdir(parents=True)
        (jobs_folder() / "00000001-abcdefgh" / "lock").touch()
        before = sorted(folder.rglob("*"))
        response = viewer.delete("/jobs/00000001-abcdefgh")
    assert response.status_code == 403 and "Only an editor" in response.json()["detail"]
    assert sorted(folder.rglob("*")) == before


def test_viewer_token_does_not_give_editor_rights(stranger):
    token = tokens.create("look", Role.VIEWER)
    response = stranger.post("/trainings", json={"kind": "ratings", "name": "mine"}, headers=bearer(token))
    assert response.status_code == 403


def test_cross_origin_requests_cannot_start_jobs(client):
    asked = {"kind": "ratings", "name": "mine"}
    response = client.post("/trainings", json=asked, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403 and "evil.example" in response.json()["detail"]


def test_import_job_creates_an_artifact(client, folder):
    job = finished(client, upload(client, columns={"name": "text"}, key="name"))
    assert job["state"] == "done" and job["artifact"] == "mine", job
    embedding = load(folder / "mine")
    assert len(embedding) == 12 and np.array_equal(embedding.vector("item 4"), [0.5, 1, 0.5])
    assert not list((folder / ".uploads").glob("in-*"))


def test_failed_import_reports_its_error_without_paths(client, folder):
    job = finished(client, upload(client, text=CSV.replace("0.125", "nan")))
    assert job["state"] == "failed" and "my_items" in job["message"] and str(folder) not in job["message"]
    assert not (folder / "mine").exists() and not list((folder / ".uploads").glob("in-*"))


@pytest.mark.parametrize(
    ("name", "options", "status"),
    [("colours", {}, 400), ("../out", {}, 400), (".hidden", {}, 400), ("mine", {"colour": 1}, 400), ("mine", [1], 400)],
)
def test_invalid_import_is_refused_before_a_job_starts(client, folder, name, options, status):
    files = [("files", ("a.csv", io.BytesIO(CSV.encode()), "text/csv"))]
    response = client.post("/imports", files=files, data={"name": name, "options": json.dumps(options)})
    assert response.status_code == status and not list((folder / ".uploads").glob("in-*"))


def test_training_job_on_generated_data(client, folder):
    asked = {"kind": "ratings", "name": "world", "model": "mf", "options": {"size": 4}}
    job = finished(client, client.post("/trainings", json=asked))
    assert job["state"] == "done", job
    assert load(folder / "world").vectors.shape[1] == 4


@pytest.mark.parametrize(
    "data", ["/etc", "../artifacts", "link.csv", "linked/a.csv", ".hidden", "none.csv", "a\0b", ""]
)
def test_training_data_outside_the_data_folder_are_refused(client, folder, monkeypatch, data):
    root = folder / "data"
    root.mkdir()
    (root / "link.csv").symlink_to("/etc/passwd")
    (root / "linked").symlink_to(folder)
    (root / ".hidden").write_text("x")
    os.mkfifo(root / "pipe")
    monkeypatch.setenv("EXPLORER_DATA", str(root))
    response = client.post("/trainings", json={"kind": "ratings", "name": "mine", "data": data})
    assert response.status_code in (400, 422), response.text
    assert str(folder) not in response.text


def test_request_size_is_limited(folder):
    client = TestClient(make_api(anonymous=Actor, upload=lambda: 3 * 2**20))
    long = {"positive": ["x" * 2**20]}
    assert client.post(f"/artifacts/{NAME}/analogy", json=long).status_code == 413

    def endless():
        for _ in range(100):
            yield b"x" * 2**17

    response = client.post(
        f"/artifacts/{NAME}/analogy", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 413 and "1 MB" in response.json()["detail"]
    assert upload(client, text="x" * 4 * 2**20).status_code == 413


def test_request_time_is_limited(client, monkeypatch):
    monkeypatch.setattr(access, "SECONDS", 0.2)
    done = threading.Event()
    monkeypatch.setattr("explorer.answers.summaries", lambda: done.wait(10) or [])
    response = client.get("/artifacts")
    done.set()
    assert response.status_code == 504 and "Request less" in response.json()["detail"]


def test_queries_that_time_out_never_fill_more_than_the_threads(client, monkeypatch):
    monkeypatch.setattr(access, "SECONDS", 0.3)
    done, running = threading.Event(), []
    monkeypatch.setattr("explorer.answers.summaries", lambda: running.append(1) or (done.wait(10) and []))
    assert {client.get("/artifacts").status_code for _ in range(2 * THREADS)} == {504}
    assert 0 < len(running) <= THREADS  # a busy machine may give up some before they run
    done.set()
    monkeypatch.setattr(access, "SECONDS", 30)
    assert client.get("/artifacts").status_code == 200


def test_documentation_lists_every_route(client):
    page, document = client.get("/docs").text, client.get("/openapi.json").json()
    assert len(document["paths"]) >= 14
    assert all(f"/api/v1{path}" in page for path in document["paths"])
    assert "<script" not in page and "http://" not in page and "https://" not in page
