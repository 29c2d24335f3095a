"""HTTP route for item details."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer import artifacts
from explorer.webapp import item_api


@pytest.fixture
def get(colours_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_ARTIFACTS", str(colours_path.parent))
    client = TestClient(Starlette(routes=[item_api.route()]))
    digest = artifacts.digest("colours")
    return lambda row, artifact="colours", digest=digest: client.get(f"/item/{artifact}/{digest}/{row}")


def test_item_is_returned(get):
    answer = get(0)
    assert answer.status_code == 200 and "Red 0" in answer.text
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("row", ["24", "-1", "1.5", "x", "9" * 5000, "１", "999999999"])
def test_missing_row_is_not_found(get, row):
    assert get(row).status_code == 404


def test_digest_is_required(get):
    assert get(0, digest="0" * 64).status_code == 404
    assert get(0, artifact="nothing").status_code == 404
