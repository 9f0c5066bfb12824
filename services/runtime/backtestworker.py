"""The process that plays rules for ``rules/backtest``: a task and readings in, the answer as JSON out.

``python -m services.runtime.backtestworker``, for the API alone. Frames are four bytes of length and a
pickle; an empty one is the end. It gives way to every other process, and ends when nobody speaks to it any
more.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from devices.city import CityFolder
from devices.documents import Document
from devices.model import Observation
from rules.backtest.measured import measured
from rules.backtest.play import Score, run
from rules.context import Context
from rules.files import parse_groups
from rules.ruleset import RuleSet
from services.runtime.backtests import Account, document, score_row
from services.runtime.cityrules import city_rules

MOST_ANSWERED = 100_000
"""Alerts, and scores, that one answer may hold."""

_MEMORY = 2 << 30
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Task:
    """What to play, beside the readings that follow: these rule files, or those of the city's folder."""

    folder: CityFolder
    documents: tuple[Document, ...] | None
    start: int
    end: int
    scores: bool


class _TooManyError(Exception):
    """More than an answer may hold."""


def frame(data: bytes) -> bytes:
    """Some bytes as they travel."""
    return len(data).to_bytes(_LENGTH) + data


def main() -> None:
    """Answer one task."""
    _give_way()
    began = time.perf_counter()
    try:
        sys.stdout.buffer.write(orjson.dumps(_answer(sys.stdin.buffer, began)))
    except _TooManyError:
        sys.stdout.buffer.write(orjson.dumps({"problem": "too_many"}))


def _give_way() -> None:
    """Others come first: at the processor, and when memory runs out."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _answer(stream: BinaryIO, began: float) -> dict[str, Any]:
    task: Task = pickle.loads(_frame(stream))  # noqa: S301 - from our own parent, over a pipe
    scores: list[Sequence[object]] = []

    def note(score: Score) -> None:
        if len(scores) >= MOST_ANSWERED:
            raise _TooManyError
        scores.append(score_row(score))

    report = run(
        _rules(task),
        task.folder.city,
        task.folder.devices,
        measured(_readings(stream), task.folder.catalog),
        start=task.start,
        end=task.end,
        scores=note if task.scores else None,
    )
    if len(report.alerts) > MOST_ANSWERED:
        raise _TooManyError
    answer = document(report, Account(time.perf_counter() - began))
    return {**answer, "scores": scores} if task.scores else answer


def _rules(task: Task) -> RuleSet:
    if task.documents is None:
        return city_rules(task.folder)
    return parse_groups(task.documents, Context.of(task.folder))


def _readings(stream: BinaryIO) -> Iterator[list[Observation]]:
    while data := _frame(stream):
        yield pickle.loads(data)  # noqa: S301 - as above


def _frame(stream: BinaryIO) -> bytes:
    length = stream.read(_LENGTH)
    if len(length) < _LENGTH:
        sys.exit(1)  # the parent is gone
    return stream.read(int.from_bytes(length))


if __name__ == "__main__":
    main()
