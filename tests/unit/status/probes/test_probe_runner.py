"""Probes are asked at their moments, few at a time, never for too long, and tell what they find."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from devices.catalog import Catalog
from devices.model import Probe, ProbeKind, Text
from services.runtime.clock import ManualClock
from services.runtime.lifecycle import StartupError
from services.runtime.ports import BusyError
from services.runtime.probeconfig import Probes
from services.status.probes import Finding, ProbeRunner, TroubleError
from services.status.probes.beat import next_beat
from services.status.probes.runner import payload

MINUTE = 60_000
OK: Mapping[str, Any] = {"accepted": 1, "rejected": []}


def probe(name: str = "portal", **more: Any) -> Probe:
    given = {"every": MINUTE, "timeout": 10_000, "kind": ProbeKind.HTTP, "target": "https://example.org/?k=s"}
    return Probe(id=name, name=Text(name, name), zone="samyan", **(given | more))


class Answers:
    """An asker that answers what it is told to: a finding, an error, or (None) never."""

    def __init__(self, answer: Finding | Exception | None = None) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.under_way = self.most = 0
        self.let_go = asyncio.Event()

    async def ask(self, probe: Probe) -> Finding:
        self.asked.append(probe.id)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            if self.answer is None:
                await self.let_go.wait()
                return Finding(True)
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer
        finally:
            self.under_way -= 1


class Intake:
    """What was submitted."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self.verdict: Mapping[str, Any] = OK
        self.busy = False

    async def __call__(self, device: str, body: bytes) -> Mapping[str, Any]:
        if self.busy:
            raise BusyError("the journal is full")
        self.bodies.append((device, orjson.loads(body)))
        return self.verdict


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def intake() -> Intake:
    return Intake()


def runner(clock: ManualClock, intake: Intake, answers: Answers, *probes: Probe, **more: Any) -> ProbeRunner:
    settings = Probes.model_validate(more.pop("settings", {}))
    return ProbeRunner(
        clock, probes or (probe(),), intake, settings, asking=dict.fromkeys(ProbeKind, answers), **more
    )


async def test_what_was_found_is_submitted_as_a_reading_of_the_probes_device(
    clock: ManualClock, intake: Intake
) -> None:
    running = runner(clock, intake, Answers(Finding(True, 120.04, 200, 88.5)))
    due = next_beat("portal", MINUTE, clock.now())
    await running.start()
    await clock.advance((due - clock.now()) / 1000)
    await running.stop()
    assert intake.bodies == [
        (
            "portal",
            {"ts": due, "values": {"up": True, "latency": 120.0, "statusCode": 200, "certificateDays": 88.5}},
        )
    ]


@pytest.mark.parametrize(
    "finding",
    [
        Finding(True, 0.4, 204, -3650.0),
        Finding(False),
        Finding(False, 600_000.0, 503, 3650.0),
        Finding(True, 12.5),
    ],
)
def test_whatever_is_found_is_a_valid_reading(finding: Finding) -> None:
    values = orjson.loads(payload(finding, 1))["values"]
    assert Catalog.builtin()["ServiceProbe"].check(values, index=0).refusal is None


async def test_each_is_asked_once_an_interval_at_its_own_moment(clock: ManualClock, intake: Intake) -> None:
    running = runner(
        clock, intake, Answers(Finding(True)), probe("a"), probe("b"), probe("c", every=5 * MINUTE)
    )
    start = clock.now()
    await running.start()
    await clock.advance(600)
    await running.stop()
    times = {name: [body["ts"] for device, body in intake.bodies if device == name] for name in "abc"}
    expected, at = [], start
    while (at := next_beat("a", MINUTE, at)) <= start + 600_000:
        expected.append(at)
    assert times["a"] == expected
    assert len(times["b"]) in {9, 10, 11}
    assert len(times["c"]) == 2
    assert set(times["a"]).isdisjoint(times["b"])


async def test_an_answer_that_does_not_come_is_given_up_after_the_timeout(
    clock: ManualClock, intake: Intake
) -> None:
    answers, told = Answers(), asyncio.Event()
    running = runner(clock, intake, answers, probe(timeout=20), on_result=lambda *told_of: told.set())
    await running.start()
    await clock.advance(66)
    await told.wait()
    await running.stop()
    assert intake.bodies[0][1]["values"] == {"up": False}
    (document,) = running.probes()
    assert document["error"] == {"en": "timed out after 0.02 s", "th": "ไม่ตอบภายใน 0.02 วินาที"}
    assert answers.under_way == 0


async def test_where_there_is_no_room_a_beat_is_missed_and_not_made_up_for(
    clock: ManualClock, intake: Intake
) -> None:
    answers, told = Answers(Finding(True)), asyncio.Event()
    running = runner(
        clock,
        intake,
        answers,
        probe(every=100),
        settings={"at_once": 1},
        on_result=lambda *told_of: told.set(),
    )
    await running._slots.acquire()
    await running.start()
    await clock.advance(0.11)
    await told.wait()
    assert (running.probes()[0]["missed"], answers.asked) == (1, [])
    running._slots.release()
    await clock.advance(0.1)
    await running.stop()
    assert len(answers.asked) == 1


