"""Further columns of values."""

# ruff: noqa: C408

from tests.formats.field.making import (
    WORDS,
    Case,
    N,
    table,
)

CASES: dict[str, Case] = {}


def column(name: str, values: list[object], kind: str | None, *accepted: list[object]) -> None:
    """A case with one column of metadata."""
    quoted = [f'"{value}"' if "," in str(value) else value for value in values]
    CASES[f"{name}: {values[0]}"] = ({"a.csv": table(name, quoted)}, dict(titles=WORDS, cols={name: (kind, *accepted)}))


column("budget", ["$1.5M", "$200K", "$3M"] * 4, "text|category", ["$1.5M"])
column("gross", ["£1,000", "£20", "£3,500"] * 4, "text|category|number", ["£1,000", "£20"], [1000, 20])
column("temp", ["\u22123.5", "2", "\u22121"] * 4, "number|text|category", [-3.5, 2.0], ["\u22123.5", "2"])
column("date", [f"{n + 1}-Jan-2020" for n in range(N)], "date", ["2020-01-01", "2020-01-02"])
column("date", [f"Jan {n + 10} 2020" for n in range(N)], "date|text", ["2020-01-10"], ["Jan 10 2020"])
column("date", [f"January {n + 10}, 2020" for n in range(N)], "date", ["2020-01-10"])
column("date", [f"2020-01-{n + 10} 10:00" for n in range(N)], "date", ["2020-01-10T10:00:00.000000"])
column("date", [f"{n + 13}/01/20" for n in range(N)], "date|text", ["2020-01-13"], ["13/01/20"])
column("quarter", ["2020Q1", "2020Q2", "2020Q3"] * 4, "category|text", ["2020Q1"])
column("week", [f"2020-W{n + 10}" for n in range(N)], "text|date", ["2020-W10"])
column("decade", ["1990s", "2000s", "2010s"] * 4, "category", ["1990s"])
column("year", [f"{1990 + n}" for n in range(N)], "number", [1990, 1991])
column("year", [f"{1990 + n}.0" for n in range(N)], "number", [1990, 1991])
column("runtime", [f"{90 + n} min" for n in range(N)], "text", ["90 min"])
column("genres", ["Action|Drama", "Drama", "Comedy|Action"] * 4, "labels", [["Action", "Drama"], ["Drama"]])
column("genres", ["Action, Drama", "Drama", "Comedy, Action"] * 4, "labels|category", [["Action", "Drama"], ["Drama"]])
column(
    "genres",
    ["['Action', 'Drama']", "['Drama']", "[]"] * 4,
    "labels",
    [["Action", "Drama"], ["Drama"], []],
    [["Action", "Drama"], ["Drama"], None],
)
column(
    "genres",
    ['[{""id"": 18, ""name"": ""Drama""}]', '[{""id"": 1, ""name"": ""War""}, {""id"": 18, ""name"": ""Drama""}]', "[]"]
    * 4,
    "labels",
    [["Drama"], ["War", "Drama"]],
)
column("active", ["1", "0", ""] * 4, "boolean|category|number", [True, False, None], ["1", "0", None], [1, 0, None])
column("active", ["Yes", "No", "Unknown"] * 4, "category|boolean", ["Yes", "No", "Unknown"], [True, False, None])
column("sex", ["M", "F", "M"] * 4, "category|boolean", ["M", "F"])
column("code", ["E10", "E11", "I21"] * 4, "category", ["E10", "E11"])
column("gene", ["MARCH1", "SEPT2", "DEC1"] * 4, "category", ["MARCH1", "SEPT2"])
column("color", ["#ff0000", "#00ff00", "#0000ff"] * 4, "category|text", ["#ff0000"])
column("emoji", ["🐜", "🐝", "🐱"] * 4, "category", ["🐜", "🐝"])
column("score", ["1_000", "2_000", "3_000"] * 4, "category|text", ["1_000"])
column("cid", ["007", "010", "100"] * 4, "category|text", ["007", "010"])
column("n", ["1e400", "5", "7"] * 4, "number|text|category", ["1e400", "5"], [None, 5.0])
column("note", ["=1+1", "+x", "@a"] * 4, "category|text", ["=1+1", "+x"])
column("email", [f"a{n}@b.org" for n in range(N)], "text", ["a0@b.org"])
column("doi", [f"10.1000/xyz{n}" for n in range(N)], "text|link", ["10.1000/xyz0"])
column("img", [f"https://x.org/{n}.png" for n in range(N)], "image|link", ["https://x.org/0.png"])
column("page", ["12-15", "16-20", "3-4"] * 4, "text|category", ["12-15"])
