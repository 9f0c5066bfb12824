"""A publisher that remembers what was acknowledged to it, and looks from outside at what became of it.

It trusts nothing of Nakhon's own: what it sent, it knows; what is stored, refused and counted, it asks over
HTTP. While it lives a thread reads the ledger over and over, and notes every moment at which it did not add
up or went back.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import urlsplit

import paho.mqtt.client as paho

from devices.topics import ROOT
from tests.support.process import Nakhon, until

OUTCOMES = ("stored", "duplicate", "quarantined")
PARTS = (*OUTCOMES, "pending")
_POLL = 0.03


@dataclass(frozen=True, slots=True)
class Sensor:
    """A device as its publisher knows it: where it publishes, what it measures."""

    id: str
    topic: str
    type: str
    metric: str
    domain: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One reading that was published, and how it should end: an outcome, or the code of a refusal."""

    sensor: Sensor
    time: int
    values: Mapping[str, Any]
    end: str
    info: paho.MQTTMessageInfo | None

    @property
    def acknowledged(self) -> bool:
        # Published while the broker was away it is queued, about which is_published() only complains.
        return self.info is None or self.info._published


@dataclass
class Watch:
    """What a thread saw of the ledger, poll after poll."""

    nakhon: Nakhon
    polls: int = 0
    away: int = 0
    most_pending: int = 0
    wrong: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _last: dict[str, int] = field(default_factory=dict)
    _process: int | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(40)

    def forget(self) -> None:
        """What was acknowledged may be damaged now: counts may be lower from here on."""
        self._last = {}

    def _run(self) -> None:
        while not self._ended.wait(_POLL):
            run = self.nakhon.run_file()
            try:
                ledger = self.nakhon.get("/api/v1/ledger")
            except (AssertionError, OSError, URLError):
                self.away += 1
                continue
            self.polls += 1
            self._look(ledger, None if run is None else run["pid"])

    def _look(self, ledger: Mapping[str, Any], process: int | None) -> None:
        accounts = {"all": ledger, **ledger["domains"]}
        self.most_pending = max(self.most_pending, ledger["pending"])
        for name, account in accounts.items():
            if account["received"] != sum(account[part] for part in PARTS):
                self.wrong.append(f"{name} does not add up: {account}")
            if min(account[part] for part in PARTS) < 0:
                self.wrong.append(f"{name} counts below nothing: {account}")
        for part in ("received", *PARTS):
            if ledger[part] != sum(account[part] for account in ledger["domains"].values()):
                self.wrong.append(f"the domains do not add up to {part}: {ledger}")
        self._must_not_fall(accounts, process)

    def _must_not_fall(self, accounts: Mapping[str, Any], process: int | None) -> None:
        """Received never falls; what has ended stays ended, as long as the process lives."""
        parts = ("received", *OUTCOMES) if process == self._process else ("received",)
        for name, account in accounts.items():
            for part in parts:
                before = self._last.get(f"{name}.{part}", 0)
                if account[part] < before:
                    self.wrong.append(f"{name}.{part} fell from {before} to {account[part]}")
        self._process = process
        self._last = {f"{n}.{p}": a[p] for n, a in accounts.items() for p in ("received", *OUTCOMES)}


@dataclass(frozen=True, slots=True)
class Found:
    """What an audit found: how the ledger moved since the auditor began, and the readings in the store."""

    ledger: Mapping[str, int]
    devices: Mapping[str, Mapping[str, int]]
    rows: Mapping[tuple[str, int], Mapping[str, Any]]
    missing: Sequence[Sent]
    """Acknowledged to the publisher, and not in the store."""


