"""Of which format a file is: by its content first, then by its name."""

from __future__ import annotations

import json
import pickletools
import zipfile
from pathlib import Path

from explorer.errors import BadData
from explorer.formats.compression import GZIP, ZIP, head
from explorer.formats.parsed_file import bad_data_on_error
from explorer.formats.vector_columns import is_number

HEAD = 1 << 16  # bytes that are looked at
MAGIC = (
    (b"\x93NUMPY", "npy"),
    (b"\x89HDF\r\n\x1a\n", "h5"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
)
NAMES = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".bytes": "bytes",
    ".safetensors": "safetensors", ".vec": "word2vec", ".parquet": "parquet", ".feather": "arrow", ".arrow": "arrow",
    ".bin": "word2vec-binary",
}  # fmt: skip
PICKLE = (
    "{name}: is a pickle, which is code to be run, as gensim's save() and torch's write it; it is never loaded. "
    "Convert it where you trust it, with gensim: "
    'KeyedVectors.load("{name}").save_word2vec_format("vectors.bin", binary=True), '
    'for a Word2Vec model: Word2Vec.load("{name}").wv.save_word2vec_format(...).'
)


def detect(path: str | Path) -> str:
    """The format of a file, a key of FORMATS. Raises BadData for a pickle, an empty file and one of no known format."""
    path = Path(path)
    if path.is_dir():
        if (path / "saved_model.pb").is_file() or (path / "variables" / "variables.index").is_file():
            return "saved-model"
        raise BadData(f"{path.name}: a folder without a saved_model.pb; give a file.")
    if not path.is_file():
        raise BadData(f"{path}: no such file.")
    with bad_data_on_error(path, "anything known"):
        first = head(path, HEAD)
    name = Path(path.stem) if path.suffix == ".gz" else path
    suffix = name.suffix.lower()
    if not first:
        raise BadData(f"{path.name}: is empty.")
    if _is_pickle(first):
        raise BadData(PICKLE.format(name=path.name))
    if first.startswith(GZIP):
        raise BadData(f"{path.name}: is packed twice as .gz; unpack it once.")
    if first.startswith(ZIP):
        return _archive(path)
    for magic, format in MAGIC:
        if first.startswith(magic):
            return format
    if suffix == ".bytes":
        return "bytes"
    if first[8:9] == b"{" and (suffix == ".safetensors" or int.from_bytes(first[:8], "little") < path.stat().st_size):
        return "safetensors"
    return _text(path.name, first, suffix)


def _is_pickle(first: bytes) -> bool:
    """By content: pickles of protocol 2 and later say so; older ones are told by opcodes; none is run."""
    if first[0] == 0x80:
        return len(first) > 1 and 2 <= first[1] <= 5
    if first[:1] not in (b"c", b"(", b"]", b"}"):
        return False
    names = set()
    try:
        for opcode, _, _ in pickletools.genops(first):
            names.add(opcode.name)
    except Exception as error:  # the head of a long pickle ends in the middle of an opcode
        return len(first) >= HEAD and "GLOBAL" in names and "not in" not in str(error)
    return "STOP" in names


def _archive(path: Path) -> str:
    with bad_data_on_error(path, "zip"), zipfile.ZipFile(path) as archive:
        names = [member.filename for member in archive.infolist() if not member.is_dir()]
    if "model.weights.h5" in names and "config.json" in names:
        return "keras"
    if any(name.endswith("data.pkl") for name in names):
        raise BadData(PICKLE.format(name=path.name))
    if any(name.endswith("variables/variables.index") for name in names):
        return "saved-model"
    if names and all(name.endswith(".npy") and "/" not in name for name in names) and path.suffix != ".zip":
        return "npz"
    return "zip"


def _text(name: str, first: bytes, suffix: str) -> str:
    line, _, rest = first.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").partition(b"\n")
    words = line.split()
    if len(words) == 2 and all(word.isdigit() for word in words) and suffix not in (".csv", ".tsv"):
        return "word2vec" if _is_text_row(rest, int(words[1]), len(first) >= HEAD) else "word2vec-binary"
    text = line.decode(errors="replace").rstrip("\r")
    if text.lstrip().startswith("{"):
        return _json(name, first, text)
    if b"\0" in first and suffix not in (".csv", ".tsv"):
        raise BadData(f"{name}: of no known format. Say which format it has.")
    if "\t" in text:
        return "projector" if all(map(is_number, text.split("\t"))) else "tsv"
    if suffix in NAMES and suffix not in (".vec", ".bin"):
        return NAMES[suffix]
    cells = text.split(" ")
    if len(cells) > 1 and _is_cell(cells[-1] or cells[-2]) and any(map(is_number, cells[1:])):
        return "glove"
    if "," in text:
        return "csv"
    if suffix in NAMES:
        return NAMES[suffix]
    if suffix in (".txt", ""):
        return "tsv"
    raise BadData(f"{name}: of no known format. Say which format it has.")


def _is_text_row(rest: bytes, dims: int, cut: bool) -> bool:
    """Whether what follows the counts is a row of numbers, as far as it can be seen; else they are raw."""
    row, end, _ = rest.partition(b"\n")
    if not end and cut:
        row = row[: row.rfind(b" ")]
    cells = row.decode(errors="replace").split(" ")[1:]
    numbers = [cell for cell in cells if cell.strip()]
    return b"\0" not in row and len(numbers) >= (1 if cut and not end else dims) and all(map(_is_cell, numbers[-dims:]))


def _is_cell(cell: str) -> bool:
    return is_number(cell) or cell.strip().lower() in ("nan", "inf", "-inf")


def _json(name: str, first: bytes, line: str) -> str:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if isinstance(row, dict) and "embeddings" not in row:
        return "jsonl"
    if b'"embeddings"' in first:
        return "projector-config"
    if name.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    raise BadData(f"{name}: JSON of no known shape; give a projector_config.json or JSON Lines, one object a line.")
