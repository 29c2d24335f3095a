"""Join of metadata to vectors, by key or by position."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from explorer.errors import BadData, BadRequest
from explorer.formats.parsed_file import ParsedFile, cell_text
from explorer.formats.row_alignment import align_rows
from explorer.importing.key_forms import MOST, read_alike
from explorer.importing.naming import KEYS

SOME = 0.1  # share of matching keys that is enough to doubt a join by position
ROWS = ""  # stands for the row number if the file of vectors has no keys


@dataclass(frozen=True, eq=False)
class Joined:
    """Metadata in the order of the vectors."""

    how: str  # "position" or "key"
    on: str | None  # the column of the metadata that was used
    items: pd.DataFrame  # (n rows)
    keys: pd.Series | None  # keys in the file of vectors, (n,)
    unmatched: np.ndarray  # (n,) bool, rows without metadata
    unused: list[str] = field(default_factory=list)  # keys in the metadata that match no vector
    header: list[str] = field(default_factory=list)  # corrections by `align_rows`
    rows: np.ndarray | None = None  # row of the metadata of each vector, -1 for none; None if joined by position
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Match:
    """How well a column of the metadata matches the keys of the vectors."""

    on: str  # column of the metadata
    own: str  # column in the file of vectors; ROWS for the row number
    base: int  # number of the first row: 0 or 1
    found: int  # number of vectors whose key matches
    share: float  # share of the vectors, or of the metadata rows if these are fewer


def find_join(read: ParsedFile, metadata: ParsedFile | None) -> tuple[str, str | None]:
    """Find the best join: ("key", column) if a column matches most vectors, else ("position", None).

    A column of numbers, which may be a rank, counts as keys only if its name is in both files or is that of an id.
    Raises BadData if a column matches some keys but too few, and a join by position would contradict them.
    """
    if metadata is None:
        return "position", None
    matches = [match for on in metadata.items for match in _matches(read, metadata, on)]
    best = max(matches, key=_rank, default=None)
    if best is not None and best.share > MOST:
        return "key", best.on
    if best is not None and best.share > SOME and best.own == "key" and not _are_numbers(_texts(read.items["key"])):
        how = f"--join {best.on!r} joins by it; --join position joins row by row"
        raise BadData(
            f"{metadata.name}: column {best.on!r} contains {best.found:,} of the {len(read):,} keys of {read.name}, "
            f"as {_example(read, metadata, best)}; too few to join by it. {how}."
        )
    _check_same_names(read, metadata)
    return "position", None


def _check_same_names(read: ParsedFile, metadata: ParsedFile) -> None:
    """Raise BadData if both files have a column of ids with the same name, but row by row they are other ids."""
    for own in read.items if len(read) == len(metadata) else ():
        for on in metadata.items:
            if on.casefold() == own.casefold() and KEYS.search(own) and on != "key":
                keys, theirs = _texts(read.items[own]), _texts(metadata.items[on])
                if keys.nunique() > MOST * len(keys) and (keys != theirs).mean() > MOST:
                    raise BadData(
                        f"{metadata.name}: column {on!r} is named as {own!r} of {read.name}, but has other ids, as "
                        f"{theirs.dropna().iloc[0]!r} beside {keys.iloc[0]!r}. --join position joins row by row."
                    )


def join(read: ParsedFile, metadata: ParsedFile | None, how: str | None = None, on: str | None = None) -> Joined:
    """Join metadata to vectors. how: "position", or "key" with the column `on` of the metadata; default: find_join.

    Its values are matched with the column in the file of vectors that contains most of them, else with row numbers. A
    join by position corrects a wrongly detected header; see align_rows. Raises BadData if the numbers of rows differ,
    BadRequest for an unknown column.
    """
    if how is None:
        how, on = find_join(read, metadata)
    n = len(read)
    keys = _texts(read.items["key"]) if "key" in read.items else None
    if metadata is None:
        return Joined("position", None, read.items, keys, np.zeros(n, bool))
    if how == "position":
        if metadata.rows is None and read.rows is not None and n < read.rows == len(metadata):
            metadata = ParsedFile(None, metadata.items.head(n), metadata.name, metadata.format)
        try:
            aligned, header = align_rows(metadata, n, read.name, read.rows)
        except BadData as error:
            dims = 0 if read.vectors is None else read.vectors.shape[1]
            if dims in (len(metadata), len(metadata) - 1) and dims != n:
                turned = f"The array is {n:,} x {dims:,}: if its columns are the vectors, save array.T."
                raise BadData(f"{error} {turned}") from error
            raise
        note = f"{metadata.name} was joined row by row: {n:,} rows for {n:,} vectors."
        if keys is not None and len(metadata.items.columns) > 1:
            note += (
                f" None of its columns contains the keys of {read.name}; make sure that the rows are in the same order."
            )
        return Joined(how, None, _beside(read.items, aligned), keys, np.zeros(n, bool), header=header, notes=[note])
    if how != "key":
        raise BadRequest(f"Metadata is joined by 'position' or by 'key', not by {how!r}.")
    if on is None or on not in metadata.items:
        raise BadRequest(f"There is no column {on!r} to join by; there are: {', '.join(map(repr, metadata.items))}.")
    return _by_key(read, metadata, on)


def _rank(match: Match) -> tuple[float, int, bool, bool]:
    return match.share, match.found, match.on == match.own, match.own == "key"


def _matches(read: ParsedFile, metadata: ParsedFile, on: str) -> list[Match]:
    """Matches of a metadata column with each column in the file of vectors, or with row numbers."""
    theirs = _texts(metadata.items[on])
    if theirs.isna().all() or metadata.items[on].dtype == object:
        return []
    if theirs.nunique() <= len(theirs) / 2:  # several rows for each key, or no keys but a category
        own_keys = _own_keys(read)
        name = "key" if "key" in own_keys else on
        both = _match(on, name, own_keys[name], theirs) if name in own_keys else None
        return [both] if both and both.found > MOST * len(read) else []
    found = []
    for own, keys in _own_keys(read).items():
        if own != ROWS:
            both = _match(on, own, keys, theirs)
            doubtful = _are_numbers(keys) and on != own and own != "key" and len(metadata) == len(read)
            found += [] if doubtful and not (KEYS.search(on) and KEYS.search(own)) else [both]
        elif _may_number_rows(on, read, metadata, theirs):
            base = _base(theirs.dropna(), len(read))
            rows = pd.Series(range(base, len(read) + base)).astype("str")
            if not (len(metadata) == len(read) and theirs.tolist() == rows.tolist()):
                found.append(_match(on, own, rows, theirs, base))
    return found


def _match(on: str, own: str, keys: pd.Series, theirs: pd.Series, base: int = 0) -> Match:
    keys, theirs, _ = read_alike(keys, theirs)
    found = int(keys.isin(set(theirs.dropna())).sum())
    return Match(on, own, base, found, found / max(1, min(len(keys), theirs.nunique())))


def _may_number_rows(on: str, read: ParsedFile, metadata: ParsedFile, theirs: pd.Series) -> bool:
    """Whether a metadata column may contain row numbers of the vectors."""
    called = KEYS.search(on) or on.lower() in ("index", "idx", "row", "node", "entity")
    if not _are_numbers(theirs.dropna()):
        return False
    fewer = len(metadata) < len(read) and theirs.dropna().astype(np.int64).max() <= len(read)
    return bool(called or fewer or _is_id_map(metadata, theirs))


def _is_id_map(metadata: ParsedFile, theirs: pd.Series) -> bool:
    """Whether a table contains names and their row numbers from 0, as `entity2id.txt` does."""
    if metadata.header not in ("none", "likely") and not str(theirs.name).isdecimal():
        return False  # a column with a name may be a rank
    texts = len(metadata.items.columns) == 2 and sum(map(pd.api.types.is_string_dtype, metadata.items.dtypes)) == 1
    return texts and set(theirs) == {str(n) for n in range(len(theirs))}


def _own_keys(read: ParsedFile) -> dict[str, pd.Series]:
    """Possible keys of the vectors, as texts: `key`, else unique columns, else row numbers from 0."""
    if "key" in read.items:
        return {"key": _texts(read.items["key"])}
    texts = {name: _texts(read.items[name]) for name in read.items if read.items[name].dtype != object}
    apart = {name: column for name, column in texts.items() if column.nunique() > len(column) / 2}
    return apart or {ROWS: pd.Series(range(len(read))).astype("str")}


def _base(theirs: pd.Series, n: int) -> int:
    """The number of the first row (0 or 1), given numbers of n rows."""
    numbers = theirs.astype(np.int64)
    return 1 if numbers.min() == 1 and numbers.max() == n else 0


def _by_key(read: ParsedFile, metadata: ParsedFile, on: str) -> Joined:
    theirs, own = _texts(metadata.items[on]), _own_keys(read)
    if ROWS in own and _are_numbers(theirs.dropna()):
        base = _base(theirs.dropna(), len(read)) if theirs.notna().any() else 0
        own = {ROWS: pd.Series(range(base, len(read) + base)).astype("str")}
    name = max(own, key=lambda name: _match(on, name, own[name], theirs).share)
    keys = own[name]
    named = keys
    keys, theirs, how = read_alike(keys, theirs)
    again = theirs.duplicated() & theirs.notna()
    notes = []
    if again.any():
        notes.append(
            f"{again.sum():,} rows of metadata have a duplicate key, as {theirs[again].iloc[0]!r}; the first is used."
        )
    counted = ~again & theirs.notna()
    index = pd.Index(theirs[counted])
    rows = index.get_indexer(pd.Index(keys))
    distinct = metadata.items[counted.to_numpy()].reset_index(drop=True)
    taken = distinct.reindex(rows).reset_index(drop=True)  # -1: not found, so its metadata is unknown
    missing = rows < 0
    unused = index[~index.isin(keys)].astype(str).tolist()
    found = rows[~missing]
    what = f"its {name!r}" if name != ROWS else "the number of its row"
    notes.append(
        f"{metadata.name} was joined by {on!r} to {what}: {len(found):,} of {len(keys):,} vectors matched{how}."
    )
    if len(found) > 1 and (np.diff(found) < 0).any():
        notes.append("The metadata is in another order than the vectors; it was joined by key.")
    taken = taken.drop(columns=[on] if on == name else [])  # as the file of vectors writes it
    places = np.where(missing, -1, np.flatnonzero(counted)[rows])
    return Joined("key", on, _beside(read.items, taken), named, missing, unused, notes=notes, rows=places)


def _example(read: ParsedFile, metadata: ParsedFile, match: Match) -> str:
    keys, theirs = _texts(read.items[match.own]), set(_texts(metadata.items[match.on]).dropna())
    common = keys[keys.isin(theirs)].iloc[0]
    missing = keys[~keys.isin(theirs)]
    return f"{common!r}, but not {missing.iloc[0]!r}" if len(missing) else repr(common)


def _beside(items: pd.DataFrame, metadata: pd.DataFrame) -> pd.DataFrame:
    """Both tables side by side; metadata overrides columns of the vectors, except their keys."""
    own = [name for name in items if name not in metadata or name == "key"]
    metadata = metadata.drop(columns=[name for name in metadata if name == "key" and "key" in items])
    return pd.concat([items[own].reset_index(drop=True), metadata.reset_index(drop=True)], axis=1)


def _are_numbers(texts: pd.Series) -> bool:
    return bool(len(texts)) and bool(texts.str.fullmatch(r"\d{1,15}").all())


def _texts(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    texts = column.map(cell_text, na_action="ignore").astype("str").str.strip()
    return texts.where(texts != "")
