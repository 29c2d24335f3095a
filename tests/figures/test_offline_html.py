"""The map as one self-contained HTML file with escaped text."""

import base64
import json

import numpy as np
import pytest

from explorer import BadRequest, Embedding
from explorer.figures import offline_html


def data_of(html: str) -> dict:
    return json.loads(html.split('type="application/json">')[1].split("</script>")[0])


def test_page_contains_all_items_colors_and_columns_and_makes_no_requests(colours):
    html = offline_html.page(colours, colours.layout("pca"), shown=np.arange(24) < 16)
    assert "http" not in html and "src=" not in html
    data = data_of(html)
    assert data["titles"] == colours.items["title"].tolist()[:16]
    xy = np.frombuffer(base64.b64decode(data["xy"]["base64"]), np.uint16).reshape(-1, 2)
    own = colours.layout("pca")[:16]
    assert np.corrcoef(xy[:, 0], own[:, 0])[0, 1] == pytest.approx(1, abs=1e-6)
    genres = next(one for one in data["colors"] if one["title"] == "Genres")
    codes = np.frombuffer(base64.b64decode(genres["codes"]["base64"]), np.int16)
    expected = colours.columns["genres"].colors()
    assert [genres["names"][code] for code in codes] == [expected.names[code] for code in expected.codes[:16]]
    year = next(one for one in data["attributes"] if one["label"] == "Year")
    assert [year["texts"][code] for code in year["codes"]] == [f"{y:.0f}" for y in colours.items["year"][:16]]


def test_titles_cannot_close_the_script_element(colours):
    items = colours.items.assign(title="</script><script>alert(1)</script>")
    html = offline_html.page(Embedding(colours.vectors, items), colours.layout("pca"))
    assert "</script><script>alert(1)" not in html
    assert data_of(html)["titles"][0] == "</script><script>alert(1)</script>"


def test_empty_map_is_refused(colours):
    with pytest.raises(BadRequest, match="No item passes"):
        offline_html.page(colours, colours.layout("pca"), shown=np.zeros(24, bool))
