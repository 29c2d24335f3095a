"""Formats that are recognized but not supported, with advice on how to convert them."""

from __future__ import annotations

import pickletools
import re
from pathlib import Path

from explorer.errors import BadData

HEAD = 1 << 16  # bytes of a file that are inspected
TO_CSV = "Save it as CSV or parquet"
PANDAS = 'With pandas: pd.{reader}("{name}").to_parquet("table.parquet").'
PICKLE = (
    "{name}: is a pickle, which is code to be run, as gensim's save() and torch's write it; it is never loaded. "
    "Convert it where you trust it, with gensim: "
    'KeyedVectors.load("{name}").save_word2vec_format("vectors.bin", binary=True), '
    'for a Word2Vec model: Word2Vec.load("{name}").wv.save_word2vec_format(...).'
)
SQLITE = (
    'Export its table: sqlite3 -csv -header "{name}" "select * from TABLE" > table.csv. '
    "For a pymagnitude file, save each key and its vector as a line of text."
)
FASTTEXT = (
    'Export its words: model = fasttext.load_model("{name}"), then model.get_words() and model.get_word_vector(word); '
    "or give the .vec file that fastText writes beside it."
)
MATLAB = 'Save its matrix: np.save("vectors.npy", scipy.io.loadmat("{name}")["NAME"]).'
_UNPACK = "Unpack it first: {command} {name}"
# first bytes, name of the format, advice
MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)", f"{TO_CSV}."),
    (b"SQLite format 3\0", "a SQLite database", SQLITE),
    (b"\xba\x16\x4f\x2f", "a fastText model (.bin)", FASTTEXT),
    (b"version https://git-lfs.github.com/spec/", "a Git LFS pointer, not the data", "Fetch the file: git lfs pull."),
    (b"BZh", "packed with bzip2 (.bz2)", _UNPACK.replace("{command}", "bunzip2 --keep")),
    (b"\xfd7zXZ\0", "packed with xz (.xz)", _UNPACK.replace("{command}", "unxz --keep")),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK.replace("{command}", "7z x")),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK.replace("{command}", "unrar x")),
    (b"\x28\xb5\x2f\xfd", "packed with Zstandard (.zst)", _UNPACK.replace("{command}", "unzstd --keep")),
    (b"\x04\x22\x4d\x18", "packed with LZ4 (.lz4)", _UNPACK.replace("{command}", "unlz4")),
    (b"\x1f\x9d", "packed with compress (.Z)", _UNPACK.replace("{command}", "uncompress -k")),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file (.mat)", MATLAB),
    (b"MATLAB 7.3 MAT-file", "a MATLAB file (.mat) of version 7.3, which is HDF5",
     'Save its matrix: np.save("vectors.npy", h5py.File("{name}")["NAME"][()].T).'),
    (b"X\n\0\0", "an R object (.rds)", 'In R: write.csv(readRDS("{name}"), "table.csv").'),
    (b"RDX", "an R workspace (.RData)", 'In R: load("{name}"), then write.csv(OBJECT, "table.csv").'),
    (b"RDA", "an R workspace (.RData)", 'In R: load("{name}"), then write.csv(OBJECT, "table.csv").'),
    (b"ORC", "an ORC file", PANDAS.replace("{reader}", "read_orc")),
    (b"Obj\x01", "an Avro file", "Convert it to parquet or JSON Lines."),
    (b"CDF\x01", "a netCDF file", 'Save its matrix: np.save("vectors.npy", xarray.open_dataset("{name}")["NAME"]).'),
    (b"CDF\x02", "a netCDF file", 'Save its matrix: np.save("vectors.npy", xarray.open_dataset("{name}")["NAME"]).'),
    (bytes(12) + b"\xc2\xea\x81\x60", "a SAS file (.sas7bdat)", PANDAS.replace("{reader}", "read_sas")),
    (b"FEA1", "a Feather file of version 1", "Write it again: pd.read_feather(...).to_parquet(...)."),
    (b"$FL2", "an SPSS file (.sav)", PANDAS.replace("{reader}", "read_spss")),
    (b"<stata_dta>", "a Stata file (.dta)", PANDAS.replace("{reader}", "read_stata")),
    (b"GGUF", "a GGUF model", "Export its token embeddings as .npy."),
    (b"%PDF", "a PDF document", "Give the table behind it."),
    (b"\x89PNG\r\n", "a PNG image", "Give vectors: one row of numbers for each image."),
    (b"\xff\xd8\xff", "a JPEG image", "Give vectors: one row of numbers for each image."),
    (b"GIF8", "a GIF image", "Give vectors: one row of numbers for each image."),
    (b"\x7fELF", "a program", "Give the file of the vectors."),
)  # fmt: skip
_FAISS = re.compile(rb"I[xwHBn][A-Za-z0-9]{2}|ISqH|INSf|IHN[fpsc2]|IxM[p2]")
_HTML = re.compile(rb"\s*+(?><!--.*?-->\s*)*+<(!doctype\s+html|html|head|body|script)\b", re.IGNORECASE | re.DOTALL)
_SQL = re.compile(
    rb"\s*+(?>--[^\n]*\n\s*|/\*.*?\*/;?\s*|SET [^;]*;\s*)*+"
    rb"(CREATE TABLE|INSERT INTO|DROP TABLE|BEGIN TRANSACTION|COPY \w)",
    re.I | re.S,
)
_XML = re.compile(rb"\s*<\?xml\b", re.IGNORECASE)
# how a text begins, what it is, what to do
_DASHES = r"[ \t]*:?-{2,}:?[ \t]*"
TEXTS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), what, how)
    for pattern, what, how in (
        (r"\s*+(?>%[^\n]*\n\s*)*+@relation\b", "an ARFF file (Weka)",
         'With scipy: pd.DataFrame(scipy.io.arff.loadarff("{name}")[0]).to_csv("table.csv", index=False).'),
        (r"%%MatrixMarket\b", "a Matrix Market file", 'With scipy: np.save("vectors.npy", scipy.io.mmread("{name}")).'),
        (r"\s*\\begin\{(table|tabular)", "a LaTeX table", TO_CSV + "."),
        (rf"[^\n]*\|[^\n]*\n[ \t]*\|?{_DASHES}(\|{_DASHES})+\|?[ \t]*\r?\n", "a Markdown table",
         'With pandas: pd.read_csv("{name}", sep=r"\\s*\\|\\s*", engine="python").iloc[1:, 1:-1].to_csv("table.csv").'),
        (r"[^\n]*\|[^\n]*\n-+(\+-+)+[ \t]*\r?\n", "a table as psql prints it",
         "Export it: \\copy (select ...) to 'table.csv' with (format csv, header)"),
        (r"\s*\+[-=]+(\+[-=]+)*\+[ \t]*\r?\n[ \t]*\|", "a table as MySQL prints it, or reStructuredText",
         "Export it as CSV, or print it with tabs: mysql --batch -e 'select ...' > table.tsv"),
        (r"\s*[\u250c\u256d\u2554\u250f]", "a table in a box, as DuckDB and others print it",
         "Export it: copy (select ...) to 'table.parquet'"),
        (r"((?>[^\n=\[\]{},:]{1,200})(=|:[ \t]*\[)[ \t]*+[-0-9.eE+]++([ \t]*+,[ \t]*+[-0-9.eE+]++)++[^\n]{0,3}\n){2}",
         "text with a key, = or a colon, and numbers in each line",
         'Write a tab or a comma behind each key, or one object: {"key": [0.1, 0.2]}.'),
        (r"(\S+([ \t]+\d+:[-+.\deE]+)+[ \t]*\r?\n){2}", "LIBSVM text",
         'With scikit-learn: np.save("vectors.npy", load_svmlight_file("{name}")[0].toarray()).'),
        (r"(\d+ \d+[ \t]*\r?\n)?(\S+([ \t]+\d+:[-+.\deE]+)+[ \t]*\r?\n){2}", "text of sparse vectors (index:value)",
         "Write every number of a row, zeros too, after its key."),
        (r"---[ \t]*\r?\n\s*\S+:[ \t\r\n]", "YAML", "Convert it to JSON."),
        (r'\s*\{(?=[\s\S]*"cell_type")(?=[\s\S]*"nbformat)', "a Jupyter notebook", "Give the files that it writes."),
    )
)  # fmt: skip
_SHEETS = {"xl/workbook.xml": "an Excel workbook (.xlsx)", "xl/workbook.bin": "an Excel workbook (.xlsb)",
           "word/document.xml": "a Word document"}  # fmt: skip


