"""URLs about films: pages on other sites, and filters in links of earlier versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pandas as pd

from explorer.core.columns import Choice, OneOf, Range
from explorer.core.columns.choice import MODES, Mode

OLD_PARAMETERS = ("min_ratings", "genres", "genre_mode", "years")
TITLE = "film"  # parameter of the Learn page: the film whose rating is predicted
ID_COLUMNS = ("imdb_id", "tmdb_id")  # shown as links


def pages_about(manifest: Mapping[str, Any], item: pd.Series) -> dict[str, str]:
    """Pages about an item on other sites, name -> URL: IMDb and TMDB for films, Wikipedia for articles."""
    links = {}
    if manifest.get("kind") in ("books", "links"):  # keys are titles of articles
        links["Wikipedia"] = f"https://en.wikipedia.org/wiki/{quote(item['key'].replace(' ', '_'))}"
    sites = {"imdb_id": ("IMDb", "https://www.imdb.com/title/tt{:07d}/"),
             "tmdb_id": ("TMDB", "https://www.themoviedb.org/movie/{}")}  # fmt: skip
    for column, (site, url) in sites.items():
        with suppress(ValueError, TypeError):
            links[site] = url.format(int(item[column])) if column in item else ""
    return {site: url for site, url in links.items() if url}


def filters_by_role(parameters: Mapping[str, Sequence[str]]) -> dict[str, Choice]:
    """The filters of a link of an earlier version, by the role of their column; invalid values are ignored.

    parameters: OLD_PARAMETERS -> values in the URL.
    """
    found: dict[str, Choice] = {}
    with suppress(ValueError, IndexError):
        found["popularity"] = Range(low=int(parameters.get("min_ratings", [])[0]) or None)
    wanted = tuple(value for value in parameters.get("genres", ()) if value)
    if wanted:
        mode: Mode = next((mode for mode in MODES if mode in parameters.get("genre_mode", ())), "any")
        found["group"] = OneOf(wanted, mode)
    years = parameters.get("years", ())
    if len(years) == 2:
        with suppress(ValueError):
            found["year"] = Range(low=int(years[0]), high=int(years[1]))
    return found
