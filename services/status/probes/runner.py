"""Asks every probe again and again, each at its own moments, and submits what it finds as readings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from typing import Any, TypeAlias

import orjson
import structlog

from devices.model import Probe, ProbeKind
from services.runtime.clock import Clock
from services.runtime.lifecycle import StartupError
from services.runtime.ports import BusyError
from services.runtime.probeconfig import Probes
from services.status.probes import words
from services.status.probes.beat import next_beat
from services.status.probes.certificates import trust
from services.status.probes.dns import DnsAsker
from services.status.probes.guard import Guard
from services.status.probes.heartbeat import Heartbeats
from services.status.probes.hosts import Hosts, SystemLookUp
from services.status.probes.http import HttpAsker
from services.status.probes.model import Asker, Finding, Listener, TroubleError
from services.status.probes.record import Record
from services.status.probes.tcp import TcpAsker
from services.status.probes.uplink import Uplink

log = structlog.get_logger(__name__)

Submit: TypeAlias = Callable[[str, bytes], Awaitable[Mapping[str, Any]]]
OnResult: TypeAlias = Callable[[Probe, bool | None, float], None]

_ENOUGH = 0.9
"""Who had that share of its time and did not answer has not answered."""


def askers(settings: Probes, clock: Clock) -> dict[ProbeKind, Asker]:
    """Those that go out into the network, behind one guard.

    Raises:
        StartupError: the file of authorities is none.
    """
    try:
        believed = trust(settings.ca_file)
    except ValueError as error:
        raise StartupError(f"probes.ca_file: {error}") from None
    guard = Guard(settings.allow, settings.http_ports)
    hosts = Hosts(guard, SystemLookUp(settings.at_once))
    http = HttpAsker(hosts, guard, believed, clock.now, user_agent=settings.user_agent)
    return {ProbeKind.HTTP: http, ProbeKind.TCP: TcpAsker(hosts), ProbeKind.DNS: DnsAsker(hosts)}


class ProbeRunner:
    """Asks ``probes`` from :meth:`start` to :meth:`stop`.

    Each is asked once in each of its intervals; a beat that could not be kept is left out, never made up
    for. No more than ``settings.at_once`` are under way, and none lasts longer than its timeout or until its
    next beat. ``submit`` takes a payload as if the probe's device had published it. Where nothing can be
    said of a service, nothing is submitted: its silence then shows as unknown, with the reason here.

    ``submit`` answers with the verdict. ``listener`` is needed for heartbeats; without one they find
    nothing. ``on_result`` hears of each beat: the probe, whether it was up (None: nothing can be said, or the
    beat was missed), how many seconds it took.
    """

    def __init__(
        self,
        clock: Clock,
        probes: Iterable[Probe],
        submit: Submit,
        settings: Probes,
        *,
        listener: Listener | None = None,
        on_result: OnResult | None = None,
        asking: Mapping[ProbeKind, Asker] | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._records = {probe.id: Record(probe) for probe in probes} if settings.enabled else {}
        self._submit = submit
        self._on_result = on_result
        self._steady = steady
        self._heartbeats = Heartbeats(clock, listener) if listener is not None else None
        self._askers = dict(askers(settings, clock) if asking is None else asking)
        if self._heartbeats is not None:
            self._askers.setdefault(ProbeKind.MQTT, self._heartbeats)
        self._uplink = Uplink(settings.reference, steady)
        self._slots = asyncio.Semaphore(settings.at_once)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin: the first answers come within one interval."""
        for record in self._records.values():
            if record.probe.kind is ProbeKind.MQTT and self._heartbeats is not None:
                self._heartbeats.add(record.probe)
            name = f"probe: {record.probe.id}"
            self._tasks.append(asyncio.create_task(self._keep_asking(record), name=name))

    async def stop(self) -> None:
        """End, whatever is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._heartbeats is not None:
            self._heartbeats.close()

    def probes(self) -> Sequence[Mapping[str, Any]]:
        """Every probe and what it found last, JSON-ready, in the city's order."""
        return [record.document() for record in self._records.values()]

    def probe(self, probe_id: str) -> Mapping[str, Any] | None:
        """One of them; None: no such probe is asked."""
        record = self._records.get(probe_id)
        return None if record is None else record.document()

    def error(self, probe_id: str) -> Mapping[str, str] | None:
        """What is wrong with a probe now, in both languages; None: nothing, or it is none that is asked."""
        record = self._records.get(probe_id)
        found = None if record is None else record.found
        return None if found is None or found.error is None else found.error.as_dict()

    async def _keep_asking(self, record: Record) -> None:
        while True:
            due = self._due(record.probe)
            while (left := due - self._clock.now()) > 0:
                await self._clock.sleep(min(left, record.probe.every) / 1000)
                if due - self._clock.now() > 2 * record.probe.every:  # the clock was set back
                    due = self._due(record.probe)
            try:
                await self._beat(record)
            except Exception:
                log.exception("a probe could not be asked; going on", probe=record.probe.id)

    def _due(self, probe: Probe) -> int:
        now = self._clock.now()
        beat = next_beat(probe.id, probe.every, now)
        if probe.kind is ProbeKind.MQTT and self._heartbeats is not None:
            silent = self._heartbeats.runs_out(probe, now)
            return beat if silent is None else min(beat, silent)
        return beat

    async def _beat(self, record: Record) -> None:
        """Ask, as soon as there is room for it, and no longer than until the next beat."""
        probe, now, began = record.probe, self._clock.now(), self._steady()
        until = (next_beat(probe.id, probe.every, now) - now) / 1000 / self._clock.speed
        async with AsyncExitStack() as room:
            try:
                async with asyncio.timeout(until):
                    await room.enter_async_context(self._room(probe))
            except TimeoutError:
                record.missed += 1
                self._tell(probe, None, self._steady() - began)
                return
            meant = min(probe.timeout / 1000, until)
            left = until - (self._steady() - began)
            finding = await self._ask(probe, min(meant, left), meant)
        await self._take(record, finding, self._steady() - began)

    def _room(self, probe: Probe) -> AbstractAsyncContextManager[None]:
        """Whether a heartbeat was heard can be told at once; all else has to wait for its turn."""
        return nullcontext() if probe.kind is ProbeKind.MQTT else self._slots

    async def _ask(self, probe: Probe, seconds: float, meant: float) -> Finding:
        """Ask for so long; with less than was meant, because others kept it waiting, silence says nothing."""
        asker = self._askers.get(probe.kind)
        if asker is None:
            return Finding(None, error=words.deaf())
        try:
            async with asyncio.timeout(seconds):
                return await asker.ask(probe)
        except TroubleError as error:
            finding = error.finding
        except TimeoutError:
            if seconds < _ENOUGH * meant:
                return Finding(None, error=words.crowded())
            finding = Finding(False, error=words.timed_out(seconds), answered=False)
        except Exception as error:
            log.exception("a probe failed inside", probe=probe.id)
            return Finding(None, error=words.went_wrong(type(error).__name__))
        if not finding.answered and finding.up is False and await self._uplink.away():
            return Finding(None, error=words.own_network())
        return finding

    async def _take(self, record: Record, finding: Finding, seconds: float) -> None:
        now = self._clock.now()
        if record.take(finding, now):
            log.info("probe", probe=record.probe.id, up=finding.up, why=finding.error and finding.error.en)
        self._tell(record.probe, finding.up, seconds)
        if finding.up is None:
            return
        try:
            verdict = await self._submit(record.probe.id, payload(finding, now))
        except BusyError as error:
            record.trouble(words.not_taken(str(error)), now)
        else:
            for refusal in verdict.get("rejected", ()):
                record.trouble(words.not_taken(str(refusal.get("code"))), now)

    def _tell(self, probe: Probe, up: bool | None, seconds: float) -> None:
        if self._on_result is not None:
            self._on_result(probe, up, seconds)


def payload(finding: Finding, now: int) -> bytes:
    """A finding as a reading of type ServiceProbe, taken at ``now`` (ms)."""
    values = {
        "up": finding.up,
        "latency": None if finding.latency is None else round(finding.latency, 1),
        "statusCode": finding.code,
        "certificateDays": finding.certificate,
    }
    known = {name: value for name, value in values.items() if value is not None}
    return orjson.dumps({"ts": now, "values": known})
