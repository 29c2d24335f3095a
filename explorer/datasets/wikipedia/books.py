"""Wikipedia book articles and the pages they link to."""

from __future__ import annotations

import gzip
import json
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from explorer.datasets.lines.text_files import bounded_lines
from explorer.datasets.wikipedia import infobox
from explorer.errors import BadData, BadRequest
from explorer.paths import why_no_file

Progress = Callable[[int, int], None]  # bytes done, total
FORMATS = {"hardcover", "hardback", "paperback", "softcover", "e-book", "ebook", "audiobook", "audio book", "print"}
_NAMESPACES = {
    "file": "file", "image": "file", "media": "file", "category": "category", "template": "template",
    **dict.fromkeys(("wikipedia", "wp", "user", "special", "help", "portal", "draft", "mediawiki", "talk"), "project"),
}  # fmt: skip
_TALK = re.compile(r"[ _]talk$")
_OTHER_WIKI = re.compile(r"(?:[a-z]{1,3}|simple|wikt|wiktionary|commons|wikisource|wikiquote|[a-z]{2}-[a-z]+)$")


@dataclass(frozen=True, eq=False)
class Books:
    """Books, pages, and the pairs of book and linked page: each pair once, ascending by book."""

    items: pd.DataFrame  # `key`, `item_id`, `title`, columns of infobox.attributes, `n_links`; in the order of the file
    links: pd.DataFrame  # `key` as first spelled, `n_books`
    book: np.ndarray  # (pairs,) int32, row of `items`
    link: np.ndarray  # (pairs,) int32, row of `links`
    name: str
    left_out: dict[str, int]  # reason -> number of books, or of pairs of book and link

    def __len__(self) -> int:
        return len(self.book)

    @property
    def n_with_genre(self) -> int:
        """Number of books with at least one genre."""
        return int((self.items["genres"].map(len) > 0).sum())

    def pages(self) -> pd.DataFrame:
        """The item table of the pages; their genres are those of half the books that link to them, or more.

        The most frequent genre of a page is first.
        """
        linked = pd.DataFrame({"link": self.link, "genre": self.items["genres"].to_numpy()[self.book]}).explode("genre")
        counts = linked.dropna().value_counts().reset_index()
        often = counts[counts["count"] * 2 >= self.links["n_books"].to_numpy()[counts["link"].astype(int)]]
        by_page = often.groupby("link")["genre"].agg(list)
        genres = [by_page.get(page, []) for page in range(len(self.links))]
        return self.links.assign(title=self.links["key"], genres=genres)


def load(path: str | Path, categories: bool = False, progress: Progress | None = None) -> Books:
    """Read books from a file of JSON arrays, one per line: title, infobox, links; further elements are ignored.

    path: .ndjson, .ndjson.gz, or a folder with one such file. Links are read without section, ignoring case, once per
    book. Left out are links to files, templates, project pages, other wikis, the book itself and bindings (FORMATS),
    and to categories unless requested. Of a repeated title the later edition counts. Books without links and pages that
    are not articles are left out. Raises BadData with file and line.
    """
    file = _find(Path(path))
    rows: dict[str, tuple[str, dict[str, Any], np.ndarray]] = {}
    names: dict[str, int] = {}  # folded -> number, in order of appearance
    spelled: list[str] = []
    left_out: Counter[str] = Counter()
    for title, box, found, edited in _lines(file, progress):
        if namespace(title):
            left_out["pages that are not articles"] += 1
            continue
        if title in rows:
            left_out["books listed twice"] += 1
            if edited < rows[title][0]:
                continue
        pages, dropped, cats = _pages(title, found, categories)
        if title not in rows:  # names used only by an older edition are removed later
            left_out.update(dropped)
        numbers = array("i")
        for folded, page in pages.items():
            number = names.setdefault(folded, len(names))
            if number == len(spelled):
                spelled.append(page)
            numbers.append(number)
        rows[title] = edited, infobox.attributes(box, cats), np.array(numbers, np.int32)
    if not rows:
        raise BadData(f"{file}: there is no book in it; a line is a JSON array of title, infobox, links")
    return _built(file.name.split(".")[0], rows, spelled, left_out)


def filter_books(books: Books, min_books: int, max_share: float, min_links: int) -> Books:
    """Keep pages linked from at least min_books books and at most a share of all, and books with min_links of these
    pages.

    Repeated until both conditions hold. Raises BadRequest if nothing is left.
    """
    counts = np.bincount(books.link, minlength=len(books.links))
    common = counts > max(max_share * len(books.items), 1)
    use = ~common[books.link]
    left_out = {**books.left_out, "links to too common pages": int((~use).sum()), "too common pages": int(common.sum())}
    before = int(use.sum())
    while True:
        popular = np.bincount(books.link[use], minlength=len(books.links)) >= min_books
        rich = np.bincount(books.book[use], minlength=len(books.items)) >= min_links
        still = use & popular[books.link] & rich[books.book]
        if (still == use).all():
            break
        use = still
    if not use.any():
        raise BadRequest(
            f"None of {len(books.items):,} books links to {min_links:,} pages that at least {min_books:,} books and at "
            f"most {max_share:.0%} of all link to. Lower --min-books or --min-links, or raise --max-share."
        )
    some, which = np.unique(books.book[use]), np.unique(books.link[use])
    left_out["books with too few links left"] = len(books.items) - len(some)
    left_out["links to too rare pages, and of those books"] = before - int(use.sum())
    return replace(
        books,
        items=_add_counts(books.items.iloc[some], "n_links", books.book[use]),
        links=_add_counts(books.links.iloc[which], "n_books", books.link[use]),
        book=np.searchsorted(some, books.book[use]).astype(np.int32),
        link=np.searchsorted(which, books.link[use]).astype(np.int32),
        left_out=left_out,
    )


