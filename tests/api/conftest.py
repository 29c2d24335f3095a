"""HTTP API test clients on generated artifacts, without a server."""

import pytest
from starlette.testclient import TestClient

from explorer.api.app import make_api
from explorer.rights import Actor, Role


@pytest.fixture
def folder(tmp_path, monkeypatch, colours_path):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(tmp_path))
    monkeypatch.delenv("EXPLORER_TOKENS", raising=False)
    return tmp_path


@pytest.fixture
def client(folder):
    """Client with the editor role."""
    return TestClient(make_api(anonymous=Actor))


@pytest.fixture
def viewer(folder):
    """Client with the viewer role."""
    return TestClient(make_api(anonymous=lambda: Actor(Role.VIEWER)))


@pytest.fixture
def stranger(folder):
    """Client without a token, where one is required."""
    return TestClient(make_api())
