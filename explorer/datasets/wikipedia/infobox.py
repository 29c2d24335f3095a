"""Parse the infobox of a Wikipedia book article into columns."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from explorer.datasets.wikipedia.book_genres import genres

_COMMENT = re.compile(r"<\s*!\s*--.*?(?:--\s*>|$)|--\s*>", re.S)
_REFERENCE = re.compile(r"<\s*ref\b[^<>]*/\s*>|<\s*ref\b[^>]*>.*?(?:<\s*/\s*ref\s*>|$)", re.S | re.I)
_BREAK = re.compile(r"<\s*br\s*/?\s*>", re.I)
_TAG = re.compile(r"<[^<>]{0,200}>")
_ENTITY = re.compile(r"&\s?(#?\w{1,8});")
_DISAMBIGUATION = re.compile(r"\s+\([^()]*(?:novel|book|collection|anthology|series|play|poem|memoir)[^()]*\)$", re.I)
_BY = re.compile(r"^(?:edited|written|compiled|retold) by\s+", re.I)
_NUMBERED = re.compile(r"\s*(?:#|no\. )\s*\d+.*$", re.I)
_QUOTED = re.compile(r'"\s*([^"]*?)\s*"')
_YEAR = re.compile(r"(?<!\d)(1[0-9]{3}|20[0-9]{2})(?!\d)")
_PAGES = re.compile(r"(?<![\d,.])(\d{1,3}(?:,\d{3})+|\d+)\s*(?:pp?\b|pages?\b)", re.I)
_NUMBER = re.compile(r"(?<![\d,.])(\d{1,3}(?:,\d{3})+|\d+)(?![\d,.])")
_YEARS = ("release_date", "pub_date", "published", "english_release_date", "english_pub_date")
_SPELLED = {
    "United States": "united states of america|united states|u.s.a.|usa|u.s.|us|america",
    "United Kingdom": "united kingdom|great britain|britain|u.k.|uk|england|scotland|wales|northern ireland",
    "Russia": "russian empire|russia",
    "China": "people's republic of china|china",
    "Germany": "west germany|east germany|germany",
}
_COUNTRIES = (
    "Argentina|Australia|Austria|Bangladesh|Belgium|Brazil|Bulgaria|Canada|Cape Verde|Chile|Colombia|"
    "Croatia|Cuba|Czech Republic|Czechoslovakia|Denmark|Egypt|Estonia|Finland|France|Georgia|Ghana|"
    "Greece|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Israel|Italy|Jamaica|Japan|Kenya|"
    "Lebanon|Malaysia|Mexico|Netherlands|New Zealand|Nigeria|Norway|Pakistan|Palestine|Peru|Philippines|"
    "Poland|Portugal|Romania|Serbia|Singapore|Slovenia|South Africa|South Korea|Soviet Union|Spain|"
    "Sri Lanka|Sweden|Switzerland|Taiwan|Thailand|Turkey|Ukraine|Vietnam|Yugoslavia|Zimbabwe"
)
_LANGUAGES = (
    "Afrikaans|Arabic|Bengali|Bulgarian|Catalan|Chinese|Croatian|Czech|Danish|Dutch|English|Estonian|"
    "Filipino|Finnish|French|Georgian|German|Greek|Hebrew|Hindi|Hungarian|Icelandic|Indonesian|Irish|"
    "Italian|Japanese|Kannada|Korean|Latin|Malay|Malayalam|Marathi|Norwegian|Persian|Polish|Portuguese|"
    "Romanian|Russian|Sanskrit|Scots|Serbian|Slovene|Spanish|Swedish|Tagalog|Tamil|Telugu|Thai|Turkish|"
    "Ukrainian|Urdu|Vietnamese|Welsh|Yiddish"
)


def attributes(box: Mapping[str, Any], categories: Sequence[str] = ()) -> dict[str, Any]:
    """Columns of an infobox: author, series, country, language (text or None), year, pages (int or None), genres.

    box: field -> free text. categories: of the article, without prefix; used for year and genres that the infobox
    lacks. Of several countries, languages or years the first is used; unknown countries and languages are None. Never
    raises.
    """
    text = {str(field): cleaned(value) for field, value in box.items() if isinstance(value, str)}
    dates = [*(text.get(field, "") for field in _YEARS), *categories]
    author = text.get("author") or text.get("authors") or text.get("editor") or text.get("editors")
    return {
        "author": _BY.sub("", author or "") or None,
        "series": _NUMBERED.sub("", text.get("series", "")) or None,
        "country": _first(_COUNTRY, text.get("country", "")),
        "language": _first(_LANGUAGE, text.get("language", "")),
        "year": next((int(found[1]) for date in dates if (found := _YEAR.search(date))), None),
        "pages": _pages(text.get("pages", "")),
        "genres": genres(text.get("genre", ""), text.get("subject", ""), "; ".join(categories)),
    }


def title(page: str) -> str:
    """A book's title from the name of its page: `Jaws (novel)` -> `Jaws`; `Emma (1815)` stays."""
    return _DISAMBIGUATION.sub("", page) or page


def cleaned(text: str) -> str:
    """Free text without comments, references and tags; lines become a comma-separated list."""
    text = _REFERENCE.sub(" ", _COMMENT.sub(" ", text))
    text = _TAG.sub(" ", _BREAK.sub(", ", text.replace("\n", " ")))
    text = _ENTITY.sub(lambda found: html.unescape(f"&{found[1]};"), text)
    text = tidy(re.sub(r"[\[\]{}]|'{2,}", "", text).replace("_", " "))
    return re.sub(r"(?:\s*,)+(?=\s|$)", ",", text).strip(" ,;|")


def tidy(text: str) -> str:
    """Text with single spaces, none inside quotation marks, and valid as UTF-8."""
    text = " ".join(text.encode("utf-8", "replace").decode("utf-8").split())  # a lone surrogate becomes "?"
    return _QUOTED.sub(r'"\1"', text)


def _names(known: str, spelled: Mapping[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    also = {name: right for right, names in spelled.items() for name in names.split("|")}
    every = {**{name.lower(): name for name in known.split("|")}, **also}
    longest = sorted(every, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.I), every


_COUNTRY, _LANGUAGE = _names(_COUNTRIES, _SPELLED), _names(_LANGUAGES, {})


def _first(names: tuple[re.Pattern[str], dict[str, str]], text: str) -> str | None:
    found = names[0].search(text)
    return names[1][found[0].lower()] if found else None


def _pages(text: str) -> int | None:
    found = _PAGES.search(text) or _NUMBER.search(text)
    number = int(found[1].replace(",", "")) if found and len(found[1]) < 9 else 0
    return number or None
