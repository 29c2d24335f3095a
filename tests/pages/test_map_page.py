"""Map: which films are drawn, which stand out, and what the link says about it."""

import base64
import json

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from explorer.core.columns.color import Continuous
from explorer.core.factors import concept_axis
from explorer.figures.color_encoding import layer
from explorer.maps.enrichment import enrichment
from explorer.webapp import chart, item_api


def figure_of(component) -> dict:
    return json.loads(component["figure"])


def drawn(screen) -> dict[str, set[int]]:
    """Rows of the points in each colour: by genre, and `other` for the grey ones."""
    found: dict[str, set[int]] = {}
    for trace in screen.figures[0]["data"]:
        for n, row in enumerate(trace.get("customdata", ())):
            coloured = bool(trace.get("meta"))
            name = trace["meta"][int(trace["marker"]["color"][n])] if coloured else trace["name"]
            found.setdefault(name, set()).add(int(row[0]))
    return found


def shown(screen) -> set[int]:
    return set().union(*drawn(screen).values())


def shades(values: np.ndarray) -> np.ndarray:
    """Colors of numbers on a scale that spans them, as a figure holds them."""
    return layer(Continuous("x", np.asarray(values, np.float32)), np.ones(len(values), bool)).shades


def standing_out(screen) -> set[int]:
    return set().union(*(rows for name, rows in drawn(screen).items() if name != "other"))


def test_every_film_is_drawn_in_its_rarest_genre(world, visit):
    screen = visit("Map")
    assert shown(screen) == set(range(24))
    for c, colour in enumerate(("Red", "Green", "Blue")):
        # Even (12 films) is the most frequent genre, so each film counts as its colour
        assert drawn(screen)[colour] == set(range(8 * c, 8 * c + 8))
    points = next(t for t in screen.figures[0]["data"] if t["name"] == "Genres")
    rows = [int(row[0]) for row in points["customdata"]]
    assert np.asarray(points["x"]) == pytest.approx(world.layout("pca")[rows, 0])


def test_films_below_the_ratings_are_not_drawn(world, visit):
    screen = visit("Map", min_ratings="500")
    assert shown(screen) == set(np.flatnonzero(world.items["n_ratings"] >= 500))
    assert screen.url["f.n_ratings"] == '{"low":500}'
    assert shown(visit("Map", min_ratings="0")) == set(range(24))


def test_a_title_pattern_lets_films_stand_out(world, visit):
    screen = visit("Map").set("title", "^(red|blue) [01]$")
    assert standing_out(screen) == {0, 1, 16, 17}
    assert shown(screen) == set(range(24))
    assert screen.url["title"] == "^(red|blue) [01]$"
    assert standing_out(visit("Map", **screen.at.query_params)) == {0, 1, 16, 17}


@pytest.mark.parametrize("pattern", ["(", "[", "*", "(?<=a)b", "a{1000}{1000}", "\\"])
def test_a_pattern_that_is_none_is_told_and_can_be_mended(world, visit, pattern):
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
def test_genres_alone_or_in_combination(world, visit, mode, genres, expected):
    screen = visit("Map", genres=genres, genre_mode=mode)
    assert standing_out(screen) == expected
    chips = next(data for data in screen.components("column_filter") if data["label"] == "Genres")
    assert (chips["values"], chips["mode"]) == (genres, mode)


def test_nothing_that_matches_is_said(world, visit):
    assert visit("Map", title="Mauve").at.info
    assert visit("Map", genres=["Red", "Blue"], genre_mode="all").at.info
    assert not visit("Map").at.info


def test_around_one_film_the_view_is_narrower_and_the_film_is_drawn_whatever_the_filter(world, visit):
    whole, near = visit("Map", min_ratings="1000"), visit("Map", min_ratings="1000", item="Blue 7")
    assert 23 not in shown(whole)
    assert 23 in shown(near)
    assert near.control("item").value == "Blue 7"
    x0, x1 = near.figures[0]["layout"]["xaxis"]["range"]
    y0, y1 = near.figures[0]["layout"]["yaxis"]["range"]
    x, y = world.layout("pca")[23]
    assert x0 < x < x1
    assert y0 < y < y1


