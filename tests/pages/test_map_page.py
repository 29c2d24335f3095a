"""Map page: points drawn, highlighted items, URL state."""

import numpy as np
import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.core.directions.concept_axis import concept_axis
from explorer.figures import scatter
from explorer.figures.color_encoding import layer
from explorer.webapp import chart, item_api, map_tiles
from tests.pages.map_points import columns_of, drawn, figure_of, shown, standing_out


def test_every_film_has_the_color_of_its_rarest_genre(world, visit):
    screen = visit("Map")
    assert shown(screen) == set(range(24))
    for c, colour in enumerate(("Red", "Green", "Blue")):
        # Even (12 films) is the most frequent genre, so each film has its color name as rarest genre
        assert drawn(screen)[colour] == set(range(8 * c, 8 * c + 8))
    points = next(t for t in screen.figures[0]["data"] if t["name"] == "Genres")
    rows = [int(row[0]) for row in points["customdata"]]
    assert np.asarray(points["x"]) == pytest.approx(world.layout("pca")[rows, 0])


def test_films_below_min_ratings_are_not_drawn(world, visit):
    screen = visit("Map", min_ratings="500")
    assert shown(screen) == set(np.flatnonzero(world.items["n_ratings"] >= 500))
    assert screen.url["f.n_ratings"] == '{"low":500}'
    assert shown(visit("Map", min_ratings="0")) == set(range(24))


def test_films_matching_a_title_pattern_are_highlighted(world, visit):
    screen = visit("Map").set("title", "^(red|blue) [01]$")
    assert standing_out(screen) == {0, 1, 16, 17}
    assert shown(screen) == set(range(24))
    assert screen.url["title"] == "^(red|blue) [01]$"
    assert standing_out(visit("Map", **screen.at.query_params)) == {0, 1, 16, 17}


@pytest.mark.parametrize("pattern", ["(", "[", "*", "(?<=a)b", "a{1000}{1000}", "\\"])
def test_invalid_pattern_is_reported_and_can_be_corrected(world, visit, pattern):
    screen = visit("Map", title=pattern)
    (error,) = screen.errors
    assert "not a valid regular expression" in error
    assert screen.control("title").value == pattern
    assert not screen.set("title", "Red").errors
    assert standing_out(screen) == set(range(8))


@pytest.mark.parametrize(
    ("mode", "genres", "expected"),
    [
        ("any", ["Red", "Even"], {*range(8), *range(0, 24, 2)}),
        ("all", ["Red", "Even"], {0, 2, 4, 6}),
        ("only", ["Red"], {1, 3, 5, 7}),
    ],
)
def test_genres_filter_by_any_or_all(world, visit, mode, genres, expected):
    screen = visit("Map", genres=genres, genre_mode=mode)
    assert standing_out(screen) == expected
    chips = next(data for data in screen.components("column_filter") if data["label"] == "Genres")
    assert (chips["values"], chips["mode"]) == (genres, mode)


def test_filter_without_matches_says_so(world, visit):
    assert visit("Map", title="Mauve").at.info
    assert visit("Map", genres=["Red", "Blue"], genre_mode="all").at.info
    assert not visit("Map").at.info


def test_view_around_one_film_is_narrow_and_draws_it_despite_filters(world, visit):
    whole, near = visit("Map", min_ratings="1000"), visit("Map", min_ratings="1000", item="Blue 7")
    assert 23 not in shown(whole)
    assert 23 in shown(near)
    assert near.control("item").value == "Blue 7"
    x0, x1 = near.figures[0]["layout"]["xaxis"]["range"]
    y0, y1 = near.figures[0]["layout"]["yaxis"]["range"]
    x, y = world.layout("pca")[23]
    assert x0 < x < x1
    assert y0 < y < y1


