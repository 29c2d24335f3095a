"""Vectors in one file and their names or metadata in another."""

# ruff: noqa: C408

import json

import numpy as np
import pyarrow as pa

from tests.formats.field.making import NAMED, VECTORS, WORDS, Case, D, N, npy, numbers, parquet, rows

CASES: dict[str, Case] = {}
V = {"v.npy": npy(VECTORS)}
TENSORS = "".join(numbers(v, "\t") + "\n" for v in VECTORS)
LABELS = [f"{w}, the\tfirst" if n % 2 else f'{w} "of" them' for n, w in enumerate(WORDS)]
CASES["labels with commas, tabs and quotes"] = ({**V, "labels.txt": "\n".join(LABELS)}, dict(titles=LABELS))
CASES["list of labels in JSON"] = ({**V, "labels.json": json.dumps(WORDS)}, NAMED)
SHUFFLED = dict(sorted(((w, n) for n, w in enumerate(WORDS)), key=lambda pair: pair[0][::-1]))
CASES["vocabulary: word to row"] = ({**V, "vocab.json": json.dumps(SHUFFLED)}, NAMED)
CASES["names: row to word"] = ({**V, "id2label.json": json.dumps({str(n): w for w, n in SHUFFLED.items()})}, NAMED)
CASES["names as .npy"] = ({**V, "names.npy": npy(np.array(WORDS))}, NAMED)
CASES["ids as .npy"] = ({**V, "ids.npy": npy(np.arange(100, 112))}, dict(keys=[str(n) for n in range(100, 112)]))
CASES["parts with metadata in parts"] = (
    {
        "img_emb_0.npy": npy(VECTORS[:5]),
        "img_emb_1.npy": npy(VECTORS[5:]),
        "metadata_0.parquet": parquet({"caption": WORDS[:5], "n": pa.array(range(5))}),
        "metadata_1.parquet": parquet({"caption": WORDS[5:], "n": pa.array(range(5, 12))}),
    },
    dict(keys=WORDS, cols={"n": ("number", list(range(N)))}),
)
CASES["metadata before tensors"] = (
    {"metadata.tsv": "word\tsize\n" + "".join(f"{w}\t{n}\n" for n, w in enumerate(WORDS)), "tensors.tsv": TENSORS},
    dict(keys=WORDS, cols={"size": ("number", [0])}),
)
CASES["one column with a header"] = (
    {"tensors.tsv": TENSORS, "metadata.tsv": "some-name\n" + "\n".join(WORDS) + "\n"},
    dict(keys=WORDS, or_error="13"),
)
CASES["ids counted from one and from zero"] = (
    {
        "v.vec": f"{N} {D}\n" + rows([str(n + 1) for n in range(N)]),
        "f.csv": "id,size\n" + "".join(f"{n},{n}\n" for n in range(N)),
    },
    dict(note="11 of 12", or_error="11 of 12|11.*12"),
)
CASED = ["Apple", "apple", "May", "may", *WORDS[4:]]
CASES["words that differ in their capitals"] = (
    {
        "v.vec": f"{N} {D}\n" + rows(CASED),
        "f.csv": "id,size\n" + "".join(f"{w},{n}\n" for n, w in reversed(list(enumerate(CASED)))),
    },
    dict(keys=CASED, cols={"size": ("number", list(range(N)))}),
)
CASES["metadata as JSON Lines"] = (
    {**V, "f.jsonl": "".join(json.dumps({"title": w, "tags": ["a", w[0]]}) + "\n" for w in WORDS)},
    dict(keys=WORDS, cols={"tags": ("labels", [["a"], ["a", "b"]])}),
)
CASES["metadata as an object by key"] = (
    {
        "v.vec": f"{N} {D}\n" + rows(),
        "f.json": json.dumps({w: {"size": n} for n, w in reversed(list(enumerate(WORDS)))}),
    },
    dict(keys=WORDS, cols={"size": ("number", list(range(N)))}),
)
CASES["no key fits, though the numbers agree"] = (
    {"v.vec": f"{N} {D}\n" + rows(), "f.csv": "id,size\n" + "".join(f"Q{n},{n}\n" for n in range(N))},
    dict(keys=WORDS, note="same order"),
)
CASES["metadata in Latin-1"] = (
    {
        **V,
        "f.csv": (
            "titre;pays\n"
            + "".join(f"{w} à l'été;{p}\n" for w, p in zip(WORDS, ["Brésil", "Côte d'Ivoire", "Perú"] * 4, strict=True))
        ).encode("latin-1"),
    },
    dict(titles=[f"{w} à l'été" for w in WORDS], cols={"pays": ("category", ["Brésil", "Côte d'Ivoire"])}),
)
CASES["fewer rows than vectors, without a key"] = (
    {**V, "f.csv": "size\n" + "1\n" * 11},
    dict(error="11.*12|12.*11"),
)
CASES["two files of vectors"] = (
    {**V, "w.npy": npy(np.random.default_rng(3).standard_normal((N, 7)))},
    dict(error="w.npy|v.npy"),
)
CASES["two files of metadata"] = (
    {
        **V,
        "a.csv": "title,size\n" + "".join(f"{w},{n}\n" for n, w in enumerate(WORDS)),
        "b.csv": "title,color\n" + "".join(f"{w},red\n" for w in reversed(WORDS)),
    },
    dict(keys=WORDS, cols={"size": ("number", [0]), "color": ("category", ["red"])}, or_error="b.csv"),
)