def test_the_layouts_that_are_stored_can_be_chosen(root, colours, visit):
    from explorer import artifacts

    layouts = {"pca": colours.layout("pca"), "umap": -colours.layout("pca")}
    artifacts.save(root / "movielens", colours.vectors, colours.items, {}, layouts=layouts)
    screen = visit("Map", method="pca")
    assert screen.control("method").value == "pca"
    before = np.sort(screen.figures[0]["data"][0]["x"])
    screen.set("method", "umap")
    assert np.sort(screen.figures[0]["data"][0]["x"]) == pytest.approx(-before[::-1])
    assert visit("Map", **screen.at.query_params).control("method").value == "umap"


def test_the_film_opened_on_home_is_kept(world, visit):
    assert visit("Home").set("item", "Blue 3").go("Map").control("item").value == "Blue 3"


def test_under_our_server_the_chart_stays_and_only_what_changed_is_another_element(world, visit, monkeypatch):
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
    columns = {column["part"]: column for column in screen.components("column")}
    assert columns.keys() == by_year["parts"].keys()
    shades = np.frombuffer(base64.b64decode(columns["map:data:0:marker:color"]["bdata"]), np.uint8)
    assert sorted(shades) == sorted(layer(world.columns["year"].colors(), np.ones(24, bool)).shades)


def test_the_same_map_is_drawn_once_and_another_colouring_or_selection_anew(world, visit, monkeypatch):
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


def test_two_layouts_side_by_side_share_what_is_selected(root, colours, visit):
    from explorer import artifacts

    layouts = {"pca": colours.layout("pca"), "umap": -colours.layout("pca")}
    artifacts.save(root / "movielens", colours.vectors, colours.items, {}, layouts=layouts)
    screen = visit("Map", method="pca", beside="umap", select="rows:3,9", select_on="map")
    first, second = screen.figures
    held = [int(row[0]) for trace in second["data"] if trace.get("meta") for row in trace["customdata"]]
    assert held == [3, 9]
    assert [trace["name"] for trace in first["data"] if "customdata" in trace] == ["Genres"]
    mirrored = dict(zip([int(r[0]) for t in first["data"] if "customdata" in t for r in t["customdata"]],
                        [x for t in first["data"] if "customdata" in t for x in t["x"]], strict=True))  # fmt: skip
    assert [x for t in second["data"] if t.get("meta") for x in t["x"]] == pytest.approx([-mirrored[3], -mirrored[9]])


def test_mixtures_of_genres_are_colours_with_a_legend(world, visit):
    screen = visit("Map", colour="Genres and their mixtures", mixed=["Red", "Even"])
    assert drawn(screen).keys() >= {"Red", "Even", "Red + Even"} - {"other"}
    legend = next(iter(screen.components("legend")))
    counts = {genre["name"]: genre["count"] for genre in legend["values"]}
    assert counts == {"Red": "4", "Even": "8", "Red + Even": "4"}


def test_an_axis_goes_from_one_group_to_another(world, visit):
    screen = visit("Map", method="axes", x="from … to …", x_from=["Red 0", "Red 1"], x_to=["Blue 0"])
    points = [(int(row[0]), x) for trace in screen.figures[0]["data"] if "customdata" in trace
              for row, x in zip(trace["customdata"], trace["x"], strict=True)]  # fmt: skip
    where = dict(points)
    assert (where[0] + where[1]) / 2 == pytest.approx(0, abs=1e-5)
    assert where[16] == pytest.approx(1, abs=1e-5)


def test_an_axis_goes_from_the_matches_of_one_pattern_to_those_of_another(world, visit):
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
def test_a_bad_link_is_told_and_the_map_stays(world, visit, query, said):
    screen = visit("Map", **query)
    if said:
        assert said in " ".join(screen.errors)
    else:
        assert len(screen.figures) == 1


def test_two_films_only_have_a_map(root, colours, visit):
    from explorer import artifacts

    xy = np.array([[0, 0], [1, 1]], np.float32)
    artifacts.save(root / "movielens", colours.vectors[:2], colours.items[:2], {}, layouts={"pca": xy})
    assert shown(visit("Map", min_ratings="0")) == {0, 1}
    assert shown(visit("Map", min_ratings="0", item="Red 0")) == {0, 1}