class Auditor:
    """Publishes as ``sensors`` do, at QoS 1 straight to the broker, and audits. A context manager.

    Every reading is known by its device and millisecond; values differ from one to the next and stay below
    what raises an alert, unless a test says otherwise.
    """

    def __init__(self, nakhon: Nakhon, broker: tuple[str, int], sensors: Sequence[Sensor]) -> None:
        self.nakhon, self.sensors = nakhon, list(sensors)
        self._members = tuple(sensors)
        self.watch = Watch(nakhon)
        self.sent: list[Sent] = []
        self.alerts: list[tuple[float, dict[str, Any]]] = []
        self.verdicts: list[tuple[str, dict[str, Any]]] = []
        self._broker = broker
        self._number = 0
        self._times: dict[str, int] = {}
        self._before: dict[str, Any] = {}
        self._beside: Counter[Sensor] = Counter()
        self._began = int(time.time() * 1000)
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
        self._client.max_inflight_messages_set(1000)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._listening.set()
        self._client.on_message = self._told
        self._listening = threading.Event()

    def __enter__(self) -> Self:
        until(lambda: self.nakhon.get("/api/v1/ledger")["pending"] == 0, "what came before is at its end", 30)
        self._before = self._accounts()
        self._client.connect(*self._broker)
        self._client.loop_start()
        assert self._listening.wait(10), "the auditor can't reach the broker"
        self.watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.watch.stop()
        self._client.disconnect()
        self._client.loop_stop()

    # What is published

    def publish(
        self,
        sensor: Sensor,
        value: float | None = None,
        *,
        at: int | None = None,
        end: str = "stored",
        values: Mapping[str, Any] | None = None,
        padding: int = 0,
        **envelope: Any,
    ) -> Sent:
        """One reading, taken now or ``at`` (ms), in a payload with so many spaces at its end."""
        taken = self.moment(sensor) if at is None else at
        told = values if values is not None else {sensor.metric: self._next() if value is None else value}
        body = {"ts": taken, **envelope, "values": told}
        info = self._client.publish(sensor.topic, json.dumps(body) + " " * padding, qos=1)
        return self._remember(sensor, taken, told, end, info)

    def stream(self, count: int, *, over: float = 0.0) -> list[Sent]:
        """So many readings, sensor by sensor, evenly ``over`` so many seconds."""
        started = time.monotonic()
        made = []
        for number in range(count):
            wait = started + over * number / count - time.monotonic()
            if wait > 0.002:
                time.sleep(wait)
            made.append(self.publish(self.sensors[number % len(self.sensors)]))
        return made

    def raw(self, topic: str, payload: bytes, code: str, sensor: Sensor) -> Sent:
        """A message that must be refused with ``code``, on the account of ``sensor``."""
        info = self._client.publish(topic, payload, qos=1)
        return self._remember(sensor, 0, {}, code, info)

    def posted(self, sensor: Sensor, at: int, values: Mapping[str, Any], end: str = "stored") -> Sent:
        """Remember what was sent in another way and acknowledged."""
        return self._remember(sensor, at, values, end, None)

    def beside(self, sensor: Sensor, count: int) -> None:
        """Somebody else sends so many in the name of ``sensor``; they are counted, not looked at one by one.

        Their id may be nobody's: then they are strangers in the domain.
        """
        self._beside[sensor] += count

    def moment(self, sensor: Sensor) -> int:
        """Now, and after all that this sensor has measured so far."""
        now = max(int(time.time() * 1000), self._times.get(sensor.id, 0) + 1)
        self._times[sensor.id] = now
        return now

    def unclocked(self, sensor: Sensor, value: float, seq: int | None = None) -> None:
        """A reading that does not say when it was taken; the audit leaves it out."""
        body = {"values": {sensor.metric: value}} | ({} if seq is None else {"seq": seq})
        self._client.publish(sensor.topic, json.dumps(body), qos=1)

    def alarm(self, sensor: Sensor, value: float = 99.0, patience: float = 20) -> float:
        """Publish what raises an alert, wait for it over MQTT, and say how long it took (s)."""
        seen = len(self.alerts)
        started = time.monotonic()
        self.publish(sensor, value)
        found: list[float] = []

        def raised() -> bool:
            found[:] = [at for at, alert in self.alerts[seen:] if alert["device"] == sensor.id]
            return bool(found)

        until(raised, f"the alert of {sensor.id} is announced", patience)
        self.publish(sensor, 1.0)
        return found[0] - started

    def acknowledged(self, patience: float = 30) -> None:
        """Wait until the broker has acknowledged everything."""
        until(lambda: all(sent.acknowledged for sent in self.sent), "all is acknowledged", patience)

    # What became of it

    def moved(self) -> dict[str, int]:
        """The ledger's totals since the auditor began."""
        ledger = self.nakhon.get("/api/v1/ledger")
        return {part: ledger[part] - self._before["ledger"][part] for part in ("received", *PARTS)}

    def received(self, count: int | None = None, patience: float = 30) -> None:
        """Wait until Nakhon has received so many since the auditor began; all that was sent, if not said."""
        wanted = len(self.sent) + self._beside.total() if count is None else count
        until(lambda: _try(lambda: self.moved()["received"] >= wanted), f"{wanted} are received", patience)

    def settled(self, patience: float = 30) -> None:
        """Wait until nothing is pending."""
        until(lambda: _try(lambda: self.moved()["pending"] == 0), "nothing is pending", patience)

    def audit(self, *, redelivered: bool = False, broker_lost: bool = False) -> Found:
        """Wait for the end of everything, then hold it against what was sent; every discrepancy fails.

        ``redelivered``: the broker may have delivered some again. ``broker_lost``: it may have lost some
        that it acknowledged, which is beyond Nakhon.
        """
        if not broker_lost:
            self.acknowledged()
            self.received()
        self.settled()
        until(lambda: self.watch.polls, "the ledger was read beside")
        rows = self._rows()
        after = self._accounts()
        moved = {part: after["ledger"][part] - self._before["ledger"][part] for part in ("received", *PARTS)}
        devices = self._moved_devices(after)
        found = Found(moved, devices, rows, self._missing(rows))
        problems = [*self.watch.wrong[:10]]
        if found.missing and not broker_lost:
            problems.append(f"{len(found.missing)} acknowledged are not stored, first {found.missing[0]}")
        problems += self._never_sent(rows)
        problems += self._device_accounts(found, redelivered=redelivered)
        problems += self._sums(found, after)
        problems += self._quarantine()
        assert not problems, "\n".join(problems)
        return found

    def audit_but_for(self, may_be_lost: Sequence[Sent]) -> list[Sent]:
        """:meth:`audit` after damage on disk; which of these were lost. All else must be as always."""
        self.settled(15)
        missing = self._missing(self._rows())
        assert {id(sent) for sent in missing} <= {id(sent) for sent in may_be_lost}, missing
        lost = {id(sent) for sent in missing}
        self.sent = [sent for sent in self.sent if id(sent) not in lost]
        self.audit(redelivered=True)
        return missing

    def _rows(self) -> dict[tuple[str, int], Mapping[str, Any]]:
        """What the store holds of the sensors; the same reading twice fails."""
        found: dict[tuple[str, int], Mapping[str, Any]] = {}
        first = min([self._began, *(sent.time for sent in self.sent if sent.time)])
        names = [sensor.id for sensor in self.sensors]
        for at in range(0, len(names), 100):
            chosen = ",".join(names[at : at + 100])
            path = (
                f"/api/v1/observations?device={chosen}&start={first}&end={int(time.time() * 1000) + 90_000}"
            )
            for row in self.nakhon.all(path):
                key = (row["device"], _milliseconds(row["time"]))
                assert key not in found, f"stored twice: {row}"
                found[key] = row["values"]
        return found

    def _expected(self, *, all_sent: bool) -> dict[tuple[str, int], dict[str, Any]]:
        expected: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
        for sent in self.sent:
            if sent.end in ("stored", "duplicate") and (all_sent or sent.acknowledged):
                expected[sent.sensor.id, sent.time].update(sent.values)
        return expected

    def _missing(self, rows: Mapping[tuple[str, int], Mapping[str, Any]]) -> list[Sent]:
        expected = self._expected(all_sent=False)
        lacking = {key for key, values in expected.items() if rows.get(key) != values}
        return [sent for sent in self.sent if (sent.sensor.id, sent.time) in lacking]

    def _never_sent(self, rows: Mapping[tuple[str, int], Mapping[str, Any]]) -> list[str]:
        sent = self._expected(all_sent=True)
        return [f"never sent so: {key} {row}" for key, row in rows.items() if sent.get(key) != row][:10]

    def _device_accounts(self, found: Found, *, redelivered: bool) -> list[str]:
        """Each device's own account against what it sent."""
        problems = []
        ends: dict[str, Counter[str]] = defaultdict(Counter)
        for sent in self.sent:
            kept = sent.end != "stored" or (sent.sensor.id, sent.time) in found.rows
            ends[sent.sensor.id][_outcome(sent.end)] += kept
        for sensor in self.sensors:
            account, wanted = found.devices[sensor.id], ends[sensor.id]
            for outcome in OUTCOMES:
                more = account[outcome] - wanted[outcome]
                may_be_more = redelivered and outcome != "stored"
                if more < 0 or (more and not may_be_more):
                    problems.append(f"{sensor.id}: {outcome} {account[outcome]}, sent {wanted[outcome]}")
        return problems[:10]

    def _sums(self, found: Found, after: Mapping[str, Any]) -> list[str]:
        """Devices into domains, domains into the total, metrics the same as the ledger."""
        problems = []
        for domain in {sensor.domain for sensor in self._members}:
            now, before = after["ledger"]["domains"], self._before["ledger"]["domains"]
            members = [sensor.id for sensor in self._members if sensor.domain == domain]
            for part in PARTS:
                moved = now.get(domain, {}).get(part, 0) - before.get(domain, {}).get(part, 0)
                devices = sum(found.devices[name][part] for name in members)
                strangers = self._of_strangers(domain) if part == "quarantined" else 0
                if moved != devices + strangers:
                    problems.append(f"{domain}.{part} moved by {moved}, its devices by {devices + strangers}")
        for domain, account in after["ledger"]["domains"].items():
            for outcome in OUTCOMES:
                shown = after["metrics"].get((domain, outcome), 0)
                if shown != account[outcome]:
                    problems.append(f"metric {domain} {outcome} {shown}, ledger {account[outcome]}")
        return problems

    def _of_strangers(self, domain: str) -> int:
        known = {sensor.id for sensor in self._members}
        sent = sum(sent.sensor.domain == domain and sent.sensor.id not in known for sent in self.sent)
        return sent + sum(
            n for sensor, n in self._beside.items() if sensor.domain == domain and sensor.id not in known
        )

    def _quarantine(self) -> list[str]:
        """Whether what had to be refused is kept with its code."""
        expected = Counter(
            (sent.sensor.id, sent.end) for sent in self.sent if _outcome(sent.end) == "quarantined"
        )
        known = {sensor.id for sensor in self.sensors}
        expected = Counter({key: count for key, count in expected.items() if key[0] in known})
        if not expected:
            return []
        entries = self.nakhon.all(f"/api/v1/quarantine?device={','.join(sorted({d for d, _ in expected}))}")
        kept = Counter((entry["device"], entry["code"]) for entry in entries)
        return [
            f"quarantine has {kept[key]} of {key}, sent {count}"
            for key, count in expected.items()
            if kept[key] < count
        ]

    def _accounts(self) -> dict[str, Any]:
        text = self.nakhon.text("/metrics")
        return {
            "ledger": self.nakhon.get("/api/v1/ledger"),
            "devices": {
                sensor.id: self.nakhon.get(f"/api/v1/ledger?device={sensor.id}") for sensor in self._members
            },
            "metrics": items_metric(text),
        }

    def _moved_devices(self, after: Mapping[str, Any]) -> dict[str, dict[str, int]]:
        return {
            name: {part: account[part] - self._before["devices"][name][part] for part in ("received", *PARTS)}
            for name, account in after["devices"].items()
        }

    def _next(self) -> float:
        self._number += 1
        return (self._number % 60_000 + 1) / 1000

    def _remember(
        self, sensor: Sensor, at: int, values: Mapping[str, Any], end: str, info: paho.MQTTMessageInfo | None
    ) -> Sent:
        self.sent.append(Sent(sensor, at, values, end, info))
        return self.sent[-1]

    def _connected(self, client: paho.Client, *_: Any) -> None:
        client.subscribe([(f"{ROOT}/+/_alerts/#", 1), (f"{ROOT}/+/+/+/+/verdict", 1)])

    def _told(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        data = json.loads(message.payload)
        if "/_alerts/" in message.topic:
            self.alerts.append((time.monotonic(), data))
        else:
            self.verdicts.append((message.topic.split("/")[-2], data))


def items_metric(text: str) -> dict[tuple[str, str], int]:
    """``nakhon_items_total`` by domain and outcome."""
    found = re.findall(r'^nakhon_items_total\{domain="(\w+)",outcome="(\w+)"\} (\S+)$', text, re.MULTILINE)
    return {(domain, outcome): int(float(value)) for domain, outcome, value in found}


def _outcome(end: str) -> str:
    return end if end in OUTCOMES else "quarantined"


def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def _try(met: Any) -> bool:
    try:
        return bool(met())
    except (OSError, AssertionError):
        return False


def address(url: str) -> tuple[str, int]:
    """Host and port of a URL."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port
