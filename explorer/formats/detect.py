"""Detection of the format of a file from its content."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from explorer.datasets import foreign
from explorer.datasets.lines.charset import sample_text
from explorer.errors import BadData
from explorer.formats.compression import GZIP, ZIP, head
from explorer.formats.parsed_file import bad_data_on_error
from explorer.formats.tables.dialect import has_double_colons, sniff
from explorer.formats.tables.header import TYPED_HEADER, is_number, preamble
from explorer.formats.vectors import text_vectors, word2vec
from explorer.paths import why_no_file

HEAD = foreign.HEAD
MAGIC = (
    (b"\x93NUMPY", "npy"),
    (b"\x89HDF\r\n\x1a\n", "h5"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
)
TABLES, SHORT = (".csv", ".tsv", ".tab"), 1000  # bytes of a small table, in which a few odd keys weigh much
BINARY = {".parquet": "parquet", ".npy": "npy", ".npz": "npz", ".h5": "h5", ".feather": "arrow", ".arrow": "arrow"}
_JSON = re.compile(r'\s*(\{\s*["}]|\[\s*([\[{"\]]|-?\d|NaN|null))')
_PYTHON = re.compile(r"\s*\{'[^\n]*\}\s*\n\s*\{'")  # objects as Python prints them, one a line
_PBTXT = re.compile(r"\s*(#[^\n]*\s+)*(model_checkpoint_path\s*:\s*\"[^\"]*\"\s*)?embeddings\s*:?\s*\{")
_COUNTS = re.compile(rb"(\d{1,18}) (\d{1,18})\n")
_CONFIG = re.compile(r'"tensor_?path"', re.IGNORECASE)


def detect(path: str | Path) -> str:
    """The format of a file or folder, as a key of FORMATS.

    A format is recognized by what it must contain, never by exclusion. Raises BadData for an empty file, and for
    unsupported formats with advice on how to convert them.
    """
    path = Path(path)
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise BadData(f"{path}: {why_no_file(path)}.")
    with bad_data_on_error(path, "anything known"):
        first = head(path, HEAD) if path.stat().st_size else b""  # files in /proc have no size; some block when read
    name = Path(path.stem) if path.suffix == ".gz" else path
    suffix = name.suffix.lower()
    if not first:
        raise BadData(f"{path.name}: is empty.")
    foreign.refuse(path.name, first)
    if first.startswith(GZIP):
        raise BadData(f"{path.name}: is compressed twice with gzip; decompress it once.")
    if first.startswith(ZIP):
        return _archive(path)
    for magic, format in MAGIC:
        if first.startswith(magic):
            return format
    if suffix == ".bytes":
        return "bytes"
    if first[8:9] == b"{" and (suffix == ".safetensors" or int.from_bytes(first[:8], "little") < path.stat().st_size):
        return "safetensors"
    tolerant = suffix in TABLES and len(first) < SHORT
    text = sample_text(first, 0.5) if tolerant else sample_text(first)
    if text is None:
        if word2vec.is_binary(first, path.stat().st_size):
            return "word2vec-binary"
        if counts := _COUNTS.match(first):
            rows, dims = map(int, counts.groups())
            raise BadData(
                f"{path.name}: begins like word2vec binary with {rows:,} rows of {dims:,} dimensions, but its "
                f"{path.stat().st_size:,} bytes are too few for them. The file is damaged or truncated."
            )
        raise foreign.unknown(path, first)
    if suffix in BINARY:
        raise BadData(f"{path.name}: is text, but a {suffix} file is binary; it begins with {text[:40]!r}. Rename it.")
    return _text(path.name, text, suffix, first)


def _folder(path: Path) -> str:
    if (path / "saved_model.pb").is_file() or (path / "variables" / "variables.index").is_file():
        return "saved-model"
    for name, what in ((".zgroup", "Zarr"), (".zarray", "Zarr"), ("zarr.json", "Zarr"), ("_versions", "Lance"),
                       ("_delta_log", "Delta Lake"), ("dataset_info.json", "")):  # fmt: skip
        if what and (path / name).exists():
            raise BadData(f"{path.name}: is a {what} folder. Export it as parquet or .npy.")
    if not any(file.is_file() and not file.name.startswith((".", "_")) for file in path.rglob("*")):
        raise BadData(f"{path.name}: an empty folder.")
    return "folder"


def _archive(path: Path) -> str:
    with bad_data_on_error(path, "zip"), zipfile.ZipFile(path) as archive:
        names = [member.filename for member in archive.infolist() if not member.is_dir()]
    foreign.refuse_archive(path.name, names)
    if "model.weights.h5" in names and "config.json" in names:
        return "keras"
    if any(name.endswith("variables/variables.index") for name in names):
        return "saved-model"
    if names and all(name.endswith(".npy") and "/" not in name for name in names) and path.suffix != ".zip":
        return "npz"
    return "zip"


def _text(name: str, text: str, suffix: str, first: bytes) -> str:
    text, cut = text.removeprefix("\ufeff"), len(first) >= HEAD
    text = text.removeprefix(preamble(text))
    if not text.strip():
        raise BadData(f"{name}: contains only white space.")
    foreign.refuse_text(name, text)
    if _PBTXT.match(text):
        return "projector-config"
    if _JSON.match(text):
        line = text.strip().partition("\n")[0].strip()
        named = name.startswith("projector_config")
        if '"embeddings"' in text and (named or _CONFIG.search(text)):
            return "projector-config"
        lined = line.startswith("{") and line.endswith("}") and len(text.strip()) > len(line)
        return "jsonl" if lined or suffix in (".jsonl", ".ndjson") else "json"
    if suffix in (".json", ".jsonl", ".ndjson"):
        if _PYTHON.match(text):
            return "jsonl"
        raise BadData(f"{name}: is not JSON; it begins with {text[:40]!r}.")
    if TYPED_HEADER.match(text):
        return "tsv"
    if has_double_colons(text[: text.rfind("\n") + 1] if cut else text):
        return "csv"
    if suffix not in TABLES:
        try:
            shape = text_vectors.shape(text, cut)
        except BadData as error:
            raise BadData(f"{name}: {error}") from error
        if shape is not None:
            return "word2vec" if shape.counts else "glove"
        if not cut and word2vec.is_binary(first, len(first), exact=True):
            return "word2vec-binary"  # a small binary file whose bytes happen to be letters
    whole = text[: text.rfind("\n") + 1] or text if cut else text
    dialect = sniff(whole)
    if dialect.delimiter == "\t":
        numbers = dialect.header == "none" and all(map(is_number, "\t".join(dialect.rows[0]).rstrip("\t").split("\t")))
        return "projector" if numbers else "tsv"
    if dialect.width == 1 and suffix not in (".csv", ".tsv", ".tab", ".txt", ""):
        raise BadData(
            f"{name}: text, but neither a table nor vectors; it begins with {text[:60]!r}. Expected a key and "
            "numbers in each line, or a table with a header."
        )
    return "tsv" if dialect.width == 1 and suffix != ".csv" else "csv"
