"""Every route of the API as every role; a new route fails here until it is listed."""

import json
import subprocess

import pytest
from starlette.testclient import TestClient

from explorer.api import tokens
from explorer.api.app import make_api
from explorer.artifacts.locks import lock_file
from explorer.jobs import launcher
from explorer.jobs.job import Job, jobs_folder
from explorer.jobs.layout_job import LayoutRequest
from explorer.rights import Role

NAME = "colours"
OTHERS_JOB = "00000001-abcdefgh"  # of ada
ONE, ARTIFACT = f"/artifacts/{NAME}", "/artifacts/{name}"
VECTOR = [0.0, 0, 0, 1]
IMPORT = {"files": [("files", ("mine.csv", b"key,d1,d2\na,1,2\nb,3,4\n"))], "data": {"name": "mine"}}
TRAINING = {"json": {"kind": "ratings", "name": "mine"}}
READING = {  # method and path: what to ask
    ("GET", "/artifacts"): {},
    ("GET", ARTIFACT): {},
    ("GET", f"{ARTIFACT}/items"): {"params": {"limit": 3}},
    ("GET", f"{ARTIFACT}/items/{{key}}"): {},
    ("GET", f"{ARTIFACT}/neighbors"): {"params": {"key": "Red 0"}},
    ("GET", f"{ARTIFACT}/between"): {"params": {"a": "Red 0", "b": "Blue 7"}},
    ("GET", f"{ARTIFACT}/factors"): {},
    ("POST", f"{ARTIFACT}/analogy"): {"json": {"positive": ["Red 0"]}},
    ("POST", f"{ARTIFACT}/search"): {"json": {"vector": VECTOR}},
    ("POST", f"{ARTIFACT}/recommend"): {"json": {"likes": ["Red 0"]}},
    ("GET", f"{ARTIFACT}/layouts/{{method}}"): {},
    ("GET", f"{ARTIFACT}/vectors"): {},
}
EDITING = {
    ("POST", "/imports"): IMPORT,
    ("POST", "/trainings"): TRAINING,
    ("GET", "/jobs/{job_id}"): {},
    ("DELETE", "/jobs/{job_id}"): {},
}
ROUTES = READING | EDITING
UNLISTED = ["/", "/docs", "/openapi.json", "/nothing"]
GUESSES = [
    "../colours", "..", ".", "/etc", "/etc/passwd", "colours/../colours", "colours/.", "./colours", ".jobs",
    f".jobs/{OTHERS_JOB}", ".uploads", "colours\0", "colours/manifest.json", "~", "file:///etc", "COLOURS", "*", "",
    "%2e%2e", "x" * 5000,
]  # fmt: skip


@pytest.fixture
def job(folder):
    """Ada's layout job; its process only sleeps."""
    running = Job(jobs_folder() / OTHERS_JOB)
    running.folder.mkdir(parents=True)
    request = {"job": LayoutRequest.job, "artifact": str(folder / NAME), "method": "pca"}
    (running.folder / "request.json").write_text(json.dumps(request))
    (running.folder / "owner.json").write_text('"token ada"')
    with (running.folder / "lock").open("wb") as lock:
        lock_file(lock)
        process = subprocess.Popen(["sleep", "60"], pass_fds=[lock.fileno()], start_new_session=True)
    (running.folder / "pid").write_text(str(process.pid))
    assert running.state == "running" and running.owner == "token ada"
    yield running
    process.kill()
    process.wait()


@pytest.fixture
def send(folder, job, monkeypatch):
    """Sends a request to a server that needs tokens, as a role; what would start a process returns Ada's job."""
    monkeypatch.setattr(launcher, "_start", lambda request, place: job)
    client = TestClient(make_api(), raise_server_exceptions=False)
    bearers = {role: {"Authorization": f"Bearer {tokens.create(role, Role(role))}"} for role in ("viewer", "editor")}
    bearers |= {"nobody": {}, "wrong token": {"Authorization": "Bearer explorer_guessed"}}

    def send(role, method, path, **asked):
        path = path.format(name=NAME, key="Red%200", method="pca", job_id=OTHERS_JOB) if "{" in path else path
        return client.request(method, path, headers=bearers[role], **asked)

    return send


def contents(folder):
    return {
        file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name not in ("lock", ".lock")
    }


def test_every_route_is_listed(send):
    paths = send("viewer", "GET", "/openapi.json").json()["paths"]
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == set(ROUTES)


@pytest.mark.parametrize("role", ["nobody", "wrong token"])
def test_every_route_is_closed_without_a_token(send, folder, job, role):
    before = contents(folder)
    for method, path in [*ROUTES, *(("GET", path) for path in UNLISTED)]:
        response = send(role, method, path, **ROUTES.get((method, path), {}))
        assert response.status_code == 401, (method, path)
        assert NAME not in response.text
    assert contents(folder) == before and job.running


def test_viewer_reads_and_changes_nothing(send, folder, job):
    before = contents(folder)
    for (method, path), asked in READING.items():
        assert send("viewer", method, path, **asked).status_code == 200, (method, path)
    for (method, path), asked in EDITING.items():
        response = send("viewer", method, path, **asked)
        assert response.status_code == 403 and "Only an editor may" in response.json()["detail"], (method, path)
    assert contents(folder) == before and job.running


def test_editor_may_do_everything_and_cancel_jobs_of_others(send, job):
    for (method, path), asked in ROUTES.items():
        response = send("editor", method, path, **asked)
        assert response.status_code in (200, 202), (method, path, response.text)
    assert not job.running and job.state == "cancelled"  # DELETE is the last route


def test_upload_of_a_viewer_is_refused_before_it_is_read(folder):
    client = TestClient(make_api())
    token, read = tokens.create("vera", Role.VIEWER), []

    def body():
        read.append(1)
        yield b"x" * 2**20

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=b"}
    assert client.post("/imports", content=body(), headers=headers).status_code == 403


@pytest.mark.parametrize("guess", GUESSES)
def test_guessed_names_and_ids_lead_nowhere(send, folder, guess):
    before = contents(folder)
    name = "".join(f"%{byte:02x}" for byte in guess.encode())  # clients resolve `..` unless it is encoded
    for method, path in ROUTES:
        if "{" not in path:
            continue
        guessed = path.replace("{name}", name).replace("{job_id}", name)
        response = send("editor", method, guessed, **ROUTES[method, path])
        if (method, path) == ("GET", ARTIFACT) and not guess:
            assert response.json() == send("editor", "GET", "/artifacts").json()  # `/artifacts/` is `/artifacts`
            continue
        assert response.status_code in (404, 405), (guessed, response.text)
        assert str(folder) not in response.text and "root:" not in response.text
    assert contents(folder) == before


@pytest.mark.parametrize("guess", [guess for guess in GUESSES if guess != "COLOURS"])
def test_artifacts_are_never_created_outside_the_folder(send, folder, guess):
    before = contents(folder.parent)
    asked = {**IMPORT, "data": {"name": guess}}
    assert send("editor", "POST", "/imports", **asked).status_code in (400, 422)
    assert send("editor", "POST", "/trainings", json={"kind": "ratings", "name": guess}).status_code in (400, 422)
    assert contents(folder.parent) == before
