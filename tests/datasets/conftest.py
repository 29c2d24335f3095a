"""Nine ratings of four films in every file layout of GroupLens."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

# user, movie, rating, timestamp; movie 4 is never rated, ids have gaps (user 20, movie 30)
RATINGS = [
    (1, 1, 5, 964982703),
    (1, 2, 3, 964981247),
    (1, 30, 4, 964982224),
    (7, 1, 4, 874965758),
    (7, 3, 1, 876893171),
    (20, 1, 3, 1094785740),
    (20, 2, 2, 1094785741),
    (20, 3, 5, 1094785742),
    (20, 30, 1, 1094785743),
]
MOVIES = [
    (1, "Matrix, The (1999)", ["Action", "Sci-Fi"]),
    (2, "Bug's Life, A (1998)", ["Animation", "Children's"]),
    (3, "Misérables, Les (1935)", ["Drama"]),
    (4, "Never Rated (2000)", ["Drama"]),
    (30, "Misérables, Les (1998)", []),
]
LINKS = "movieId,imdbId,tmdbId\n1,0133093,603\n2,0120623,9487.0\n3,0026725,\n4,0000001,1\n"
FLAGS = ["unknown", "Action", "Animation", "Children's", "Drama", "Sci-Fi"]


def _csv_movies() -> str:
    rows = [f'{i},"{title}",{_joined(genres)}' for i, title, genres in MOVIES]
    return "\n".join(["movieId,title,genres", *rows]) + "\n"


def _joined(genres: list[str]) -> str:
    return "|".join(genres).replace("Children's", "Children") or "(no genres listed)"


def write_100k(folder: Path) -> None:
    (folder / "u.data").write_text("".join(f"{u}\t{i}\t{r}\t{t}\n" for u, i, r, t in RATINGS))
    (folder / "u.genre").write_text("".join(f"{name}|{k}\n" for k, name in enumerate(FLAGS)) + "\n")
    lines = []
    for i, title, genres in MOVIES:
        flags = [str(int(name in (genres or ["unknown"]))) for name in FLAGS]
        lines.append("|".join([str(i), title, "01-Jan-1999", "", "http://us.imdb.com/", *flags]))
    (folder / "u.item").write_bytes("\n".join(lines).encode("latin-1"))
    (folder / "u1.test").write_text("7\t1\t4\t874965758\n1\t30\t4\t964982224\n")


def _write_colons(folder: Path, encoding: str) -> None:
    (folder / "ratings.dat").write_text("".join(f"{u}::{i}::{r}::{t}\n" for u, i, r, t in RATINGS))
    lines = [f"{i}::{title}::{'|'.join(genres) or '(no genres listed)'}\n" for i, title, genres in MOVIES]
    (folder / "movies.dat").write_bytes("".join(lines).encode(encoding))


def write_1m(folder: Path) -> None:
    _write_colons(folder, "latin-1")
    (folder / "users.dat").write_text("1::F::1::10::48067\n")


def write_10m(folder: Path) -> None:
    _write_colons(folder, "utf-8")


def write_csv(folder: Path) -> None:
    rows = "".join(f"{u},{i},{r}.0,{t}\n" for u, i, r, t in RATINGS)
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + rows)
    (folder / "movies.csv").write_text(_csv_movies(), encoding="utf-8")
    (folder / "links.csv").write_text(LINKS)


def write_kaggle(folder: Path) -> None:
    when = [datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%d %H:%M:%S") for *_, t in RATINGS]
    rows = "".join(f'{u},{i},{r},"{w}"\n' for (u, i, r, _), w in zip(RATINGS, when, strict=True))
    (folder / "rating.csv").write_text('"userId","movieId","rating","timestamp"\n' + rows)
    (folder / "movie.csv").write_text(_csv_movies(), encoding="utf-8")
    (folder / "link.csv").write_text(LINKS)


def write_pool(folder: Path) -> None:
    ratings = pd.DataFrame(RATINGS, columns=["userId", "movieId", "rating", "timestamp"])
    ratings.astype({"userId": "int32", "movieId": "int32", "rating": "float32"}).to_parquet(folder / "ratings.parquet")
    rows = [(i, title, _joined(genres)) for i, title, genres in MOVIES]
    pd.DataFrame(rows, columns=["movieId", "title", "genres"]).to_parquet(folder / "movies.parquet")
    (folder / "links.csv").write_text(LINKS)


WRITERS = {
    "100k": write_100k,
    "1m": write_1m,
    "10m": write_10m,
    "csv": write_csv,
    "kaggle": write_kaggle,
    "pool": write_pool,
}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """written("1m"): path of a folder with the ratings in that layout."""

    def write(layout: str) -> Path:
        folder = tmp_path / f"ml-{layout}"
        folder.mkdir()
        WRITERS[layout](folder)
        return folder

    return write


@pytest.fixture
def zipped() -> Callable[[Path], Path]:
    """zipped(folder): path of a zip with the folder inside, as GroupLens packs it."""

    def pack(folder: Path) -> Path:
        path = folder.with_name(f"{folder.name}.zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{folder.name}/", "")
            archive.writestr("__MACOSX/._junk", "junk")
            for file in folder.iterdir():
                archive.write(file, f"{folder.name}/{file.name}")
        return path

    return pack
