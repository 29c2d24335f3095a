"""The commands `compare` and `diagnose`."""

import numpy as np
import pytest

from explorer import artifacts

HOSTILE = "<b>Bold</b> & [red]Co[/red]"


@pytest.fixture
def moved_path(tmp_path, colours):
    """The colors artifact with Red 5 moved among the blue shades."""
    vectors = np.array(colours.vectors)
    vectors[5] = vectors[21]
    return artifacts.save(tmp_path / "moved", vectors, colours.items, {})


@pytest.fixture
def other_path(tmp_path, colours):
    """Items that share no key with the colors."""
    items = colours.items[["key"]].assign(key=[f"other {row}" for row in range(24)])
    return artifacts.save(tmp_path / "other", colours.vectors, items, {})


def test_compare_prints_overlap_and_the_items_changed_most_and_least(answer, colours_path, moved_path):
    document = answer("compare", colours_path, moved_path, "--k", 3)
    assert document["a"] == {"artifact": "colours", "items": 24, "dimensions": 4}
    assert (document["b"]["artifact"], document["common"], document["by"], document["k"]) == ("moved", 24, "item_id", 3)
    assert document["changed_most"][0] == {"key": "Red 5", "item_id": 5, "shared": 0, "jaccard": 0, "rbo": 0}
    assert document["changed_least"][0]["rbo"] == pytest.approx(1)
    assert 0.7 < document["jaccard"] < 1
    assert 0 < document["procrustes"]["disparity"] < document["procrustes"]["chance"]
    assert [row["decile"] for row in document["deciles"]] == list(range(1, 11))
    assert document["deciles"][0].keys() == {"decile", "items", "own", "a", "b", "ratio", "more"}
    assert document["shared"][0].keys() == {"decile", "a", "b", "more"}
    assert document["shared_by_chance"] < document["shared_neighbors"] < 3
    assert "item" not in document


def test_compare_lists_the_neighbors_of_one_item_in_both(answer, ask, colours_path, moved_path):
    item = answer("compare", colours_path, moved_path, "--k", 3, "--key", "Red 0")["item"]
    assert [found["key"] for found in item["a"]] == ["Red 1", "Red 2", "Red 3"]
    assert all(found["in_both"] for found in item["b"])
    assert list(item["a"][0])[:3] == ["key", "score", "in_both"]
    _, out, _ = ask("compare", colours_path, moved_path, "--k", 3, "--key", "Red 6")
    assert "* Red 7" in out
    assert "Changed most" in out
    assert "In no popularity decile" in out


def test_compare_without_popularity(answer, ask, other_path):
    document = answer("compare", other_path, other_path, "--k", 3)
    assert document["deciles"] is document["shared"] is None
    assert document["jaccard"] == 1
    assert document["popularity"]["overlap"] is None
    assert ask("compare", other_path, other_path, "--k", 3)[0] == 0


def test_compare_refuses_embeddings_without_common_items(ask, colours_path, moved_path, other_path):
    for words, message in (
        ([other_path], "colours (24 items) and other (24 items) have none in common"),
        ([moved_path, "--k", 24], "24 common items"),
        ([moved_path, "--key", "Mauve 1"], "no item 'Mauve 1'"),
        ([colours_path.parent / "absent"], "no artifact"),
    ):
        status, out, err = ask("compare", colours_path, *words)
        assert (status, out) == (2, "")
        assert message in err
        assert err.count("\n") == 1


def test_diagnose_prints_the_quality_card(answer, ask, colours_path):
    document = answer("diagnose", colours_path, "--k", 4)
    assert (document["artifact"], document["items"], document["dimensions"], document["k"]) == ("colours", 24, 4, 4)
    figures = {figure["name"]: figure for figure in document["figures"]}
    assert figures["neighbors that share a genre"]["value"] == 1
    assert figures["near-duplicates"]["unit"] == "pairs"
    assert bool(figures["near-duplicates"]["examples"]) == (figures["near-duplicates"]["value"] > 0)
    status, out, _ = ask("diagnose", colours_path, "--k", 4)
    assert status == 0
    assert all(name in out for name in figures)
    assert "Normal: " in out  # an unusual value is explained


def test_diagnose_measures_groups_of_a_file(answer, ask, colours_path, tmp_path):
    groups = tmp_path / "groups.csv"
    groups.write_text("group,item_id\nred,0\nred,1\n")
    figures = {f["name"]: f["value"] for f in answer("diagnose", colours_path, "--groups", groups)["figures"]}
    assert figures["groups: hit"] == figures["groups: recall"] == 1
    groups.write_text("group,item_id\n,0\n")
    status, out, err = ask("diagnose", colours_path, "--groups", groups)
    assert (status, out) == (2, "")
    assert f"{groups}, line 2" in err


def test_report_is_a_standalone_page(ask, colours, tmp_path):
    items = colours.items.assign(key=[HOSTILE, *colours.items["key"][1:]])
    path = artifacts.save(tmp_path / "hostile", np.repeat(colours.vectors[:1], 24, axis=0), items, {})
    report = tmp_path / "report.html"
    status, out, _ = ask("diagnose", path, "--report", report)
    assert status == 0
    assert str(report) in "".join(out.split())
    page = report.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<h1>hostile, quality card</h1>" in page
    assert page.count("<tr>") == 16
    assert "<b>" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; [red]Co[/red]" in page
    assert "http" not in page
    assert "src=" not in page
    assert HOSTILE in " ".join(out.split())  # and the terminal prints it unescaped


def test_unwritable_report_is_refused(ask, colours_path, tmp_path):
    for place in (tmp_path / "absent" / "report.html", tmp_path):
        status, out, err = ask("diagnose", colours_path, "--report", place)
        assert (status, out) == (2, "")
        assert "cannot be written" in err
    assert not list(tmp_path.glob("**/.*.part"))
