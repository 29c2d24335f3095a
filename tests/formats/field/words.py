"""Word vectors as text, as gensim, spaCy, GloVe and fastText users report them."""

# ruff: noqa: C408

import numpy as np

from tests.formats.field.making import LISTS, NAMED, VECTORS, WORDS, Case, D, N, numbers, rows

CASES: dict[str, Case] = {}
HEAD = f"{N} {D}\n"


def with_keys(*keys: str) -> list[str]:
    """The words, of which the first are others."""
    return [*keys, *WORDS[len(keys) :]]


ODD = with_keys("nan", "inf", "1e5", "null", "-", "0x1F")
CASES["words that read as numbers"] = ({"a.vec": HEAD + rows(ODD)}, dict(keys=ODD))
CASES["words that read as numbers, no counts"] = ({"a.txt": rows(ODD)}, dict(keys=ODD))
CASES["ideographic space in a word"] = (
    {"a.vec": HEAD + rows(with_keys("東京\u3000都"))},
    dict(keys=with_keys("東京\u3000都")),
)
BREAKS = with_keys("a\u2028b", "c\x85d", "e\x0bf", "g\x1ch")
CASES["line breaks of Unicode in words"] = ({"a.vec": HEAD + rows(BREAKS)}, dict(keys=BREAKS))
CASES["an empty word"] = ({"a.vec": HEAD + rows(with_keys("ant", ""))}, dict(or_error="line 3|row 2"))
CASES["words of several parts"] = (
    {"a.vec": HEAD + rows(with_keys("new york", "is Ivan", "3 1/2"))},
    dict(keys=with_keys("new york", "is Ivan", "3 1/2")),
)
CASES["sparse pairs"] = (
    {"a.txt": HEAD + "".join(f"{w} 9:0.0221 17:0.4{n} 230:0.1\n" for n, w in enumerate(WORDS))},
    dict(error="sparse|index:value|LIBSVM|libsvm"),
)
CASES["counts with a tab"] = ({"a.vec": f"{N}\t{D}\n" + rows(a="\t", b="\t")}, NAMED)
CASES["counts with a space behind, CRLF"] = ({"a.vec": f"{N} {D} \r\n" + rows(end=" \r\n")}, NAMED)
CASES["counts too small"] = ({"a.vec": f"10 {D}\n" + rows()}, dict(keys=WORDS, note="10"))
SIGNED = "".join(f"{w} +.5 -.25 .125 +{n}.\n" for n, w in enumerate(WORDS))
CASES["plus signs and bare points"] = (
    {"a.txt": SIGNED},
    dict(keys=WORDS, vectors=np.array([[0.5, -0.25, 0.125, n] for n in range(N)], np.float32)),
)
CASES["Fortran exponents"] = (
    {
        "a.txt": "".join(
            f"{w} " + " ".join(f"{x:.4E}".replace("E", "D") for x in v) + "\n"
            for w, v in zip(WORDS, LISTS, strict=True)
        )
    },
    dict(keys=WORDS, or_error="line 1"),
)
CASES["savetxt in columns"] = ({"a.txt": "".join("".join(f"{x:12.4f}" for x in v) + "\n" for v in LISTS)}, {})
CASES["savetxt with a comment"] = ({"a.txt": "# d0 d1 d2 d3\n" + "".join(numbers(v) + "\n" for v in LISTS)}, {})
CASES["numbers alone with commas"] = ({"a.csv": "".join(numbers(v, ",") + "\n" for v in LISTS)}, {})
ZERO = VECTORS.copy()
ZERO[0] = 0
CASES["padding of zeros, unk"] = (
    {"a.txt": rows(["<pad>", *WORDS[1:11], "<unk>"]).replace(numbers(VECTORS[0]), "0 0 0 0")},
    dict(keys=["<pad>", *WORDS[1:11], "<unk>"], vectors=ZERO),
)
CASES["binary as C writes it"] = (
    {
        "a.bin": HEAD.encode()
        + b"".join(w.encode() + b" " + v.tobytes() + b"\n" for w, v in zip(WORDS, VECTORS, strict=True))
    },
    NAMED,
)
CASES["binary, words in Latin-1"] = (
    {
        "a.bin": HEAD.encode()
        + b"".join(w.encode("latin-1") + b" " + v.tobytes() for w, v in zip(with_keys("café"), VECTORS, strict=True))
    },
    dict(keys=with_keys("café"), or_error="UTF-8|encod"),
)
CASES["binary cut off"] = (
    {
        "a.bin": HEAD.encode()
        + b"".join(w.encode() + b" " + v.tobytes() for w, v in zip(WORDS, VECTORS, strict=True))[:-9]
    },
    dict(error="a.bin.*(12|11|end|cut|short)"),
)
CASES["a BOM where files were joined"] = (
    {"a.txt": rows(WORDS).replace("dog ", "\ufeffdog ")},
    dict(keys=WORDS, or_error="line 4"),
)
CASES["mixed line ends"] = ({"a.txt": rows(WORDS[:6] + WORDS[6:]).replace("\n", "\r\n", 5)}, NAMED)
CASES["end of file of DOS"] = ({"a.csv": "title,d0,d1,d2,d3\r\n" + rows(a=",", b=",", end="\r\n") + "\x1a"}, NAMED)
CASES["zero bytes"] = ({"a.txt": rows().replace("dog", "d\0g")}, dict(keys=[*WORDS[:3], "d\0g", *WORDS[4:]]))
CASES["one byte is not UTF-8"] = (
    {"a.txt": rows(with_keys("café", "naïve", "über")).encode().replace("über".encode(), b"\xfcber")},
    dict(keys=with_keys("café", "naïve", "über"), or_error="line 3|UTF-8|encod"),
)
CASES["GBK"] = (
    {
        "a.csv": (
            "词语,d0,d1,d2,d3\n"
            + rows(
                ["蚂蚁", "蜜蜂", "猫咪", "小狗", "麋鹿", "狐狸", "角马", "母鸡", "山羊", "松鸦", "锦鲤", "猞猁"],
                ",",
                ",",
            )
        ).encode("gbk")
    },
    dict(
        keys=["蚂蚁", "蜜蜂", "猫咪", "小狗", "麋鹿", "狐狸", "角马", "母鸡", "山羊", "松鸦", "锦鲤", "猞猁"],
        or_error="encod|UTF-8",
    ),
)
CASES["a count of other words before each row"] = (
    {"a.txt": "".join(f"{n}\t{w}\t{numbers(v, chr(9))}\n" for n, (w, v) in enumerate(zip(WORDS, LISTS, strict=True)))},
    dict(titles=WORDS),
)
