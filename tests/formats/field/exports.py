"""Exports of databases, statistics programs and graph tools as their users open them."""

# ruff: noqa: C408

import pyarrow as pa

from tests.formats.field.making import (
    FLOATS,
    LISTS,
    NAMED,
    VECTORS,
    WORDS,
    Case,
    D,
    N,
    lines,
    npy,
    parquet,
    rows,
    table,
)

CASES: dict[str, Case] = {}
V = {"v.npy": npy(VECTORS)}
DAYS = [f"2024-01-{n + 10}" for n in range(N)]


def column(name: str, values: list[str], kind: str | None, accepted: list[object]) -> None:
    """A case with one column of metadata."""
    quoted = [f'"{value}"' for value in values]
    CASES[f"{name}: {values[0]}"] = ({"a.csv": table(name, quoted)}, dict(titles=WORDS, cols={name: (kind, accepted)}))


# dates
TIMES = [f"{day}T10:11:12.000000" for day in DAYS[:2]]
column("created_at", [f"{day} 10:11:12+00" for day in DAYS], "date", TIMES)
column("created_at", [f"{day} 12:11:12+02" for day in DAYS], "date", TIMES)
column("ts", [f"{day} 10:11:12 UTC" for day in DAYS], "date", TIMES)
column("ts", [f"{day} 10:11:12 GMT" for day in DAYS], "date", TIMES)
column("time", [f"{n + 10}/Jan/2024:10:11:12 +0000" for n in range(N)], "date", TIMES)
column("seen", [f"1/{n + 10}/2024 10:11:12 AM" for n in range(N)], "date", TIMES)
column("seen", [f"01/{n + 10}/2024 10:11:12" for n in range(N)], "date", TIMES)
column("seen", [f"{n + 10}.01.2024 22:11" for n in range(N)], "date", ["2024-01-10T22:11:00.000000"])
column("seen", [f"1/{n + 10}/2024, 12:30 pm" for n in range(N)], "date", ["2024-01-10T12:30:00.000000"])

# versions, and names with points
column("version", ["1.10", "1.2", "1.20"] * 4, "category", ["1.10", "1.2", "1.20"])
column("appVersion", [f"1.{n}0" for n in range(N)], "text", ["1.00", "1.10"])
column("conversion", ["1.10", "1.2", "1.20"] * 4, "number", [1.1, 1.2, 1.2])
column("percent.mt", [f"{n}.5" for n in range(N)], "number", [0.5, 1.5])
CASES["fields of structs have short names"] = (
    {"a.parquet": parquet({"w.w": WORDS, "m": [{"size": n} for n in range(N)], "v": pa.array(LISTS, FLOATS)})},
    dict(keys=WORDS, cols={"w.w": (None, WORDS), "size": ("number", [0, 1])}),
)

# points and rectangles beside vectors
for place in ("coordinates", "bbox", "lonlat", "geo_point"):
    CASES[f"{place} before a vector"] = (
        {
            "a.jsonl": lines(
                {"id": w, place: [13.0 + n, 52.5], "contentVector": v}
                for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
            )
        },
        NAMED,
    )
CASES["a named vector behind another list"] = (
    {
        "a.jsonl": lines(
            {"id": w, "stats": [0.5, n], "text_embedding": v} for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
        )
    },
    NAMED,
)

# typed JSON of MongoDB
CASES["typed values of MongoDB"] = (
    {
        "a.jsonl": lines(
            {
                "_id": {"$oid": f"{n * 7 + 99:024x}"},
                "title": w,
                "size": {"$numberInt": str(n)},
                "day": {"$date": {"$numberLong": str(n * 86_400_000)}},
                "seen": {"$date": f"2024-01-{n + 10}T00:00:00Z"},
                "vec": [{"$numberDouble": str(number)} for number in v],
            }
            for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True))
        )
    },
    dict(
        keys=[f"{n * 7 + 99:024x}" for n in range(N)],
        titles=WORDS,
        cols={"size": ("number", [0, 1]), "day": ("date", ["1970-01-01", "1970-01-02"]), "seen": ("date", DAYS)},
    ),
)

# lists of sentences, and labels of nodes
SENTENCES = [
    f"The {w} ran to the river, and nobody knew why" + (", not even the old owl; so it goes" if n % 3 == 1 else "")
    for n, w in enumerate(WORDS)
]
CASES["sentences with commas"] = ({**V, "texts.txt": "\n".join(SENTENCES) + "\n"}, dict(titles=SENTENCES))
ONE_COMMA = [text.partition(", not")[0] for text in SENTENCES]
CASES["sentences with one comma each"] = ({**V, "texts.txt": "\n".join(ONE_COMMA) + "\n"}, dict(titles=ONE_COMMA))
CASES["cells with a space behind each comma"] = (
    {**V, "f.csv": "".join(f"{w}, the small one, {n}\n" for n, w in enumerate(WORDS))},
    dict(keys=WORDS),
)
NODES = [str(n * 37 + 11) for n in range(N)]
CASES["nodes and their labels"] = (
    {
        "a.emb": f"{N} {D}\n" + rows(NODES),
        "a.labels": "".join(f"{node} {'red' if n % 2 else 'blue'}\n" for n, node in reversed(list(enumerate(NODES)))),
    },
    dict(keys=NODES, cols={"column 2": ("category", ["blue", "red"])}, note="12 of 12"),
)

# other ids
for name, other in (("other letters before the number", "Q-{:03d}"), ("ids that Excel has rounded", "4.00638E+12")):
    CASES[name] = (
        {
            "v.jsonl": lines({"ean": f"P-{n:03d}", "vector": v} for n, v in enumerate(LISTS)),
            "f.csv": "EAN,name\n" + "".join(f"{other.format(n)},{w}\n" for n, w in enumerate(WORDS)),
        },
        dict(error="other ids.*P-000.*--join position"),
    )
CASES["the same letters before the number"] = (
    {
        "v.jsonl": lines({"sku": f"P-{n:03d}", "vector": v} for n, v in enumerate(LISTS)),
        "f.csv": "sku,name\n" + "".join(f"p_{n},{w}\n" for n, w in reversed(list(enumerate(WORDS)))),
    },
    dict(titles=WORDS, note="12 of 12"),
)
CASES["codes beside an id that counts"] = (
    {"a.jsonl": lines({"ean": 4006381333931 + n, "sku": f"{n * 7919 % 9973:05d}", "title": w, "vector": v}
                      for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True)))},
    dict(keys=[f"{n * 7919 % 9973:05d}" for n in range(N)], titles=WORDS),
)  # fmt: skip
CASES["ids of genes beside their symbols"] = (
    {
        "v.tsv": "gene\t"
        + "\t".join(f"d{n}" for n in range(D))
        + "\n"
        + rows([f"ENSG{n:011d}.{n % 3}" for n in range(N)], "\t", "\t"),
        "f.csv": "ensembl,symbol\n" + "".join(f"ENSG{n:011d},{w}\n" for n, w in reversed(list(enumerate(WORDS)))),
    },
    dict(titles=WORDS, note="12 of 12"),
)
