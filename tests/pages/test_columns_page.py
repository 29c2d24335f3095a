"""Columns: distribution, direction and the measurements that a job has stored."""

from explorer import artifacts
from explorer.jobs.columns_job import ProbeRequest, probe_columns


def test_the_group_is_shown_first_with_its_counts(world, visit):
    screen = visit("Columns")
    assert screen.control("column").value == "genres"
    rows = {row["name"]: row["value"] for row in screen.components("fact_list")[0]["rows"]}
    assert rows == {"Even": "12", "Blue": "8", "Green": "8", "Red": "8"}
    assert "Known for 24 of 24 films" in screen.notes


def test_a_number_has_a_histogram_and_a_direction_with_two_ends(world, visit):
    screen = visit("Columns", column="n_ratings")
    assert sum(screen.figures[0]["data"][0]["y"]) == 24
    assert [len(keys) for keys in screen.lists] == [10, 10]


def test_what_was_measured_is_shown(world, root, visit):
    assert any(button.label == "Measure" for button in visit("Columns").at.button)
    probe_columns(ProbeRequest(str(root / "movielens")))
    assert "probes" in artifacts.manifest("movielens")
    screen = visit("Columns")
    assert any(button.label == "Measure again" for button in screen.at.button)
    assert any("Number of ratings" in row["name"] for data in screen.components("fact_list") for row in data["rows"])


def test_no_page_knows_a_column_of_films():
    """Pages know no column's name: they loop over the schema."""
    import re

    from tests import ROOT

    known = re.compile(
        r"""\bgenres?\b|(?<!\.)\bn_ratings\b|\bfilms?\b|\[["']year["']\]|["']year["'] in""", re.IGNORECASE
    )
    files = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "explorer/webapp").rglob("*.py")]
    files += [file for end in ("js", "css") for file in (ROOT / "explorer/webapp").rglob(f"*.{end}")]
    assert len(files) > 50
    found = [f"{file.relative_to(ROOT)}: {hit[0]}" for file in files for hit in known.finditer(file.read_text("utf-8"))]
    assert not found
