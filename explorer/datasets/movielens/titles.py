"""Parse titles in the format of MovieLens: `Matrix, The (1999)`."""

from __future__ import annotations

import re

# a year, or the years of a series, at the end; "(V)" and "(TV)" mark video and television films
_YEAR = re.compile(r"\s*\(((?:18|19|20)[0-9]{2})(?:\s*[-–—]\s*(?:[0-9]{4})?)?\)\s*(?:\((?:V|TV)\)\s*)?$")
_PARENTHESES = re.compile(r"([()])")
_ENGLISH = "The|A|An"
_FOREIGN = "La|Le|Les|L'|L’|Un|Une|El|Los|Las|Lo|Una|Il|Gli|I|Der|Die|Das|Ein|Eine|De|Het|Den|Det|En|Et|O|Os|As"
_ANY = rf"(?P<article>(?i:{_ENGLISH})|{_FOREIGN})"
_ARTICLE = re.compile(rf"(?P<also>\s*(?:a\.?k\.?a\.?\s+)?)(?P<body>\S.*?),\s*{_ANY}(?P<rest>\s*|:.*)", re.S)
_ARTICLE_BEHIND = re.compile(rf"(?P<body>.*\)),\s*{_ANY}", re.S)  # Human Centipede II (Full Sequence), The


def parse(raw: str) -> tuple[str, int | None]:
    """Title with its article in front, and year: `Matrix, The (1999)` -> (`The Matrix`, 1999).

    Articles move to the front of their part, so a second title in parentheses keeps its own: `Rules of the Game, The
    (Règle du jeu, La)` -> `The Rules of the Game (La Règle du jeu)`. A title that is only a year keeps it. Never
    raises.
    """
    title, year = raw.strip(), None
    found = _YEAR.search(title)
    if found and found.start() > 0:
        title, year = title[: found.start()], int(found[1])
    behind = _ARTICLE_BEHIND.fullmatch(title)
    if behind:
        title = _join_article(behind["article"], behind["body"])
    return "".join(_article_first(part) for part in _PARENTHESES.split(title)).strip(), year


def genres(raw: str) -> list[str]:
    """Genres from `Animation|Children's`, in order, spelled as in newer releases: `["Animation", "Children"]`."""
    names = [] if raw.strip() == "(no genres listed)" else [name.strip() for name in raw.split("|")]
    return list(dict.fromkeys(genre_name(name) for name in names if name))


def genre_name(raw: str) -> str:
    """A genre in the spelling of newer releases: `Children's` -> `Children`."""
    return "Children" if raw == "Children's" else raw


def _article_first(part: str) -> str:
    """`Matrix, The ` -> `The Matrix `; text without an article at its end is unchanged."""
    found = _ARTICLE.fullmatch(part)
    if not found or found["body"].startswith(found["article"]):  # "Die, Mommie, Die"
        return part
    return found["also"] + _join_article(found["article"], found["body"]) + found["rest"]


def _join_article(article: str, body: str) -> str:
    """Article and title with a space between them, but for `L'Atalante`."""
    space = "" if article.endswith(("'", "’")) else " "
    return article[0].upper() + article[1:] + space + body
