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
