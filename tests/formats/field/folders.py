"""Folders and archives with vectors, and metadata beside them in another order or for other items too."""

# ruff: noqa: C408

import json

from tests.formats.field.making import NAMED, VECTORS, WORDS, Case, D, N, lines, npy, npz, rows, safetensors, zipped

CASES: dict[str, Case] = {}
MIXED = [5, 3, 1, 0, 2, 4, 11, 9, 7, 8, 6, 10]
IDS = "id,name\n" + "".join(f"{n},{WORDS[n]}\n" for n in MIXED)
SIZES = dict(keys=WORDS, cols={"size": ("number", list(range(N)))})
MODEL = safetensors(embeddings=VECTORS)
VOCABULARY = json.dumps({"model": {"type": "WordPiece", "vocab": {WORDS[n]: n for n in MIXED}}})

CASES["ids in another order"] = ({"f/vectors.npy": npy(VECTORS), "f/meta.csv": IDS}, NAMED)
CASES["ids in another order in a zip"] = ({"f.zip": zipped(**{"vectors.npy": npy(VECTORS), "meta.csv": IDS})}, NAMED)
CASES["entities in another order"] = (
    {"f/emb.npz": npz(emb=VECTORS), "f/entities.tsv": "".join(f"{n}\t{WORDS[n]}\n" for n in MIXED)},
    NAMED,
)
CASES["keys on both sides"] = (
    {
        "f/vectors.csv": "id,d0,d1,d2,d3\n" + rows(a=",", b=","),
        "f/meta.csv": "id,size\n" + "".join(f"{WORDS[n]},{n}\n" for n in MIXED),
    },
    SIZES,
)
CASES["more metadata than words"] = (
    {
        "f/w.vec": f"{N} {D}\n" + rows(),
        "f/meta.jsonl": lines(
            [{"word": WORDS[n], "size": n} for n in MIXED] + [{"word": f"w{n}", "size": n} for n in range(8)]
        ),
    },
    SIZES,
)
CASES["an unrelated table"] = (
    {"f/w.vec": f"{N} {D}\n" + rows(), "f/log.csv": "step,loss\n" + "".join(f"{n},0.{n}\n" for n in range(40))},
    NAMED,
)
CASES["a licence and a configuration"] = (
    {
        "f/w.vec": f"{N} {D}\n" + rows(),
        "f/LICENSE": "MIT License\n\nCopyright",
        "f/config.json": json.dumps({"dim": 4, "window": 5}),
    },
    NAMED,
)
CASES["a model and its tokenizer"] = (
    {"m/model.safetensors": MODEL, "m/config.json": json.dumps({"hidden": 4}), "m/tokenizer.json": VOCABULARY},
    NAMED,
)
CASES["a model and its vocabulary twice"] = (
    {
        "m/model.safetensors": MODEL,
        "m/vocab.txt": "\n".join(WORDS) + "\n",
        "m/tokenizer.json": VOCABULARY,
        "m/special_tokens_map.json": json.dumps({"unk": "[UNK]", "pad": "[PAD]"}),
    },
    NAMED,
)
