"""Routes that start, watch and cancel jobs (editors only)."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from explorer import artifacts
from explorer.api.questions import Body
from explorer.artifacts.names import new_folder
from explorer.artifacts.quota import check_uploads
from explorer.datasets import made_up
from explorer.datasets.movielens import data_root
from explorer.errors import BadData, BadRequest, UnknownJob
from explorer.jobs import launcher
from explorer.jobs.import_job import ImportRequest
from explorer.jobs.job import Job, jobs_folder
from explorer.jobs.training_job import TrainRatingsRequest, TrainRequest
from explorer.rights import require_editor

ID = re.compile(r"[0-9]{8}-[a-z0-9_]{4,20}")
MADE_UP = "made-up"
UNPACKED = 10  # most bytes an upload may unpack to, relative to its size
KINDS = Literal["movielens", "ratings", "interactions", "sequences", "graph", "categories", "books"]


class Training(Body):
    """Training request; see `explorer train KIND --help`.

    data: a file or folder below the server's data folder (EXPLORER_DATA), or `made-up`. options: options of the model
    or kind, and column names for tables.
    """

    kind: KINDS
    data: str = MADE_UP
    name: str = Field(description="Of the new artifact")
    model: str | None = None
    seed: int = Field(0, ge=0, lt=2**32)
    options: dict[str, Any] = {}
    columns: dict[str, str] = Field({}, description="Of a table of ratings: user, item, rating, time")


def routes() -> APIRouter:
    """Routes for jobs."""
    router = APIRouter()

    @router.post("/imports", status_code=202, summary="Import vectors, and optionally an item table, as an artifact")
    async def start_import(
        files: Annotated[list[UploadFile], File(description="Vectors first")],
        name: Annotated[str, Form(description="Of the new artifact")],
        options: Annotated[str, Form(description="A JSON object: format, choice, key, title, columns, ...")] = "{}",
    ) -> dict[str, Any]:
        return await run_in_threadpool(_start_import, files, name, options)

    @router.post("/trainings", status_code=202, summary="Train an embedding")
    async def train(asked: Training) -> dict[str, Any]:
        return await run_in_threadpool(lambda: start_training(asked))

    @router.get("/jobs/{job_id}", summary="State and progress of a job")
    async def watch(job_id: str) -> dict[str, Any]:
        return await run_in_threadpool(lambda: job_document(job_id))

    @router.delete("/jobs/{job_id}", summary="Cancel a job")
    async def cancel(job_id: str) -> dict[str, Any]:
        return await run_in_threadpool(lambda: cancel_job(job_id))

    return router


def start_training(asked: Training) -> dict[str, Any]:
    """Start a training. Returns its `job_document`. Raises Forbidden, BadData, BadRequest."""
    return _document(launcher.start(_training(asked)))


def job_document(job_id: str) -> dict[str, Any]:
    """Id, kind, artifact, state, progress and error of a job. Raises Forbidden, UnknownJob."""
    require_editor("watch jobs")
    return _document(_job(job_id))


def cancel_job(job_id: str) -> dict[str, Any]:
    """Cancel a job of any editor; returns what `job_document` does. Raises Forbidden, UnknownJob."""
    require_editor("cancel a job")
    job = _job(job_id)
    job.cancel()
    return _document(job)


def _start_import(files: list[UploadFile], name: str, options: str) -> dict[str, Any]:
    require_editor("import vectors")
    out = str(new_folder(name))
    try:
        known = json.loads(options)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"options is not JSON: {error}.") from None
    if not isinstance(known, dict):
        raise BadRequest('options must be a JSON object, as in {"key": "sku"}.')
    place = artifacts.root().resolve() / ".uploads"
    place.mkdir(parents=True, exist_ok=True)
    check_uploads(place, sum(file.size or 0 for file in files))
    folder = Path(tempfile.mkdtemp(prefix="in-", dir=place))
    try:
        stored = [_stored(folder, number, file) for number, file in enumerate(files, 1)]
        size = sum(file.stat().st_size for file in stored)
        request = ImportRequest([str(file) for file in stored], out, known, str(folder), UNPACKED * max(size, 2**20))
        return _document(launcher.start(request))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _stored(folder: Path, number: int, upload: UploadFile) -> Path:
    """Save an upload under a safe form of its name. Returns its path."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", PurePath(upload.filename or "").name).lstrip("._")[-80:]
    file = folder / str(number) / (name or "upload")
    file.parent.mkdir()
    try:
        with file.open("wb") as out:
            shutil.copyfileobj(upload.file, out)
    except OSError as error:
        raise BadRequest(f"The upload cannot be stored: {error.strerror or error}.") from error
    return file


def _training(asked: Training) -> TrainRatingsRequest | TrainRequest:
    require_editor("train an embedding")
    out = str(new_folder(asked.name))
    of_ratings = asked.kind in ("movielens", "ratings")
    if asked.data == MADE_UP:
        kind = "ratings" if of_ratings else asked.kind
        path, items = made_up.write_world(kind, artifacts.root().resolve() / ".uploads")
        columns = {**asked.columns, **({"items": str(items)} if items else {})}
        of_release = False
    else:
        path, columns, of_release = _data_path(asked.data), dict(asked.columns), asked.kind == "movielens"
        if {"items"} & {*columns, *asked.options}:
            raise BadRequest("An item table on the server cannot be given here; put its columns into the data.")
    if of_ratings:
        source = None if of_release else columns
        model = asked.model or "mf"
        return TrainRatingsRequest(str(path), out, model, asked.seed, options=asked.options, source=source)
    options = {**asked.options, **columns, **({"model": asked.model} if asked.model else {})}
    return TrainRequest(asked.kind, str(path), out, asked.seed, options=options)


def _data_path(name: str) -> Path:
    """A regular file or a folder below the data folder, without symbolic links. Raises BadData, BadRequest."""
    root = data_root()
    if root is None:
        raise BadRequest(f"This server has no data folder (EXPLORER_DATA); the data {MADE_UP!r} are always there.")
    parts = PurePath(name).parts
    if not parts or PurePath(name).is_absolute() or any(part.startswith(".") or "\0" in part for part in parts):
        raise BadRequest(f"{name!r} is not a path below the data folder.")
    path = root.resolve()
    for part in parts:
        path /= part
        if path.is_symlink():
            raise BadData(f"{name}: links are not followed.")
    if not (path.is_file() or path.is_dir()):
        raise BadData(f"{name}: there is no such file or folder in the data folder.")
    return path


def _job(job_id: str) -> Job:
    folder = jobs_folder() / job_id
    if not ID.fullmatch(job_id) or not (folder / "lock").is_file():
        raise UnknownJob(f"There is no job {job_id!r}.")
    return Job(folder)


def _document(job: Job) -> dict[str, Any]:
    state = job.state
    about: dict[str, Any] = {"id": job.folder.name, "kind": job.request.job, "artifact": job.name, "state": state}
    if state == "failed":
        about["message"] = _without_folders(job)
    progress = {key: job.progress[key] for key in ("phase", "done", "total", "place") if key in job.progress}
    return {**about, "progress": progress}


def _without_folders(job: Job) -> str:
    """The error of a job, without folders of the server."""
    text = job.message
    files = [getattr(job.request, "data", None), *getattr(job.request, "files", [])]
    for path in [*filter(None, files), job.folder / "log.txt", job.request.out]:
        text = text.replace(f"{Path(path).parent}/", "")
    return text
