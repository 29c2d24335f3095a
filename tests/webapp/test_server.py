"""The HTML page served before any script runs."""

import re
from pathlib import Path

from streamlit.file_util import get_static_dir

from explorer.paths import FRONTEND, app_folder
from explorer.webapp import page, server
from explorer.webapp.components.frontend import STUB


def test_preloaded_files_exist_in_the_streamlit_client():
    hinted = re.findall(r'<link rel="modulepreload" crossorigin href="/([^"]+)">', server.shell())
    assert len(hinted) == len(set(hinted))
    assert all((Path(get_static_dir()) / name).is_file() for name in hinted)
    for part in server.SHOWN_FIRST:
        assert any(Path(name).name.startswith(f"{part}.") for name in hinted), part


def test_page_is_streamlits_own_with_the_server_address():
    streamlits = (Path(get_static_dir()) / "index.html").read_text(encoding="utf-8")
    back = (FRONTEND / "back.js").read_text(encoding="utf-8")
    assert back in server.shell()
    added = (
        r"<script>window\.__streamlit[^\n]*?</script>|<link rel=\"modulepreload\" crossorigin href=\"/[^>]*>"
        r"|<script type=\"module\" async src=\"/components/\w+\.js\"></script>"
    )
    shell = server.shell().replace(f"<script>{back}</script>", "").replace(f"<style>{page.STYLE}</style>", "")
    ours = re.sub(added, "", shell)
    assert ours == streamlits
    assert "window.__streamlit = { BACKEND_BASE_URL: window.location.origin }" in server.shell()


def test_page_loads_the_code_of_all_components_from_an_address_that_changes_with_it():
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    client = TestClient(Starlette(routes=server.ROUTES))
    (address,) = re.findall(r'src="(/components/[^"]+)"', server.shell())
    answer = client.get(address)
    assert "immutable" in answer.headers["cache-control"]
    assert "window.explorerComponents = " in answer.text and "window.explorerComponents(" in STUB
    for file in FRONTEND.glob("*.css"):
        assert f'"{file.stem}": {{ css:' in answer.text
    assert client.get("/components/0.js").status_code == 404


def test_every_page_has_an_address():
    there = {f"/{file.stem.split('_', 1)[1]}" for file in (app_folder() / "pages").glob("*.py")}
    assert len(there) > 9
    assert {"/", *there} <= {route.path for route in server.ROUTES}


def test_unknown_page_redirects_to_home_with_its_name_and_missing_files_do_not():
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    client = TestClient(Starlette(routes=server.ROUTES), follow_redirects=False)
    answer = client.get("/Nope?artifact=books")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/?artifact=books&unknown_page=Nope")
    assert client.get("/Map").status_code == 200
    for asked, address in (("/Home", "/"), ("/home?item=a%26b", "/?item=a%26b"), ("/mAP?item=c", "/Map?item=c")):
        assert client.get(asked).headers["location"] == address
    for path in ("/static", "/healthz", "/favicon.png", "/_stcore", "/oauth2callback", "/a/b", "/manifest.json"):
        assert client.get(path).status_code == 404
