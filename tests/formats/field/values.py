"""Values in text tables."""

# ruff: noqa: C408

from tests.formats.field.making import VECTORS, WORDS, Case, N, numbers, table

CASES: dict[str, Case] = {}
CASES["thousands with points"] = (
    {
        "a.csv": "title;sold;d0;d1;d2;d3\n"
        + "".join(
            f"{w};{s};{numbers(v, ';').replace('.', ',')}\n"
            for w, s, v in zip(WORDS, ["1.234.567", "999", "12.000"] * 4, VECTORS, strict=True)
        )
    },
    dict(keys=WORDS, cols={"sold": ("number", [1234567, 999, 12000])}),
)
CASES["euros"] = (
    {
        "a.csv": "title;price;d0;d1;d2;d3\n"
        + "".join(
            f"{w};{s};{numbers(v, ';').replace('.', ',')}\n"
            for w, s, v in zip(WORDS, ["1.234,50", "9,99", "12.000,00"] * 4, VECTORS, strict=True)
        )
    },
    dict(keys=WORDS, cols={"price": ("number", [1234.5, 9.99, 12000])}),
)
CASES["Swiss thousands"] = (
    {"a.csv": table("sold", ["1'234'567", "999", "12'000"] * 4)},
    dict(keys=WORDS, cols={"sold": ("number", [1234567, 999, 12000])}),
)
CASES["French thousands"] = (
    {"a.csv": table("sold", ["1\u202f234\u202f567", "999", "12\u00a0000"] * 4)},
    dict(keys=WORDS, cols={"sold": ("number", [1234567, 999, 12000])}),
)
CASES["versions are no numbers"] = (
    {"a.csv": table("version", ["1.234.567", "1.2.3", "10.0.1"] * 4)},
    dict(keys=WORDS, cols={"version": (None, ["1.234.567", "1.2.3"])}),
)
CASES["compact dates"] = (
    {"a.csv": table("release_date", [f"1987{m:02}30" if m != 2 else "19870228" for m in range(1, 13)])},
    dict(keys=WORDS, cols={"release_date": ("date", ["1987-01-30", "1987-02-28"])}),
)
CASES["months"] = (
    {"a.csv": table("month", [f"19{80 + m}-{m:02}" for m in range(1, 13)])},
    dict(keys=WORDS, cols={"month": ("date", ["1981-01-01", "1982-02-01"])}),
)
CASES["seasons are no months"] = (
    {"a.csv": table("season", [f"20{m:02}-{m + 1:02}" for m in range(0, 12)])},
    dict(keys=WORDS, cols={"season": (None, ["2000-01", "2001-02"])}),
)
CASES["8-digit ids are no dates"] = (
    {"a.csv": table("item_no", [str(19990000 + 37 * m) for m in range(1, 13)])},
    dict(keys=WORDS, cols={"item_no": (None, [19990037, 19990074])}),
)
CASES["long decimals"] = (
    {"a.csv": table("weight", ["3.141592653589793238", "2.718281828459045235"] * 6)},
    dict(keys=WORDS, cols={"weight": (None, ["3.141592653589793238"])}),
)
CASES["savetxt digits"] = (
    {"a.csv": table("weight", [f"{0.1 * n:.18e}" for n in range(N)])},
    dict(keys=WORDS, cols={"weight": ("number", [0.0, 0.1, 0.2])}),
)
CASES["NA is Namibia"] = (
    {"a.csv": table("country", ["NA", "DE", "FR"] * 4)},
    dict(keys=WORDS, cols={"country": ("category", ["NA", "DE"])}),
)
CASES["zip codes"] = (
    {"a.csv": table("zip", ["01234", "99999", "10115"] * 4)},
    dict(keys=WORDS, cols={"zip": ("category", ["01234"])}),
)
CASES["yes and no"] = (
    {"a.csv": table("seen", ["Y", "N", ""] * 4)},
    dict(keys=WORDS, cols={"seen": ("boolean", [True, False, None])}),
)
CASES["percent kept"] = (
    {"a.csv": table("share", ["45%", "5%", "100%"] * 4)},
    dict(keys=WORDS, cols={"share": (None, ["45%"])}),
)
CASES["times of day"] = (
    {"a.csv": table("at", ["12:30", "23:59", "00:01"] * 4)},
    dict(keys=WORDS, cols={"at": (None, ["12:30"])}),
)
CASES["moments"] = (
    {"a.csv": table("at", [f"2024-01-{n + 1:02}T12:30:00.123Z" for n in range(N)])},
    dict(keys=WORDS, cols={"at": ("date", ["2024-01-01T12:30:00.123000"])}),
)
CASES["epoch"] = (
    {"a.csv": table("timestamp", [1609459200 + n for n in range(N)])},
    dict(keys=WORDS, cols={"timestamp": (None, [1609459200])}),
)
CASES["latitude"] = (
    {
        "a.csv": "title,lat,lon,d0,d1,d2,d3\n"
        + "".join(f"{w},52.{n},13.{n},{numbers(v, ',')}\n" for n, (w, v) in enumerate(zip(WORDS, VECTORS, strict=True)))
    },
    dict(keys=WORDS, cols={"lat": ("number", [52.0]), "lon": ("number", [13.0])}),
)
CASES["ISBN with X"] = (
    {"a.csv": table("isbn", ["080442957X" if n == 3 else f"00{n:08}" for n in range(N)], "title")},
    dict(titles=WORDS, cols={"isbn": ("text", ["0000000000"])}),
)
CASES["negative in brackets"] = (
    {"a.csv": table("profit", ["(12)", "13", "(5)"] * 4)},
    dict(keys=WORDS, cols={"profit": (None, ["(12)", "13"])}),
)
CASES["True as text with spaces"] = (
    {"a.csv": table("ok", [" True", " False"] * 6)},
    dict(keys=WORDS, cols={"ok": ("boolean", [True, False])}),
)
CASES["infinity in metadata"] = (
    {"a.csv": table("score", ["inf", "1.5", "-inf"] * 4)},
    dict(keys=WORDS, cols={"score": ("number", [None, 1.5, None])}),
)
