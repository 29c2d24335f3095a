"""Forms in which two files write the same keys: 007 and 7, paths and file names, New%20York and New York."""

from __future__ import annotations

import html
from collections.abc import Callable
from urllib.parse import unquote

import pandas as pd

from explorer.formats.tables.dialect import KEYS

MOST = 0.5  # share of matching keys that is enough to join by key
_LETTERS = "letters and digits alone"
_NUMBERS = "the numbers in them"

# tried in this order if not all keys match as they are
FORMS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "numbers without leading zeros": lambda keys: keys.str.replace(r"^0+(?=\d)|(?<=\d)\.0$", "", regex=True),
    "accents in one form (NFC)": lambda keys: keys.str.normalize("NFC"),
    "without quotes": lambda keys: keys.str.strip("\"'"),
    "upper and lower case alike": lambda keys: keys.str.normalize("NFC").str.casefold().str.replace("_", " "),
    "paths by their file names": lambda keys: keys.str.replace(r"^.*[/\\]", "", regex=True),
    "paths by their file names without endings": lambda keys: keys.str.replace(
        r"^.*[/\\]|\.[A-Za-z]\w{1,4}$", "", regex=True
    ),
    "without the version at their end": lambda keys: keys.str.replace(
        r"(?<=[A-Z]\d{5})(\d*)\.\d{1,3}$", r"\1", regex=True
    ),
    _LETTERS: lambda keys: (
        keys.map(lambda key: unquote(html.unescape(key)), na_action="ignore")
        .astype("str").str.normalize("NFKC").str.casefold().str.replace(r"[\W_]+", "", regex=True)
    ),
    _NUMBERS: lambda keys: keys.str.replace(r"^\D*0*(?=\d+$)", "", regex=True),
}  # fmt: skip


def read_alike(own: pd.Series, theirs: pd.Series) -> tuple[pd.Series, pd.Series, str]:
    """The keys of both sides in the form in which most match, and a description of it, "" for their own.

    A form is used only if it matches more than half of the keys and keeps different keys different; letters and digits
    or numbers alone only if no other form does, and numbers only if the other column is named as one of ids. theirs:
    with the column's name.
    """
    best, most = (own, theirs, ""), own.isin(set(theirs.dropna())).sum()
    least = MOST * min(len(own), theirs.nunique())
    for how, form in FORMS.items():
        if most == len(own) or (how in (_LETTERS, _NUMBERS) and most > least):
            break
        if how == _NUMBERS and not _may_be_numbered(own, theirs):
            continue
        mine, other = form(own), form(theirs)
        found = mine.isin(set(other.dropna()) - {""}).sum()
        if found > max(most, least) and mine.nunique() == own.nunique() and other.nunique() == theirs.nunique():
            best, most = (mine, other, f", {how}"), found
    return best


def _may_be_numbered(own: pd.Series, theirs: pd.Series) -> bool:
    """Whether a column may hold the numbers in `item_12`: its name is that of ids, or the word before the number.

    `Q-12` is not `P-12`: where both sides have a word before the number, it is the same.
    """
    before, other = _words_before(own), _words_before(theirs)
    if len(before) != 1 or before == {""} or not other <= {"", *before}:
        return False
    name = str(theirs.name).lower()
    return bool(KEYS.search(name)) or name in before


def _words_before(keys: pd.Series) -> set[str]:
    """The words before the numbers at the ends of keys, without case and punctuation; "" for none."""
    words = keys.dropna().str.extract(r"^(\D*)\d+(?:\.0)?$")[0]
    return set(words.fillna("?").str.casefold().str.strip(" _-:/#"))
