"""The edges in the lines of a text file: two nodes and a weight."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations, islice
from math import isfinite
from pathlib import Path

from explorer.datasets.lines.text_lines import lines
from explorer.datasets.role_names import fold
from explorer.datasets.times import are_times
from explorer.errors import BadData

Progress = Callable[[int, int], None]  # bytes done, total
SAMPLE = 100  # lines used to detect the format
ALONE = 20  # least lines that show whether words of the first line are nodes
# names of the two nodes in a header, as `fold` writes them
NODES = (
    "source target", "from to", "src dst", "node1 node2", "sourceid targetid", "fromid toid", "srcid dstid",
    "fromnodeid tonodeid", "sourcenode targetnode", "fromnode tonode", "startid endid", "startnode endnode",
    "nodeid1 nodeid2", "id1 id2", "u v", "i j", "head tail", "subject object", "protein1 protein2", "gene1 gene2",
    "personid1 personid2", "user1 user2", "citing cited", "prev curr", "person friend", "userid friendid",
    "follower followee", "parent child", "origin destination", "von nach", "quelle ziel", "origen destino",
    "origine destination", "de a", "da a", "源 目标", "起点 终点",
)  # fmt: skip
WEIGHTS = (
    "weight", "weights", "value", "w", "count", "score", "combinedscore", "strength", "similarity", "n", "gewicht",
    "poids", "peso", "权重",
)  # fmt: skip
# words in which the names of the two nodes differ
ENDS = (
    ("1", "2"), ("0", "1"), ("a", "b"), ("x", "y"), ("from", "to"), ("source", "target"), ("src", "dst"),
    ("start", "end"), ("left", "right"), ("origin", "dest"), ("origin", "destination"), ("first", "second"),
    ("pickup", "dropoff"),
)  # fmt: skip
SIGNS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "|", " ": "spaces"}
ARROWS = (" -> ", " -- ", " => ", " <-> ")
ADJACENCY = 'With networkx: nx.write_edgelist(nx.read_adjlist("{name}"), "edges.txt", data=False).'
_COMMENT = re.compile(r"#|%(?![0-9A-F]{2})")  # but %C3 begins a name
_HASHED = re.compile(r"#\s|%(?![0-9A-F]{2})")
_HASHTAGS = re.compile(r"#\w+\s*[\t,;| ]\s*#?\w")
_AMOUNT = re.compile(r"[$€£]?[-+]?[\d.,]+\s?[%€$£]?")
_DIGIT = re.compile(r"\d")
_WORDS = re.compile(r"[\s_.-]+|(?<=\D)(?=\d)|(?<=[a-z])(?=[A-Z])")  # between the words of a name
_WEIGHT = re.compile(r"""["']weight["']:\s*([-+.\deE]+)""")


@dataclass(frozen=True)
class _Form:
    """How the lines are split, and the places of the two nodes and the weight."""

    delimiter: str
    width: int  # number of fields
    used: tuple[int, ...]
    header: bool = False
    comma: bool = False  # decimal commas in the weight
    note: str = ""


def edges(path: str | Path, progress: Progress | None) -> tuple[Iterator[tuple[str, str, float]], list[str]]:
    """(node, node, weight) of each line, and notes of what was detected. Raises BadData, also while they are read."""
    numbered = lines(path, progress, read=("Matrix Market",))
    first = list(islice(numbered, SAMPLE))
    _check_one_kind(path, [line for _, line in first])
    comment = _HASHED if 2 * sum(bool(_HASHTAGS.match(line)) for _, line in first) > len(first) else _COMMENT
    sizes = bool(first) and first[0][1].startswith("%%MatrixMarket")  # its first line of numbers contains sizes
    sample = [(number, line) for number, line in first if not comment.match(line)][int(sizes) :]
    if not sample:
        return iter(()), []
    if sample[0][1].lstrip().startswith(("{", "[{")):
        raise BadData(
            f"{path}: is JSON; expected an edge in each line: two nodes and optionally a weight. With networkx: "
            f'nx.write_weighted_edgelist(nx.node_link_graph(json.load(open("{Path(path).name}"))), "edges.txt").'
        )
    form = _form(path, sample)
    notes = [f"Read as edges separated by {SIGNS.get(form.delimiter, form.delimiter.strip())}{form.note}."]
    skip = int(form.header) + int(sizes)

    def found() -> Iterator[tuple[str, str, float]]:
        rows = (row for row in chain(first, numbered) if not comment.match(row[1]))
        for number, line in islice(rows, skip, None):
            fields = _fields(line, form.delimiter)
            if len(fields) != form.width:
                what = f"{form.width} fields expected, {len(fields)} found in {fields}"
                raise BadData(f"{path}, line {number:,}: {what[:300]}")
            a, b, *rest = (fields[place] for place in form.used)
            yield a, b, _weight(path, number, rest[0].replace(",", ".") if form.comma else rest[0]) if rest else 1.0

    return found(), notes


def _check_one_kind(path: str | Path, sample: list[str]) -> None:
    """Raise BadData for a graph whose two kinds of nodes have the same numbers: KONECT's `bip`, a matrix not square."""
    lead = sample[0].split() if sample else []
    sizes = next((line.split() for line in sample if not _COMMENT.match(line)), [])
    square = lead[:1] != ["%%MatrixMarket"] or len(sizes) < 3 or sizes[0] == sizes[1]
    if lead[:2] == ["%", "bip"] or not square:
        name = Path(path).name
        raise BadData(
            f"{path}: its rows and columns are two kinds of nodes with the same numbers. Give them names, such as with "
            f'awk \'!/^%/ {{print "a" $1, "b" $2, $3}}\' {name}' + ("" if square else " | tail -n +2")
        )


def _form(path: str | Path, sample: list[tuple[int, str]]) -> _Form:
    """Detect the delimiter, a header and the columns. Raises BadData if the lines are no edges."""
    texts = [line for _, line in sample]
    signs = [sign for sign in ARROWS if all(sign in line for line in texts)]
    signs = signs or [sign for sign in "\t,;|" if sign in texts[0]] or [" "]
    forms = [(sign, [_fields(line, sign) for line in texts]) for sign in signs]
    delimiter, rows = max(forms, key=lambda form: _rank(*form))
    names, widths = rows[0], {len(row) for row in rows}
    width, below = len(names), rows[1:]
    if (used := _named(names, below)) and below:
        weight = f", {names[used[2]]} as weight" if len(used) > 2 else ", each with weight 1"
        unused = [name for place, name in enumerate(names) if place not in used]
        note = f": {names[used[0]]} and {names[used[1]]} as nodes{weight}"
        note += f"; not used: {', '.join(unused)}" if unused else ""
        return _Form(delimiter, width, tuple(used), True, _commas(below, used, delimiter), note)
    if len(widths) > 1 and delimiter == " " and (1 in widths or max(widths) > 3):
        raise BadData(
            f"{path}, line {sample[0][0]:,}: the lines have {min(widths)} to {max(widths)} fields, as in an adjacency "
            f"list (NetworkX, METIS); expected an edge in each line. {ADJACENCY.format(name=Path(path).name)} "
            "Names with spaces need tabs between the fields."
        )
    if width > 3 and [row[0] for row in below] == names[-len(below) :]:
        raise BadData(
            f"{path}: is a matrix of nodes. Write a row for each edge, with pandas: edges = pd.read_csv("
            f'"{Path(path).name}", index_col=0).stack(), then edges[edges > 0].to_csv("edges.csv", header=False).'
        )
    header = bool(used) or _is_header(rows)
    body = [row for row in (below if header else rows) if len(row) == width]
    numbers = sum(_is_number(row[2].replace(",", ".")) for row in body) if width > 2 else 0
    if width == 3 and delimiter != " " and _are_triples(body, numbers):
        nodes, kinds = {part for row in body for part in row[:2]}, {row[2] for row in body}
        if len(kinds) < len({row[1] for row in body}) and not kinds & nodes:
            note = f", each with weight 1; the third column, such as {body[0][2]!r}, is not used"
            return _Form(delimiter, 3, (0, 1), header, note=note)
        note = ": triples, whose first and third column are the nodes; the relation between is not used"
        return _Form(delimiter, 3, (0, 2), header, note=note)
    if width == 4 and body and are_times([row[3] for row in body]) and numbers == len(body):
        return _Form(delimiter, 4, (0, 1, 2), header, note=", the third column as weight; the times are not used")
    if width == 3 and numbers == len(body) and are_times([row[2] for row in body]):
        note = ", each with weight 1; the times in the third column are not used"
        return _Form(delimiter, 3, (0, 1), header, note=note)
    if width not in (2, 3):
        hint = " Names with spaces need tabs between the fields." if delimiter == " " else ""
        raise BadData(
            f"{path}, line {sample[0][0]:,}: two nodes and an optional weight expected, found {width} fields, {names}. "
            f"Leave out the other columns, or add a header with source and target.{hint}"
        )
    note = ", the third column as weight" if width == 3 else ", each with weight 1"
    note += f"; the header is {delimiter.join(names)}" if header else ""
    return _Form(delimiter, width, tuple(range(width)), header, _commas(body, range(width), delimiter), note)


def _are_triples(rows: list[list[str]], numbers: int) -> bool:
    """Whether the second column holds few relations, and the third nodes, not amounts such as 12%.

    numbers: how many values of the third column are numbers; these are nodes if most are in the first column too.
    """
    relations, heads = {row[1] for row in rows}, {row[0] for row in rows}
    if numbers:
        nodes = 2 * sum(row[2] in heads for row in rows) > len(rows)
        return nodes and len(relations) <= max(1, 0.2 * len(rows)) and not relations & heads
    return len(relations) < len(rows) and not any(_AMOUNT.fullmatch(row[2]) for row in rows)


def _rank(delimiter: str, rows: list[list[str]]) -> tuple[bool, bool, int]:
    """How well a delimiter fits: rows of one width, with a weight in the third column if there is one."""
    width = len(rows[0])
    body = [row for row in rows[1:] or rows if len(row) == width]
    weighed = width == 2 or (width > 2 and all(_is_number(row[2].replace(",", ".")) for row in body))
    return len(body) == len(rows[1:] or rows), weighed or delimiter == "\t", width


def _fields(line: str, delimiter: str) -> list[str]:
    if delimiter in ARROWS:
        return [part.strip(" \t;") for part in line.split(delimiter)]
    if delimiter == " ":
        if "{" in line and line.rstrip().endswith("}"):  # attributes of an edge, as NetworkX writes them
            nodes, _, data = line.partition("{")
            weight = _WEIGHT.search(data)
            return [*nodes.split(), weight[1] if weight else "1"]
        return next(csv.reader([line], delimiter=" ", skipinitialspace=True)) if '"' in line else line.split()
    parts = (
        next(csv.reader([line], delimiter=delimiter, skipinitialspace=True)) if '"' in line else line.split(delimiter)
    )
    return [part.strip() for part in parts]


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the first line is a header: a word above weights, or two above ids with digits or in no other line."""
    names, below = rows[0], rows[1:]
    if len(below) < 2 or any(len(row) != len(names) for row in below[:10]):
        return False
    if len(names) == 3 and not _is_number(names[2]):
        return not _is_number(names[2].replace(",", ".")) and all(_is_number(row[2].replace(",", ".")) for row in below)
    nodes = Counter(part for row in below for part in row[:2])
    words = not any(name.lstrip("-").isdecimal() for name in names[:2])
    if words and all(part.lstrip("-").isdecimal() for part in nodes):
        return True
    if len(below) < ALONE or any(_DIGIT.search(name) or name in nodes for name in names[:2]):
        return False
    return all(map(_DIGIT.search, nodes)) or 1 not in nodes.values()


def _numbered(names: list[str], below: list[list[str]]) -> list[str]:
    """The first two names, folded, that differ in one of ENDS only: hero1 and hero2; empty if nodes have such names."""
    parted = [(name, [word for word in _WORDS.split(name) if word]) for name in names]
    for (a, first), (b, second) in combinations(parted, 2):
        if len(first) != len(second) or len(first) < 2:
            continue
        other = [(x.casefold(), y.casefold()) for x, y in zip(first, second, strict=True) if x != y]
        if len(other) == 1 and other[0] in ENDS:
            stem = next(x for x, y in zip(first, second, strict=True) if x == y)
            if not any(cell.startswith(stem) for row in below for cell in row):
                return [fold(a), fold(b)]
    return []


def _named(names: list[str], below: list[list[str]]) -> list[int]:
    """Places of the two nodes, and of the weight if there is one, in a header that names the nodes; else empty."""
    folded = [fold(name if name.startswith(":") else name.partition(":")[0]) for name in names]  # Neo4j: weight:float
    ends = next((both.split() for both in NODES if set(both.split()) <= {*folded}), []) or _numbered(names, below)
    third = [row[2].replace(",", ".") for row in below if len(row) == 3] if folded[:2] == ends else []
    numbers = bool(third) and 2 * sum(map(_is_number, third)) > len(third) and not are_times(third)
    weight = [name for name in WEIGHTS if name in folded] or folded[2:3] * numbers
    return [folded.index(name) for name in (*ends, *weight[:1])] if ends else []


def _commas(rows: list[list[str]], used: range | list[int], delimiter: str) -> bool:
    """Whether the weights have decimal commas."""
    weights = [row[used[2]] for row in rows] if len(used) > 2 and delimiter != "," else []
    return any("," in weight for weight in weights) and all(_is_number(text.replace(",", ".")) for text in weights)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _weight(path: str | Path, number: int, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        raise BadData(
            f"{path}, line {number:,}: weight {text!r} is not a number. A header line must begin with one of "
            f"{', '.join(NODES[:4])}."
        ) from None
    if not (isfinite(weight) and weight > 0):
        raise BadData(
            f"{path}, line {number:,}: weight {text!r} is not above 0; leave such edges out, or the column if it "
            "contains times or other numbers"
        )
    return weight
