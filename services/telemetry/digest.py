"""What the journey made of one batch, on its way to the stores."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

import orjson

from devices.model import Observation, Values
from services.store.records.quarantine import QuarantineEntry
from services.telemetry.ledger import Key


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reading that memory does not know: only the store can say whether it is new.

    ``derived`` is stored with it if it is.
    """

    position: int
    index: int
    key: Key
    observation: Observation
    derived: Values = field(default_factory=dict)

    @property
    def row(self) -> Observation:
        """What goes into the store."""
        return with_derived(self.observation, self.derived) if self.derived else self.observation


def with_derived(observation: Observation, derived: Values) -> Observation:
    """A reading as it is stored, with what was derived from it."""
    return observation._replace(values={**observation.values, **derived})


class Released(NamedTuple):
    """An item of the quarantine that was accepted when it was taken again, and on whose account it stood."""

    id: str
    key: Key


@dataclass(slots=True)
class Digest:
    """Everything of one batch that has to be kept, and on whose accounts it stands."""

    end: int
    observations: list[Observation] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    quarantined: list[QuarantineEntry] = field(default_factory=list)
    fresh: dict[Key, int] = field(default_factory=dict)
    duplicates: dict[Key, int] = field(default_factory=dict)
    refused: dict[Key, int] = field(default_factory=dict)
    released: list[Released] = field(default_factory=list)
    """What leaves the quarantine with it, since it was accepted this time."""

    def add_derived(self, derived: Iterable[tuple[Observation, Values]]) -> None:
        """Store what was derived from readings of this batch with them."""
        found = {id(observation): values for observation, values in derived}
        self.observations[:] = [
            with_derived(one, found[id(one)]) if id(one) in found else one for one in self.observations
        ]
        self.doubts[:] = [
            replace(one, derived=found[id(one.observation)]) if id(one.observation) in found else one
            for one in self.doubts
        ]

    @property
    def size(self) -> int:
        """How many readings wait in it."""
        return len(self.observations) + len(self.doubts)

    @property
    def counts(self) -> Mapping[Key, int]:
        """How many items wait in it, by account."""
        counts = Counter(doubt.key for doubt in self.doubts)
        for part in (self.fresh, self.duplicates, self.refused):
            counts.update(part)
        return counts

    @property
    def weight(self) -> int:
        """How much it holds: readings, and what was refused."""
        return len(self.observations) + len(self.doubts) + len(self.quarantined)


@dataclass(frozen=True, slots=True)
class Barrier:
    """A place in the stream of digests, and the state of the journey as of it."""

    position: int
    memory: bytes
    engine: bytes


def encode(digest: Digest) -> bytes:
    """A digest as bytes, to wait on disk. A payload of which much was refused stands in it once."""
    payloads = {entry.payload: number for number, entry in enumerate(digest.quarantined)}
    return orjson.dumps(
        {
            "end": digest.end,
            "observations": [tuple(one) for one in digest.observations],
            "doubts": [(d.position, d.index, d.key, tuple(d.observation), d.derived) for d in digest.doubts],
            "payloads": {str(number): base64.b64encode(data).decode() for data, number in payloads.items()},
            "quarantined": [_plain(entry, payloads[entry.payload]) for entry in digest.quarantined],
            "fresh": _counts(digest.fresh),
            "duplicates": _counts(digest.duplicates),
            "refused": _counts(digest.refused),
            "released": [(one.id, tuple(one.key)) for one in digest.released],
        },
        default=_as_list,
    )


def decode(data: bytes) -> Digest:
    """The inverse of :func:`encode`."""
    raw = orjson.loads(data)
    payloads = {number: base64.b64decode(text) for number, text in raw["payloads"].items()}
    return Digest(
        raw["end"],
        [_observation(one) for one in raw["observations"]],
        [
            Doubt(position, index, Key(*key), _observation(one), *derived)
            for position, index, key, one, *derived in raw["doubts"]
        ],
        [_entry(one, payloads) for one in raw["quarantined"]],
        _by_key(raw["fresh"]),
        _by_key(raw["duplicates"]),
        _by_key(raw["refused"]),
        [Released(entry_id, Key(*key)) for entry_id, key in raw["released"]],
    )


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else str(value)


def _observation(values: list[Any]) -> Observation:
    location = values[_LOCATION]
    if location is not None:
        values[_LOCATION] = (location[0], location[1])
    return Observation._make(values)


def _plain(entry: QuarantineEntry, payload: int) -> list[Any]:
    values = [getattr(entry, name) for name in _FIELDS]
    values[_PAYLOAD] = str(payload)
    return values


def _entry(values: list[Any], payloads: Mapping[str, bytes]) -> QuarantineEntry:
    values[_PAYLOAD] = payloads[values[_PAYLOAD]]
    return QuarantineEntry(*values)


def _counts(counts: Mapping[Key, int]) -> list[tuple[str, str | None, int]]:
    return [(key.domain, key.device, count) for key, count in counts.items()]


def _by_key(counts: Iterable[tuple[str, str | None, int]]) -> dict[Key, int]:
    return {Key(domain, device): count for domain, device, count in counts}


_LOCATION = Observation._fields.index("location")
_FIELDS = tuple(field.name for field in fields(QuarantineEntry))
_PAYLOAD = _FIELDS.index("payload")
