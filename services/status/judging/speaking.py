"""Reasons for people, in English and Thai, with the numbers. Times are the city's.

A reason begins with what decided, then says what else there is to notice, each in a clause of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from devices.model import Text
from rules.model import Severity
from services.runtime.walltime import moment
from services.status.judging.noticing import notices
from services.status.judging.probing import need_clauses, probe_clauses
from services.status.judging.quality import quality_clauses
from services.status.judging.words import SEVERITIES, joined
from services.status.model import Evidence, OpenAlert, Status, Work
from services.status.policy.measures import Figures, Topic
from services.status.policy.rules import Comparison, RuleList, StatusRule, comparisons, within

_ZONES_SHOWN = 3


class Decision(NamedTuple):
    """What decided: a rule (None: none held), the comparisons in it that hold, and those of other rules.

    ``until`` is set while the rule is only kept: until then (ms), though its condition holds no more.
    """

    rule: StatusRule | None
    decisive: tuple[Comparison, ...] = ()
    noticed: tuple[Comparison, ...] = ()
    until: int | None = None

    @classmethod
    def of(cls, rules: RuleList, held: Sequence[int], truths: Sequence[bool]) -> Decision:
        """The first of the rules that hold (their places) decides; ``truths`` are the comparisons'."""
        if not held:
            return cls(None)
        own, *others = [
            tuple(rules.leaves[leaf] for leaf in within(rules.shapes[number][0]) if truths[leaf])
            for number in held
        ]
        return cls(rules.rules[held[0]], own, tuple(one for other in others for one in other))

    @property
    def status(self) -> Status:
        return Status.OPERATIONAL if self.rule is None else self.rule.status

    def about(self, topic: Topic) -> bool:
        """Whether that is what decided."""
        return any(one.asked.measure.topic is topic for one in self.decisive)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says why. ``zones`` are the names of the city's zones, ``started`` when listening began (ms)."""

    zones: Mapping[str, Text]
    timezone: ZoneInfo
    started: int

    def reason(self, name: Text, decision: Decision, figures: Figures) -> Text:
        """Why a service of this name has its status."""
        clauses = self._clauses(decision, figures)
        if len(clauses) == 1:
            return Text(f"{name.en}: {clauses[0].en}", f"{name.th}: {clauses[0].th}")
        return Text(
            f"{name.en}: {'; '.join([clause.en for clause in clauses])}",
            f"{name.th}: {' และ'.join([clause.th for clause in clauses])}",
        )

    def _clauses(self, decision: Decision, figures: Figures) -> list[Text]:
        evidence, rule = figures.evidence, decision.rule
        clauses = [] if rule is None or rule.reason is None else [rule.reason]
        if evidence.work is not None:
            clauses.append(self._work(evidence.work))
        if evidence.closed_until is not None:
            clauses.append(self._closed(evidence.closed_until))
        sources = self._sources(figures)
        alerts = [self._alerts(decision, figures)] if evidence.alerts else []
        # What is wrong comes first: who reads from afar reads no further.
        clauses += [*sources, *alerts] if _wanting(figures) else [*alerts, *sources]
        if rule is not None:
            for one in decision.decisive + decision.noticed:
                clauses += notices(one, figures)
            if decision.until is not None:
                clauses += self._kept(rule, decision.until, evidence)
        return clauses

    def _sources(self, figures: Figures) -> list[Text]:
        """What is heard of what the service stands on."""
        evidence = figures.evidence
        if evidence.deaf_since is not None:
            return [self._deaf(evidence.deaf_since, down=evidence.down)]
        if figures.sources == 0:
            return [Text("no enabled device belongs to it", "ไม่มีอุปกรณ์ที่เปิดใช้งาน")]
        if figures.heard == 0 and (figures.devices or evidence.probes):
            clauses = [self._nothing_heard(figures)]
        else:
            clauses = self._sensors(figures) if figures.devices else []
            clauses += probe_clauses(figures) if evidence.probes else ()
        clauses += need_clauses(figures) if evidence.needs else ()
        return clauses

    def _sensors(self, figures: Figures) -> list[Text]:
        clauses = []
        if figures.silent:
            clauses.append(self._silent(figures))
        if figures.awaited:
            clauses.append(_awaited(figures))
        if not clauses:
            clauses.append(_all_reporting(figures.devices))
        if figures.evidence.data is not None:
            clauses += quality_clauses(figures.evidence.data, figures.devices)
        return clauses

    def _work(self, work: Work) -> Text:
        _, title, until = work
        if until is None:
            return Text(f"in maintenance: {title.en}", f"อยู่ระหว่างบำรุงรักษา: {title.th}")
        end = moment(until, self.timezone)
        return Text(f"in maintenance until {end.en}: {title.en}", f"อยู่ระหว่างบำรุงรักษาถึง {end.th}: {title.th}")

    def _closed(self, until: int) -> Text:
        if until == 0:
            return Text("closed", "อยู่นอกเวลาให้บริการ")
        end = moment(until, self.timezone)
        return Text(f"closed until {end.en}", f"อยู่นอกเวลาให้บริการถึง {end.th}")

    def _kept(self, rule: StatusRule, until: int, evidence: Evidence) -> Iterable[Text]:
        """Why a rule decides whose condition is over; that a service is closed is said already."""
        end = moment(until, self.timezone)
        if not any(one.asked.measure.topic is Topic.HOURS for one in comparisons(rule.when)):
            yield Text(f"over if it stays so until {end.en}", f"ถือว่าสิ้นสุดหากเป็นเช่นนี้ถึง {end.th}")
        elif evidence.closed_until is None:
            en = f"just opened, it has until {end.en} to report"
            yield Text(en, f"เพิ่งเปิดให้บริการ รอข้อมูลถึง {end.th}")

    def _deaf(self, since: int, *, down: bool) -> Text:
        began = moment(since or self.started, self.timezone)
        if down:
            return Text(
                f"nothing is known since {began.en}, because Nakhon did not run",
                f"ไม่มีข้อมูลตั้งแต่ {began.th} เพราะระบบ Nakhon ไม่ได้ทำงาน",
            )
        return Text(
            f"nothing can be heard since {began.en}, because the MQTT broker is away",
            f"รับข้อมูลไม่ได้ตั้งแต่ {began.th} เพราะเชื่อมต่อโบรกเกอร์ MQTT ไม่ได้",
        )

    def _nothing_heard(self, figures: Figures) -> Text:
        whom = _whom(figures.devices, len(figures.evidence.probes))
        heard = [figures.evidence.newest, *(probe.at for probe in figures.evidence.probes)]
        newest = max((at for at in heard if at is not None), default=None)
        since = moment(self.started if newest is None else newest, self.timezone)
        if newest is None:
            return Text(
                f"nothing heard from {whom.en} since the start on {since.en}",
                f"ไม่ได้รับข้อมูลจาก{whom.th} ตั้งแต่เริ่มระบบเมื่อ {since.th}",
            )
        return Text(
            f"nothing heard from {whom.en} since {since.en}", f"ไม่ได้รับข้อมูลจาก{whom.th} ตั้งแต่ {since.th}"
        )

    def _silent(self, figures: Figures) -> Text:
        silent, n = figures.silent, figures.devices
        where = self._places({count.zone: count.silent for count in figures.evidence.zones})
        return Text(
            f"{silent} of {n} sensors silent in {where.en}",
            f"เซ็นเซอร์ {silent} จาก {n} ตัวไม่ส่งข้อมูล ที่{where.th}",
        )

    def _alerts(self, decision: Decision, figures: Figures) -> Text:
        alerts = figures.evidence.alerts
        if decision.about(Topic.ALERT_DEVICES):
            return self._alert_devices(decision, figures)
        where = self._places(Counter(alert.zone for alert in alerts))
        counts = by_severity(alerts)
        en = joined([f"{count} {SEVERITIES[severity].en}" for severity, count in counts.items()], " and ")
        th = joined([f"{SEVERITIES[severity].th} {count}" for severity, count in counts.items()], " และ")
        noun = "alert" if len(alerts) == 1 else "alerts"
        return Text(f"{en} {noun} open in {where.en}", f"มีการแจ้งเตือนระดับ{th} รายการ ที่{where.th}")

    def _alert_devices(self, decision: Decision, figures: Figures) -> Text:
        """On how many devices alerts of the severities that decided are open."""
        alerts, n = figures.evidence.alerts, figures.own
        only = next(one for one in decision.decisive if one.asked.measure.topic is Topic.ALERT_DEVICES)
        severities = [severity for severity in Severity if severity in only.asked.only]
        on = len({alert.device for alert in alerts if alert.device and alert.severity in severities})
        where = self._places(Counter(alert.zone for alert in alerts))
        en = joined([SEVERITIES[severity].en for severity in severities], " and ")
        th = joined([SEVERITIES[severity].th for severity in severities], " และ")
        whom = Text(f"{on} of {n} sensors", f"เซ็นเซอร์ {on} จาก {n} ตัว")
        if not figures.devices:
            whom = Text(f"{on} of {n} probes", f"การตรวจสอบ {on} จาก {n} รายการ")
        elif figures.evidence.probes:
            whom = Text(f"{on} of {n} sensors and probes", f"เซ็นเซอร์และการตรวจสอบ {on} จาก {n} รายการ")
        return Text(f"{en} alerts on {whom.en} in {where.en}", f"แจ้งเตือน{th}ที่{whom.th} ที่{where.th}")

    def _places(self, counts: Mapping[str, int]) -> Text:
        """``Yothi``, ``Yothi (4) and Samyan (2)``, the zones with most first."""
        there = sorted(((-count, zone) for zone, count in counts.items() if count))
        names = [self.zones.get(zone, Text(zone, zone)) for _, zone in there]
        if len(names) == 1:
            return names[0]
        shown = list(zip(names, there, strict=True))[:_ZONES_SHOWN]
        en = [f"{name.en} ({-negative})" for name, (negative, _) in shown]
        th = [f"{name.th} ({-negative})" for name, (negative, _) in shown]
        if more := len(names) - len(shown):
            en.append("one more zone" if more == 1 else f"{more} more zones")
            th.append(f"อีก {more} โซน")
        return Text(joined(en, " and "), joined(th, " และ"))


