"""An engine's state as bytes: for each of its lanes JSON, compressed, with the version of its own layout.

Texts of the rules are kept beside the state, so that an alert whose rule has changed or gone meanwhile can
still be told to be over.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from devices.model import Domain, Text
from rules.model import Evidence, Severity, Subject
from rules.ruleset import Heading
from rules.series import Ended, Phase, Series

LAYOUT = 3
_READABLE = (1, 3)
"""The first had one lane, and neither derived metrics nor boards nor details of evidence. No release had the
second."""

_LANES = b"NKLN"
_COUNT = struct.Struct("<I")
_SIZES = struct.Struct("<QII")
"""Of each lane: its lateness (ms), and the lengths of its state and of what waits for it."""

_LEVEL = 1  # zlib's fastest: a million series in about a second


class SnapshotError(ValueError):
    """These bytes are no snapshot that this version can read. The text says what follows from that."""


def damaged(error: Exception) -> SnapshotError:
    """What to raise for bytes of which no state can be made."""
    return SnapshotError(f"the rules' snapshot is damaged ({error!r}); the rules begin anew")


@dataclass(frozen=True, slots=True)
class Saved:
    """The state of one series, and, where an alert is alive, what tells that it is over."""

    heading: Heading
    subject: Subject
    state: Sequence[Any]
    ended: Ended | None


@dataclass(slots=True)
class Snapshot:
    """All that a lane remembers.

    ``newest`` and ``derived``, the state of derived metrics, are by type and device; ``boards`` are what the
    devices of a zone share: heading of the rule, zone, state; ``asked`` is who waits for the end of which
    moment.
    """

    now: int
    deaf: Sequence[tuple[int, int]] = ()
    newest: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    derived: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    boards: Sequence[tuple[Heading, str, Any]] = ()
    asked: Sequence[tuple[str, Subject, int]] = ()
    series: Sequence[Saved] = ()
    ended: Sequence[Ended] = ()


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a snapshot.

    ``at`` is how far time had come in it. ``lost`` names the rules whose content is not what it was, or that
    are gone: they begin anew. ``ended`` counts the alerts that will be told to be over, for that reason or
    because their device is gone or no longer meant.
    """

    at: int
    series: int
    lost: tuple[str, ...] = ()
    ended: int = 0


class _Writer:
    """Turns headings into numbers, each written once."""

    def __init__(self) -> None:
        self.headings: dict[str, int] = {}
        self.written: list[Any] = []

    def number(self, heading: Heading) -> int:
        key = f"{heading.id} {heading.version}"
        if key not in self.headings:
            self.headings[key] = len(self.written)
            self.written.append(_heading_row(heading))
        return self.headings[key]

    def series(self, series: Series) -> list[Any]:
        row: list[Any] = [self.number(series.rule.heading), *series.subject, series.save()]
        return row if series.phase is Phase.INACTIVE else [*row, _ended_row(series.ended())]

    def ended(self, ended: Ended) -> list[Any]:
        return [self.number(ended.heading), *ended.subject, _ended_row(ended)]


def write(snapshot: Snapshot, series: Iterable[Series], ended: Iterable[Ended]) -> bytes:
    """The bytes of a lane's state, with these series and ends."""
    writer = _Writer()
    data = {
        "layout": LAYOUT,
        "now": snapshot.now,
        "deaf": snapshot.deaf,
        "newest": snapshot.newest,
        "derived": snapshot.derived,
        "boards": [(writer.number(rule), zone, state) for rule, zone, state in snapshot.boards],
        "asked": [(rule, *subject, at) for rule, subject, at in snapshot.asked],
        "series": [writer.series(one) for one in series],
        "ended": [writer.ended(one) for one in ended],
        "rules": writer.written,
    }
    return zlib.compress(orjson.dumps(data), _LEVEL)


