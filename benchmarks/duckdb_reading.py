"""Compares DuckDB's readers of CSV, JSON and parquet with our own: files read right, seconds and peak memory.

    python benchmarks/duckdb_reading.py [--rows 2000000] [--damaged 2800]

Right: the reported files of tests/formats/field that are tables. DuckDB reads each with its detected dialect and types
(all rows sampled, the encoding given), and everything behind the table stays the same: columns of vectors, join, kinds.
Seconds and memory: each file is read in a process of its own.
Damaged: versions of small files with one to three changes each, as in tests/formats/test_fuzz.py; how many give a
table, a message, or any other end.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the project is run from its folder, not installed

from explorer.formats.parsed_file import Limits
from explorer.formats.tables import delimited, number_lists, tabular
from explorer.formats.tables.object_cells import objects_as_columns
from explorer.formats.tables.utf8_source import utf8_source

OURS = tabular.table
FUNCTIONS = {
    "csv": "read_csv(?, sample_size=-1)",
    "tsv": "read_csv(?, sample_size=-1, delim='\\t')",
    "json": "read_json(?, sample_size=-1)",
    "jsonl": "read_json(?, sample_size=-1, format='newline_delimited')",
    "parquet": "read_parquet(?)",
}


def by_duckdb(
    path: Path, format: str, limit: Limits, notes: list[str], header: bool | None = None
) -> tuple[pa.Table, str]:
    """What `tabular.table` returns, read by DuckDB."""
    if format not in FUNCTIONS:
        return OURS(path, format, limit, notes, header)
    with tempfile.TemporaryDirectory() as folder:
        if format != "parquet":  # in UTF-8: DuckDB has to be told the encoding
            source, path = utf8_source(path, limit, notes), Path(folder) / path.name
            path.write_bytes(source.read())
        function = FUNCTIONS[format].replace(")", f", header={header})") if header is not None else FUNCTIONS[format]
        found = read_by_duckdb(function, path)
    found = number_lists.plain_lists(tabular._flat(objects_as_columns(found)), notes)
    named = all(not name.startswith("column") for name in found.column_names)
    return found.rename_columns(delimited.unique(found.column_names, "column")), "sure" if named else "none"


def read_by_duckdb(function: str, path: Path) -> pa.Table:
    """A file as DuckDB reads it."""
    with duckdb.connect() as connection:
        return connection.sql(f"select * from {function}", params=[str(path)]).to_arrow_table()


def count_right() -> None:
    """Print how many of the reported tables are read right, by each."""
    from explorer.formats import parts
    from explorer.formats.detect import detect
    from tests.formats.field import making
    from tests.formats.field.test_reported_files import CASES

    wrong: dict[str, list[str]] = {"ours": [], "DuckDB": []}
    tables = 0
    for name, case in CASES.items():
        kinds = set()
        with tempfile.TemporaryDirectory() as folder:
            for file, content in case[0].items():
                path = Path(folder) / Path(file).name
                path.write_bytes(content.encode() if isinstance(content, str) else content)
                try:
                    kinds.add(detect(path))
                except Exception:
                    kinds.add("")
        if not kinds & set(FUNCTIONS):
            continue
        tables += 1
        for reader, table in (("ours", OURS), ("DuckDB", by_duckdb)):
            tabular.table = parts.tabular.table = table  # type: ignore[attr-defined]
            with tempfile.TemporaryDirectory() as folder:
                try:
                    found = making.problems(case, Path(folder))
                except Exception as error:
                    found = [repr(error)]
            if found:
                wrong[reader].append(f"{name}: {found[0][:150]}")
    tabular.table = OURS
    for reader, names in wrong.items():
        print(f"{reader}: {tables - len(names)} of {tables} tables right")
    print("\n".join(f"  wrong by DuckDB: {name}" for name in wrong["DuckDB"]))


def write_files(folder: Path, rows: int) -> dict[str, Path]:
    """A table of ratings and two of vectors."""
    from benchmarks.reading_tables import write

    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((rows // 40, 64)).astype(np.float32)
    files = {name: folder / name for name in ("ratings.csv", "vectors.csv", "vectors.jsonl")}
    write(files["ratings.csv"], rows)
    with files["vectors.csv"].open("w") as file:
        file.write("title," + ",".join(f"d{n}" for n in range(64)) + "\n")
        file.writelines(f"item {n}," + ",".join(f"{x:.6f}" for x in v) + "\n" for n, v in enumerate(vectors))
    with files["vectors.jsonl"].open("w") as file:
        file.writelines(
            json.dumps({"title": f"item {n}", "vector": [round(float(x), 6) for x in v]}) + "\n"
            for n, v in enumerate(vectors)
        )
    return files


def measure(reader: str, file: Path) -> dict[str, Any]:
    """Seconds and peak megabytes of reading a file; to be run in a process of its own."""
    format = file.suffix[1:]
    before = peak_memory()
    start = time.perf_counter()
    if reader == "ours":
        found = OURS(file, format, Limits(), [])[0]
    else:  # sampled as by default: reading all rows first would double its time
        found = read_by_duckdb(FUNCTIONS[format].replace("sample_size=-1", "sample_size=20480"), file)
    seconds = time.perf_counter() - start
    return {"rows": found.num_rows, "seconds": seconds, "MB": peak_memory() - before}


def count_damaged(inputs: int) -> None:
    """Print the ends of reading damaged files, by each reader in a process of its own."""
    for reader in ("ours", "DuckDB"):
        command = [sys.executable, __file__, "--ends", reader, "--damaged", str(inputs)]
        ended = subprocess.run(command, capture_output=True, text=True)
        print(f"{reader}, damaged files: {ended.stdout.strip() or 'none'}", flush=True)
        if ended.returncode:
            print(f"  then the process ended with status {ended.returncode}")


def ends_of(reader: str, inputs: int) -> Counter[str]:
    """Ends of reading `inputs` damaged files of four formats: a table, a message, or another error or a timeout."""
    from explorer.errors import ExplorerError
    from explorer.formats.parsed_file import bad_data_on_error
    from tests.formats.damage import LIMIT, TooLong, damaged, in_time

    table = pa.table(
        {"key": [f"w {n}" for n in range(8)], "year": [*range(1990, 1998)], "d0": [0.25] * 8, "d1": [0.5] * 8}
    )
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for format in ("csv", "tsv", "jsonl", "parquet"):
            file = Path(folder) / f"table.{format}"
            write_small(table, format, file)
            raw = file.read_bytes()

            def look(content: bytes, file: Path = file, format: str = format) -> None:
                file.write_bytes(content)
                try:
                    with in_time(), bad_data_on_error(file, format) if reader == "ours" else nullcontext():
                        read = (OURS if reader == "ours" else by_duckdb)(file, format, LIMIT, [])[0]
                    ends["table" if read.num_rows else "empty table"] += 1
                except (ExplorerError, duckdb.InternalException, duckdb.FatalException) as error:
                    ends["message" if isinstance(error, ExplorerError) else type(error).__name__] += 1
                except duckdb.Error:
                    ends["message"] += 1
                except (Exception, TooLong) as error:
                    ends[type(error).__name__] += 1

            damaged(raw, inputs // 4, look)
    return ends


def write_small(table: pa.Table, format: str, file: Path) -> None:
    """A table as CSV, TSV, JSON Lines or parquet."""
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    if format == "parquet":
        pq.write_table(table, file)
    elif format == "jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    else:
        pacsv.write_csv(table, file, pacsv.WriteOptions(delimiter="\t" if format == "tsv" else ","))


def peak_memory() -> float:
    """Peak memory of this process in megabytes; getrusage would give that of the parent process if it is larger."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--one", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--damaged", type=int, default=0, metavar="N", help="count the ends of N damaged files only")
    parser.add_argument("--ends", metavar="READER", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.ends:
        print(", ".join(f"{count:,} {end}" for end, count in ends_of(args.ends, args.damaged).most_common()))
        return
    if args.damaged:
        count_damaged(args.damaged)
        return
    if args.one:
        print(json.dumps(measure(args.one[0], Path(args.one[1]))))
        return
    count_right()
    with tempfile.TemporaryDirectory() as folder:
        for name, file in write_files(Path(folder), args.rows).items():
            for reader in ("ours", "DuckDB") * 2:
                made = subprocess.run(
                    [sys.executable, __file__, "--one", reader, str(file)], capture_output=True, text=True, check=True
                )
                found = json.loads(made.stdout)
                told = f"{found['rows']:,} rows, {found['seconds']:.2f} s, {found['MB']:,.0f} MB"
                print(f"{name} ({file.stat().st_size / 1e6:,.0f} MB), {reader}: {told}", flush=True)


if __name__ == "__main__":
    main()
