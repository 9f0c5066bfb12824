"""The figures of a report, reckoned by hand."""

from __future__ import annotations

from datetime import date

import pytest

from services.runtime.ports import InvalidError
from services.status.model import Status
from services.status.report.alarms import Fired, alarm_figures
from services.status.report.courses import worst_spells
from services.status.report.gathering import gather
from services.status.report.model import FloodPart, ReportData
from services.status.report.periods import parse_period
from tests.unit.status.report import reportcity
from tests.unit.status.report.reportcity import CALENDAR, END, NOW, START, at, parts

MONTH = parse_period("2026-10", CALENDAR, NOW)


@pytest.fixture
async def october() -> ReportData:
    return await gather(parts(), MONTH, CALENDAR)


# Periods


@pytest.mark.parametrize(
    ("text", "kind", "start", "end", "days"),
    [
        ("2026-10", "month", START, END, 31),
        (" 2026-q3 ", "quarter", at(1, month=7), at(1, month=10), 92),
        ("2026-02", "month", at(1, month=2), at(1, month=3), 28),
    ],
)
def test_periods_are_those_of_the_citys_calendar(
    text: str, kind: str, start: int, end: int, days: int
) -> None:
    period = parse_period(text, CALENDAR, NOW)
    assert (period.kind, period.start, period.end, period.until, period.days) == (kind, start, end, end, days)
    assert period.over


def test_a_period_that_is_not_over_counts_as_far_as_it_has_passed() -> None:
    period = parse_period("2026", CALENDAR, NOW)
    assert (period.kind, period.until, period.over) == ("year", NOW, False)
    assert period.days == 307, "304 days until the end of October, and three of November"


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-Q5", "2026-1", "october", "2026-10-01", "1826-10", "2026-Q"]
)
def test_what_is_no_period_is_refused_and_it_is_said_what_is_one(text: str) -> None:
    with pytest.raises(InvalidError) as caught:
        parse_period(text, CALENDAR, NOW)
    assert caught.value.errors[0]["allowed"] == (
        "a month such as 2026-10, a quarter such as 2026-Q3 or a year such as 2026"
    )


def test_a_period_that_has_not_begun_is_refused() -> None:
    with pytest.raises(InvalidError, match="has not begun"):
        parse_period("2026-12", CALENDAR, NOW)


# Statuses


async def test_the_time_in_each_status_adds_up_to_the_period(october: ReportData) -> None:
    air, portal = sorted(october.services, key=lambda service: service.id)
    assert portal.course.held == {
        Status.OPERATIONAL: 2_678_400 - 10_800 - 5_400 - 3_600 - 1_800,
        Status.DEGRADED: 5_400,
        Status.OUTAGE: 10_800,
        Status.MAINTENANCE: 1_800,
        Status.UNKNOWN: 3_600,
    }
    assert air.course.of(Status.UNKNOWN) == 86_400
    assert air.course.of(Status.OPERATIONAL) == 30 * 86_400
    for service in october.services:
        assert sum(service.course.held.values()) == october.period.seconds == 2_678_400


async def test_every_day_has_its_bar(october: ReportData) -> None:
    portal = next(service for service in october.services if service.id == "portal")
    assert [bar.day for bar in portal.course.days] == [date(2026, 10, day) for day in range(1, 32)]
    fifth = portal.course.days[4]
    assert (fifth.seconds[Status.OUTAGE], fifth.worst) == (10_800, Status.OUTAGE)
    assert fifth.seconds[Status.OPERATIONAL] == 86_400 - 10_800
    assert portal.course.days[5].worst is Status.OPERATIONAL


async def test_the_worst_incidents_are_the_outages_and_then_the_longest(october: ReportData) -> None:
    portal = next(service for service in october.services if service.id == "portal")
    worst = worst_spells(portal.course, 5)
    assert [(spell.status, spell.start, spell.seconds) for spell in worst] == [
        (Status.OUTAGE, at(5, 10), 10_800),
        (Status.DEGRADED, at(10, 0), 5_400),
    ]
    assert worst[0].reason.en == "2 of 2 probes fail"
    assert not worst[0].open


