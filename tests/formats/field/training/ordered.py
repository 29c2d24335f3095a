"""Sessions, baskets, playlists and sentences."""

# ruff: noqa: C408

import json

import pyarrow as pa

from tests.formats.field.making import parquet
from tests.formats.field.training.making import Case

CASES: dict[str, Case] = {}
BASKETS = [["whole milk", "rye bread", "butter"], ["butter", "jam"], ["jam", "rye bread", "whole milk"]]
IDS = [["31", "7", "12"], ["7", "31"], ["12", "7", "9", "31"]]


def sequences(name, files, want, **options):
    CASES[name] = Case("sequences", files, options, want)


sequences(
    "playlist",
    {"a.m3u": "#EXTM3U\n#EXTINF:123,Artist - Title\nmusic/a.mp3\n#EXTINF:321,Other - Song\nmusic/b.mp3\n"},
    dict(error="(?i)m3u|playlist"),
)
sequences("FASTA", {"a.fasta": ">sp|P1|X\nMKVLAAGIV\nGLLA\n>sp|P2|Y\nMKTAYIAK\n"}, dict(error="FASTA"))
sequences("separators at the end", {"a.csv": "".join(",".join(b) + ",\n" for b in BASKETS)}, dict(sequences=BASKETS))
sequences(
    "padded with empty cells",
    {"a.csv": "".join(",".join([*b, "", "", ""][:4]) + "\n" for b in BASKETS)},
    dict(sequences=BASKETS),
)
sequences(
    "names with commas in quotes",
    {"a.csv": '"milk, whole",bread\nbread,"milk, whole",jam\n'},
    dict(sequences=[["milk, whole", "bread"], ["bread", "milk, whole", "jam"]]),
)
sequences("FIMI, a space at the end", {"retail.dat": "".join(" ".join(b) + " \n" for b in IDS)}, dict(sequences=IDS))
sequences(
    "RecBole",
    {
        "a.inter": "session_id:token\titem_id_list:token_seq\titem_id:token\n"
        + "".join(f"{n}\t{' '.join(b[:-1])}\t{b[-1]}\n" for n, b in enumerate(IDS))
    },
    dict(error="header|session_id"),
)
sequences(
    "lists in parquet",
    {"a.parquet": parquet({"id": [1, 2, 3], "items": pa.array(BASKETS)})},
    dict(sequences=BASKETS, or_error="(?i)parquet"),
)
sequences(
    "one JSON list over lines", {"a.json": json.dumps(BASKETS, indent=1)}, dict(sequences=BASKETS, or_error="(?i)json")
)
sequences("one JSON list in a line", {"a.json": json.dumps(BASKETS)}, dict(sequences=BASKETS, or_error="(?i)json"))
sequences(
    "BOM and CRLF",
    {"a.txt": b"\xef\xbb\xbf" + "".join(" ".join(b) + "\r\n" for b in IDS).encode()},
    dict(sequences=IDS),
)
sequences("UTF-16", {"a.txt": "".join(";".join(b) + "\r\n" for b in BASKETS).encode("utf-16")}, dict(sequences=BASKETS))
many = [["3", "5", "9"], ["5", "9"], ["4", "3"], ["9", "4", "8", "3"], ["8", "5"], ["3", "8"]]
sequences(
    "LightGCN: the user first",
    {"train.txt": "".join(" ".join([str(n), *b]) + "\n" for n, b in enumerate(many))},
    dict(sequences=many, note="0|first", or_error="first"),
)
sequences(
    "user, tab, items",
    {"a.tsv": "".join(f"u{n}\t{' '.join(b)}\n" for n, b in enumerate(IDS))},
    dict(sequences=IDS, or_error="u0|first|tab"),
)
sequences(
    "user, colon, items",
    {"a.txt": "".join(f"user{n}: {' '.join(b)}\n" for n, b in enumerate(IDS))},
    dict(sequences=IDS, or_error="user0|colon|:"),
)
sequences("empty baskets", {"a.jsonl": '["a", "b"]\n[]\n["b", "c"]\n'}, dict(sequences=[["a", "b"], ["b", "c"]]))
sequences(
    "one item a row, with a header",
    {
        "a.csv": "session_id,item_id,timestamp\n"
        + "".join(f"{s}.0,{i},14000{k}\n" for s, b in enumerate(IDS) for k, i in enumerate(b))
    },
    dict(sequences=IDS, or_error="header.*interactions|interactions.*header"),
)
sequences(
    "numbers that JSON writes",
    {"a.jsonl": "[1, 2, 9007199254740993]\n[2, 1]\n"},
    dict(sequences=[["1", "2", "9007199254740993"], ["2", "1"]]),
)
