"""Movie tables of the GroupLens releases: ids, titles, years, genres, and the ids of other sites."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.datasets.archive import File, text
from explorer.datasets.movielens import titles as movielens_titles
from explorer.errors import BadData

Row = tuple[int, list[str]]  # line, fields
_FACTS_BEFORE_FLAGS = 5  # u.item: id, title, release date, video release date, IMDb address, then a flag per genre


def read_movies(file: File, genres: File | None = None) -> pd.DataFrame:
    """item_id int64, title, year Int32, genres (list of str); one row per movie, in file order.

    file: movies.csv, movie.csv, movies.dat, movies.parquet or u.item; the last needs u.genre as `genres`.
    Raises BadData with file, line and value.
    """
    seen: dict[int, tuple[str, int | None, list[str]]] = {}
    for line, (raw_id, raw_title, raw_genres) in _rows(file, genres):
        item_id = _number(raw_id)
        if item_id is None:
            raise BadData(f"{file}, line {line}: movieId {raw_id!r} is not a whole number")
        if item_id in seen:
            raise BadData(f"{file}, line {line}: movieId {raw_id!r} is repeated; remove one of the lines")
        title, year = movielens_titles.parse(raw_title)
        seen[item_id] = title or f"#{item_id}", year, movielens_titles.genres(raw_genres)
    if not seen:
        raise BadData(f"{file}: no movies in the file")
    table = pd.DataFrame(seen.values(), columns=["title", "year", "genres"])
    table["year"] = table["year"].astype("Int32")
    table.insert(0, "item_id", pd.Series(list(seen), dtype="int64"))
    return table


def links(file: File) -> pd.DataFrame:
    """item_id int64, imdb_id and tmdb_id Int64 (missing where unknown), from links.csv or link.csv.

    Raises BadData with file, line and value.
    """
    rows = []
    for line, fields in _csv_rows(file, ("movieId", "imdbId", "tmdbId")):
        numbers = [_number(value) if value else pd.NA for value in fields]
        for name, value, number in zip(("movieId", "imdbId", "tmdbId"), fields, numbers, strict=True):
            if number is None or (name == "movieId" and not value):
                raise BadData(f"{file}, line {line}: {name} {value!r} is not a whole number")
        rows.append(numbers)
    table = pd.DataFrame(rows, columns=["item_id", "imdb_id", "tmdb_id"])
    return table.astype({"item_id": "int64", "imdb_id": "Int64", "tmdb_id": "Int64"}).drop_duplicates("item_id")


def _rows(file: File, genres: File | None) -> Iterator[Row]:
    """(line, [id, title, genres]) of any movie table."""
    if genres is not None:
        return _flag_rows(file, _flag_names(genres))
    if file.name.endswith(".dat"):
        return _colon_rows(file)
    if file.name.endswith(".parquet"):
        return _parquet_rows(file)
    return _csv_rows(file, ("movieId", "title", "genres"))


def _csv_rows(file: File, columns: tuple[str, ...]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text(file), newline=""))
    try:
        header = next(reader, [])
        for name in columns:
            if name not in header:
                raise BadData(f"{file}, line 1: no column {name!r}; found {', '.join(map(repr, header)) or 'nothing'}")
        wanted = [header.index(name) for name in columns]
        for row in reader:
            if row and len(row) != len(header):
                raise BadData(f"{file}, line {reader.line_num}: {len(header)} fields expected, {len(row)} in {row}")
            if row:
                yield reader.line_num, [row[index] for index in wanted]
    except csv.Error as error:
        raise BadData(f"{file}, line {reader.line_num}: {error}") from error


def _lines(file: File) -> Iterator[tuple[int, str]]:
    lines = text(file).replace("\r\n", "\n").split("\n")  # splitlines would also split at control characters
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _colon_rows(file: File) -> Iterator[Row]:
    for number, line in _lines(file):
        start, _, rest = line.partition("::")
        title, _, genres = rest.rpartition("::")
        if not title:
            raise BadData(f"{file}, line {number}: `id::title::genres` expected, found {line!r}")
        yield number, [start, title, genres]


def _flag_rows(file: File, names: list[str]) -> Iterator[Row]:
    expected = _FACTS_BEFORE_FLAGS + len(names)
    for number, line in _lines(file):
        fields = line.split("|")
        if len(fields) != expected:
            raise BadData(f"{file}, line {number}: {expected} fields expected, {len(fields)} found in {line!r}")
        flags = zip(names, fields[_FACTS_BEFORE_FLAGS:], strict=True)
        yield number, [fields[0], fields[1], "|".join(name for name, flag in flags if flag == "1")]


def _flag_names(file: File) -> list[str]:
    """Genre names in the order of their flags, from lines `Action|1`; `unknown` is not a genre and becomes empty."""
    names: dict[int, str] = {}
    for number, line in _lines(file):
        name, _, index = line.rpartition("|")
        if (position := _number(index)) is None:
            raise BadData(f"{file}, line {number}: `genre|number` expected, found {line!r}")
        names[position] = "" if name == "unknown" else name
    return [names[position] for position in sorted(names)]


def _parquet_rows(file: File) -> Iterator[Row]:
    columns = ["movieId", "title", "genres"]
    try:
        table = pq.read_table(io.BytesIO(file.read_bytes()))
    except (pa.ArrowException, OSError) as error:
        raise BadData(f"{file}: not an intact parquet file ({str(error).splitlines()[0]})") from error
    for name in columns:
        if name not in table.column_names:
            raise BadData(f"{file}: no column {name!r}; found {', '.join(map(repr, table.column_names))}")
    rows = zip(*(table.column(name).to_pylist() for name in columns), strict=True)
    for number, row in enumerate(rows, 1):
        yield number, ["" if value is None else str(value) for value in row]


def _number(value: str) -> int | None:
    """A whole number, also as `862.0`; None for anything else."""
    whole, _, rest = value.strip().partition(".")
    digits = whole.isascii() and whole.isdecimal() and len(whole) <= 18  # fits into int64
    return int(whole) if digits and not rest.strip("0") else None