async def test_no_more_than_so_many_are_under_way(clock: ManualClock, intake: Intake) -> None:
    answers = Answers()
    running = runner(
        clock, intake, answers, *(probe(f"p{number}") for number in range(10)), settings={"at_once": 3}
    )
    await running.start()
    await clock.advance(66)
    assert answers.most == 3
    answers.let_go.set()
    await clock.advance(1)
    await running.stop()
    assert len(set(answers.asked)) == 10


async def test_an_answer_is_never_awaited_until_the_next_beat(clock: ManualClock, intake: Intake) -> None:
    answers, told = Answers(), asyncio.Event()
    running = runner(
        clock, intake, answers, probe(every=50, timeout=MINUTE), on_result=lambda *told_of: told.set()
    )
    await running.start()
    await clock.advance(0.06)
    await told.wait()
    await running.stop()
    assert running.probes()[0]["up"] is False


async def test_a_failure_is_told_and_kept_with_its_time(clock: ManualClock, intake: Intake) -> None:
    answers = Answers(TroubleError(Text("said 503", "ตอบรหัส 503"), latency=80.0, code=503))
    running = runner(clock, intake, answers)
    due = next_beat("portal", MINUTE, clock.now())
    await running.start()
    await clock.advance((due - clock.now()) / 1000)
    assert intake.bodies[0][1]["values"] == {"up": False, "latency": 80.0, "statusCode": 503}
    answers.answer = Finding(True, 90.0, 200)
    await clock.advance(70)
    await running.stop()
    document = running.probe("portal")
    assert document is not None
    assert (document["up"], document["error"], document["code"]) == (True, None, 200)
    assert document["last_error"]["th"] == "ตอบรหัส 503"
    assert document["asked"] == 2
    assert document["target"] == "https://example.org/", "a query may be a secret"


async def test_where_nothing_can_be_said_nothing_is_submitted_and_the_reason_is_shown(
    clock: ManualClock, intake: Intake
) -> None:
    heard: list[tuple[str, bool | None]] = []
    answers = Answers(TroubleError(Text("refused by the guard", "ไม่อนุญาต"), asked=False))
    running = runner(
        clock, intake, answers, on_result=lambda probe, up, seconds: heard.append((probe.id, up))
    )
    await running.start()
    await clock.advance(66)
    await running.stop()
    assert intake.bodies == []
    assert heard[0] == ("portal", None)
    assert running.probes()[0]["error"]["en"] == "refused by the guard"


@pytest.mark.parametrize(
    ("busy", "verdict", "told"),
    [
        (True, OK, "the journal is full"),
        (False, {"rejected": [{"code": "unknown_device"}]}, "unknown_device"),
    ],
)
async def test_a_reading_that_is_not_taken_in_is_told(
    clock: ManualClock, intake: Intake, busy: bool, verdict: Mapping[str, Any], told: str
) -> None:
    intake.busy, intake.verdict = busy, verdict
    running = runner(clock, intake, Answers(Finding(True)))
    await running.start()
    await clock.advance(66)
    await running.stop()
    assert told in running.probes()[0]["last_error"]["en"]


async def test_an_asker_that_fails_inside_does_not_end_the_asking(clock: ManualClock, intake: Intake) -> None:
    answers = Answers(RuntimeError("boom"))
    running = runner(clock, intake, answers)
    with capture_logs() as logs:
        await running.start()
        await clock.advance(66)
        answers.answer = Finding(True)
        await clock.advance(66)
    await running.stop()
    assert [body["values"]["up"] for _, body in intake.bodies] == [True]
    assert logs[0]["event"] == "a probe failed inside"


async def test_a_clock_that_is_set_back_does_not_silence_a_probe(clock: ManualClock, intake: Intake) -> None:
    running = runner(clock, intake, Answers(Finding(True)))
    await running.start()
    await clock.advance(10)
    clock.set(clock.now() - 86_400_000)
    await clock.advance(200)
    await running.stop()
    assert len(intake.bodies) >= 2


@pytest.mark.parametrize("text", [None, "no certificate"])
async def test_authorities_that_are_none_keep_nakhon_from_starting(
    clock: ManualClock, intake: Intake, tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "ca.pem").write_text(text)
    settings = Probes.model_validate({"ca_file": tmp_path / "ca.pem"})
    with pytest.raises(StartupError, match=r"probes\.ca_file: .*ca\.pem is no file of certificates"):
        ProbeRunner(clock, [probe()], intake, settings)


async def test_switched_off_nothing_is_asked(clock: ManualClock, intake: Intake) -> None:
    answers = Answers(Finding(True))
    running = runner(clock, intake, answers, settings={"enabled": False})
    await running.start()
    await clock.advance(200)
    await running.stop()
    assert answers.asked == []
    assert running.probes() == []


async def test_a_heartbeat_without_an_ear_says_nothing(clock: ManualClock, intake: Intake) -> None:
    running = ProbeRunner(clock, [probe(kind=ProbeKind.MQTT, target="a/b")], intake, Probes(), asking={})
    await running.start()
    await clock.advance(66)
    await running.stop()
    assert intake.bodies == []
    assert running.probes()[0]["up"] is None