def test_stored_layouts_can_be_chosen(root, colours, visit):
    from explorer import artifacts

    layouts = {"pca": colours.layout("pca"), "umap": -colours.layout("pca")}
    artifacts.save(root / "movielens", colours.vectors, colours.items, {}, layouts=layouts)
    screen = visit("Map", method="pca")
    assert screen.control("method").value == "pca"
    before = np.sort(screen.figures[0]["data"][0]["x"])
    screen.set("method", "umap")
    assert np.sort(screen.figures[0]["data"][0]["x"]) == pytest.approx(-before[::-1])
    assert visit("Map", **screen.at.query_params).control("method").value == "umap"


def test_film_chosen_on_home_is_kept(world, visit):
    assert visit("Home").set("item", "Blue 3").go("Map").control("item").value == "Blue 3"


def test_chart_element_stays_and_only_changed_parts_are_sent(world, visit, monkeypatch):
    monkeypatch.setattr(item_api, "_own_server", True)
    monkeypatch.setattr(chart, "LARGE", 20)
    screen = visit("Map")
    before, (drawn_before,) = screen.at.get("plotly_chart")[0].proto, screen.components("chart")
    screen.set("title", "^red")
    after, (drawn_after,) = screen.at.get("plotly_chart")[0].proto, screen.components("chart")
    assert before.id == after.id != ""
    assert before.spec == after.spec
    assert [trace["name"] for trace in figure_of(drawn_after)["data"][:2]] == ["other", "Genres"]
    assert len(figure_of(drawn_before)["data"]) != len(figure_of(drawn_after)["data"])
    screen.set("title", "").set("colour", "Year")
    (by_year,) = screen.components("chart")
    changed = {part for part, digest in by_year["parts"].items() if digest != drawn_before["parts"].get(part)}
    assert changed == {"map:data:0:marker:color"}
    columns = columns_of(screen)
    assert {name: header["digest"] for name, (header, _) in columns.items()} == by_year["parts"]
    shades = np.frombuffer(columns["map:data:0:marker:color"][1], np.uint8)
    assert sorted(shades) == sorted(layer(world.columns["year"].colors(), np.ones(24, bool)).shades)


