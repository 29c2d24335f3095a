"""The MCP server through the official client gives the same results as the command line."""

import base64
import io
import json
import sys

import numpy as np
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from PIL import Image
from starlette.testclient import TestClient

from explorer import Forbidden, MissingExtra, mcp_server
from explorer.figures.picture import map_picture
from explorer.jobs.job import Job, jobs_folder
from explorer.rights import Actor, Role, acting_as
from tests import ROOT
from tests.load.visitor import run

NAME = "colours"
COMMANDS = {
    "neighbors": ({"key": "Red 0", "k": 4}, ["Red 0", "--k", 4]),
    "analogy": ({"positive": ["Red 0"], "negative": ["Blue 7"]}, ["--positive", "Red 0", "--negative", "Blue 7"]),
    "between": ({"a": "Red 0", "b": "Blue 7"}, ["Red 0", "Blue 7"]),
    "factors": ({"n_factors": 2, "k": 3}, ["--factors", 2, "--k", 3]),
    "recommend": ({"ratings": {"Red 0": 5}, "k": 3}, ["--rate", "Red 0=5", "--k", 3]),
}


@pytest.fixture
def folder(tmp_path, monkeypatch, colours_path):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path))
    return tmp_path


def call(tool, /, write=False, **asked):
    """Result of a tool call: its content, and whether it is an error."""

    async def ask():
        async with Client(mcp_server.make_server(write)) as client:
            return await client.call_tool(tool, asked)

    return run(ask())


def document(result):
    assert not result.is_error, result.content
    return json.loads(result.content[0].text)


@pytest.mark.parametrize("tool", COMMANDS)
def test_tools_give_the_same_results_as_the_command_line(folder, answer, tool):
    asked, words = COMMANDS[tool]
    assert document(call(tool, artifact=NAME, **asked)) == answer(tool, NAME, *words)


def test_embeddings_are_listed_described_searched_measured_and_compared(folder, answer):
    assert call("list_artifacts").content and document(call("describe", artifact=NAME))["dimensions"] == 4
    found = document(call("search_items", artifact=NAME, text="red"))
    assert {one["key"] for one in found["results"]} == {f"Red {shade}" for shade in range(8)}
    assert document(call("quality", artifact=NAME)) == answer("diagnose", NAME)
    assert document(call("compare", a=NAME, b=NAME, k=3)) == answer("compare", NAME, NAME, "--k", 3)


def test_map_is_an_image(folder, colours):
    shown = call("map_picture", artifact=NAME, color="genres", around="Red 0").content[0]
    picture = Image.open(io.BytesIO(base64.b64decode(shown.data)))
    assert shown.mime_type == "image/png" and picture.size == (1000, 760)
    plain, colored = (np.array(Image.open(io.BytesIO(map_picture(colours, "pca", name)))) for name in ("", "year"))
    assert len(np.unique(colored.reshape(-1, 3), axis=0)) > len(np.unique(plain.reshape(-1, 3), axis=0))


@pytest.mark.parametrize(
    ("tool", "asked", "says"),
    [
        ("neighbors", {"artifact": NAME, "key": "Red"}, "Did you mean: 'Red 0'"),
        ("neighbors", {"artifact": "colors", "key": "Red 0"}, "no artifact 'colors'"),
        ("neighbors", {"artifact": NAME, "key": "Red 0", "where": "yaer > 1"}, "year"),
        ("map_picture", {"artifact": NAME, "layout": "tsne"}, "no 'tsne' layout"),
        ("map_picture", {"artifact": NAME, "color": "hue"}, "no column 'hue'"),
        ("recommend", {"artifact": NAME}, "rate"),
        ("neighbors", {"artifact": "../colours/../colours", "key": "Red 0"}, "no artifact"),
        ("neighbors", {"artifact": str(ROOT / "artifacts" / "movielens"), "key": "Toy Story"}, "no artifact"),
    ],
)
def test_errors_say_what_is_wrong(folder, tool, asked, says):
    result = call(tool, **asked)
    assert result.is_error and says in result.content[0].text


