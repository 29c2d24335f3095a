"""Default color of an import: the column on which neighbors agree most, in worlds where it is known."""

import numpy as np
import pandas as pd
import pytest

from explorer.core.columns import Schema, guess_columns
from explorer.formats.parsed_file import ParsedFile
from explorer.importing.build import build, preview
from explorer.importing.group import SAMPLE, with_group
from explorer.importing.join import join
from explorer.importing.plan import guess

WORDS = np.array(["Acme", "Bolt", "Core", "Dyne", "Echo"])


def shop(n, by, seed=0):
    """Products whose vectors are clustered by one of their columns, or by none."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "key": [f"sku {number}" for number in range(n)],
            "tags": [list(WORDS[rng.choice(5, 2, replace=False)] + "-like") for _ in range(n)],
            "brand": WORDS[rng.integers(0, 5, n)],
            "in_stock": rng.random(n) < 0.9,
        }
    )
    vectors = rng.standard_normal((n, 16)).astype(np.float32)
    centers = 6 * rng.standard_normal((5, 16))
    if by == "tags":
        vectors += sum(np.array([centers[WORDS.tolist().index(tags[i][:4])] for tags in table["tags"]]) for i in (0, 1))
    elif by == "in_stock":
        vectors += np.where(table[["in_stock"]], centers[:1], centers[1:2])
    elif by:
        vectors += centers[[WORDS.tolist().index(name) for name in table[by]]]
    return vectors.astype(np.float32), table, Schema(guess_columns(table))


@pytest.mark.parametrize("by", ["brand", "tags", "in_stock"])
@pytest.mark.parametrize("n", [300, SAMPLE + 500])
def test_column_that_makes_the_clusters_is_the_default_color(n, by):
    vectors, table, schema = shop(n, by)
    chosen, note = with_group(schema, table, vectors)
    assert chosen.by_role("group").name == by
    assert note.startswith(f"Default color: '{by}'; neighbors agree on it ")
    assert [column.role for column in chosen.values()].count("group") == 1


def test_default_stays_where_neighbors_agree_on_nothing():
    changed = 0
    for seed in range(40):
        vectors, table, schema = shop(200, "", seed)
        chosen, note = with_group(schema, table, vectors)
        changed += bool(note)
        assert chosen.by_role("group") is not None
    assert changed == 0


def test_unknown_values_do_not_count_as_agreement():
    vectors, table, _ = shop(400, "brand")
    table.loc[np.arange(400) % 2 == 0, "brand"] = None
    table["gap"] = np.where(np.arange(400) < 380, None, "x")
    chosen, note = with_group(Schema(guess_columns(table)), table, vectors)
    assert chosen.by_role("group").name == "brand" and "'brand'" in note


@pytest.mark.parametrize("vectors", [np.zeros((40, 3), np.float32), np.ones((40, 3), np.float32)])
def test_equal_vectors_prove_nothing(vectors):
    _, table, schema = shop(40, "")
    assert with_group(schema, table, vectors)[0].by_role("group") == schema.by_role("group")


def test_preview_and_import_choose_the_same():
    vectors, table, _ = shop(300, "brand")
    read = ParsedFile(vectors, table.assign(tags=table["tags"].map("|".join)), "shop", "csv")
    plan = guess(read)
    made, shown = build(read, None, plan), preview(join(read, None), plan, 100, vectors)
    assert made.schema.by_role("group").name == shown.schema.by_role("group").name == "brand"
    assert any("Default color: 'brand'" in note for note in made.manifest["source"]["notes"])


def test_one_candidate_needs_no_proof():
    vectors, table, _ = shop(100, "brand")
    table = table[["key", "brand"]]
    schema = Schema(guess_columns(table))
    assert with_group(schema, table, vectors) == (schema, "")
