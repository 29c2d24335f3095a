"""Formats that no training reads: recognized by their first bytes or lines, named, with a way to convert them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection
from pathlib import Path

from explorer.datasets.foreign import HEAD, is_pickle, refuse_archive
from explorer.datasets.foreign import MAGIC as BINARY
from explorer.errors import BadData

MAGIC: tuple[tuple[bytes, str, str], ...] = (
    *BINARY,
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", 'Its parts: h5py.File("{name}").keys(). Write user, item and value as CSV.'),
    (b"\x93NUMPY", "a numpy array (.npy)", 'Write a table: pd.DataFrame(np.load("{name}")).to_csv("table.csv").'),
    (b"PAR1", "a parquet file", 'With pandas: pd.read_parquet("{name}").to_csv("table.csv", index=False).'),
    (b"ARROW1", "an Arrow or Feather file", 'With pandas: pd.read_feather("{name}").to_parquet("table.parquet").'),
    (b"\xff\xff\xff\xff", "an Arrow stream", "Write it as parquet."),
)
SPARSE = (
    'With scipy: m = scipy.sparse.load_npz("{name}").tocoo(), then '
    'pd.DataFrame({{"user": m.row, "item": m.col, "rating": m.data}}).to_csv("table.csv", index=False).'
)
MATRIX_MARKET = (
    'With scipy: m = scipy.io.mmread("{name}").tocoo(), then '
    'pd.DataFrame({{"user": m.row, "item": m.col, "rating": m.data}}).to_csv("table.csv", index=False).'
)
GRAPH = 'With networkx: nx.write_weighted_edgelist(nx.{reader}("{name}"), "edges.txt").'
# how a text begins, what it is, what to do
TEXTS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), what, how)
    for pattern, what, how in (
        (r"%%MatrixMarket\b", "a Matrix Market file", MATRIX_MARKET),
        (r"#EXTM3U|#EXTINF", "an M3U playlist", "Write one playlist a line, its tracks separated by tabs."),
        (r"\[playlist\]\s*\n", "a PLS playlist", "Write one playlist a line, its tracks separated by tabs."),
        (r"\S+ \S+ \S[^\n\[]* \[\d\d/[a-z]{3}/\d{4}:", "the log of a web server",
         "Write address and page as a table: awk '{{print $1 \"\\t\" $7}}' {name} > visits.tsv"),
        (r">[^\n]+\n[a-z*\s-]+(\n>|$)", "FASTA", "Write one sequence a line, its parts separated by spaces."),
        (r"\d+:\s*\n\d+,[\d.]+,\d{4}-\d\d-\d\d", "the Netflix prize's, with the film above its ratings",
         "Write the film in each row: awk -F, '/:/ {{sub(\":.*\", \"\"); film = $0; next}} {{print $1 \",\" film \",\" "
         "$2 \",\" $3}}' {name} > ratings.csv"),
        (r"\s*+(?>%[^\n]*\n\s*)*+@relation\b", "an ARFF file (Weka)",
         'With scipy: pd.DataFrame(scipy.io.arff.loadarff("{name}")[0]).to_csv("table.csv", index=False).'),
        (r"(\S+([ \t]+\d+:[-+.\deE]+)+[ \t]*\r?\n){2}", "LIBSVM or libFM text",
         "Its columns have no names: write user, item and rating as a table, from what the file was made of."),
        (r"\d+[ \t]*\r?\n\d+[ \t]*\r?\n\d+[ \t]*\r?\n(\d+ \d+ \d+[ \t]*\r?\n){2}", "a bag of words (UCI)",
         "Leave out the first three lines and train on interactions: --user 1 --item 2 --weight 3."),
        (r"([\w/.-][\w/ .-]{0,40}:)[ \t][^\n]*\n([\w/ .-]{1,40}:[^\n]*\n){1,30}?\s*\n\1", "blocks of `name: value`",
         "Write a table: one row for each block, one column for each name."),
        (r"(@prefix|@base|PREFIX)\s", "RDF (Turtle)", "Write subject and object of each triple as a table."),
        (r"(<[^>\s]+>|_:\S+)\s+<[^>\s]+>\s+\S", "RDF triples (N-Triples)",
         "Write subject and object of each triple as a table, for graphs with a third column as weight."),
        (r"(?>\s+|<\?xml\b[^>]*>|<!--.*?-->|<!doctype[^>]*>)*+<graphml\b", "GraphML",
         GRAPH.replace("{reader}", "read_graphml")),
        (r"(?>\s+|<\?xml\b[^>]*>|<!--.*?-->|<!doctype[^>]*>)*+<gexf\b", "GEXF", GRAPH.replace("{reader}", "read_gexf")),
        (r"(?>\s+|<\?xml\b[^>]*>)*+<mediawiki\b", "a MediaWiki dump (XML)",
         "Extract the links of its pages, for example with mwparserfromhell, and write one page a line."),
        (r"\s*<(!doctype\s+html|html|head|body)\b", "a web page (HTML)", "Download the file itself."),
        (r"\s*<(\?xml|[a-z][\w:-]*[\s>])", "XML", "Convert it to CSV or JSON Lines."),
        (r"\s*(Creator\s.*\n\s*)?(comment\s.*\n\s*)?graph\s*\[", "GML", GRAPH.replace("{reader}", "read_gml")),
        (r"\s*+(?>(//|#)[^\n]*\n\s*)*+(strict\s+)?(di)?graph\b[^\n]*\{", "DOT (Graphviz)",
         GRAPH.replace("{reader}", "nx_pydot.read_dot")),
        (r"\*(vertices|network)\b", "Pajek", GRAPH.replace("{reader}", "read_pajek")),
        (r"(?>c\b[^\n]*\n\s*)*+p\s+(edge|col|sp|max|min|asn|cnf|tw)\s+\d", "DIMACS",
         "Its edges are the lines that begin with e or a: grep '^[ea] ' {name} | cut -d' ' -f2- > edges.txt"),
        (r"\s*+(?>--[^\n]*\n\s*|/\*.*?\*/;?\s*|SET [^;]*;\s*)*+(CREATE|INSERT INTO|DROP TABLE|LOCK TABLES)\s",
         "an SQL dump",
         "Load it into its database and export the table as CSV."),
    )
)  # fmt: skip


def refuse(path: Path, first: bytes, text: str, read: Collection[str] = ()) -> None:
    """Raise BadData if a file is of a format that no training reads, with advice.

    first: its first bytes, unpacked. text: the same as text, empty if they are binary. read: formats that the caller
    reads all the same.
    """
    for magic, what, how in MAGIC:
        if first.startswith(magic) and (len(magic) > 3 or not text):
            raise BadData(f"{path}: is {what}. {how.format(name=path.name)}")
    if is_pickle(first):
        raise BadData(f"{path}: is a pickle, which is code to be run; it is never loaded. Write its table as parquet.")
    if first.startswith(b"PK\3\4"):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError) as error:
            raise BadData(
                f"{path}: a damaged .zip, or a workbook of Excel; download it again, or save it as CSV."
            ) from error
        refuse_archive(path.name, names)
        if {"indices.npy", "row.npy"} & {*names}:
            raise BadData(f"{path}: is a sparse matrix of SciPy (.npz). {SPARSE.format(name=path.name)}")
        raise BadData(f"{path}: a .zip; unpack it and give the table inside, one of {', '.join(names[:5])}.")
    text = text[:HEAD].removeprefix("\ufeff")
    for pattern, what, how in TEXTS:
        if not any(name in what for name in read) and pattern.match(text):
            raise BadData(f"{path}: is {what}. {how.format(name=path.name)}")