READING = {
    "list_artifacts": {},
    "describe": {"artifact": NAME},
    "search_items": {"artifact": NAME, "text": "red"},
    "neighbors": {"artifact": NAME, "key": "Red 0"},
    "analogy": {"artifact": NAME, "positive": ["Red 0"]},
    "between": {"artifact": NAME, "a": "Red 0", "b": "Blue 7"},
    "factors": {"artifact": NAME},
    "recommend": {"artifact": NAME, "likes": ["Red 0"]},
    "compare": {"a": NAME, "b": NAME},
    "quality": {"artifact": NAME},
    "map_picture": {"artifact": NAME},
}
EDITING = {"start_training": {"kind": "ratings", "name": "mine"}, "job": {"job_id": "00000001-abcdefgh"}}
GUESSES = ["../colours", "..", "/etc", "colours/../colours", ".jobs", "colours\0", "", "x" * 5000]


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("write", [False, True])
def test_every_tool_is_listed_and_only_those_for_editors_change_something(folder, write):
    """A new tool fails here until it is listed."""
    before, offered = contents(folder), READING | (EDITING if write else {})

    async def ask():
        async with Client(mcp_server.make_server(write)) as client:
            tools = (await client.list_tools()).tools
            assert {tool.name for tool in tools} == set(offered)
            assert all(len(tool.description) > 60 for tool in tools)
            for name, asked in READING.items():
                assert not (await client.call_tool(name, asked)).is_error, name
            for name, asked in EDITING.items() if not write else ():
                found = await client.call_tool(name, asked)
                assert found.is_error and "Unknown tool" in found.content[0].text
            for name, asked in READING.items():
                for guess in GUESSES if "artifact" in asked else ():
                    found = await client.call_tool(name, {**asked, "artifact": guess})
                    assert found.is_error and "no artifact" in found.content[0].text, (name, guess)

    run(ask())
    assert contents(folder) == before


def test_tools_for_editors_refuse_a_viewer_and_guessed_names(folder):
    before = contents(folder)
    with acting_as(Actor(Role.VIEWER)):
        for name, asked in EDITING.items():
            with pytest.raises(Forbidden):
                getattr(mcp_server, name)(**asked)
    for guess in GUESSES:
        assert call("start_training", write=True, kind="ratings", name=guess).is_error
        assert "no job" in call("job", write=True, job_id=guess).content[0].text
    assert contents(folder) == before


def test_agent_that_may_train_gets_a_job(folder):
    begun = document(call("start_training", write=True, kind="ratings", name="world"))
    assert document(call("job", write=True, job_id=begun["id"]))["artifact"] == "world"
    Job(jobs_folder() / begun["id"]).cancel()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:8765"}, 421),
        ({"Origin": "https://evil.example"}, 403),
    ],
)
def test_pages_of_other_sites_are_refused_over_http(folder, headers, status):
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    app = mcp_server.make_server().streamable_http_app()
    with TestClient(app, "http://127.0.0.1:8765") as client:
        accepted = {"Accept": "application/json, text/event-stream"}
        assert client.post("/mcp", json=asked, headers={**accepted, **headers}).status_code == status


def test_command_serves_on_stdin_and_stdout(folder):
    words, environment = ["-m", "explorer", "mcp"], {"EXPLORER_ARTIFACTS": str(folder)}
    server = StdioServerParameters(command=sys.executable, args=words, env=environment, cwd=ROOT)

    async def ask():
        async with Client(stdio_client(server)) as client:
            return await client.call_tool("list_artifacts", {})

    assert NAME in run(ask()).content[0].text


def test_missing_package_names_its_extra(monkeypatch):
    monkeypatch.setattr(mcp_server, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"embedding-explorer\[mcp\]"):
        mcp_server.make_server()