def test_map_of_many_items_has_tiles_in_the_background(world, visit, monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(item_api, "_own_server", True)
    monkeypatch.setattr(map_tiles, "MANY", 10)
    monkeypatch.setattr(scatter, "LIVE", 5)
    monkeypatch.setattr(scatter, "FOREGROUND", 4)
    screen = visit("Map")
    (sent,) = screen.components("chart")
    every = [image["source"] for image in figure_of(sent)["layout"]["images"]]
    route = TestClient(Starlette(routes=[map_tiles.route()]))
    assert every and all(route.get(source).headers["content-type"] == "image/webp" for source in every)
    screen.set("title", "^red")
    (sent,) = screen.components("chart")
    red = [image["source"] for image in figure_of(sent)["layout"]["images"]]
    assert len(red) == len(every) and not set(red) & set(every)  # the same places in other colors


def test_row_numbers_of_points_are_sent_as_bits(world, visit, monkeypatch):
    monkeypatch.setattr(item_api, "_own_server", True)
    monkeypatch.setattr(chart, "LARGE", 8)
    screen = visit("Map")
    screen.set("title", "^red")
    (sent,) = screen.components("chart")
    trace = next(trace for trace in figure_of(sent)["data"] if trace["name"] == "Genres")
    red = np.array(["red" in str(title).lower() for title in world.items["title"]])
    _, content = columns_of(screen)[trace["customdata"]["part"]]
    assert trace["customdata"]["bits"]
    bits = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")
    assert np.flatnonzero(bits).tolist() == np.flatnonzero(red).tolist()


def test_figure_is_cached_until_color_or_selection_changes(world, visit, monkeypatch):
    from explorer.figures import scatter

    drawn_maps = []
    draw = scatter.map_figure
    monkeypatch.setattr(scatter, "map_figure", lambda *given, **more: drawn_maps.append(more) or draw(*given, **more))
    st.cache_resource.clear()
    visit("Map")
    visit("Map")
    assert len(drawn_maps) == 1
    visit("Map", colour="Year")
    visit("Map", colour="Bias")
    visit("Map", select="rows:1,2")
    visit("Map", title="^red")
    visit("Map", title="^blue")
    assert len(drawn_maps) == 6


def test_axis_between_two_groups(world, visit):
    screen = visit("Map", method="axes", x="from … to …", x_from=["Red 0", "Red 1"], x_to=["Blue 0"])
    points = [(int(row[0]), x) for trace in screen.figures[0]["data"] if "customdata" in trace
              for row, x in zip(trace["customdata"], trace["x"], strict=True)]  # fmt: skip
    where = dict(points)
    assert (where[0] + where[1]) / 2 == pytest.approx(0, abs=1e-5)
    assert where[16] == pytest.approx(1, abs=1e-5)


def test_axis_between_the_matches_of_two_patterns(world, visit):
    axis = {"method": "axes", "x": "from matches of … to matches of …"}
    screen = visit("Map", **axis, x_from_matches="^red [01]$", x_to_matches="blue")
    found = {int(row[0]): x for trace in screen.figures[0]["data"] if "customdata" in trace
             for row, x in zip(trace["customdata"], trace["x"], strict=True)}  # fmt: skip
    expected = concept_axis(world, ["Red 0", "Red 1"], [f"Blue {shade}" for shade in range(8)])
    assert [found[row] for row in range(24)] == pytest.approx(expected.tolist(), abs=1e-6)
    assert screen.figures[0]["layout"]["xaxis"]["title"]["text"] == "^red [01]$ (2) → blue (8)"
    assert "each end" in visit("Map", **axis, x_from_matches="red").notes
    assert "each end" in visit("Map", **axis, x_from_matches="red", x_to_matches="mauve").notes
    assert "both ends" in " ".join(visit("Map", **axis, x_from_matches="red", x_to_matches="red 0").errors)
    assert "not a valid regular" in " ".join(visit("Map", **axis, x_from_matches="(", x_to_matches="red").errors)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"title": "(a+)+$"}, None),  # no time limit needed: RE2 takes linear time
        ({"title": "a" * 20_000}, None),
        ({"title": "Mauve"}, None),
        ({"title": ".*"}, None),
        ({"select": "lasso:1,2"}, "three corners"),
        ({"select": "rows:99999"}, None),
        ({"method": "of-a-training-before"}, None),
        ({"method": "axes", "x": "from … to …", "x_from": "Red 0", "x_to": "Red 0"}, "both ends"),
        ({"item": "Nobody"}, None),
        ({"colour": "Nothing"}, None),
    ],
)
def test_invalid_url_is_reported_and_the_map_stays(world, visit, query, said):
    screen = visit("Map", **query)
    if said:
        assert said in " ".join(screen.errors)
    else:
        assert len(screen.figures) == 1


def test_two_films_have_a_map(root, colours, visit):
    from explorer import artifacts

    xy = np.array([[0, 0], [1, 1]], np.float32)
    artifacts.save(root / "movielens", colours.vectors[:2], colours.items[:2], {}, layouts={"pca": xy})
    assert shown(visit("Map", min_ratings="0")) == {0, 1}
    assert shown(visit("Map", min_ratings="0", item="Red 0")) == {0, 1}


def test_three_dimensional_map_has_the_same_filters_colors_and_focus(world, visit):
    screen = visit("Map", method="space", title="^red", colour="Year", item="Red 3", min_ratings="0")
    grey, coloured, ring = screen.figures[0]["data"]
    assert {int(row[0]) for row in grey["customdata"]} == set(range(8, 24))
    assert {int(row[0]) for row in coloured["customdata"]} == set(range(8))
    assert coloured["name"] == "Year" and ring["marker"]["symbol"] == "circle-open"


def test_view_in_the_url_is_shown(world, visit):
    screen = visit("Map", view="-0.5,0.25,-0.1,0.4")
    layout = screen.figures[0]["layout"]
    assert (*layout["xaxis"]["range"], *layout["yaxis"]["range"]) == (-0.5, 0.25, -0.1, 0.4)


def test_example_film_of_home_is_not_selected_on_the_map(world, visit):
    screen = visit("Home").go("Neighbors").go("Map")
    assert screen.control("item").value is None
    assert screen.url == {"artifact": world.name}
