"""Batches on their way to InfluxDB, and what becomes of one that it refuses in part.

Writing a point again changes nothing, so that a refused batch is sent again without the points that the
message is about, and those by themselves: two requests more for any number of points refused for one reason.
Only where the message does not tell, halving does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self, TypeAlias

from influxdb_client import WritePrecision
from influxdb_client.client.write_api_async import WriteApiAsync
from influxdb_client.rest import ApiException

from devices.model import Observation
from services.store.errors import StoreRefusedError
from services.store.timeseries import influxdb_refusals
from services.store.timeseries.influxdb_errors import is_its_own, reason
from services.store.timeseries.lineprotocol import Encoder, UnwritableError

Refused: TypeAlias = list[tuple[Observation, str]]

_TOO_LARGE = 413
_IN_PART = (400, 422)


class Batch(NamedTuple):
    """Observations, the line of each, and all lines as they are sent."""

    observations: Sequence[Observation]
    lines: Sequence[str]
    body: bytes

    @classmethod
    def of(cls, observations: Sequence[Observation], lines: Sequence[str]) -> Self:
        return cls(observations, lines, "\n".join(lines).encode())

    def only(self, places: Iterable[int]) -> Self:
        """The points at these places."""
        chosen = list(places)
        return self.of([self.observations[at] for at in chosen], [self.lines[at] for at in chosen])

    def without(self, places: Iterable[int]) -> Self:
        """The points at all other places."""
        left_out = set(places)
        return self.only(at for at in range(len(self.lines)) if at not in left_out)

    def halves(self) -> tuple[Self, Self]:
        """The earlier half and the later one: what is refused for its age lies together."""
        ordered = sorted(range(len(self.lines)), key=lambda at: self.observations[at].time)
        half = len(ordered) // 2
        return self.only(ordered[:half]), self.only(ordered[half:])


def encoded(encoder: Encoder, observations: Sequence[Observation]) -> tuple[Batch, Refused]:
    """The batch of what can be written in line protocol, and the rest with the reasons."""
    try:
        return Batch.of(*encoder.encode(observations)), []
    except (UnwritableError, UnicodeError):
        return _sifted(encoder, observations)


def _sifted(encoder: Encoder, observations: Sequence[Observation]) -> tuple[Batch, Refused]:
    kept: list[Observation] = []
    refused: Refused = []
    for one in observations:
        try:
            Batch.of(*encoder.encode([one]))
            kept.append(one)
        except (UnwritableError, UnicodeError) as error:
            refused.append((one, str(error)))
    return Batch.of(*encoder.encode(kept)), refused


async def send(api: WriteApiAsync, org: str, bucket: str, batch: Batch) -> Refused:
    """Write a batch; what the server refuses of it comes back with its reasons, in the order of the batch.

    Raises:
        influxdb_client.rest.ApiException: as the server answers, when it is not about single points.
        StoreRefusedError: whoever answered there is no InfluxDB.
    """
    refused = await _Sender(api, org, bucket).send(batch)
    if len(refused) > 1:
        order = {id(one): at for at, one in enumerate(batch.observations)}
        refused.sort(key=lambda each: order[id(each[0])])
    return refused


class _Sender(NamedTuple):
    api: WriteApiAsync
    org: str
    bucket: str

    async def send(self, batch: Batch) -> Refused:
        try:
            taken = await self.api.write(self.bucket, self.org, batch.body, WritePrecision.MS)
        except ApiException as error:
            if error.status == _TOO_LARGE:
                return await self._split(batch, reason(error))
            if error.status in _IN_PART and is_its_own(error):
                return await self._sift(batch, reason(error))
            raise
        if not taken:
            raise StoreRefusedError("a write was answered as InfluxDB never does: check timeseries.url")
        return []

    async def _sift(self, batch: Batch, message: str) -> Refused:
        suspects = influxdb_refusals.read(message, batch.observations, batch.lines)
        if suspects.why:
            refused = [(batch.observations[at], why) for at, why in suspects.why.items()]
            return refused + await self._all([batch.without(suspects.places)])
        if len(suspects.places) == suspects.dropped == len(batch.lines):
            return [(one, message) for one in batch.observations]
        if 0 < len(suspects.places) < len(batch.lines):
            return await self._all([batch.without(suspects.places), batch.only(suspects.places)])
        return await self._split(batch, message)

    async def _split(self, batch: Batch, message: str) -> Refused:
        if len(batch.lines) == 1:
            return [(batch.observations[0], message)]
        return await self._all(batch.halves())

    async def _all(self, batches: Iterable[Batch]) -> Refused:
        return [refused for batch in batches if batch.lines for refused in await self.send(batch)]
