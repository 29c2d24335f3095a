"""No module but those of data sets knows a column by its name: pages, reports and commands loop over columns."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests import ROOT

# Where films and their columns may be known: data sets, and the tests.
KNOWING = ("explorer/datasets/",)
NAMES = re.compile(r"^(genres?|n_ratings|films?)$")
NOUN = re.compile(r"\bfilms?\b", re.IGNORECASE)
# What else says one of these words, and why.
ALLOWED = {
    "explorer/core/columns/older_manifests.py": {"film"},  # what manifests written before the noun stood for
    "explorer/core/columns/kinds/labels.py": {"genres", "genre"},  # headers that name labels in other people's files
    "explorer/formats/tables/dialect.py": {"genres", "genre", "n_ratings"},  # words that show that a row is a header
    "explorer/commands/train.py": {"film"},  # the kind of training named movielens
}
EXAMPLE = re.compile(r"^ *(>>>|\.\.\.) .*$", re.MULTILINE)  # films are the example in docstrings that are run


def texts(tree: ast.Module) -> Iterator[str]:
    """Every text in a module that is no docstring."""
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
    """Every `items["year"]` and `items.year`; `year` is a role too, so the word alone says nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "year":
            yield ast.unparse(node)
        if isinstance(node, ast.Attribute) and node.attr == "year" and "items" in ast.unparse(node.value):
            yield ast.unparse(node)


def said(path: Path) -> set[str]:
    """What a module says of columns and films."""
    source, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
    tree = ast.parse(source)
    allowed = ALLOWED.get(name, set())
    words = {text for text in texts(tree) if NAMES.match(text)} - allowed
    if "film" not in allowed:
        words |= set(NOUN.findall(EXAMPLE.sub("", source)))  # in names and comments too
    if not name.startswith("explorer/importing/"):  # there `year` is a kind of column that one can choose
        words |= set(year_columns(tree))
    return words


def modules() -> list[Path]:
    found = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "explorer").rglob("*.py")]
    return [path for path in found if not path.relative_to(ROOT).as_posix().startswith(KNOWING)]


def test_no_column_is_known_by_its_name():
    knowing = {path.relative_to(ROOT).as_posix(): words for path in modules() if (words := said(path))}
    assert knowing == {}


def test_what_is_looked_for_is_found(tmp_path):
    tree = ast.parse(
        '"""Doc: genres."""\nx = items["genres"], "n_ratings" in items, items["year"], items.year\ny = "the film"'
    )
    assert [text for text in texts(tree) if NAMES.match(text)] == ["genres", "n_ratings"]
    assert any(NOUN.search(text) for text in texts(tree))
    assert list(year_columns(tree)) == ["items['year']", "items.year"]
    examples = "films of a user\n    >>> films = load(path)\n    ... films\n"
    assert NOUN.findall(EXAMPLE.sub("", examples)) == ["films"]


def test_what_is_allowed_is_still_there():
    for name, words in ALLOWED.items():
        told = list(texts(ast.parse((ROOT / name).read_text(encoding="utf-8"))))
        gone = {word for word in words if not any(re.search(rf"\b{word}s?\b", text) for text in told)}
        assert not gone, f"{name} no longer says {gone}: take it out of ALLOWED"
