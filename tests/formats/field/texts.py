"""Text vectors and Embedding Projector files."""

# ruff: noqa: C408

import json

from tests.formats.field.making import NAMED, VECTORS, WORDS, Case, D, N, numbers, rows

CASES: dict[str, Case] = {}
CASES["fasttext trailing spaces"] = ({"a.vec": f"{N} {D}\n" + rows(end=" \n")}, NAMED)
CASES["glove token of dots"] = (
    {"a.txt": rows(["at name@domain.com", ". . .", *WORDS[2:]])},
    dict(keys=["at name@domain.com", ". . .", *WORDS[2:]]),
)
CASES["w2v count too large"] = ({"a.txt": f"{N + 5} {D}\n" + rows()}, dict(note="17 rows; there are 12"))
CASES["w2v end of sentence"] = ({"a.txt": f"{N} {D}\n" + rows(["</s>", *WORDS[1:]])}, dict(keys=["</s>", *WORDS[1:]]))
CASES["tab after key"] = ({"a.txt": rows(a="\t")}, NAMED)
CASES["csv without header"] = ({"a.csv": rows(a=",", b=",")}, NAMED)
CASES["exponents"] = (
    {"a.txt": "".join(f"{w} " + " ".join(f"{x:.4E}" for x in v) + "\n" for w, v in zip(WORDS, VECTORS, strict=True))},
    NAMED,
)
CASES["twice a word"] = ({"a.txt": rows(["ant", "ant", *WORDS[2:]])}, dict(keys=["ant", "ant (2)", *WORDS[2:]]))
CASES["one row short"] = (
    {"a.txt": rows().replace(numbers(VECTORS[5]), numbers(VECTORS[5][:3]))},
    dict(error=r"line 6|nan.*drop|fox"),
)
CASES["last line cut"] = ({"a.txt": f"{N} {D}\n" + rows()[:-12]}, dict(error=r"line 13|lynx|--on-nan"))
CASES["numbers as keys"] = (
    {"a.txt": f"{N} {D}\n" + rows([str(100 + n) for n in range(N)])},
    dict(keys=[str(100 + n) for n in range(N)]),
)
CASES["no-break space in key"] = (
    {"a.txt": f"{N} {D}\n" + rows(["a\u00a0b", *WORDS[1:]])},
    dict(keys=["a\u00a0b", *WORDS[1:]]),
)
CASES["nan in glove"] = ({"a.txt": rows().replace(numbers(VECTORS[5]), "nan nan nan nan")}, dict(error="NaN.*--on-nan"))
CASES["leading blank line"] = ({"a.txt": "\n" + rows()}, NAMED)
CASES["numberbatch"] = (
    {"a.txt": f"{N} {D}\n" + rows(["/c/en/" + w for w in WORDS])},
    dict(keys=["/c/en/" + w for w in WORDS]),
)
CASES["wiki2vec"] = (
    {"a.txt": f"{N} {D}\n" + rows(["ENTITY/Foo_(bar)", *WORDS[1:]])},
    dict(keys=["ENTITY/Foo_(bar)", *WORDS[1:]]),
)
CASES["emoji"] = (
    {"a.vec": f"{N} {D}\n" + rows(["\U0001f1e9\U0001f1ea", *WORDS[1:]])},
    dict(keys=["\U0001f1e9\U0001f1ea", *WORDS[1:]]),
)
CASES["comma in key"] = ({"a.txt": rows(["a,b", "1,000", *WORDS[2:]])}, dict(keys=["a,b", "1,000", *WORDS[2:]]))
CASES["old Mac line ends"] = ({"a.txt": rows(end="\r")}, dict(keys=WORDS, or_error=r"line"))
TENSORS = "".join(numbers(v, "\t") + "\n" for v in VECTORS)
CASES["metadata of one column"] = ({"tensors.tsv": TENSORS, "metadata.tsv": "\n".join(WORDS) + "\n"}, NAMED)
CASES["metadata with header"] = (
    {"tensors.tsv": TENSORS, "metadata.tsv": "word\tcount\n" + "".join(f"{w}\t{n}\n" for n, w in enumerate(WORDS))},
    dict(keys=WORDS, cols={"count": ("number", list(range(N)))}),
)
CASES["quote in label"] = (
    {"tensors.tsv": TENSORS, "metadata.tsv": "\n".join(['5" pipe', *WORDS[1:]]) + "\n"},
    dict(keys=['5" pipe', *WORDS[1:]]),
)
CASES["empty label"] = (
    {"tensors.tsv": TENSORS, "metadata.tsv": "\n".join([*WORDS[:4], "", *WORDS[5:]]) + "\n"},
    dict(keys=[*WORDS[:4], "row 5", *WORDS[5:]]),
)
CASES["trailing tab"] = ({"tensors.tsv": TENSORS.replace("\n", "\t\n"), "metadata.tsv": "\n".join(WORDS)}, NAMED)
CASES["CRLF metadata"] = ({"tensors.tsv": TENSORS, "metadata.tsv": "\r\n".join(WORDS) + "\r\n"}, NAMED)
CASES["config names a URL"] = (
    {
        "projector_config.json": json.dumps(
            {"embeddings": [{"tensorName": "x", "tensorShape": [12, 4], "tensorPath": "https://example.org/t.tsv"}]}
        )
    },
    dict(error="example.org|t.tsv"),
)
CASES["config without its file"] = (
    {
        "projector_config.json": json.dumps(
            {"embeddings": [{"tensorName": "x", "tensorShape": [12, 4], "tensorPath": "gone.tsv"}]}
        )
    },
    dict(error="gone.tsv"),
)
