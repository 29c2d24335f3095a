"""The API on made-up artifacts, without a server."""

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
    """Asks as an editor."""
    return TestClient(make_api(anonymous=Actor))


@pytest.fixture
def viewer(folder):
    """Asks as a viewer."""
    return TestClient(make_api(anonymous=lambda: Actor(Role.VIEWER)))


@pytest.fixture
def stranger(folder):
    """Asks where a token is needed."""
    return TestClient(make_api())
