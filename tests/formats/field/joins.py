"""Item tables joined to vectors."""

# ruff: noqa: C408

import unicodedata

from tests.formats.field.making import VECTORS, WORDS, Case, D, N, npy, rows

CASES: dict[str, Case] = {}


def both(text: str, keys: list[str] = WORDS) -> dict[str, str | bytes]:
    """Files of vectors with keys, and an item table."""
    return {"v.vec": f"{N} {D}\n" + rows(keys), "f.csv": text}


SIZES = {"size": (None, list(range(N)))}
CASES["metadata reversed"] = (
    both("id,size\n" + "".join(f"{w},{n}\n" for n, w in reversed(list(enumerate(WORDS))))),
    dict(keys=WORDS, cols=SIZES),
)
CASES["spaces around keys"] = (
    both("id,size\n" + "".join(f" {w} ,{n}\n" for n, w in reversed(list(enumerate(WORDS))))),
    dict(keys=WORDS, cols=SIZES),
)
CASES["capitals"] = (
    both("id,size\n" + "".join(f"{w.title()},{n}\n" for n, w in reversed(list(enumerate(WORDS))))),
    dict(keys=WORDS, cols=SIZES),
)
ACCENTED = ["café", "naïve", "Zoë", *WORDS[3:]]
CASES["NFD keys"] = (
    both(
        unicodedata.normalize(
            "NFD", "id,size\n" + "".join(f"{w},{n}\n" for n, w in reversed(list(enumerate(ACCENTED))))
        ),
        ACCENTED,
    ),
    dict(keys=ACCENTED, cols=SIZES),
)
IDS = [str(n + 5) for n in range(N)]
CASES["ids as floats"] = (
    both("id,size\n" + "".join(f"{float(k)},{n}\n" for n, k in reversed(list(enumerate(IDS)))), IDS),
    dict(keys=IDS, cols=SIZES),
)
CASES["more metadata than vectors"] = (
    both("id,size\n" + "".join(f"{w},{n}\n" for n, w in enumerate([*WORDS, "zebra", "yak"]))),
    dict(keys=WORDS, cols=SIZES, note="zebra|12 of 12"),
)
CASES["a fact twice"] = (
    both("id,size\n" + "".join(f"{w},{n}\n" for n, w in enumerate(WORDS)) + "ant,99\n"),
    dict(keys=WORDS, cols=SIZES, note="duplicate key"),
)
CASES["metadata in the wrong order without keys"] = (
    {"v.npy": npy(VECTORS), "f.csv": "id,size\n" + "".join(f"{w},{n}\n" for n, w in enumerate(WORDS))},
    dict(keys=WORDS, note="row by row"),
)
CASES["paths and names"] = (
    both(
        "file,size\n" + "".join(f"{w}.jpg,{n}\n" for n, w in reversed(list(enumerate(WORDS)))),
        [f"img/{w}.jpg" for w in WORDS],
    ),
    dict(or_error="position|--join", cols=SIZES),
)
CASES["keys with quotes"] = (
    both("id,size\n" + "".join(f'"{w}",{n}\n' for n, w in reversed(list(enumerate(WORDS)))), [f'"{w}"' for w in WORDS]),
    dict(cols=SIZES),
)


MIXED = [5, 3, 1, 0, 2, 4, 11, 9, 7, 8, 6, 10]
SIZES = {"size": ("number", list(range(N)))}
HEAD = "id,d0,d1,d2,d3\n"


def other_form(name: str, own: list[str], head: str, theirs: list[str], **want: object) -> None:
    """A case of keys that the metadata writes in another form and order."""
    rest = "".join(f"{theirs[n]},{n}\n" for n in MIXED)
    CASES[name] = ({"v.csv": HEAD + rows(own, ",", ","), "m.csv": f"{head},size\n{rest}"}, dict(cols=SIZES, **want))


IDS = [str(n) for n in range(100, 100 + N)]
other_form("a prefix before numbers", [f"item_{n}" for n in IDS], "item", IDS)
other_form("slashes and points", [f"/m/{n}x" for n in IDS], "mid", [f"m.{n}x" for n in IDS])
other_form("percent encoding", [f"New%20{w}" for w in WORDS], "name", [f"New {w}" for w in WORDS])
other_form("spaces nobody sees", [f"{w}\u200b" for w in WORDS], "id", [f"\u00a0{w}" for w in WORDS])
other_form("entities of HTML", [f"A &amp; {w}" for w in WORDS], "title", [f"A & {w}" for w in WORDS])
other_form("versions of genes", [f"ENSG00{n}.3" for n in IDS], "gene", [f"ENSG00{n}" for n in IDS])
other_form("capitals that differ", ["US", "us", *WORDS[2:]], "id", ["US", "us", *WORDS[2:]])
other_form("leading zeros are kept", [f"00{n}" for n in IDS], "id", IDS, keys=[f"00{n}" for n in IDS])
CASES["numbers of a rank are no keys"] = (
    {
        "v.txt": rows([f"item_{n}" for n in range(1, N + 1)]),
        "m.csv": "rank,name\n" + "".join(f"{n + 1},{WORDS[place]}\n" for place, n in enumerate(MIXED)),
    },
    dict(titles=WORDS, note="row by row"),
)
CASES["the column that contains more keys"] = (
    {
        "v.csv": HEAD + rows([f"c{n}" for n in range(N)], ",", ","),
        "m.csv": "old,new,size\n" + "".join(f"c{(n + 1) % N if n > 4 else n},c{n},{n}\n" for n in MIXED),
    },
    dict(cols=SIZES),
)
CASES["two rows of metadata for each key"] = (
    {
        "v.csv": HEAD + rows(a=",", b=","),
        "m.csv": "id,size\n" + "".join(f"{WORDS[n]},{n}\n" for n in MIXED) + "".join(f"{w},99\n" for w in WORDS),
    },
    dict(cols=SIZES, note="12 rows of metadata have a duplicate key"),
)
CASES["a map in metadata in another order"] = (
    {
        "v.txt": rows(),
        "m.csv": "word,umap_x,umap_y,size\n" + "".join(f"{WORDS[n]},{n}.5,{-n}.25,{n}\n" for n in MIXED),
    },
    dict(keys=WORDS, cols=SIZES, layout="xy"),
)
CASES["a map in metadata of some items"] = (
    {"v.txt": rows(), "m.csv": "word,x,y\n" + "".join(f"{WORDS[n]},{n}.5,{-n}.25\n" for n in MIXED[:8])},
    dict(keys=WORDS, note="The map in m is left out"),
)
