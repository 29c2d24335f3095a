"""Map page: colors, sizes, labels, contours, trustworthiness."""

import numpy as np
import pytest

from explorer.figures.color_encoding import layer
from tests.pages.map_points import drawn, shades


def test_genre_combinations_have_colors_and_a_legend(world, visit):
    screen = visit("Map", colour="Genres and their mixtures", mixed=["Red", "Even"])
    assert drawn(screen).keys() >= {"Red", "Even", "Red + Even"} - {"other"}
    legend = next(iter(screen.components("legend")))
    counts = {genre["name"]: genre["count"] for genre in legend["values"]}
    assert counts == {"Red": "4", "Even": "8", "Red + Even": "4"}


@pytest.fixture
def judged(root, colours):
    """The colors artifact with a layout measured by another metric than the cosine."""
    from explorer import artifacts
    from explorer.maps.projection import project

    xy, facts = project(colours.vectors, "pca")
    manifest = {"layouts": {"pca": facts | {"recall_other_seed": 0.75}}}
    artifacts.save(root / "movielens", colours.vectors, colours.items, manifest, layouts={"pca": xy})
    return facts


def test_trustworthiness_of_the_map_is_shown_with_its_method(judged, visit):
    said = " ".join(caption.value for caption in visit("Map", item="Red 0").at.caption).replace("\\", "")
    measures = f"trustworthiness {judged['trustworthiness']:.2f}, continuity {judged['continuity']:.2f}"
    assert (
        f"PCA: {measures}, neighbors kept {judged['recall']:.0%}, with another seed 75% (of 11; chance 47.8%)" in said
    )
    assert "items close together may differ in other directions" in said
    # The lists below use the same metric, so the same numbers.
    assert f"trustworthiness {judged['trustworthiness']:.3f}, continuity {judged['continuity']:.3f}" in said


@pytest.mark.parametrize(
    ("colour", "measure"),
    [
        ("Trust: neighbors kept", "kept"),
        ("Trust: trustworthiness", "trustworthiness"),
        ("Trust: continuity", "continuity"),
    ],
)
def test_every_trust_measure_can_color_the_points(judged, colours, visit, colour, measure):
    from explorer import artifacts
    from explorer.maps.trustworthiness import map_trust

    screen = visit("Map", colour=colour)
    trace = next(t for t in screen.figures[0]["data"] if "customdata" in t)
    rows = [int(row[0]) for row in trace["customdata"]]
    expected = getattr(map_trust(colours.vectors, artifacts.load("movielens").layout("pca"), 11, "euclidean"), measure)
    assert trace["marker"]["color"].tolist() == shades(expected)[rows].tolist()


def test_points_can_be_colored_by_any_kind_of_column(products, visit):
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


def test_label_layers_can_be_switched_on(products, visit):
    found = drawn(visit("Map", colour="Tags in layers", layers=["new", "old"]))
    assert found["old"] == set(range(2, 24, 3)) and "sale" not in found
    assert found["new"] == set(range(0, 24, 3)) | set(range(1, 24, 3))
    assert drawn(visit("Map", colour="Tags in layers"))["sale"] == set(range(1, 24, 3))


def test_color_scale_of_a_number_can_be_chosen(products, visit):
    trace = next(t for t in visit("Map", colour="Price", scale="rank").figures[0]["data"] if t["name"] == "Price")
    assert sorted(trace["marker"]["color"]) == sorted(shades(np.linspace(0, 1, 24)))


def test_size_and_axes_can_be_number_and_date_columns(products, visit):
    screen = visit("Map", size="Price", method="axes", x="price", y="added")
    (trace,) = [t for t in screen.figures[0]["data"] if len(t.get("customdata", ()))]
    rows = np.array([int(row[0]) for row in trace["customdata"]])
    price = products.items["price"].to_numpy()[rows]
    assert (np.diff(np.asarray(trace["marker"]["size"])[np.argsort(price)]) >= 0).all()
    assert (np.diff(np.asarray(trace["x"])[np.argsort(price)]) >= 0).all()
    assert (np.diff(np.asarray(trace["y"])[np.argsort(rows)]) > 0).all()
    equal = visit("Map", size="All the same").figures[0]["data"]
    assert all(len(set(t["marker"]["size"])) == 1 for t in equal if len(t.get("customdata", ())))


def test_contours_can_be_switched_on(world, visit):
    assert any(trace["type"] == "contour" for trace in visit("Map", contours="1").figures[0]["data"])


def test_color_limits_can_be_set_and_are_reset_with_the_color_column(products, visit):
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
