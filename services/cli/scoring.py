"""``nakhon score``: alerts held against what was really wrong."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import orjson
import typer

from devices.documents import Problem, ProblemsError
from services.cli.common import Json, print_json

if TYPE_CHECKING:
    from simulators.scoring import Score

T = TypeVar("T")
_LISTS = ("alerts", "items")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("score")(measure)


def measure(
    truth: Annotated[
        Path, typer.Option(help="What was really wrong, as JSONL (simulate --truth writes it).")
    ],
    alerts: Annotated[Path, typer.Option(help="The JSON of a backtest, a list of alerts, or JSONL.")],
    json: Json = False,
) -> None:
    """Precision, recall and delay of alerts, of all rules and of each. Seconds are of event time."""
    from simulators.scoring import raised, score, score_by_rule, truth_line

    lines = _read(truth, truth_line)
    found = [alert for alert in _read(alerts, raised) if alert is not None]
    whole, rules = score(lines, found), score_by_rule(lines, found)
    if json:
        print_json({**asdict(whole), "rules": [{"rule": rule, **asdict(one)} for rule, one in rules.items()]})
        return
    width = max([len("all rules"), *map(len, rules)])
    for name, one in {**rules, "all rules": whole}.items():
        sys.stdout.write(f"{name:<{width}}  {_told(one)}\n")


def _told(score: Score) -> str:
    delay = score.delay
    text = (
        f"precision {_share(score.precision)} ({score.right} of {score.alerts} alerts), "
        f"recall {_share(score.recall)} ({score.found} of {score.truth})"
    )
    if score.late:
        text += f", {score.late} late"
    if delay.mean is not None:
        text += f", delay {delay.mean:,.0f} s (median {delay.median:,.0f}, p95 {delay.p95:,.0f})"
    return text


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _read(path: Path, make: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """What a file lists.

    Raises:
        ProblemsError: it can't be read, or what is wrong with each of its entries.
    """
    from simulators.scoring import ScoreError

    made, problems = [], []
    for line, entry in _entries(path, _content(path)):
        try:
            made.append(make(_object(entry)))
        except ScoreError as error:
            problems.append(Problem(str(path), line, "", str(error)))
    if problems:
        raise ProblemsError(problems)
    return made


def _object(entry: Any) -> Mapping[str, Any]:
    from simulators.scoring import ScoreError

    if not isinstance(entry, dict):
        raise ScoreError("must be an object")
    return entry


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or error
        raise ProblemsError([Problem(str(path), 0, "", f"can't be read: {why}")]) from None


def _entries(path: Path, content: bytes) -> Iterator[tuple[int, Any]]:
    """The entries of a JSON document, or of JSON lines, each with its line (0 inside a document)."""
    try:
        whole = orjson.loads(content)
    except orjson.JSONDecodeError:
        yield from _lines(path, content)
        return
    if isinstance(whole, dict):
        listed = next((whole[key] for key in _LISTS if isinstance(whole.get(key), list)), None)
        whole = [whole] if listed is None else listed
    yield from ((0, entry) for entry in (whole if isinstance(whole, list) else [whole]))


def _lines(path: Path, content: bytes) -> Iterator[tuple[int, Any]]:
    problems = []
    entries = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entries.append((number, orjson.loads(line)))
        except orjson.JSONDecodeError as error:
            problems.append(Problem(str(path), number, "", f"not JSON: {error.msg}"))
    if problems:
        raise ProblemsError(problems[:20])
    yield from entries