def by_severity(alerts: Iterable[OpenAlert]) -> dict[Severity, int]:
    """How many alerts of each severity, worst first, none left out that is there."""
    counts = dict.fromkeys(Severity, 0)
    for alert in alerts:
        counts[alert.severity] += 1
    return {severity: count for severity, count in counts.items() if count}


def _whom(devices: int, probes: int) -> Text:
    en, th = [], []
    if devices:
        en.append("its sensor" if devices == 1 else f"its {devices} sensors")
        th.append("เซ็นเซอร์" if devices == 1 else f"เซ็นเซอร์ทั้ง {devices} ตัว")
    if probes:
        en.append("its probe" if probes == 1 else f"its {probes} probes")
        th.append("การตรวจสอบ" if probes == 1 else f"การตรวจสอบทั้ง {probes} รายการ")
    return Text(" and ".join(en), " และ".join(th))


def _wanting(figures: Figures) -> bool:
    """Whether some of what a service stands on is not heard, fails, or is not well itself."""
    needs = any(need.status is not Status.OPERATIONAL for need in figures.evidence.needs)
    return figures.heard != 1 or figures.down > 0 or figures.evidence.bad_data > 0 or needs


def _awaited(figures: Figures) -> Text:
    awaited, n = figures.awaited, figures.devices
    return Text(
        f"{figures.reporting} of {n} sensors reporting, {awaited} not heard yet",
        f"เซ็นเซอร์ {figures.reporting} จาก {n} ตัวส่งข้อมูลแล้ว อีก {awaited} ตัวยังไม่ได้รับข้อมูล",
    )


def _all_reporting(n: int) -> Text:
    if n == 1:
        return Text("its sensor is reporting", "เซ็นเซอร์ส่งข้อมูลปกติ")
    return Text(f"all {n} sensors reporting", f"เซ็นเซอร์ทั้ง {n} ตัวส่งข้อมูลปกติ")