async def test_what_held_at_the_beginning_began_before_and_what_lasts_is_open() -> None:
    steps = [
        (at(28, 12, month=9), "outage", "probes-outage", "down", "ล่ม"),
        (at(3), *reportcity.WELL),
        (at(30), "degraded", "alerts", "slow", "ช้า"),
    ]
    made = await gather(parts(history=reportcity.History({("service", "portal"): steps})), MONTH, CALENDAR)
    worst = worst_spells(next(one for one in made.services if one.id == "portal").course, 5)
    first, last = worst
    assert (first.began, first.start, first.seconds) == (at(28, 12, month=9), START, 2 * 86_400)
    assert (last.start, last.end, last.open) == (at(30), END, True)


async def test_the_objective_is_what_the_history_says_of_the_period(october: ReportData) -> None:
    portal = next(service for service in october.services if service.id == "portal")
    objective = portal.objective
    assert objective is not None
    assert objective.attained == pytest.approx(0.993271, abs=1e-6), "2,656,800 of 2,674,800 s"
    assert objective.budget == 13_374, "0.5 % of 2,674,800 s"
    assert objective.budget_left == -4_626
    assert objective.left == pytest.approx(-0.3459, abs=1e-4)
    assert objective.met(october.period.seconds) is False
    assert objective.met(267_480_001) is None, "less than one per cent of that time counts"


async def test_all_seven_domains_are_there(october: ReportData) -> None:
    assert len(october.domains) == 7
    counts = {part.domain.value: part.services for part in october.domains}
    assert counts["governance"] == counts["environment"] == 1
    assert sum(counts.values()) == 2


# What was not known


async def test_what_was_not_known_is_told_with_its_causes_and_nakhons_own_deafness_apart(
    october: ReportData,
) -> None:
    air, portal = october.unknown
    assert (air.service, air.seconds, air.deaf, air.unrecorded, air.causes) == ("air", 86_400, 0, 86_400, [])
    assert (portal.service, portal.seconds, portal.deaf, portal.unrecorded) == ("portal", 3_600, 1_800, 0)
    assert [(reason.en, seconds) for reason, seconds in portal.causes] == [("nothing heard", 1_800)]
    assert october.unheard == 1_800


async def test_what_late_data_brought_to_light_is_told(october: ReportData) -> None:
    portal = next(service for service in october.services if service.id == "portal")
    (revised,) = portal.course.revised
    assert (revised.at, revised.status, revised.recorded) == (at(10, 0), Status.DEGRADED, at(10, 1))


# Alerts


async def test_alerts_are_counted_by_when_they_fired(october: ReportData) -> None:
    alarms = october.alarms
    assert alarms.total == 14
    assert alarms.counts == {
        "environment": {"major": 12},
        "mobility": {"critical": 1},
        "governance": {"warning": 1},
    }
    assert alarms.top == [("air/dust", 12), ("portal/slow", 1), ("traffic/jam", 1)]
    assert not alarms.cut


async def test_the_mean_is_of_an_hour_and_an_operator(october: ReportData) -> None:
    assert october.alarms.an_hour == pytest.approx(14 / 744 / 2)
    assert (october.alarms.busiest, october.alarms.busiest_at) == (10, at(7, 8))
    assert october.alarms.crowded == 0, "ten in ten minutes are not more than ten"


def test_spans_of_ten_minutes_with_more_than_ten_are_counted() -> None:
    fired = [Fired(at(7, 8, 0), "energy", "minor", "a") for _ in range(11)]
    fired += [Fired(at(7, 8, 10), "energy", "minor", "a") for _ in range(10)]
    figures = alarm_figures(fired, MONTH, operators=1)
    assert figures.crowded == pytest.approx(1 / (31 * 144))
    assert (figures.busiest, figures.busiest_at) == (11, at(7, 8))


async def test_the_mean_is_of_the_time_since_the_first_record() -> None:
    history = reportcity.History({("service", "air"): [(at(31, 14), *reportcity.WELL)]})
    fired = [(at(31, 15, minute), "environment", "minor", "air/dust") for minute in range(5)]
    alarms = (await gather(parts(history=history, alerts=reportcity.Alerts(fired)), MONTH, CALENDAR)).alarms
    assert alarms.an_hour == pytest.approx(5 / 10 / 2), "ten hours, two operators"


def test_of_less_than_an_hour_there_is_no_mean() -> None:
    fired = [Fired(END - 60_000, "energy", "minor", "a")]
    assert alarm_figures(fired, MONTH, operators=1, since=END - 3_599_000).an_hour is None