@pytest.fixture
def judged(root, colours):
    """The world with a map that is judged by another metric than the cosine."""
    from explorer import artifacts
    from explorer.maps.projection import project

    xy, facts = project(colours.vectors, "pca")
    manifest = {"layouts": {"pca": facts | {"recall_other_seed": 0.75}}}
    artifacts.save(root / "movielens", colours.vectors, colours.items, manifest, layouts={"pca": xy})
    return facts


def test_how_far_the_whole_map_can_be_trusted_is_said_with_its_method(judged, visit):
    said = " ".join(caption.value for caption in visit("Map", item="Red 0").at.caption).replace("\\", "")
    measures = f"trustworthiness {judged['trustworthiness']:.2f}, continuity {judged['continuity']:.2f}"
    assert (
        f"PCA: {measures}, neighbors kept {judged['recall']:.0%}, with another seed 75% (of 11; chance 47.8%)" in said
    )
    assert "items close together may differ in other directions" in said
    # The lists below speak of the same metric, and so of the same numbers.
    assert f"trustworthiness {judged['trustworthiness']:.3f}, continuity {judged['continuity']:.3f}" in said


def test_a_selection_is_compared_with_the_films_shown(world, visit):
    screen = visit("Map", min_ratings="500", title="Red")
    shown = (world.items["n_ratings"] >= 500).to_numpy()
    red = world.items["title"].str.contains("Red").to_numpy() & shown
    expected = enrichment(world.items, red, shown)["sentence"].tolist()
    assert expected != enrichment(world.items, red)["sentence"].tolist()
    (facts,) = screen.components("fact_list")
    assert [row["name"] for row in facts["rows"]] == expected


@pytest.mark.parametrize(
    ("colour", "measure"),
    [
        ("Trust: neighbors kept", "kept"),
        ("Trust: trustworthiness", "trustworthiness"),
        ("Trust: continuity", "continuity"),
    ],
)
def test_every_measure_of_trust_is_a_colour(judged, colours, visit, colour, measure):
    from explorer import artifacts
    from explorer.maps.trustworthiness import map_trust

    screen = visit("Map", colour=colour)
    trace = next(t for t in screen.figures[0]["data"] if "customdata" in t)
    rows = [int(row[0]) for row in trace["customdata"]]
    expected = getattr(map_trust(colours.vectors, artifacts.load("movielens").layout("pca"), 11, "euclidean"), measure)
    assert trace["marker"]["color"].tolist() == shades(expected)[rows].tolist()


def test_in_space_filters_colours_and_the_film_are_those_of_the_plane(world, visit):
    screen = visit("Map", method="space", title="^red", colour="Year", item="Red 3", min_ratings="0")
    grey, coloured, ring = screen.figures[0]["data"]
    assert {int(row[0]) for row in grey["customdata"]} == set(range(8, 24))
    assert {int(row[0]) for row in coloured["customdata"]} == set(range(8))
    assert coloured["name"] == "Year" and ring["marker"]["symbol"] == "circle-open"


def test_points_are_colored_by_a_column_of_any_kind(products, visit):
    screen = visit("Map", colour="Brand")
    assert {name: len(rows) for name, rows in drawn(screen).items()} == {"Acme": 8, "Bolt": 8, "Core": 8}
    assert drawn(screen)["Bolt"] == set(range(1, 24, 3))
    assert drawn(visit("Map", colour="In stock"))["yes"] == set(range(0, 24, 2))
    assert drawn(visit("Map", colour="Tags"))["sale"] == set(range(1, 24, 3))
    combined = drawn(visit("Map", colour="Tags and their mixtures", mixed=["new", "sale"]))
    assert combined["new + sale"] == set(range(1, 24, 3))
    for label in ("Price", "Added"):
        trace = next(t for t in visit("Map", colour=label).figures[0]["data"] if t["name"] == label)
        rows = [int(row[0]) for row in trace["customdata"]]
        expected = layer(products.columns[label.lower()].colors(), np.ones(24, bool)).shades
        assert trace["marker"]["color"].tolist() == expected[rows].tolist()