def namespace(page: str) -> str:
    """Namespace of a page by its prefix: file, category, template, project, other wiki, or "" for an article."""
    start, colon, rest = page.partition(":")
    if not colon or not rest:
        return ""
    folded = _TALK.sub("", start.strip().casefold().replace("_", " "))
    if folded in _NAMESPACES:
        return _NAMESPACES[folded]
    return "other wiki" if _OTHER_WIKI.match(start) and not rest.startswith(" ") else ""


def _pages(title: str, found: list[str], categories: bool) -> tuple[dict[str, str], Counter[str], list[str]]:
    """The pages a book links to, folded -> as spelled; the number left out by reason; its categories."""
    itself = title.casefold()
    pages: dict[str, str] = {}
    dropped: dict[str, str] = {}
    cats = []
    for raw in found:
        page = infobox.tidy(raw.partition("#")[0].replace("_", " ")).removeprefix(":")
        folded, kind = page.casefold(), namespace(page)
        if kind == "category":
            cats.append(page.partition(":")[2])
        if not folded or folded == itself:
            dropped[folded] = "links to the book itself"
        elif kind and not (kind == "category" and categories):
            dropped[folded] = f"{kind} links"
        elif folded in FORMATS:
            dropped[folded] = "links to bindings"
        else:
            pages.setdefault(folded, page)
    return pages, Counter(dropped.values()), cats


def _built(
    name: str, rows: dict[str, tuple[str, dict[str, Any], np.ndarray]], spelled: list[str], left_out: Counter[str]
) -> Books:
    linked = {title: row for title, row in rows.items() if row[2].size}
    left_out["books without links"] = len(rows) - len(linked)
    if not linked:
        raise BadData(f"{name}: none of its {len(rows):,} books links to a page; there is nothing to learn from")
    items = pd.DataFrame([items for _, items, _ in linked.values()]).astype({"year": "Int64", "pages": "Int64"})
    titles = list(linked)
    items.insert(0, "key", titles)
    items.insert(1, "item_id", titles)
    items.insert(2, "title", [infobox.title(title) for title in titles])
    sizes = [numbers.size for *_, numbers in linked.values()]
    book = np.repeat(np.arange(len(linked), dtype=np.int32), sizes)
    link = np.concatenate([numbers for *_, numbers in linked.values()])
    used, link = np.unique(link, return_inverse=True)  # drops pages that only older editions link to
    pages = pd.DataFrame({"key": np.array(spelled, object)[used]})
    return Books(
        _add_counts(items, "n_links", book),
        _add_counts(pages, "n_books", link),
        book,
        link.astype(np.int32),
        name,
        dict(left_out),
    )


def _add_counts(table: pd.DataFrame, column: str, index: np.ndarray) -> pd.DataFrame:
    """Add a column with the number of times each row occurs in `index`."""
    counts = np.bincount(index, minlength=int(table.index.max()) + 1)[table.index]
    return table.assign(**{column: counts.astype(np.int32)}).reset_index(drop=True)


def _lines(file: Path, progress: Progress | None) -> Iterator[tuple[str, dict[str, Any], list[str], str]]:
    """Title, infobox, links and time of the last edit ("" if unknown) of each line."""
    if not (size := file.stat().st_size):  # also in /proc, where some files block when read
        return
    with file.open("rb") as raw:
        stream = gzip.GzipFile(fileobj=raw) if file.suffix == ".gz" else raw
        try:
            for number, line in enumerate(bounded_lines(stream.readline, file), 1):
                if line.strip():
                    yield _row(f"{file}, line {number}", line)
                if progress and number % 200 == 0:
                    progress(min(raw.tell(), size), size)
        except (EOFError, gzip.BadGzipFile) as error:
            raise BadData(f"{file}: the file is damaged ({error}); download it again") from error


def _row(where: str, line: bytes) -> tuple[str, dict[str, Any], list[str], str]:
    try:
        row = json.loads(line.strip())
    except json.JSONDecodeError as error:
        why = f"{error.msg}, column {error.colno}"
        raise BadData(f"{where}: not JSON ({why}); a line must be an array of title, infobox, links") from error
    except (ValueError, RecursionError) as error:  # invalid UTF-8, a number of 5,000 digits, 1,000 brackets
        raise BadData(f"{where}: not JSON ({error}); a line must be an array of title, infobox, links") from error
    if not isinstance(row, list) or len(row) < 3:
        found = f"an array of {len(row)}" if isinstance(row, list) else type(row).__name__
        raise BadData(f"{where}: an array of title, infobox, links was expected, and {found} found")
    title, box, links = row[:3]
    title = infobox.tidy(title) if isinstance(title, str) else ""
    if not title:
        raise BadData(f"{where}: the title, first in the array, is {row[0]!r}; it must be text")
    if not isinstance(box, dict):
        raise BadData(f"{where}: the infobox, second in the array, is {str(box)[:40]!r}; it must be an object")
    if not isinstance(links, list) or not all(isinstance(link, str) for link in links):
        raise BadData(f"{where}: the links, third in the array, are {str(links)[:40]!r}; they must be a list of texts")
    return title, box, links, str(row[4]) if len(row) > 4 else ""


def _find(path: Path) -> Path:
    """The file itself, or the only one of its kind in a folder. Raises BadData."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise BadData(f"{path}: {why_no_file(path)}; give a file of books, one JSON array per line")
    found = sorted(file for end in ("*.ndjson", "*.ndjson.gz", "*.jsonl") for file in path.glob(end))
    if len(found) != 1:
        names = ", ".join(file.name for file in found) or "none"
        raise BadData(f"{path}: one .ndjson file was expected, and there is {names}; give the file itself")
    return found[0]
