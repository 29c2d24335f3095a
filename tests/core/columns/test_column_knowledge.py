"""Only the data set modules know columns by name; pages, reports and commands loop over columns."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests import ROOT

# Modules that may know films and their columns: data sets. (Tests may too.)
KNOWING = ("explorer/datasets/",)
NAMES = re.compile(r"^(genres?|n_ratings|films?)$")
NOUN = re.compile(r"\bfilms?\b", re.IGNORECASE)
# Other modules that contain one of these words, and why.
ALLOWED = {
    "explorer/core/columns/older_manifests.py": {"film"},  # nouns of manifests written before `noun` existed
    "explorer/core/columns/cell_labels.py": {"genres", "genre"},  # label headers in files of other programs
    "explorer/formats/tables/header.py": {"genres", "genre", "n_ratings"},  # words that mark a row as a header
    "explorer/commands/train.py": {"film"},  # the training kind named movielens
}
EXAMPLE = re.compile(r"^ *(>>>|\.\.\.) .*$", re.MULTILINE)  # films in docstring examples that are run


def texts(tree: ast.Module) -> Iterator[str]:
    """Every string of a module except docstrings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def year_columns(tree: ast.Module) -> Iterator[str]:
    """Every `items["year"]` and `items.year`; the word `year` alone may mean the role."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "year":
            yield ast.unparse(node)
        if isinstance(node, ast.Attribute) and node.attr == "year" and "items" in ast.unparse(node.value):
            yield ast.unparse(node)


def said(path: Path) -> set[str]:
    """Words about films and their columns in a module."""
    source, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
    tree = ast.parse(source)
    allowed = ALLOWED.get(name, set())
    words = {text for text in texts(tree) if NAMES.match(text)} - allowed
    if "film" not in allowed:
        words |= set(NOUN.findall(EXAMPLE.sub("", source)))  # also in names and comments
    if not name.startswith("explorer/importing/"):  # here `year` is a kind of column
        words |= set(year_columns(tree))
    return words


def modules() -> list[Path]:
    found = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "explorer").rglob("*.py")]
    return [path for path in found if not path.relative_to(ROOT).as_posix().startswith(KNOWING)]


def test_no_module_knows_a_column_by_name():
    knowing = {path.relative_to(ROOT).as_posix(): words for path in modules() if (words := said(path))}
    assert knowing == {}


def test_the_search_finds_known_cases(tmp_path):
    tree = ast.parse(
        '"""Doc: genres."""\nx = items["genres"], "n_ratings" in items, items["year"], items.year\ny = "the film"'
    )
    assert [text for text in texts(tree) if NAMES.match(text)] == ["genres", "n_ratings"]
    assert any(NOUN.search(text) for text in texts(tree))
    assert list(year_columns(tree)) == ["items['year']", "items.year"]
    examples = "films of a user\n    >>> films = load(path)\n    ... films\n"
    assert NOUN.findall(EXAMPLE.sub("", examples)) == ["films"]


def test_every_exception_is_still_needed():
    for name, words in ALLOWED.items():
        strings = list(texts(ast.parse((ROOT / name).read_text(encoding="utf-8"))))
        gone = {word for word in words if not any(re.search(rf"\b{word}s?\b", text) for text in strings)}
        assert not gone, f"{name} no longer says {gone}: take it out of ALLOWED"