async def test_floods_that_overlap_count_once(october: ReportData) -> None:
    assert [flood.scope for flood in october.alarms.floods] == ["city", "environment"]
    assert october.alarms.flooded == 30 * 60, "08:09 to 08:39"


def test_a_flood_counts_as_far_as_it_lies_in_the_period() -> None:
    floods = [
        FloodPart("city", START - 600_000, START + 60_000, 20, 12),
        FloodPart("city", END - 60_000, None, 9, 9),
    ]
    assert alarm_figures([], MONTH, operators=1, floods=floods).flooded == 120


async def test_percentiles_are_told_of_what_was_measured(october: ReportData) -> None:
    told = [
        (stage.domain and stage.domain.value, stage.stage, stage.count) for stage in october.alarms.stages
    ]
    assert told == [
        (None, "received_to_delivered", 14),
        (None, "delivered_to_notified", 14),
        ("environment", "received_to_delivered", 12),
        ("environment", "delivered_to_notified", 12),
    ]


async def test_of_a_year_no_percentiles_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await gather(parts(), parse_period("2026", CALENDAR, NOW), CALENDAR)
    assert made.alarms.stages == []
    assert made.alarms.total == len(reportcity.FIRED) - 1, "the one that was tried is in shadow mode"


async def test_alerts_are_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.status.report.gathering._PAGE", 3)
    assert (await gather(parts(), MONTH, CALENDAR)).alarms.total == 14


async def test_of_too_many_alerts_it_is_said_that_there_are_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.status.report.gathering._PAGE", 3)
    monkeypatch.setattr("services.status.report.gathering.MOST_ALERTS", 5)
    alarms = (await gather(parts(), MONTH, CALENDAR)).alarms
    assert alarms.cut
    assert alarms.total < 14


# KPIs


async def test_a_kpi_is_told_with_its_past_and_its_zones(october: ReportData) -> None:
    (kpi,) = october.kpis
    assert (kpi.now.value, kpi.now.state, kpi.target, kpi.turned) == (91, "missed", 95, "better")
    assert [point.value for point in kpi.trend] == [80, 81, None, *range(83, 92)]
    assert [point.name.en for point in kpi.trend][:3] == ["2025-11", "2025-12", "2026-01"]
    assert [(point.name.th, point.value) for point in kpi.zones] == [("สามย่าน", 91), ("โยธี", 71)]


@pytest.mark.parametrize(
    ("period", "asked"), [("2026-10", "month"), ("2026-Q3", "quarter"), ("2025", "month")]
)
async def test_a_trend_is_of_twelve_periods_of_that_kind_and_of_a_year_its_months(
    period: str, asked: str
) -> None:
    kpis = reportcity.Kpis()
    made = await gather(parts(kpis=kpis), parse_period(period, CALENDAR, NOW), CALENDAR)
    assert kpis.asked[-1] == (asked, ())
    assert len(made.kpis[0].trend) == 12


async def test_where_all_at_once_are_too_many_they_are_asked_for_one_by_one() -> None:
    made = await gather(parts(kpis=reportcity.Kpis(most=1)), MONTH, CALENDAR)
    assert len(made.kpis[0].trend) == 12


# Data quality


async def test_data_quality_is_told(october: ReportData) -> None:
    quality = october.quality
    assert quality.received == quality.stored + quality.duplicate + quality.quarantined + quality.pending
    assert [(one.code, one.count, one.devices) for one in quality.refused] == [("out_of_range", 1_234, 3)]
    assert {one.id: one.completeness for one in october.services} == {"portal": None, "air": 0.987}


async def test_what_a_process_does_not_run_is_left_out() -> None:
    less = dict.fromkeys(("kpis", "alerts", "floods", "deadlines", "refused", "ledger", "devices"))
    made = await gather(parts(**less), MONTH, CALENDAR)
    assert (made.kpis, made.alarms.total, made.quality.since, made.devices) == ([], 0, None, 0)


async def test_of_too_many_services_the_first_are_told_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.status.report.gathering.MOST_SERVICES", 1)
    made = await gather(parts(), MONTH, CALENDAR)
    assert (len(made.services), made.left_out) == (1, 1)
