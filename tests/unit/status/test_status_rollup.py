"""What the statuses of services make of their domain or zone."""

from __future__ import annotations

import pytest

from devices.model import Criticality, Text
from services.status.judging.rollup import NO_SERVICE, roll_up, worst
from services.status.model import Status, Verdict
from services.status.policy.model import default_policy
from services.status.policy.rules import RollUp

OPERATIONAL, DEGRADED, OUTAGE = Status.OPERATIONAL, Status.DEGRADED, Status.OUTAGE
MAINTENANCE, UNKNOWN = Status.MAINTENANCE, Status.UNKNOWN
HIGH, NORMAL, LOW = Criticality.HIGH, Criticality.NORMAL, Criticality.LOW
PLAIN = RollUp({})


def service(
    status: Status, says: str = "", *, weight: Criticality = NORMAL, counted: bool = True
) -> tuple[Criticality, Verdict, Text]:
    return weight, Verdict(status, "rule", Text(says, f"{says}-th"), counted), Text(says, says)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], UNKNOWN),
        ([OPERATIONAL, OPERATIONAL], OPERATIONAL),
        ([OPERATIONAL, UNKNOWN], UNKNOWN),
        ([UNKNOWN, DEGRADED], DEGRADED),
        ([DEGRADED, OUTAGE, UNKNOWN], OUTAGE),
        ([UNKNOWN, UNKNOWN], UNKNOWN),
        ([OPERATIONAL, MAINTENANCE], MAINTENANCE),
    ],
)
def test_a_domain_is_as_its_worst_service(statuses: list[Status], expected: Status) -> None:
    assert worst(statuses) is expected
    assert roll_up([service(status) for status in statuses], PLAIN).status is expected


def test_it_gives_the_reason_of_its_worst_service_and_says_how_many_are_like_it() -> None:
    bad, good, also = service(DEGRADED, "bad"), service(OPERATIONAL, "good"), service(DEGRADED, "also")

    assert roll_up([good, bad, also], PLAIN).reason == Text(
        "bad (and 1 more service degraded)", "bad-th (และอีก 1 บริการด้อยประสิทธิภาพ)"
    )
    assert roll_up([good, bad], PLAIN).reason == Text("bad", "bad-th")
    assert roll_up([good], PLAIN).reason == Text("good", "good-th")
    assert roll_up([good] * 3, PLAIN).reason == Text("all 3 services operational", "บริการทั้ง 3 รายการปกติ")
    assert roll_up([bad] * 3, PLAIN).reason.en == "bad (and 2 more services degraded)"


def test_without_services_it_is_unknown_and_not_counted() -> None:
    assert roll_up([], PLAIN) == Verdict(UNKNOWN, "no-service", NO_SERVICE, counted=False)
    assert NO_SERVICE.as_dict() == {"en": "no service is defined", "th": "ยังไม่ได้กำหนดบริการ"}
    nobody = Text("no service here", "ไม่มีบริการ")
    assert roll_up([], PLAIN, none=nobody).reason == nobody


@pytest.mark.parametrize(
    ("weight", "status", "counts_as"),
    [
        (LOW, OUTAGE, DEGRADED),
        (LOW, DEGRADED, DEGRADED),
        (LOW, UNKNOWN, UNKNOWN),
        (LOW, MAINTENANCE, MAINTENANCE),
        (NORMAL, OUTAGE, OUTAGE),
        (HIGH, OUTAGE, OUTAGE),
    ],
)
def test_by_default_a_service_of_low_criticality_degrades_at_most(
    weight: Criticality, status: Status, counts_as: Status
) -> None:
    policy = default_policy()
    parts = [service(OPERATIONAL, "good"), service(status, "low", weight=weight)]

    for how in (policy.domains, policy.zones):
        assert roll_up(parts, how).status is counts_as
        assert roll_up(parts, how).reason.en == "low"


def test_a_service_may_be_told_to_lower_nothing() -> None:
    how = RollUp({LOW: OPERATIONAL})

    assert roll_up([service(UNKNOWN, weight=LOW), service(OPERATIONAL)], how).status is OPERATIONAL


def test_its_time_counts_when_that_of_any_service_does() -> None:
    closed, open_ = service(OPERATIONAL, counted=False), service(OPERATIONAL)

    assert roll_up([closed, open_], PLAIN).counted
    assert not roll_up([closed, closed], PLAIN).counted
