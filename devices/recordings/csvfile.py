"""CSV files: quickly where they are regular, row by row where they are not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Literal

import pyarrow as pa
import pyarrow.csv as arrow_csv

from devices.documents import Problem, ProblemsError
from devices.recordings.mapform import CsvForm
from devices.recordings.sources import CHUNK, RaggedError, Rows, Unreadable

_BLOCK = 4 << 20
_LONGEST_CELL = 1 << 20


class QuickCsv:
    """A CSV file read by Arrow, every cell as text.

    Raises :class:`RaggedError` where rows are not of one length: then :class:`RowCsv` reads the file.
    """

    def __init__(self, stream: BinaryIO, name: str, form: CsvForm) -> None:
        self._stream, self._form = stream, form
        self._header = Header(stream, name, form)
        self.names: Sequence[str] = self._header.names

    def chunks(self, columns: Sequence[str]) -> Iterator[Rows]:
        """Its rows."""
        places = {name: f"c{place}" for place, name in reversed(list(enumerate(self.names)))}
        wanted = {name: places[name] for name in columns if name in places}
        if not wanted:
            return
        first = 1
        try:
            for batch in self._reader(list(dict.fromkeys(wanted.values()))):
                if batch.num_rows:
                    found = {name: batch.column(column) for name, column in wanted.items()}
                    yield Rows(found, range(first, first + batch.num_rows))
                    first += batch.num_rows
        except (pa.ArrowInvalid, UnicodeError) as error:
            raise RaggedError(str(error)) from None

    def _reader(self, columns: list[str]) -> Any:
        all_of_them = [f"c{place}" for place in range(len(self.names))]
        self._stream.seek(0)
        return arrow_csv.open_csv(
            self._stream,
            read_options=arrow_csv.ReadOptions(
                column_names=all_of_them,
                block_size=_BLOCK,
                skip_rows=self._header.before,
                skip_rows_after_names=0 if self._form.columns else 1,
                encoding=self._header.encoding,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._form.delimiter, quote_char=self._form.quote or False
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=columns, column_types=dict.fromkeys(all_of_them, pa.string())
            ),
        )


class RowCsv:
    """A CSV file read row by row. Cells that a row lacks at its end are empty."""

    def __init__(self, stream: BinaryIO, name: str, form: CsvForm) -> None:
        self._stream, self._name, self._form = stream, name, form
        self._header = Header(stream, name, form)
        self.names: Sequence[str] = self._header.names

    def chunks(self, columns: Sequence[str]) -> Iterator[Rows]:
        """Its rows; one with more cells than the header has columns is unreadable."""
        places = {name: place for place, name in reversed(list(enumerate(self.names)))}
        wanted = {name: places[name] for name in columns if name in places}
        rows = enumerate(self._rows(), start=1)
        while pieces := _some(rows, CHUNK):
            yield self._packed(pieces, wanted)

    def _rows(self) -> Iterator[list[str]]:
        self._stream.seek(0)
        text = _as_text(self._stream, self._header.encoding)
        for _ in range(self._header.before):
            text.readline()
        reader = _reader(text, self._form)
        try:
            rows = (row for row in reader if row)
            if not self._form.columns:
                next(rows, None)
            yield from rows
        except UnicodeDecodeError as error:
            raise ProblemsError([_undecodable(self._name, self._header.encoding, error)]) from None
        except csv.Error as error:
            message = f"{error}; a quote that is never closed does this"
            raise ProblemsError([Problem(self._name, reader.line_num, "", message)]) from None
        finally:
            text.detach()

    def _packed(self, rows: list[tuple[int, list[str]]], wanted: dict[str, int]) -> Rows:
        width = len(self.names)
        numbers, whole, unreadable = [], [], []
        for number, row in rows:
            if len(row) > width and any(cell.strip() for cell in row[width:]):
                shown = self._form.delimiter.join(row)
                expected = f"at most {width} cells, as many as the header has columns"
                unreadable.append(Unreadable(number, shown, expected))
            else:
                numbers.append(number)
                whole.append(row if len(row) >= width else row + [""] * (width - len(row)))
        columns = {name: pa.array([row[at] for row in whole], pa.string()) for name, at in wanted.items()}
        return Rows(columns, numbers, unreadable)


class Header:
    """The head of a CSV file: its columns, the lines before it, and the encoding without its mark."""

    def __init__(self, stream: BinaryIO, name: str, form: CsvForm) -> None:
        self.encoding = "utf-8" if form.encoding in {"utf-8-sig", "ascii"} else form.encoding
        stream.seek(0)
        text = _as_text(stream, self.encoding)
        try:
            self.before = self._skip(text, form.skip)
            self.names = [cell.strip() for cell in form.columns or self._cells(text, form)]
        except UnicodeDecodeError as error:
            raise ProblemsError([_undecodable(name, self.encoding, error)]) from None
        except csv.Error as error:
            raise ProblemsError([Problem(name, 1, "", f"the header can't be read: {error}")]) from None
        finally:
            text.detach()

    def _skip(self, text: io.TextIOWrapper, lines: int) -> int:
        """How many lines stand before the header: those to skip, and empty ones."""
        for _ in range(lines):
            text.readline()
        while (line := text.readline()) and not line.strip("\ufeff\r\n"):
            lines += 1
        self._first = line
        return lines

    def _cells(self, text: io.TextIOWrapper, form: CsvForm) -> list[str]:
        first = self._first.removeprefix("\ufeff")
        return next(iter(_reader(_chain(first, text), form)), [])


def _chain(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _as_text(stream: BinaryIO, encoding: str) -> io.TextIOWrapper:
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    return io.TextIOWrapper(stream, encoding=encoding, newline="")


def _reader(text: Iterable[str], form: CsvForm) -> Any:
    csv.field_size_limit(_LONGEST_CELL)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
    return csv.reader(text, delimiter=form.delimiter, quotechar=form.quote, quoting=quoting)


def _some(rows: Iterator[tuple[int, list[str]]], most: int) -> list[tuple[int, list[str]]]:
    return [row for _, row in zip(range(most), rows, strict=False)]


def _undecodable(name: str, encoding: str, error: UnicodeDecodeError) -> Problem:
    message = (
        f"not {encoding}: the byte {error.object[error.start]:#04x} is none of it; say csv: {{encoding: …}}"
    )
    return Problem(name, 0, "", message, allowed="tis-620, cp874, cp1252, latin-1, utf-16 and others")
