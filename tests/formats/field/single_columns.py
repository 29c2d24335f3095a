"""Tables with one column of metadata, whose kind and values are known."""

# ruff: noqa: C408

from tests.formats.field.making import WORDS, Case, N, table

CASES: dict[str, Case] = {}


def column(name: str, values: list[object], kind: str | None, *accepted: list[object], **more: str) -> None:
    """A case with one column of metadata."""
    CASES[f"{name}: {values[0]}"] = (
        {"a.csv": table(name, [f'"{value}"' if "," in str(value) else value for value in values])},
        dict(titles=WORDS, cols={name: (kind, *accepted)}, **more),
    )


column("price", ["$1,234.50", "$99.00", "$12.25"] * 4, "text|category|number", ["$1,234.50", "$99.00"], [1234.5, 99.0])
column("price", ["9,99 €", "12,00 €", "1.234,50 €"] * 4, "text|category|number", ["9,99 €", "12,00 €"], [9.99, 12.0])
column("sold", ["1,234,567", "999", "12,000"] * 4, "number", [1234567, 999, 12000])
column("sold", ["1,234", "2,345", "3,456"] * 4, "number|text|category", [1234, 2345], ["1,234", "2,345"])
column("day", [f"12/{n + 14}/2023" for n in range(N)], "date", ["2023-12-14", "2023-12-15"])
column("day", [f"{n + 14}/12/2023" for n in range(N)], "date", ["2023-12-14", "2023-12-15"])
column("day", [f"{n + 14}.12.2023" for n in range(N)], "date", ["2023-12-14", "2023-12-15"])
column("day", [f"{n + 1:02}.02.2023" for n in range(N)], "date", ["2023-02-01", "2023-02-02"])
column("day", [f"2023/12/{n + 14}" for n in range(N)], "date", ["2023-12-14", "2023-12-15"])
column("day", [f"Dec {n + 14}, 2023" for n in range(N)], "date", ["2023-12-14", "2023-12-15"])
column("day", [f"{n + 1:02}/02/2023" for n in range(N)], "date", ["2023-01-02", "2023-02-02"], note="month first")
column(
    "day",
    [f"Mon, {n + 10} Dec 2023 10:00:00 GMT" for n in range(N)],
    "date|text",
    ["2023-12-10T10:00:00.000000"],
    ["Mon, 10 Dec 2023 10:00:00 GMT"],
)
column(
    "created",
    [f"Wed Oct {n + 10} 20:19:24 +0000 2018" for n in range(N)],
    "date|text",
    ["2018-10-10T20:19:24.000000"],
    ["Wed Oct 10 20:19:24 +0000 2018"],
)
column("created_at", [1609459200000 + n for n in range(N)], None, [1609459200000], ["2021-01-01"])
column(
    "at",
    [f"2024-01-{n + 10}T12:30:00+0{n % 3}:00" for n in range(N)],
    "date|text",
    ["2024-01-10T12:30:00.000000", "2024-01-11T11:30:00.000000"],
    ["2024-01-10T12:30:00+00:00"],
)
column(
    "at",
    [f"2024-01-{n + 10} 12:30:00 UTC" for n in range(N)],
    "date|text",
    ["2024-01-10T12:30:00.000000"],
    ["2024-01-10 12:30:00 UTC"],
)
column(
    "at",
    [f"1/{n + 14}/2024 3:45:00 PM" for n in range(N)],
    "date|text",
    ["2024-01-14T15:45:00.000000"],
    ["1/14/2024 3:45:00 PM"],
)
column("year", [f"{900 + n} BC" for n in range(N)], "text", ["900 BC"])
column("aktiv", ["ja", "nein", "ja"] * 4, "boolean|category", [True, False], ["ja", "nein"])
column("actif", ["oui", "non", "oui"] * 4, "boolean|category", [True, False], ["oui", "non"])
column("ok", ["t", "f", "t"] * 4, "boolean|category", [True, False], ["t", "f"])
column("ok", ["TRUE", "FALSE", "NA"] * 4, "boolean", [True, False, None])
column("ok", ["True", "False", "None"] * 4, "boolean", [True, False, None])
column("weight", ["12", "N/A", "5.5"] * 4, "number", [12.0, None, 5.5])
column("weight", ["12", "#N/A", "5.5"] * 4, "number", [12.0, None, 5.5])
column("weight", ["12", "None", "5.5"] * 4, "number", [12.0, None, 5.5])
column("weight", ["12", "?", "5.5"] * 4, "number|category|text", [12.0, None, 5.5], ["12", "?", "5.5"])
column("weight", ["12 kg", "5 kg", "7.5 kg"] * 4, "text|category", ["12 kg", "5 kg"])
column("mass", ["1.2e3", "4E-2", "7"] * 4, "number", [1200.0, 0.04, 7.0])
column("address", ["0x1F", "0x2A", "0x10"] * 4, "text|category", ["0x1F", "0x2A"])
column("phone", [f"+4917012345{n:02}" for n in range(N)], "text", ["+491701234500"])
column("phone", [f"030 12345{n:02}" for n in range(N)], "text", ["030 1234500"])
column("ratio", ["16:9", "4:3", "21:9"] * 4, "text|category", ["16:9", "4:3"])
column("place", [f"POINT (13.{n} 52.5)" for n in range(N)], "text", ["POINT (13.0 52.5)"])
column("ip", [f"192.168.0.{n}" for n in range(N)], "text", ["192.168.0.0"])
column("file", [rf"C:\data\set {n % 2}\img_{n}.png" for n in range(N)], "text|image", [r"C:\data\set 0\img_0.png"])
column(
    "url",
    [f"https://example.org/a,b/{n}?x=1,2&y={n}" for n in range(N)],
    "link",
    ["https://example.org/a,b/0?x=1,2&y=0"],
)
column(
    "uuid",
    [f"0000000{n:02}-0000-4000-8000-00000000000e"[1:] for n in range(N)],
    "text",
    ["00000000-0000-4000-8000-00000000000e"],
)
column(
    "place",
    ["Paris, France", "Lyon, France", "Berlin, Germany"] * 4,
    "category|labels|text",
    ["Paris, France"],
    [["Paris", "France"]],
)
column("size", ["1/2", "3/4", "1/4"] * 4, "text|category", ["1/2", "3/4"])
column("grade", ["A+", "B-", "C"] * 4, "category", ["A+", "B-"])
column("isbn", [f"978-3-16-1484{n:02}-0" for n in range(N)], "text", ["978-3-16-148400-0"])
column("duration", ["1:02:03", "0:59:00", "2:00:00"] * 4, "text|category|number", ["1:02:03"])
column("rank", ["1st", "2nd", "3rd"] * 4, "category|text", ["1st", "2nd"])
for name, ids in {
    "hashes that look like powers": [f"{12 + n}e{n % 4 + 2}" for n in range(N)],
    "sections": ["1.1", "1.10", "1.2", "1.20", "2.0", "2", *[f"3.{n}0" for n in range(6)]],
    "ids with leading zeros late": [*[str(n + 10) for n in range(11)], "007"],
    "ids with signs": [f"{n:+d}" for n in range(-5, 7)],
    "ids with underscores": [f"1_{n:03}" for n in range(N)],
    "true and false among ids": ["true", "false", *WORDS[2:]],
}.items():
    CASES[name] = ({"a.csv": table("size", range(N), "id").replace("\n", "\0").replace("\0", "\n")}, dict(keys=WORDS))
    text = table("size", range(N), "id")
    for word, key in zip(WORDS, ids, strict=True):
        text = text.replace(f"\n{word},", f"\n{key},")
    CASES[name] = ({"a.csv": text}, dict(keys=ids, cols={"size": ("number", list(range(N)))}))
