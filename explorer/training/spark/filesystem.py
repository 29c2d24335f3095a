"""Files on any file system that Spark supports: local, HDFS, s3a."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.errors import BadRequest

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PART = 128 << 20  # approximate bytes of a file


class Store:
    """The file systems of a session, and a scratch folder that driver and workers share."""

    def __init__(self, spark: SparkSession, scratch: str) -> None:
        self._spark, self.scratch = spark, scratch

    def _find(self, path: str) -> tuple[Any, Any]:
        place = self._spark._jvm.org.apache.hadoop.fs.Path(path)
        return place.getFileSystem(self._spark._jsc.hadoopConfiguration()), place

    def names(self, path: str) -> set[str] | None:
        """Names in a folder, without hidden ones; None for a file. Raises Java errors."""
        system, place = self._find(path)
        if not system.getFileStatus(place).isDirectory():
            return None
        found = {status.getPath().getName() for status in system.listStatus(place)}
        return {name for name in found if not name.startswith((".", "_"))}

    def head(self, path: str, size: int) -> bytes:
        """The first bytes of a file, at most `size`. Raises Java errors."""
        system, place = self._find(path)
        stream = system.open(place)
        try:
            return bytes(stream.readNBytes(size))
        finally:
            stream.close()

    def fetch(self, path: str, to: Path) -> None:
        """Copy a file or a folder to the local path `to`."""
        system, place = self._find(path)
        target = self._spark._jvm.org.apache.hadoop.fs.Path(to.absolute().as_uri())
        system.copyToLocalFile(False, place, target, True)

    def delete(self, path: str) -> None:
        """Remove a folder if it exists."""
        system, place = self._find(path)
        system.delete(place, True)

    def bring(self, frame: DataFrame, by: str, rows: int, width: int, to: Path) -> Path:
        """Write a table from the workers and copy its files to this machine, which never holds it in memory. Returns
        the folder.

        The files are sorted by the column `by`. rows, width: number of rows, and bytes of each. to: a new folder.
        Raises BadRequest if fewer rows arrive than were written.
        """
        parts = max(1, -(-rows * width // PART))
        folder = f"{self.scratch}/{to.name}"
        frame.repartitionByRange(parts, by).sortWithinPartitions(by).write.mode("overwrite").parquet(folder)
        to.mkdir()
        names = sorted(name for name in self.names(folder) or () if name.endswith(".parquet"))
        for number, name in enumerate(names):
            self.fetch(f"{folder}/{name}", to / f"part-{number:05}.parquet")
        self.delete(folder)
        arrived = sum(pq.ParquetFile(file).metadata.num_rows for file in to.iterdir())
        if arrived != rows:
            raise BadRequest(
                f"The workers wrote {rows:,} rows of {to.name} to {self.scratch}; only {arrived:,} can be read here. "
                "Give --scratch, a folder that the driver and all workers share."
            )
        return to


def table(folder: Path) -> pa.Table:
    """The rows that `bring` wrote to a folder, in order."""
    return pa.concat_tables(pq.read_table(file) for file in sorted(folder.glob("*.parquet")))


def stack_users(folder: Path, file: Path, users: int, size: int) -> np.ndarray:
    """Convert the users that `bring` wrote to one .npy file and map it: (users, size + 1) float32.

    folder: parquet files with `vector` (list of `size` floats) and `bias`. Columns are the vector followed by the bias;
    rows are in the order of the files. Only one batch is in memory at a time.
    """
    stacked = np.lib.format.open_memmap(file, "w+", np.float32, (users, size + 1))
    row = 0
    for part in sorted(folder.glob("*.parquet")):
        for batch in pq.ParquetFile(part).iter_batches(columns=["vector", "bias"]):
            rows = slice(row, row + len(batch))
            stacked[rows, :-1] = np.asarray(batch["vector"].flatten(), np.float32).reshape(len(batch), size)
            stacked[rows, -1] = np.asarray(batch["bias"], np.float32)
            row += len(batch)
    return stacked
