"""How the quality of data comes into a status: gathered device by device, and as a fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.bus.protocol import DevicesChanged, Seen
from services.runtime.quality import ClockQuality, ClockState, DeviceQuality, Gaps, StuckMetric
from services.status.model import BadClock, DataQuality
from services.status.survey import Survey
from tests.unit.status.statuscity import START, counter, spot
from tests.unit.status.test_status_service import TWELVE, Scene

GOOD = DeviceQuality(START, 100, 100, clock=ClockQuality(ClockState.RIGHT, 0.2, 0.0))
STUCK = replace(GOOD, stuck=(StuckMetric("TrafficFlowObserved", "averageVehicleSpeed", START),))
AHEAD = replace(GOOD, clock=ClockQuality(ClockState.AHEAD, -45.2, -3.0))
BEHIND = replace(GOOD, clock=ClockQuality(ClockState.BEHIND, 600.0, None))
REFUSED = replace(GOOD, refused=3)
GAPPED = replace(GOOD, received=70, gaps=Gaps(1, 1_800_000, START, START + 1_800_000))
UNTOLD = DeviceQuality(START)

KINDS = [GOOD, STUCK, AHEAD, BEHIND, REFUSED, GAPPED, UNTOLD]


def test_the_sums_of_a_service() -> None:
    survey = Survey()
    for number, quality in enumerate([*KINDS, replace(STUCK, clock=AHEAD.clock)]):
        survey.put(f"tf-{number}", "traffic-counts", quality)

    assert survey.of("traffic-counts") == DataQuality(
        completeness=0.96,
        refused=1,
        stuck=2,
        clock=3,
        gaps=1,
        bad=4,
        stuck_devices=("tf-1", "tf-7"),
        clock_devices=(BadClock("tf-2", -45), BadClock("tf-3", 600), BadClock("tf-7", -45)),
    )
    assert survey.of("parking") is None


STEPS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", None]), st.sampled_from(KINDS)), max_size=40
)


@given(STEPS)
def test_sums_kept_step_by_step_are_those_that_adding_up_anew_gives(steps: Any) -> None:
    survey, last = Survey(), {}
    for number, service, quality in steps:
        device = f"tf-{number}"
        if service is None:
            survey.forget(device)
            last.pop(device, None)
        else:
            survey.put(device, service, quality)
            last[device] = (service, quality)

    anew = Survey()
    for device, (service, quality) in last.items():
        anew.put(device, service, quality)

    assert [survey.of(name) for name in "ab"] == [anew.of(name) for name in "ab"]


@given(STEPS)
def test_whatever_moves_a_sum_is_told(steps: Any) -> None:
    survey = Survey()
    known = {name: survey.of(name) for name in "ab"}
    for number, service, quality in steps:
        device = f"tf-{number}"
        touched = survey.forget(device) if service is None else survey.put(device, service, quality)
        known |= {name: survey.of(name) for name, _ in touched}
        assert known == {name: survey.of(name) for name in "ab"}


def test_the_same_again_touches_nothing_and_counts_that_grow_alike_neither() -> None:
    survey = Survey()
    survey.put("tf-01", "traffic-counts", GOOD)
    survey.of("traffic-counts")

    assert survey.put("tf-01", "traffic-counts", GOOD) == set()
    assert survey.put("tf-01", "traffic-counts", replace(GOOD, expected=101, received=101)) == set()
    assert survey.put("tf-01", "traffic-counts", STUCK) == {("traffic-counts", None)}
    assert survey.put("tf-01", "parking", STUCK) == {("traffic-counts", None), ("parking", None)}
    assert survey.keep(["tf-02"]) == {("parking", None)}
    assert survey.of("parking") is None


class Known:
    """What a test says of devices, and how often it was asked."""

    def __init__(self, **qualities: DeviceQuality) -> None:
        self.qualities = {device.id: GOOD for device in TWELVE} | {
            f"tf-{name[1:]}": quality for name, quality in qualities.items()
        }
        self.asked: list[str] = []

    def __call__(self, device: str) -> DeviceQuality | None:
        self.asked.append(device)
        return self.qualities.get(device)


def scene(known: Callable[[str], DeviceQuality | None] | None, devices: Any = TWELVE) -> Scene:
    made = Scene(devices)
    made.service.quality = known
    return made


async def test_the_evidence_counts_devices_and_the_reason_names_them() -> None:
    async with scene(Known(_01=STUCK, _07=STUCK, _03=AHEAD, _05=GAPPED, _06=REFUSED)).running() as here:
        for _ in range(12):
            await here.hear(TWELVE)

        assert here.traffic()["evidence"]["quality"] == {
            "completeness": 0.97,
            "refused": 1,
            "stuck": 2,
            "clock": 1,
            "gaps": 1,
        }
        assert here.traffic()["status"] == "operational"
        assert here.traffic()["reason"] == {
            "en": "Traffic counts: all 12 sensors reporting; 2 of 12 sensors stuck: tf-01, tf-07; "
            "clock of tf-03 is 45 s ahead",
            "th": "ปริมาณจราจร: เซ็นเซอร์ทั้ง 12 ตัวส่งข้อมูลปกติ และเซ็นเซอร์ 2 จาก 12 ตัวค่าค้าง: tf-01, tf-07 "
            "และนาฬิกาของ tf-03 เร็วไป 45 วินาที",
        }


async def test_bad_data_of_more_than_a_quarter_degrades_until_it_is_mended() -> None:
    known = Known(_01=STUCK, _02=STUCK, _03=AHEAD, _04=BEHIND)
    async with scene(known).running() as here:
        for _ in range(12):
            await here.hear(TWELVE)
        assert here.traffic()["status"] == "degraded"
        await here.changes()

        known.qualities["tf-04"] = GOOD
        for _ in range(12):
            await here.hear(TWELVE)

        assert await here.changes() == ["unknown"]  # the parking of this city is never heard
        assert here.traffic()["status"] == "operational"


async def test_without_anybody_who_knows_nothing_is_claimed() -> None:
    async with scene(None).running() as here:
        await here.hear(TWELVE)
        assert here.traffic()["evidence"]["quality"] is None

        here.service.quality = Known()  # telemetry starts after the status
        for _ in range(12):
            await here.hear(TWELVE)
        assert here.traffic()["evidence"]["quality"]["completeness"] == 1.0


async def test_a_completeness_that_moves_is_shown_and_not_announced() -> None:
    known = Known()
    async with scene(known).running() as here:
        for _ in range(12):
            await here.hear(TWELVE)
        await here.changes()

        known.qualities |= {device.id: replace(GOOD, received=80) for device in TWELVE}
        for _ in range(12):
            await here.hear(TWELVE)

        assert here.traffic()["evidence"]["quality"]["completeness"] == 0.8
        assert await here.changes() == []


async def test_every_device_is_looked_at_once_in_ten_seconds_a_few_at_a_time() -> None:
    known = Known()
    async with scene(known).running() as here:
        await here.clock.advance(29)

    assert len(known.asked) == 30 * 2  # two of twelve in each look
    assert {known.asked.count(device.id) for device in TWELVE} == {5}


async def test_of_very_many_devices_no_more_than_some_are_looked_at_in_one_look() -> None:
    many = [counter(number) for number in range(7_000)]
    known = Known(**{f"_{number:02d}": GOOD for number in range(7_000)})
    async with scene(known, many).running() as here:
        assert len(known.asked) == 250
        await here.clock.advance(27)

        assert len(set(known.asked)) == 7_000
        assert here.traffic()["evidence"]["quality"]["completeness"] == 1.0


async def test_devices_that_go_take_their_bad_data_with_them() -> None:
    known = Known(_01=STUCK, _02=STUCK)
    async with scene(known, [*TWELVE, spot(1)]).running() as here:
        for _ in range(13):
            await here.hear(TWELVE)
        assert here.traffic()["evidence"]["quality"]["stuck"] == 2

        del here.devices.devices["tf-01"]
        here.devices.devices["tf-02"] = replace(counter(2), service="parking")
        here.bus.publish(DevicesChanged(("tf-01", "tf-02")))
        await here.hear(TWELVE)
        assert here.traffic()["evidence"]["quality"]["stuck"] == 1  # one is gone, one not looked at anew yet
        for _ in range(12):
            await here.hear(TWELVE)

        assert here.traffic()["evidence"]["quality"]["stuck"] == 0
        assert "stuck" not in here.traffic()["reason"]["en"]
        assert here.mobility()["services"][1]["evidence"]["quality"]["stuck"] == 1


async def test_bad_data_of_devices_whose_going_was_missed_is_forgotten() -> None:
    async with scene(Known(_01=STUCK, _02=AHEAD)).running() as here:
        for _ in range(12):
            await here.hear(TWELVE)
        del here.devices.devices["tf-01"]
        here.devices.devices["tf-02"] = replace(counter(2), enabled=False)
        for _ in range(1_500):
            here.bus.publish(Seen({}))
        await here.clock.advance(1.0)

        quality = here.traffic()["evidence"]["quality"]
        assert (quality["stuck"], quality["clock"]) == (0, 0)
