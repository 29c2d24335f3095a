"""Map: which films are drawn, which stand out, and what the link says about it."""

import numpy as np
import pytest


def drawn(screen) -> dict[str, set[int]]:
    """Rows of the points in each colour: by genre, and `other` for the grey ones."""
    found: dict[str, set[int]] = {}
    for trace in screen.figures[0]["data"]:
        for n, row in enumerate(trace.get("customdata", ())):
            coloured = trace["name"] == "genres"
            name = trace["meta"][int(trace["marker"]["color"][n])] if coloured else trace["name"]
            found.setdefault(name, set()).add(int(row[0]))
    return found


def shown(screen) -> set[int]:
    return set().union(*drawn(screen).values())


def standing_out(screen) -> set[int]:
    return set().union(*(rows for name, rows in drawn(screen).items() if name != "other"))


def test_every_film_is_drawn_in_its_rarest_genre(world, visit):
    screen = visit("Map")
    assert shown(screen) == set(range(24))
    for c, colour in enumerate(("Red", "Green", "Blue")):
        # Even (12 films) is the most frequent genre, so each film counts as its colour
        assert drawn(screen)[colour] == set(range(8 * c, 8 * c + 8))
    points = next(t for t in screen.figures[0]["data"] if t["name"] == "genres")
    rows = [int(row[0]) for row in points["customdata"]]
    assert np.asarray(points["x"]) == pytest.approx(world.layout("pca")[rows, 0])


def test_films_below_the_ratings_are_not_drawn(world, visit):
    screen = visit("Map", min_ratings="500")
    assert shown(screen) == set(np.flatnonzero(world.items["n_ratings"] >= 500))
    assert screen.set("min_ratings", 0).url["min_ratings"] == "0"
    assert shown(screen) == set(range(24))


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
    assert "not a title pattern" in error
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
    (chips,) = screen.components("genre_chips")
    assert chips["chosen"] == genres
    assert screen.control("genre_mode").value == mode


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


def test_the_map_stays_the_same_chart_when_what_it_shows_changes(world, visit):
    screen = visit("Map")
    before = screen.at.get("plotly_chart")[0].proto
    screen.set("title", "^red")
    after = screen.at.get("plotly_chart")[0].proto
    assert before.spec != after.spec
    assert before.id == after.id != ""
