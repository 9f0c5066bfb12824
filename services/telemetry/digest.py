"""What the journey made of one batch, on its way to the stores."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any, NamedTuple

import orjson

from devices.model import Observation
from services.store.records.quarantine import QuarantineEntry
from services.telemetry.ledger import Key


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reading that memory does not know: only the store can say whether it is new."""

    position: int
    index: int
    key: Key
    observation: Observation


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

    @property
    def size(self) -> int:
        """How many readings wait in it."""
        return len(self.observations) + len(self.doubts)

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
    """A digest as bytes, to wait on disk."""
    return orjson.dumps(
        {
            "end": digest.end,
            "observations": [tuple(one) for one in digest.observations],
            "doubts": [(d.position, d.index, d.key, tuple(d.observation)) for d in digest.doubts],
            "quarantined": [_plain(entry) for entry in digest.quarantined],
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
    return Digest(
        raw["end"],
        [_observation(one) for one in raw["observations"]],
        [Doubt(position, index, Key(*key), _observation(one)) for position, index, key, one in raw["doubts"]],
        [_entry(one) for one in raw["quarantined"]],
        _by_key(raw["fresh"]),
        _by_key(raw["duplicates"]),
        _by_key(raw["refused"]),
        [Released(entry_id, Key(*key)) for entry_id, key in raw["released"]],
    )


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else str(value)


def _observation(fields: list[Any]) -> Observation:
    location = fields[6]
    if location is not None:
        fields[6] = (location[0], location[1])
    return Observation._make(fields)


def _plain(entry: QuarantineEntry) -> list[Any]:
    fields = list(astuple(entry))
    fields[_PAYLOAD] = base64.b64encode(entry.payload).decode()
    return fields


def _entry(fields: list[Any]) -> QuarantineEntry:
    fields[_PAYLOAD] = base64.b64decode(fields[_PAYLOAD])
    return QuarantineEntry(*fields)


def _counts(counts: Mapping[Key, int]) -> list[tuple[str, str | None, int]]:
    return [(key.domain, key.device, count) for key, count in counts.items()]


def _by_key(counts: Iterable[tuple[str, str | None, int]]) -> dict[Key, int]:
    return {Key(domain, device): count for domain, device, count in counts}


_PAYLOAD = list(QuarantineEntry.__dataclass_fields__).index("payload")
