"""The rows of a recording's file, whatever its format, as chunks of columns."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO, Protocol

from devices.documents import Problem, ProblemsError
from devices.recordings.mapform import CsvForm

CHUNK = 100_000
"""Rows that are held as text at a time."""

_ARCHIVES = {
    b"PK\x03\x04": "a ZIP archive or a workbook: unpack it, or save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV",
    b"BZh": "compressed with bzip2: unpack it, or compress it with gzip",
    b"\xfd7zX": "compressed with xz: unpack it, or compress it with gzip",
    b"(\xb5/\xfd": "compressed with zstd: unpack it, or compress it with gzip",
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that is none: its number, what stands there, and what is due."""

    row: int
    text: str
    expected: str
    malformed: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows in file order: the columns that were asked for, by name, all of one length.

    ``numbers`` are the rows' numbers in the file's data, the first is 1: a range when none is left out.
    """

    columns: Mapping[str, Any]
    numbers: Sequence[int]
    unreadable: Sequence[Unreadable] = ()


class Source(Protocol):
    """A file that is open. ``names`` are its columns as far as it says them beforehand, else None."""

    @property
    def names(self) -> Sequence[str] | None:
        """All its columns, in their order."""

    def chunks(self, columns: Sequence[str]) -> Iterator[Rows]:
        """Its rows from the first on, with these columns; those that it lacks are left out."""


class RaggedError(Exception):
    """The quick way through a CSV file ends here: rows of different length, or text that is no UTF-8."""


def open_source(stream: BinaryIO, name: str, csv: CsvForm, *, patient: bool = False) -> Source:
    """The file's rows. What it is, is seen from its first bytes, then from its name.

    ``patient`` reads CSV row by row, whatever the rows look like.

    Raises:
        ProblemsError: an archive, a broken file, or one without anything in it.
    """
    from devices.recordings.csvfile import QuickCsv, RowCsv
    from devices.recordings.jsonfile import JsonFile
    from devices.recordings.parquetfile import ParquetFile

    stream.seek(0)
    plain = unpacked(stream, name)
    start = _start(plain, name)
    for magic, what in _ARCHIVES.items():
        if start.startswith(magic):
            raise ProblemsError([Problem(name, 0, "", f"is {what}")])
    if not start.strip():
        raise ProblemsError([Problem(name, 0, "", "is empty")])
    if start.startswith(b"PAR1"):
        return ParquetFile(plain, name)
    if _is_json(start, name):
        return JsonFile(plain, name)
    return RowCsv(plain, name, csv) if patient else QuickCsv(plain, name, csv)


def unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    """The bytes of a stream, gzip taken off; it can be read again from its start."""
    start = stream.read(2)
    stream.seek(0)
    if start != b"\x1f\x8b":
        return stream
    packed: Any = gzip.GzipFile(fileobj=stream, filename=name)
    return io.BufferedReader(packed, 1 << 20)


def _start(stream: BinaryIO, name: str) -> bytes:
    try:
        start = stream.read(4_096)
    except (OSError, EOFError, zlib.error) as error:
        raise ProblemsError([Problem(name, 0, "", f"can't be unpacked: {error}")]) from None
    stream.seek(0)
    return start


def _is_json(start: bytes, name: str) -> bool:
    first = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    suffixes = {suffix.lower() for suffix in PurePath(name).suffixes}
    if suffixes & {".jsonl", ".ndjson", ".json"}:
        return True
    return first == b"{" and not suffixes & {".csv", ".tsv", ".txt"}
