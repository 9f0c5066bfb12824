"""JSON files: a line an object, or one array of objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import orjson
import pyarrow as pa

from devices.documents import Problem, ProblemsError
from devices.recordings.sources import CHUNK, Rows, Unreadable

_SHOWN = 200


class JsonFile:
    """JSON lines. A key inside an object is the column ``outer.inner``, unless a key is called just so."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self.names: Sequence[str] | None = None

    def chunks(self, columns: Sequence[str]) -> Iterator[Rows]:
        """Its rows; a line that holds no object is unreadable."""
        paths = {name: name.split(".") for name in columns}
        rows = enumerate(self._objects(), start=1)
        while pieces := [row for _, row in zip(range(CHUNK), rows, strict=False)]:
            yield _packed(pieces, paths)

    def _objects(self) -> Iterator[Any]:
        """Each line's object; the raw line where it holds none."""
        self._stream.seek(0)
        start = self._stream.read(3)
        self._stream.seek(3 if start == b"\xef\xbb\xbf" else 0)
        try:
            for number, line in enumerate(self._stream):
                text = line.strip()
                if number == 0 and text.startswith(b"["):
                    yield from self._array(line + self._stream.read())
                    return
                if text:
                    yield _object(text)
        except (OSError, EOFError) as error:
            raise ProblemsError([Problem(self._name, 0, "", f"can't be unpacked: {error}")]) from None

    def _array(self, text: bytes) -> Iterator[Any]:
        try:
            items = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise ProblemsError([Problem(self._name, error.lineno, "", f"not JSON: {error.msg}")]) from None
        return (item if isinstance(item, dict) else orjson.dumps(item) for item in items)


def _object(text: bytes) -> Any:
    try:
        item = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return item if isinstance(item, dict) else text


def _packed(rows: list[tuple[int, Any]], paths: dict[str, list[str]]) -> Rows:
    numbers = [number for number, row in rows if isinstance(row, dict)]
    objects = [row for _, row in rows if isinstance(row, dict)]
    unreadable = [
        Unreadable(number, row[:_SHOWN].decode("utf-8", "replace"), "a JSON object on each line", True)
        for number, row in rows
        if not isinstance(row, dict)
    ]
    columns = {name: _column([_at(row, name, path) for row in objects]) for name, path in paths.items()}
    return Rows(columns, numbers, unreadable)


def _at(row: dict[str, Any], name: str, path: list[str]) -> Any:
    found: Any = row.get(name)
    if found is None and len(path) > 1:
        found = row
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
    return found


def _column(values: list[Any]) -> Any:
    """An array of numbers, of truth values or of text; of text when they are mixed."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values), pa.string())
    if kinds <= {int, float}:
        exact = kinds == {int} and all(value is None or abs(value) < 2**63 for value in values)
        numbers = values if exact else [None if value is None else float(value) for value in values]
        return pa.array(numbers, pa.int64() if exact else pa.float64())
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
