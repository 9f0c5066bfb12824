"""Parquet files."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa

from devices.documents import Problem, ProblemsError
from devices.recordings.sources import CHUNK, Rows


class ParquetFile:
    """A Parquet file. A field inside a structure is the column ``outer.inner``."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        import pyarrow.parquet as pq

        self._name = name
        try:
            whole = stream if isinstance(stream, io.FileIO | io.BytesIO) else io.BytesIO(stream.read())
            self._file = pq.ParquetFile(whole)
        except (pa.ArrowException, OSError) as error:
            raise ProblemsError([_broken(name, error)]) from None
        self.names: Sequence[str] = list(_flattened(self._file.schema_arrow))

    def chunks(self, columns: Sequence[str]) -> Iterator[Rows]:
        """Its rows."""
        wanted = [name for name in columns if name in self.names]
        first = 1
        try:
            for batch in self._file.iter_batches(batch_size=CHUNK, columns=wanted):
                table = pa.Table.from_batches([batch])
                while any(pa.types.is_struct(field.type) for field in table.schema):
                    table = table.flatten()
                found = {name: _whole(table.column(name)) for name in wanted}
                yield Rows(found, range(first, first + batch.num_rows))
                first += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise ProblemsError([_broken(self._name, error)]) from None


def _flattened(fields: Any, before: str = "") -> Iterator[str]:
    for field in fields:
        if pa.types.is_struct(field.type):
            yield from _flattened(field.type, f"{before}{field.name}.")
        else:
            yield f"{before}{field.name}"


def _whole(column: Any) -> Any:
    joined = column.combine_chunks()
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _broken(name: str, error: Exception) -> Problem:
    return Problem(name, 0, "", f"not a whole Parquet file: {error}")