def test_labels_are_layers_that_can_be_switched(products, visit):
    found = drawn(visit("Map", colour="Tags in layers", layers=["new", "old"]))
    assert found["old"] == set(range(2, 24, 3)) and "sale" not in found
    assert found["new"] == set(range(0, 24, 3)) | set(range(1, 24, 3))
    assert drawn(visit("Map", colour="Tags in layers"))["sale"] == set(range(1, 24, 3))


def test_a_number_is_colored_on_a_scale_of_choice(products, visit):
    trace = next(t for t in visit("Map", colour="Price", scale="rank").figures[0]["data"] if t["name"] == "Price")
    assert sorted(trace["marker"]["color"]) == sorted(shades(np.linspace(0, 1, 24)))


def test_points_have_the_size_of_a_number_and_axes_are_numbers_and_dates(products, visit):
    screen = visit("Map", size="Price", method="axes", x="price", y="added")
    (trace,) = [t for t in screen.figures[0]["data"] if len(t.get("customdata", ()))]
    rows = np.array([int(row[0]) for row in trace["customdata"]])
    price = products.items["price"].to_numpy()[rows]
    assert (np.diff(np.asarray(trace["marker"]["size"])[np.argsort(price)]) >= 0).all()
    assert (np.diff(np.asarray(trace["x"])[np.argsort(price)]) >= 0).all()
    assert (np.diff(np.asarray(trace["y"])[np.argsort(rows)]) > 0).all()
    equal = visit("Map", size="All the same").figures[0]["data"]
    assert all(len(set(t["marker"]["size"])) == 1 for t in equal if len(t.get("customdata", ())))


def test_a_view_in_the_link_is_shown(world, visit):
    screen = visit("Map", view="-0.5,0.25,-0.1,0.4")
    layout = screen.figures[0]["layout"]
    assert (*layout["xaxis"]["range"], *layout["yaxis"]["range"]) == (-0.5, 0.25, -0.1, 0.4)


def test_what_a_filter_found_can_be_zoomed_to_and_left_again(world, visit):
    screen = visit("Map", title="^red [01]$")
    whole = screen.figures[0]["layout"]["xaxis"]["range"]
    next(button for button in screen.at.button if button.label == "Zoom to 2 found").click()
    screen.run()
    x0, x1, y0, y1 = (*(layout := screen.figures[0]["layout"])["xaxis"]["range"], *layout["yaxis"]["range"])
    (ax, ay), (bx, by) = world.layout("pca")[:2]
    assert x0 < min(ax, bx) and max(ax, bx) < x1 and y0 < min(ay, by) and max(ay, by) < y1
    assert x1 - x0 < whole[1] - whole[0]
    assert screen.url["view"]
    next(button for button in screen.at.button if button.label == "Whole map").click()
    screen.run()
    assert screen.figures[0]["layout"]["xaxis"]["range"] == whole
    assert not screen.url.get("view")


def test_a_clicked_item_has_its_details_beside_the_map(world, visit):
    screen = visit("Map", select="rows:9")
    (card,) = screen.components("item_card")
    assert card["title"] == "Green 1"
    assert [button.label for button in screen.at.button if button.label == "Close"]
    next(button for button in screen.at.button if button.label == "Use as axis").click()
    screen.run()
    assert screen.control("method").value == "axes"
    assert screen.control("x_to").value == ["Green 1"]


def test_labels_and_selection_are_there_in_space_too(world, visit):
    screen = visit("Map", method="space", select="rows:9")
    assert any(one["text"] == "Green 1" for one in screen.figures[0]["layout"]["scene"]["annotations"])
    (card,) = screen.components("item_card")
    assert card["title"] == "Green 1"


def test_contours_are_switched_on(world, visit):
    assert any(trace["type"] == "contour" for trace in visit("Map", contours="1").figures[0]["data"])


def test_the_example_of_home_is_no_choice_on_the_map(world, visit):
    screen = visit("Home").go("Neighbors").go("Map")
    assert screen.control("item").value is None
    assert screen.url == {}


