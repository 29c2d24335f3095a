"""Map page: selected, found and clicked items, and the comparison of a selection."""

import numpy as np
import pandas as pd
import pytest

from explorer.maps.enrichment import enrichment


def test_two_layouts_side_by_side_share_the_selection(root, colours, visit):
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


def test_selection_is_compared_with_the_films_shown(world, visit):
    screen = visit("Map", min_ratings="500", title="Red")
    shown = (world.items["n_ratings"] >= 500).to_numpy()
    red = world.items["title"].str.contains("Red").to_numpy() & shown
    expected = enrichment(world.items, red, shown)["sentence"].tolist()
    assert expected != enrichment(world.items, red)["sentence"].tolist()
    (facts,) = screen.components("value_list")
    assert [row["name"] for row in facts["rows"]] == expected


def test_matches_of_a_filter_can_be_zoomed_to_and_back(world, visit):
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


def test_details_of_a_clicked_item_are_shown_beside_the_map(world, visit):
    screen = visit("Map", select="rows:9")
    (card,) = screen.components("item_card")
    assert card["title"] == "Green 1"
    assert [button.label for button in screen.at.button if button.label == "Close"]
    next(button for button in screen.at.button if button.label == "Use as axis").click()
    screen.run()
    assert screen.control("method").value == "axes"
    assert screen.control("x_to").value == ["Green 1"]


def test_labels_and_selection_work_in_three_dimensions(world, visit):
    screen = visit("Map", method="space", select="rows:9")
    assert any(one["text"] == "Green 1" for one in screen.figures[0]["layout"]["scene"]["annotations"])
    (card,) = screen.components("item_card")
    assert card["title"] == "Green 1"


def test_regions_and_selections_are_named_by_the_chosen_columns(root, visit):
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
    screen = visit("Map")
    screen.at.selectbox(key="region").set_value("Cork")
    x0, x1, y0, y1 = map(float, screen.run().url["view"].split(","))
    assert (x0 + x1) / 2 == pytest.approx(0, abs=3) and (y0 + y1) / 2 == pytest.approx(10, abs=3)
    assert x1 < 10 and y0 > 0
    rows = f"rows:{','.join(map(str, range(60)))}"

    def sentences(**query):
        (facts,) = visit("Map", select=rows, **query).components("value_list")
        return {row["name"].split(":")[0] for row in facts["rows"]}

    assert sentences() == {"Acme", "Bolt", "Cork", "Dune", "Norway", "Italy"}
    assert sentences(named="country") == {"Norway", "Italy"}


def test_found_items_and_the_focused_item_can_be_added_to_the_selection(world, visit):
    screen = visit("Map", title="^red [01]$", select="rows:9", item="Blue 0")
    for label in ("Add 2 found to the selection", "Add the item in focus to the selection"):
        next(button for button in screen.at.button if button.label == label).click()
        screen.run()
    assert screen.url["select"] == "rows:9,0,1,16"
    assert not [button for button in screen.at.button if button.label.startswith("Add ")]
    screen.set("title", "").set("item", None)
    assert set(screen.lists[0]) == {"Green 1", "Red 0", "Red 1", "Blue 0"}