def join(lanes: Mapping[int, tuple[bytes, bytes]]) -> bytes:
    """An engine's state: by lateness the state of a lane, and what waits for it."""
    sizes = (_SIZES.pack(late, len(state), len(waiting)) for late, (state, waiting) in lanes.items())
    parts = (part for lane in lanes.values() for part in lane)
    return b"".join((_LANES, _COUNT.pack(len(lanes)), *sizes, *parts))


def split(data: bytes) -> Mapping[int, tuple[bytes, bytes]]:
    """What :func:`join` put together.

    Raises:
        SnapshotError: damaged.
    """
    if not data.startswith(_LANES):
        return {0: (data, b"")}
    try:
        return _split(data)
    except struct.error as error:
        raise damaged(error) from None


def _split(data: bytes) -> Mapping[int, tuple[bytes, bytes]]:
    (count,) = _COUNT.unpack_from(data, len(_LANES))
    place = len(_LANES) + _COUNT.size
    sizes = [_SIZES.unpack_from(data, place + n * _SIZES.size) for n in range(count)]
    place += count * _SIZES.size
    lanes = {}
    for lateness, state, waiting in sizes:
        middle, end = place + state, place + state + waiting
        lanes[lateness] = data[place:middle], data[middle:end]
        place = end
    return lanes


def read(data: bytes) -> Snapshot:
    """What :func:`write` wrote.

    Raises:
        SnapshotError: damaged, or of another layout.
    """
    try:
        content = orjson.loads(zlib.decompress(data))
        layout = content["layout"]
    except (zlib.error, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise damaged(error) from None
    if layout not in _READABLE:
        raise SnapshotError(
            f"the rules' snapshot has layout {layout}, this version reads {LAYOUT}; the rules begin anew"
        )
    try:
        return _snapshot(content)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise damaged(error) from None


def _snapshot(content: Mapping[str, Any]) -> Snapshot:
    headings = [_heading(row) for row in content["rules"]]
    series = [_saved(headings, row) for row in content["series"]]
    ended = [
        _ended(headings[rule], Subject(zone, device, service), row)
        for rule, zone, device, service, row in content["ended"]
    ]
    deaf = [(start, end) for start, end in content["deaf"]]
    boards = [(headings[rule], zone, state) for rule, zone, state in content.get("boards", ())]
    derived = content.get("derived", {})
    asked = [(rule, Subject(*subject), at) for rule, *subject, at in content.get("asked", ())]
    return Snapshot(content["now"], deaf, content["newest"], derived, boards, asked, series, ended)


def _ended_row(ended: Ended) -> list[Any]:
    evidence = ended.evidence
    return [
        ended.phase,
        ended.severity,
        ended.starts_at,
        [
            evidence.metric,
            evidence.value,
            evidence.threshold,
            evidence.window,
            list(evidence.readings),
            evidence.details,
        ],
    ]


def _saved(headings: Sequence[Heading], row: Sequence[Any]) -> Saved:
    rule, zone, device, service, state, *alive = row
    heading, subject = headings[rule], Subject(zone, device, service)
    return Saved(heading, subject, state, _ended(heading, subject, alive[0]) if alive else None)


def _ended(heading: Heading, subject: Subject, row: Sequence[Any]) -> Ended:
    phase, severity, starts_at, (metric, value, threshold, window, readings, *details) = row
    evidence = Evidence(metric, value, threshold, window, tuple(readings), *details)
    return Ended(heading, subject, Phase(phase), Severity(severity), starts_at, evidence)


def _heading_row(heading: Heading) -> list[Any]:
    return [
        heading.id,
        heading.version,
        heading.domain,
        _text_row(heading.title),
        _text_row(heading.advice),
        heading.shadow,
        _text_row(heading.metric),
        heading.unit,
    ]


def _heading(row: Sequence[Any]) -> Heading:
    rule, version, domain, title, advice, shadow, metric, unit = row
    return Heading(rule, version, Domain(domain), Text(*title), _text(advice), shadow, _text(metric), unit)


def _text_row(text: Text | None) -> list[str] | None:
    return None if text is None else [text.en, text.th]


def _text(row: Sequence[str] | None) -> Text | None:
    return None if row is None else Text(*row)