def test_the_color_scale_can_be_limited_and_the_limits_end_with_the_color(products, visit):
    def scale(screen):
        (bar,) = screen.components("color_bar")
        trace = next(t for t in screen.figures[0]["data"] if t["name"] == bar["label"])
        rows = [int(row[0]) for row in trace["customdata"]]
        numbers = products.items["price"].to_numpy()[rows]
        return bar, numbers[trace["marker"]["color"] == 0], numbers[trace["marker"]["color"] == 255]

    bar, low, high = scale(visit("Map", colour="Price", scale="linear"))
    assert not bar["set"] and bar["texts"][0] == products.columns["price"].written(products.items["price"].min())
    assert products.items["price"].max() in high and 50 not in high
    chosen = visit("Map", colour="Price", scale="linear", limits="10,50,Price linear")
    bar, low, high = scale(chosen)
    assert bar["set"] and max(low) < 10.1 and min(high) > 49.9
    assert len(low) + len(high) == (~products.items["price"].between(10.1, 49.9)).sum()
    assert chosen.url["limits"] == "10,50,Price linear"
    price = products.items["price"].to_numpy()
    written = [float(bar["texts"][step].replace(",", "")) for step in bar["steps"]]
    assert written == pytest.approx([10, 50], abs=np.ptp(price) / 100)
    chosen.set("scale", "rank")
    assert not scale(chosen)[0]["set"] and "limits" not in chosen.url
    for bad in ("50,10,Price linear", "10,50,Price", "10,nan,Price linear", "x", "10"):
        assert not scale(visit("Map", colour="Price", scale="linear", limits=bad))[0]["set"]
    assert "limits" not in visit("Map", colour="Brand", limits="10,50,Price linear").url


def test_regions_and_selections_are_named_by_chosen_columns(root, visit):
    from explorer import artifacts

    rng = np.random.default_rng(0)
    xy = (np.array([[n % 2, n // 2] for n in range(4)]) * 10).repeat(60, axis=0) + rng.normal(size=(240, 2))
    items = pd.DataFrame({
        "key": [f"SKU-{n}" for n in range(240)], "brand": np.repeat(["Acme", "Bolt", "Cork", "Dune"], 60),
        "country": np.repeat(["Norway", "Italy"], 120),
    })  # fmt: skip
    roles = {"columns": [{"name": "brand", "kind": "category", "role": "group"}]}
    artifacts.save(root / "movielens", rng.normal(size=(240, 4)), items, roles, layouts={"pca": xy.astype(np.float32)})

    def names(screen):
        return {one["text"] for one in screen.figures[0]["layout"]["annotations"]}

    screen = visit("Map")
    assert names(screen) >= {"Acme", "Bolt", "Cork", "Dune"}
    assert "country" in screen.set("named", ["country"]).url["named"]
    assert {"Norway", "Italy"} <= names(screen) and not {"Acme", "Bolt"} & names(screen)
    assert names(visit("Map", named=["brand", "country"])) >= {"Acme &amp; Norway", "Dune &amp; Italy"}
    rows = f"rows:{','.join(map(str, range(60)))}"

    def sentences(**query):
        (facts,) = visit("Map", select=rows, **query).components("fact_list")
        return {row["name"].split(":")[0] for row in facts["rows"]}

    assert sentences() == {"Acme", "Bolt", "Cork", "Dune", "Norway", "Italy"}
    assert sentences(named="country") == {"Norway", "Italy"}


def test_what_was_found_and_the_item_in_focus_are_added_to_the_selection(world, visit):
    screen = visit("Map", title="^red [01]$", select="rows:9", item="Blue 0")
    for label in ("Add 2 found to the selection", "Add the item in focus to the selection"):
        next(button for button in screen.at.button if button.label == label).click()
        screen.run()
    assert screen.url["select"] == "rows:9,0,1,16"
    assert not [button for button in screen.at.button if button.label.startswith("Add ")]
    screen.set("title", "").set("item", None)
    assert set(screen.lists[0]) == {"Green 1", "Red 0", "Red 1", "Blue 0"}