def refuse(name: str, first: bytes) -> None:
    """Raise BadData if the first bytes of a file are those of an unsupported format."""
    if is_pickle(first):
        raise BadData(PICKLE.format(name=name))
    for magic, what, how in MAGIC:
        if first.startswith(magic):
            raise BadData(f"{name}: is {what}. {how.format(name=name)}")
    if first[257:262] == b"ustar":
        raise BadData(f"{name}: is a tar archive. Unpack it first: tar xf {name}")
    if first[8:12] == b"DUCK":
        raise BadData(f"{name}: is a DuckDB database. Export its table: copy TABLE to 'table.parquet'.")
    if _FAISS.match(first) and _is_binary(first):
        how = 'index.reconstruct_n(0, index.ntotal) gives its vectors: np.save("vectors.npy", ...).'
        raise BadData(f"{name}: is a FAISS index. With faiss: {how}")
    if _HTML.match(first):
        raise BadData(f"{name}: is a web page (HTML), perhaps one that asks to sign in. Download the file itself.")
    if _SQL.match(first):
        raise BadData(f"{name}: is an SQL dump. Load it into its database and export the table as CSV.")
    if _XML.match(first):
        raise BadData(f"{name}: is XML. Convert it to CSV, TSV or JSON Lines.")


def refuse_text(name: str, text: str) -> None:
    """Raise BadData where a text is a printed table, or of a format that is not read."""
    if name.lower().endswith((".yaml", ".yml")):
        raise BadData(f"{name}: is YAML. Convert it to JSON.")
    for pattern, what, how in TEXTS:
        if pattern.match(text):
            raise BadData(f"{name}: is {what}. {how.replace('{name}', name)}")


