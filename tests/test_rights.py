"""Roles: who is an editor; a viewer cannot change anything through any function."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import Forbidden, artifacts, from_arrays
from explorer.artifacts import lifecycle, notes
from explorer.core.columns import Schema
from explorer.importing.build import publish_import
from explorer.jobs import launcher
from explorer.jobs.columns_job import ProbeRequest
from explorer.jobs.download_job import DownloadRequest
from explorer.jobs.job import Job
from explorer.jobs.layout_job import LayoutRequest
from explorer.jobs.training_job import TrainRatingsRequest, TrainRequest
from explorer.rights import Actor, Role, acting_as, actor, may_edit, role_from_claims
from explorer.webapp.auth import visitor_from_claims
from explorer.webapp.views.importing import files
from explorer.webapp.views.train import data as train_data

VIEWER, EDITOR = Actor(Role.VIEWER, "v"), Actor(Role.EDITOR, "e")
EDITORS = "ada@example.org, @lab.example, group:curators"


@pytest.fixture
def world(tmp_path, monkeypatch, colours_path, colours):
    """One artifact and one deleted artifact."""
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path))
    shutil.copytree(colours_path, tmp_path / "old")
    lifecycle.delete("old")
    return tmp_path


def snapshot(folder):
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (".lock", "lock")
    }


ACTIONS = {
    "save": lambda w, c: artifacts.save(w / "new", c.vectors, c.items, {}, card="# new\n"),
    "import": lambda w, c: publish_import(w / "new", from_arrays(c.vectors)),
    "add a layout": lambda w, c: artifacts.add_layout(w / "colours", "mine", c.layouts["pca"], {"method": "pca"}),
    "update manifest": lambda w, c: artifacts.update_manifest(w / "colours", {"note": "mine"}),
    "set the schema": lambda w, c: artifacts.set_schema(w / "colours", lambda schema: Schema(schema.columns, "hue")),
    "rename": lambda w, c: lifecycle.rename("colours", "mine"),
    "delete": lambda w, c: lifecycle.delete("colours"),
    "restore": lambda w, c: lifecycle.restore("old"),
    "lay out": lambda w, c: launcher.start(LayoutRequest(str(w / "colours"), "pca")),
    "train ratings": lambda w, c: launcher.start(TrainRatingsRequest(str(w), str(w / "new"))),
    "train others": lambda w, c: launcher.start(TrainRequest("graph", str(w), str(w / "new"))),
    "download": lambda w, c: launcher.start(DownloadRequest("ml-100k", str(w / "data"))),
    "measure columns": lambda w, c: launcher.start(ProbeRequest(str(w / "colours"))),
    "cancel a job": lambda w, c: Job(w).cancel(),
    "upload training data": lambda w, c: train_data.save_upload(files.Example()),
    "save a view": lambda w, c: notes.change("colours", lambda now: now.with_view("mine", {"method": ["pca"]})),
    "name a factor": lambda w, c: notes.change("colours", lambda now: now.with_factor_name(c.vectors[0], "mine")),
    "upload": lambda w, c: files.save([files.Example()]),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_viewer_cannot_change_anything(world, colours, action):
    before = snapshot(world)
    with acting_as(VIEWER), pytest.raises(Forbidden, match="Only an editor may"):
        ACTIONS[action](world, colours)
    assert snapshot(world) == before


@pytest.mark.parametrize(
    "action",
    [
        "save",
        "import",
        "add a layout",
        "update manifest",
        "rename",
        "delete",
        "restore",
        "upload",
        "save a view",
        "name a factor",
    ],
)
def test_editor_can_make_each_change(world, colours, action):
    before = snapshot(world)
    with acting_as(EDITOR):
        ACTIONS[action](world, colours)
    assert snapshot(world) != before


def test_code_outside_a_page_runs_as_editor_and_a_role_ends_with_its_block():
    assert may_edit()
    with acting_as(VIEWER):
        assert not may_edit() and actor().person == "v"
    assert may_edit()


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"email": "ada@example.org", "email_verified": True}, Role.EDITOR),
        ({"email": "Ada@Example.ORG", "email_verified": True}, Role.EDITOR),
        ({"email": "bob@lab.example", "email_verified": True}, Role.EDITOR),
        ({"groups": ["staff", "curators"]}, Role.EDITOR),
        ({"roles": ["Curators"]}, Role.EDITOR),
        ({}, Role.VIEWER),
        ({"email": "ada@example.org"}, Role.VIEWER),  # unverified address
        ({"email": "ada@example.org", "email_verified": False}, Role.VIEWER),
        ({"email": "ada@example.org", "email_verified": "true"}, Role.VIEWER),
        ({"email": "eve@example.org", "email_verified": True}, Role.VIEWER),
        ({"email": "eve@sub.lab.example", "email_verified": True}, Role.VIEWER),
        ({"email": "eve@lab.example.evil", "email_verified": True}, Role.VIEWER),
        ({"email": "ada@example.org@evil.example", "email_verified": True}, Role.VIEWER),
        ({"email": "eve@evil@lab.example", "email_verified": True}, Role.VIEWER),
        ({"email": "ada@example.org,@evil", "email_verified": True}, Role.VIEWER),
        ({"email": " ada@example.org", "email_verified": True}, Role.VIEWER),
        ({"email": "аda@example.org", "email_verified": True}, Role.VIEWER),  # a Cyrillic a
        ({"email": "@lab.example", "email_verified": True}, Role.VIEWER),
        ({"email": "group:curators", "email_verified": True}, Role.VIEWER),
        ({"email": "*", "email_verified": True}, Role.VIEWER),
        ({"email": ["ada@example.org"], "email_verified": True}, Role.VIEWER),
        ({"groups": "curators"}, Role.VIEWER),
        ({"groups": {"curators": True}}, Role.VIEWER),
        ({"groups": [["curators"], None, 3]}, Role.VIEWER),
        ({"groups": ["curators2", "group:curators", "*", ""]}, Role.VIEWER),
        ({"groups": ["curator\u017f"]}, Role.VIEWER),  # a long s, in lower case an s
        ({"groups": ["\uff43urators"]}, Role.VIEWER),  # a wide c
        ({"groups": ["curators "]}, Role.VIEWER),
        ({"groups": 7}, Role.VIEWER),
        ({"groups": {"name": "curators"}, "roles": None}, Role.VIEWER),
        ({"group": ["curators"], "realm_access": {"roles": ["curators"]}}, Role.VIEWER),
        ({"email": "eve@lab.example.evil.com", "email_verified": True}, Role.VIEWER),
        ({"email": "eve@LAB.EXAMPLE", "email_verified": True}, Role.EDITOR),
        ({"email": "eve@lab.example.", "email_verified": True}, Role.VIEWER),
        ({"email": "eve@\u212dab.example", "email_verified": True}, Role.VIEWER),
        ({"email": "eve@lab.example\0", "email_verified": True}, Role.VIEWER),
        ({"email": "eve@lab.example\n", "email_verified": True}, Role.VIEWER),
        ({"email": {"address": "ada@example.org"}, "email_verified": True}, Role.VIEWER),
        ({"email": "ada@example.org", "email_verified": 1}, Role.VIEWER),
        ({"email": "ada@example.org", "email_verified": [True]}, Role.VIEWER),
        ({"emails": ["ada@example.org"], "email_verified": True}, Role.VIEWER),
        ({"email": "x" * 100_000 + "@lab.example", "email_verified": True}, Role.EDITOR),
        ({"name": "ada@example.org", "preferred_username": "ada@example.org"}, Role.VIEWER),
    ],
)
def test_claims_decide_the_role(claims, role):
    assert role_from_claims(claims, EDITORS) is role
    assert role_from_claims(claims, "*") is Role.EDITOR
    assert role_from_claims(claims, "") is Role.VIEWER


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


@given(st.dictionaries(st.sampled_from(["email", "email_verified", "groups", "roles", "sub"]), JSON))
def test_malformed_claims_raise_no_error(claims):
    assert role_from_claims(claims, "group:\0never, never@\0") is Role.VIEWER


@pytest.mark.parametrize(
    ("claims", "environment", "address", "role"),
    [
        ({}, {}, "localhost", Role.EDITOR),
        ({}, {}, "0.0.0.0", Role.VIEWER),
        ({}, {}, None, Role.VIEWER),
        ({}, {"EXPLORER_EDITORS": "*"}, "0.0.0.0", Role.EDITOR),
        ({}, {"EXPLORER_EDITORS": "ada@example.org"}, "0.0.0.0", Role.VIEWER),
        ({}, {"EXPLORER_READ_ONLY": "1"}, "localhost", Role.VIEWER),
        ({"is_logged_in": False}, {"EXPLORER_EDITORS": "*"}, "localhost", Role.VIEWER),
        ({"is_logged_in": True}, {}, "0.0.0.0", Role.EDITOR),
        ({"is_logged_in": True}, {"EXPLORER_EDITORS": EDITORS}, "localhost", Role.VIEWER),
        ({"is_logged_in": True, "groups": ["curators"]}, {"EXPLORER_EDITORS": EDITORS}, "localhost", Role.EDITOR),
        ({"is_logged_in": None}, {}, "localhost", Role.VIEWER),
        ({"is_logged_in": "yes"}, {}, "localhost", Role.VIEWER),
        ({"is_logged_in": True}, {"EXPLORER_EDITORS": "*", "EXPLORER_READ_ONLY": "1"}, "localhost", Role.VIEWER),
    ],
)
def test_server_address_decides_the_role_of_visitors_without_login(monkeypatch, claims, environment, address, role):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("streamlit.get_option", lambda _: address)
    assert visitor_from_claims(claims).role is role


@pytest.mark.parametrize(
    ("claims", "person"),
    [
        ({"sub": "7", "email": "ada@example.org"}, "7"),
        ({"email": "ada@example.org"}, "ada@example.org"),
        ({}, ""),
        ({"sub": None, "email": ["a"]}, "['a']"),
        ({"sub": {"id": 1}}, "{'id': 1}"),
        ({"sub": "<b>x</b>" * 20}, "<b>x</b>" * 20),
    ],
)
def test_person_is_text_for_any_claims(claims, person):
    assert visitor_from_claims({"is_logged_in": True, **claims}).person == person


def test_group_of_other_letters_is_matched_exactly():
    assert role_from_claims({"groups": ["Æditors"]}, "group:Æditors") is Role.EDITOR
    assert role_from_claims({"groups": ["æditors"]}, "group:Æditors") is Role.VIEWER
