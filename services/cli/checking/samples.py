"""Payloads as they lie in files: one JSON document, one a line, or messages recorded with their topics."""

from __future__ import annotations

import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from services.runtime.lifecycle import StartupError

STDIN = "-"
_LINES = (".jsonl", ".ndjson")


class Sample(NamedTuple):
    """One message to judge: where it stands, its payload, and its topic if the file recorded one."""

    file: str
    line: int
    payload: bytes
    topic: str | None = None


def read_samples(name: str) -> list[Sample]:
    """The messages of a file; ``-`` is standard input.

    A file is one payload, except that ``.jsonl`` and ``.ndjson``, and whatever only makes sense line by line,
    hold one a line. A line ``{"topic": …, "payload": …}`` is a recorded message with its topic: what
    ``mosquitto_sub -F %j`` writes, and the export of the quarantine.

    Raises:
        StartupError: it can't be read, holds nothing, or says base 64 of a payload that is none.
    """
    data = _read(name)
    shown = "standard input" if name == STDIN else name
    samples = list(_split(shown, data, by_line=Path(name).suffix.lower() in _LINES))
    if not samples:
        raise StartupError(f'{shown} is empty: write a payload into it, such as {{"pm25": 12.5}}')
    return samples


def _read(name: str) -> bytes:
    if name == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except IsADirectoryError:
        raise StartupError(f"{name} is a folder; name its files, such as {name.rstrip('/')}/*.json") from None
    except OSError as error:
        raise StartupError(f"can't read {name}: {error.strerror}") from None


def _split(file: str, data: bytes, *, by_line: bool) -> Iterator[Sample]:
    lines = [(number, line) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
    if not lines:
        return
    if not by_line and (_is_json(data) or len(lines) == 1 or not _is_json(lines[0][1])):
        yield _sample(file, lines[0][0], data)
        return
    for number, line in lines:
        yield _sample(file, number, line)


def _is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def _sample(file: str, line: int, data: bytes) -> Sample:
    try:
        recorded: Any = orjson.loads(data) if b'"topic"' in data else None
    except orjson.JSONDecodeError:
        recorded = None
    if isinstance(recorded, dict) and isinstance(recorded.get("topic"), str) and "payload" in recorded:
        try:
            payload = _payload(recorded["payload"], recorded.get("payload_encoding"))
        except ValueError as error:
            raise StartupError(f"{file}:{line}: the payload is no base 64: {error}") from None
        return Sample(file, line, payload, recorded["topic"])
    return Sample(file, line, data)


def _payload(recorded: Any, encoding: Any) -> bytes:
    """Recorded as text, in base 64, or as the JSON that it was."""
    if encoding == "base64" and isinstance(recorded, str):
        return b64decode(recorded)
    return recorded.encode() if isinstance(recorded, str) else orjson.dumps(recorded)