def refuse_archive(name: str, members: list[str]) -> None:
    """Raise BadData if the members of a .zip are those of an office document."""
    for member, what in _SHEETS.items():
        if member in members:
            raise BadData(f"{name}: is {what}. {TO_CSV}: {PANDAS.format(reader='read_excel', name=name)}")
    if "content.xml" in members and {"META-INF/manifest.xml", "mimetype"} & {*members}:
        raise BadData(f"{name}: is an OpenDocument file. {TO_CSV}.")
    if any(member.endswith("data.pkl") for member in members):
        raise BadData(PICKLE.format(name=name))


def unknown(path: Path, first: bytes) -> BadData:
    """The error for binary data of an unknown format."""
    how = f'Raw float32 of D dimensions: np.save("vectors.npy", np.fromfile("{path.name}", "float32").reshape(-1, D)).'
    return BadData(f"{path.name}: is binary data of unknown format; it begins with {first[:8].hex(' ')}. {how}")


def is_pickle(first: bytes) -> bool:
    """Whether the first bytes are those of a pickle. Older protocols have no magic number, so opcodes are parsed."""
    if first[:1] == b"\x80":
        return len(first) > 1 and 2 <= first[1] <= 5
    if first[:1] not in (b"c", b"(", b"]", b"}"):
        return False
    names = set()
    try:
        for opcode, _, _ in pickletools.genops(first):
            names.add(opcode.name)
    except Exception as error:  # the first bytes of a long pickle may end inside an opcode
        return len(first) >= HEAD and "GLOBAL" in names and "not in" not in str(error)
    return "STOP" in names


def _is_binary(first: bytes) -> bool:
    return b"\0" in first[:64]
