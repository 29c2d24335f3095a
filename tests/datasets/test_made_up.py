"""Generated data: planted structure and determinism."""

import numpy as np
import pytest

from explorer.datasets import made_up
from explorer.datasets.rating_table import RatingSource, load_ratings
from explorer.errors import BadRequest


def test_users_rate_and_choose_items_of_their_taste_more(tmp_path):
    data, metadata = made_up.write_world("ratings", tmp_path)
    ratings = load_ratings(data, RatingSource(items=str(metadata)))
    assert (ratings.n_users, ratings.n_items, ratings.n_ratings) == (1000, 200, 40_000)
    assert set(ratings.items[made_up.GROUP]) == set(made_up.GROUPS)
    world = made_up.make_world()
    people = np.array([int(user.split()[1]) - 1 for user in ratings.user_ids])[ratings.user]
    group = np.array([made_up.GROUPS.index(made_up.item_group(key)) for key in ratings.items["key"]])[ratings.item]
    liked = (world.liked[people] == group[:, None]).any(axis=1)
    assert liked.mean() > 0.6  # by chance a quarter
    assert ratings.rating[liked].mean() - ratings.rating[~liked].mean() > 1


@pytest.mark.parametrize("kind", made_up.WRITERS)
def test_same_seed_gives_the_same_files(tmp_path, kind):
    first, again, other = (made_up.write_world(kind, tmp_path / f"{n}", seed)[0] for n, seed in enumerate((0, 0, 1)))
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()
    assert made_up.is_made_up(first)
    assert not made_up.is_made_up(tmp_path / "ratings.csv")
    assert not [file for file in first.parent.iterdir() if file.name.startswith(".")]


def test_unwritable_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadRequest, match="Nothing can be written"):
        made_up.write_world("ratings", tmp_path / "file")
    with pytest.raises(BadRequest, match="no made-up world of 'poems'"):
        made_up.write_world("poems", tmp_path)
