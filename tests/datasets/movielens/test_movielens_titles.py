import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.datasets.movielens import titles as movielens_titles

KNOWN = [
    ("Toy Story (1995)", "Toy Story", 1995),
    ("Matrix, The (1999)", "The Matrix", 1999),
    ("Bug's Life, A (1998)", "A Bug's Life", 1998),
    ("American Werewolf in London, An (1981)", "An American Werewolf in London", 1981),
    ("Monsters, Inc. (2001)", "Monsters, Inc.", 2001),
    ("Haine, La (Hate) (1995)", "La Haine (Hate)", 1995),
    ("Rules of the Game, The (La règle du jeu) (1939)", "The Rules of the Game (La règle du jeu)", 1939),
    ("Rules of the Game, The (Règle du jeu, La) (1939)", "The Rules of the Game (La Règle du jeu)", 1939),
    ("Seven (a.k.a. Se7en) (1995)", "Seven (a.k.a. Se7en)", 1995),
    ("Ace of Aces (a.k.a. Super Ace, The) (As des as, L') (1982)",
     "Ace of Aces (a.k.a. The Super Ace) (L'As des as)", 1982),
    ("Atalante, L' (1934)", "L'Atalante", 1934),
    ("Boot, Das (Boat, The) (1981)", "Das Boot (The Boat)", 1981),
    ("Lord of the Rings: The Two Towers, The (2002)", "The Lord of the Rings: The Two Towers", 2002),
    ("Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il) (1966)",
     "The Good, the Bad and the Ugly (Il Buono, il brutto, il cattivo)", 1966),
    ("Crow, The: Wicked Prayer (2005)", "The Crow: Wicked Prayer", 2005),
    ("Human Centipede II (Full Sequence), The (2011)", "The Human Centipede II (Full Sequence)", 2011),
    ("Mad Adventures of Rabbi Jacob, the (1973)", "The Mad Adventures of Rabbi Jacob", 1973),
    ("Die, Mommie, Die (2003)", "Die, Mommie, Die", 2003),
    ("Cry, the Beloved Country (1995)", "Cry, the Beloved Country", 1995),
    ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009),
    ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
    ("1984 (Nineteen Eighty-Four) (1984)", "1984 (Nineteen Eighty-Four)", 1984),
    ("Fawlty Towers (1975-1979)", "Fawlty Towers", 1975),
    ("Death Note: Desu nôto (2006–2007)", "Death Note: Desu nôto", 2006),
    ("Big Bang Theory, The (2007-)", "The Big Bang Theory", 2007),
    ("Land Before Time III: The Time of the Great Giving (1995) (V)",
     "Land Before Time III: The Time of the Great Giving", 1995),
    ("Associate, The (L'Associe)(1982)", "The Associate (L'Associe)", 1982),
    ("Assembly (Ji jie hao) (2007) ", "Assembly (Ji jie hao)", 2007),
    ("Here Comes Peter Cottontail\xa0(1971)", "Here Comes Peter Cottontail", 1971),
    ("Valachi Papers,The (1972)", "The Valachi Papers", 1972),
    ("Babylon 5", "Babylon 5", None),
    ("(1984)", "(1984)", None),
    ("Room (237)", "Room (237)", None),
    ("", "", None),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "title", "year"), KNOWN)
def test_title_and_year_are_parsed(raw: str, title: str, year: int | None) -> None:
    assert movielens_titles.parse(raw) == (title, year)


words = st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=8)
bodies = st.lists(words, min_size=1, max_size=5).map(lambda parts: "Film " + " ".join(parts))
years = st.integers(1874, 2099)


@given(bodies, st.sampled_from(["The", "A", "An", "La", "Les", "Il", "Das"]), years)
def test_trailing_article_moves_to_the_front(body: str, article: str, year: int) -> None:
    assert movielens_titles.parse(f"{body}, {article} ({year})") == (f"{article} {body}", year)


@given(bodies, bodies, years)
def test_each_part_keeps_its_own_article(first: str, second: str, year: int) -> None:
    parsed = movielens_titles.parse(f"{first}, The ({second}, L') ({year})")
    assert parsed == (f"The {first} (L'{second})", year)


@given(st.text(), years)
def test_year_is_never_lost(text: str, year: int) -> None:
    title, found = movielens_titles.parse(f"x{text} ({year})")
    assert found == year
    assert title.startswith("x") or "x" in title


@given(st.text())
def test_any_text_gives_a_title_without_losing_letters(text: str) -> None:
    title, year = movielens_titles.parse(text)
    letters = sorted(c for c in text.casefold() if not c.isspace() and c not in ",()-–—")
    kept = sorted(c for c in f"{title}{year or ''}".casefold() if not c.isspace() and c not in ",()-–—")
    assert year is not None or letters == kept


@given(bodies, years)
def test_parsed_title_is_unchanged_by_parsing(body: str, year: int) -> None:
    title, _ = movielens_titles.parse(f"{body}, The ({year})")
    assert movielens_titles.parse(title) == (title, None)


@pytest.mark.parametrize(
    ("raw", "genres"),
    [
        ("Action|Sci-Fi", ["Action", "Sci-Fi"]),
        ("Children's|Comedy", ["Children", "Comedy"]),
        ("Children|Children's", ["Children"]),
        ("(no genres listed)", []),
        ("", []),
    ],
)
def test_genres_are_split(raw: str, genres: list[str]) -> None:
    assert movielens_titles.genres(raw) == genres
