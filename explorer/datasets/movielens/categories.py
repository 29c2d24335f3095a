"""ML-1M as a categorical table: gender, age, occupation and region of the user, genres of the film, rating."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from explorer.datasets import archive, movielens
from explorer.datasets.archive import File
from explorer.datasets.categorical_table import CategoricalTable, Column, padded
from explorer.datasets.movielens.rating_columns import Progress
from explorer.errors import BadData

GENDERS = {"F": "women", "M": "men"}
AGES = {1: "under 18", 18: "18-24", 25: "25-34", 35: "35-44", 45: "45-49", 50: "50-55", 56: "56 and over"}
OCCUPATIONS = (
    "other", "academic or educator", "artist", "clerical or admin", "college or grad student", "customer service",
    "doctor or health care", "executive or managerial", "farmer", "homemaker", "K-12 student", "lawyer", "programmer",
    "retired", "sales or marketing", "scientist", "self-employed", "technician or engineer", "tradesman or craftsman",
    "unemployed", "writer",
)  # fmt: skip
# states by the first digit of the zip code (United States Postal Service)
STATES = (
    "CT MA ME NH NJ RI VT", "DE NY PA", "DC MD NC SC VA WV", "AL FL GA MS TN", "IN KY MI OH", "IA MN MT ND SD WI",
    "IL KS MO NE", "AR LA OK TX", "AZ CO ID NM NV UT WY", "AK CA HI OR WA",
)  # fmt: skip
USERS = "users.dat"
_FIELDS = ("user", "gender", "age", "occupation", "zip code")


def ml_1m(path: str | Path, digits: int = 2, progress: Progress | None = None) -> CategoricalTable:
    """ML-1M (folder or .zip) as a table with a row per rating: gender, age, occupation, region, genres -> rating.

    digits: number of digits of the zip code that make the region. A cell has several genres. Raises BadData.
    """
    ratings = movielens.load(path, progress)
    with archive.opened(path) as root:
        folder = next((place for place in archive.folders(root) if USERS in archive.names(place)), None)
        if folder is None:
            raise BadData(f"{path}: no {USERS}; only the MovieLens release 1M has it. Or give a table")
        users = _users(folder / USERS, digits)
    rows = users.index.get_indexer(ratings.user_ids)
    if (rows < 0).any():
        raise BadData(f"{path}: user {ratings.user_ids[rows < 0][0]} has rated but is missing from {USERS}")
    who = users.iloc[rows]
    columns = [_column(name, who[name], ratings.user) for name in who]
    genres = ratings.items["genres"]
    codes, names = pd.factorize(np.array([genre for cell in genres for genre in cell], dtype=object))
    wide, known = padded(codes, genres.str.len().to_numpy(), list(names))
    columns.append(Column("genres", wide[ratings.item], known))
    return CategoricalTable(ratings.name, columns, "rating", ratings.rating, None)


def _column(name: str, values: pd.Series, user: np.ndarray) -> Column:
    codes, names = pd.factorize(values.to_numpy(), sort=True)
    return Column(name, codes.astype(np.int32)[user][:, None], list(names))


def _users(file: File, digits: int) -> pd.DataFrame:
    """Gender, age, occupation and region of each user, by id. Raises BadData with file, line and value."""
    found: dict[int, tuple[str, str, str, str]] = {}
    for number, line in enumerate(archive.text(file).splitlines(), 1):
        fields = line.split("::")
        if len(fields) != len(_FIELDS):
            raise BadData(f"{file}, line {number}: {len(_FIELDS)} fields expected, {len(fields)} found in {line!r}")
        user, gender, age, occupation, code = fields
        try:
            known = GENDERS[gender], AGES[int(age)], OCCUPATIONS[int(occupation)]
            found[int(user)] = (*known, _region(code, digits))
        except (KeyError, ValueError, IndexError) as error:
            raise BadData(f"{file}, line {number}: {line!r} is not a user of ML-1M ({error})") from error
    return pd.DataFrame.from_dict(found, orient="index", columns=["gender", "age", "occupation", "region"])


def _region(code: str, digits: int) -> str:
    start = code[:digits]
    if not (len(start) == digits and start.isascii() and start.isdecimal()):
        return "elsewhere"
    return f"{start}: {STATES[int(start)]}" if digits == 1 else f"{start} ({STATES[int(start[0])]})"
