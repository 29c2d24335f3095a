"""MovieLens in every layout GroupLens has published: https://grouplens.org/datasets/movielens."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.datasets import archive
from explorer.datasets.archive import File
from explorer.datasets.movielens import movies, rating_columns
from explorer.datasets.movielens.rating_columns import Form, Progress
from explorer.datasets.ratings import Ratings, build
from explorer.errors import BadData, BadRequest

WHOLE_STARS = (1.0, 5.0)
HALF_STARS = (0.5, 5.0)


@dataclass(frozen=True)
class Layout:
    """The files of one family of releases."""

    releases: str
    ratings: str
    movies: str
    form: Form
    genres: str | None = None  # names of the genre flags
    links: str | None = None  # optional


LAYOUTS = (
    Layout("100K", "u.data", "u.item", Form("\t", WHOLE_STARS), genres="u.genre"),
    Layout("1M, 10M", "ratings.dat", "movies.dat", Form("::", HALF_STARS)),
    Layout("latest, 20M, 25M, 32M", "ratings.csv", "movies.csv", Form(",", HALF_STARS), links="links.csv"),
    Layout("20M from Kaggle", "rating.csv", "movie.csv", Form(",", HALF_STARS, dates=True), links="link.csv"),
    Layout("pool", "ratings.parquet", "movies.parquet", Form("", HALF_STARS), links="links.csv"),
)


def is_folder_or_zip(path: str | Path) -> bool:
    """Whether a path is a folder or a .zip, as a release is; trainings take any other file for one of their own."""
    return Path(path).is_dir() or Path(path).suffix == ".zip"


def load(path: str | Path, progress: Progress | None = None) -> Ratings:
    """Read the ratings of a GroupLens release: its folder or the downloaded .zip, files at the top or one folder down.

    progress: called with (bytes done, total) of the ratings file. Of several ratings of one movie by one user the
    newest is kept. Raises BadData with file, line and value.
    """
    with archive.opened(path) as root:
        folder, layout = _find(root)
        file, form = folder / layout.ratings, form_of(folder, layout)
        table = movie_table(folder, layout)
        read = rating_columns.read_ratings(file, form, progress)
        known = pd.Index(table["item_id"])
        if not pd.Index(pd.unique(read["item"])).isin(known).all():
            first = int(pd.Index(read["item"]).isin(known).argmin())
            raise rating_columns.explain(file, form, set(known), first) or BadData(
                f"{file}: unknown movie in row {first + 1}"
            )
        name = (Path(path).resolve() if folder is root else folder).name.removesuffix(".zip")
        return build(**read, items=table, scale=form.scale, name=name, kind="movielens")


def split(path: str | Path, ratings: Ratings, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `ratings` for training and testing, ascending, by one of the splits of 100K (`u1`..`u5`, `ua`, `ub`).

    Raises BadRequest if the release has no such split, BadData if its file does not fit the ratings.
    """
    with archive.opened(path) as root:
        folder, layout = _find(root)
        if f"{name}.test" not in archive.names(folder):
            raise BadRequest(f"{folder}: no split {name!r}; there is no file {name}.test (100K has u1 to u5)")
        test = rating_columns.read_ratings(folder / f"{name}.test", form_of(folder, layout))
    item_ids = ratings.items["item_id"].to_numpy()
    ours = pd.MultiIndex.from_arrays([ratings.user_ids[ratings.user], item_ids[ratings.item]])
    tested = ours.isin(pd.MultiIndex.from_arrays([test["user"], test["item"]]))
    if tested.sum() != len(test["user"]):
        raise BadData(f"{folder}: {name}.test has {len(test['user'])} rows, {tested.sum()} of them in {layout.ratings}")
    return np.flatnonzero(~tested), np.flatnonzero(tested)


def data_root() -> Path | None:
    """The folder of training data: EXPLORER_DATA, else data/ in the current folder if it is there, else None."""
    if os.environ.get("EXPLORER_DATA"):
        return Path(os.environ["EXPLORER_DATA"])
    return Path("data") if Path("data").is_dir() else None


def _find(root: File) -> tuple[File, Layout]:
    """Find the folder that holds a release, and its layout."""
    found = []
    for folder in archive.folders(root):
        present = archive.names(folder)
        layout = next((lay for lay in LAYOUTS if lay.ratings in present), None)
        layout = layout or next((lay for lay in LAYOUTS if lay.movies in present), None)
        if layout and folder is root:
            return _complete(folder, layout, present)
        if layout:
            found.append((folder, layout, present))
    if not found:
        known = "; ".join(f"{lay.ratings} + {lay.movies} ({lay.releases})" for lay in LAYOUTS)
        here = ", ".join(sorted(child.name for child in root.iterdir())[:10]) or "nothing"
        raise BadData(f"{root}: no MovieLens data set. Known layouts: {known}. Found: {here}")
    if len(found) > 1:
        raise BadData(f"{root}: several data sets ({', '.join(folder.name for folder, *_ in found)}); give one of them")
    return _complete(*found[0])


def _complete(folder: File, layout: Layout, present: set[str]) -> tuple[File, Layout]:
    for name in (layout.ratings, layout.movies, layout.genres):
        if name and name not in present:
            raise BadData(f"{folder}: {name} is missing; layout {layout.releases} needs it, download the set again")
    return folder, layout


def form_of(folder: File, layout: Layout) -> Form:
    """Row format: 1M and 10M differ by users.dat, and only 1M has whole stars."""
    if layout.form.delimiter == "::" and "users.dat" in archive.names(folder):
        return Form("::", WHOLE_STARS)
    return layout.form


def movie_table(folder: File, layout: Layout) -> pd.DataFrame:
    """The movies of a release, with their ids on other sites if available. Raises BadData."""
    table = movies.read_movies(folder / layout.movies, folder / layout.genres if layout.genres else None)
    if layout.links and layout.links in archive.names(folder):
        table = table.merge(movies.links(folder / layout.links), on="item_id", how="left", validate="one_to_one")
    return table
