"""The page's second half: alarms, data quality, what was unknown, what was revised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from devices.model import DOMAIN_TITLES, Domain, Text
from services.status.model import Status
from services.status.report.alarms import CROWDED
from services.status.report.model import (
    AlarmPart,
    QualityPart,
    ReportData,
    Revised,
    ServicePart,
    StagePart,
    UnknownPart,
)
from services.status.report.page.sections import figure
from services.status.report.page.words import (
    SEVERITIES,
    STAGE,
    STATUS,
    both,
    minutes,
    moment_name,
    number,
    percent,
    say,
    span_name,
)

_MOST_REVISED = 30
_MOST_REFUSED = 15
_NAKHON = Text("Nakhon itself", "นครเอง")


def alarms(data: ReportData) -> str:
    """How many alerts there were, whether people could take them in, and how soon they heard."""
    part = data.alarms
    body = f"{_alarm_tiles(part, data.timezone)}{_alarm_table(part)}{_top(part)}{_floods(part, data)}"
    return (
        f'<section id="alarms"><h2>{say("Alerts", "การแจ้งเตือน")}</h2>{body}{_stages(part.stages)}</section>'
    )


def _alarm_tiles(part: AlarmPart, timezone: str) -> str:
    people = say(
        f"an hour and operator ({part.operators} at a time)",
        f"ต่อชั่วโมงต่อผู้ปฏิบัติงาน ({part.operators} คนพร้อมกัน)",
    )
    busiest = "" if part.busiest_at is None else f" · {both(moment_name(part.busiest_at, timezone))}"
    tiles = (
        (f"{part.total:,}{'+' if part.cut else ''}", say("alerts in all", "การแจ้งเตือนทั้งหมด")),
        (figure(part.an_hour), people),
        (str(part.busiest), say("most within ten minutes", "มากที่สุดในสิบนาที") + busiest),
        (
            percent(part.crowded),
            say(f"of ten-minute spans with more than {CROWDED}", f"ของช่วงสิบนาทีที่มีเกิน {CROWDED}"),
        ),
        (str(len(part.floods)), say("floods, lasting ", "ช่วงท่วมท้น รวม ") + both(span_name(part.flooded))),
    )
    return f'<div class="tiles">{"".join(f"<div><b>{value}</b>{name}</div>" for value, name in tiles)}</div>'


def _alarm_table(part: AlarmPart) -> str:
    if not part.total:
        return f"<p>{say('No alert fired.', 'ไม่มีการแจ้งเตือน')}</p>"
    heads = "".join(f"<th class=n>{both(text)}</th>" for text in SEVERITIES.values())
    domains = [*(domain.value for domain in Domain), *sorted(part.counts.keys() - set(Domain))]
    rows = "".join(_alarm_row(_domain_name(name), part.counts.get(name, {})) for name in domains)
    sums = {
        severity: sum(counts.get(severity, 0) for counts in part.counts.values()) for severity in SEVERITIES
    }
    return _table(
        f"<th>{say('domain', 'ด้าน')}</th>{heads}<th class=n>{say('all', 'รวม')}</th>",
        rows + _alarm_row(say("all", "รวม"), sums),
    )


def _alarm_row(name: str, counts: dict[str, int] | object) -> str:
    found = dict(counts) if isinstance(counts, dict) else {}
    cells = "".join(f"<td class=n>{found.get(severity, 0) or '–'}</td>" for severity in SEVERITIES)
    return f"<tr><th scope=row>{name}</th>{cells}<td class=n>{sum(found.values()) or '–'}</td></tr>"


def _domain_name(name: str) -> str:
    return both(DOMAIN_TITLES[Domain(name)]) if name in set(Domain) else both(_NAKHON)


def _top(part: AlarmPart) -> str:
    if not part.top:
        return ""
    share = percent(sum(count for _, count in part.top) / part.total, 0)
    rows = "".join(
        f"<tr><td><code>{escape(rule)}</code></td><td class=n>{count:,}</td>"
        f"<td class=n>{percent(count / part.total, 1)}</td></tr>"
        for rule, count in part.top
    )
    head = say(
        f"The {len(part.top)} rules that fired most: {share} of all alerts",
        f"{len(part.top)} กฎที่แจ้งเตือนมากที่สุด: {share} ของทั้งหมด",
    )
    names = f"<th>{say('rule', 'กฎ')}</th><th class=n>{say('alerts', 'ครั้ง')}</th><th class=n>%</th>"
    return f"<h3>{head}</h3>{_table(names, rows)}"


def _floods(part: AlarmPart, data: ReportData) -> str:
    if not part.floods:
        return ""
    rows = "".join(
        f"<tr><td>{say('whole city', 'ทั้งเมือง') if flood.scope == 'city' else _domain_name(flood.scope)}</td>"
        f"<td>{both(moment_name(flood.began, data.timezone))}</td>"
        f"<td>{both(span_name(((flood.ended or data.period.until) - flood.began) / 1000))}</td>"
        f"<td class=n>{flood.alerts:,}</td><td class=n>{flood.peak:,}</td></tr>"
        for flood in part.floods
    )
    names = "".join(
        f"<th{kind}>{say(*words)}</th>"
        for kind, words in (
            ("", ("where", "ที่ไหน")),
            ("", ("began", "เริ่ม")),
            ("", ("lasted", "นาน")),
            (" class=n", ("alerts", "การแจ้งเตือน")),
            (" class=n", ("peak in 10 min", "สูงสุดใน 10 นาที")),
        )
    )
    return f"<h3>{say('Floods', 'ช่วงการแจ้งเตือนท่วมท้น')}</h3>{_table(names, rows)}"


def _stages(stages: Sequence[StagePart]) -> str:
    if not stages:
        return ""
    rows = "".join(
        f"<tr><td>{both(STAGE[stage.stage])}</td>"
        f"<td>{_whose(stage.domain)}</td><td class=n>{stage.count:,}</td>"
        f"{''.join(_seconds(value) for value in (stage.p50, stage.p90, stage.p99))}"
        f"<td class=n>{percent(stage.kept, 1)}</td></tr>"
        for stage in stages
    )
    names = (
        f"<th>{say('stage', 'ขั้นตอน')}</th><th>{say('domain', 'ด้าน')}</th>"
        f"<th class=n>{say('alerts', 'ครั้ง')}</th><th class=n>P50</th><th class=n>P90</th><th class=n>P99</th>"
        f"<th class=n>{say('within target', 'ทันกำหนด')}</th>"
    )
    return f"<h3>{say('How soon people heard', 'แจ้งได้เร็วเพียงใด')}</h3>{_table(names, rows)}"


def _whose(domain: Domain | None) -> str:
    return say("whole city", "ทั้งเมือง") if domain is None else both(DOMAIN_TITLES[domain])


def _seconds(value: float | None) -> str:
    if value is None:
        return "<td class=n>–</td>"
    text = Text(f"{number(value)} s", f"{number(value)} วินาที") if value < 60 else span_name(value)
    return f"<td class=n>{both(text)}</td>"


def _table(names: str, rows: str) -> str:
    return f'<div class="wide"><table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>'


def quality(data: ReportData) -> str:
    """How complete the data is, what was refused and why, and the ledger."""
    part = data.quality
    return (
        f'<section id="quality"><h2>{say("Data quality", "คุณภาพข้อมูล")}</h2>'
        f"{_ledger(part, data.timezone)}{_completeness(data.services)}{_refused(part)}</section>"
    )


def _ledger(part: QualityPart, timezone: str) -> str:
    if part.since is None:
        return ""
    since = moment_name(part.since, timezone)
    said = say(
        f"Ledger of everything received since {since.en}: {part.received:,} = {part.stored:,} stored + "
        f"{part.duplicate:,} duplicate + {part.quarantined:,} in quarantine + {part.pending:,} pending.",
        f"บัญชีข้อมูลที่ได้รับตั้งแต่ {since.th}: {part.received:,} = จัดเก็บ {part.stored:,} + ซ้ำ {part.duplicate:,} + "
        f"กักกัน {part.quarantined:,} + รอ {part.pending:,}",
    )
    return f"<p>{said}</p>"


def _completeness(services: Sequence[ServicePart]) -> str:
    known = sorted((one.completeness, one.id, one) for one in services if one.completeness is not None)
    if not known:
        return ""
    rows = "".join(
        f"<tr><td>{both(one.name)}</td><td class=n>{percent(share, 1)}</td></tr>" for share, _, one in known
    )
    head = say(
        "Readings that came, of those expected (the last day before this report)",
        "ค่าที่ได้รับเทียบกับที่คาดไว้ (วันสุดท้ายก่อนจัดทำรายงาน)",
    )
    names = f"<th>{say('service', 'บริการ')}</th><th class=n>{say('complete', 'ครบถ้วน')}</th>"
    return f"<h3>{head}</h3>{_table(names, rows)}"


def _refused(part: QualityPart) -> str:
    if not part.refused:
        return f"<p>{say('No refused reading of this period is in quarantine.', 'ไม่มีค่าที่ถูกปฏิเสธในช่วงนี้')}</p>"
    rows = "".join(
        f"<tr><td><code>{escape(one.code)}</code></td><td><code>{escape(one.path or '–')}</code></td>"
        f"<td>{escape(one.contract or '–')}</td>"
        f"<td class=n>{one.count:,}</td><td class=n>{one.devices:,}</td></tr>"
        for one in part.refused[:_MOST_REFUSED]
    )
    names = (
        f"<th>{say('cause', 'สาเหตุ')}</th><th>{say('where', 'ตำแหน่ง')}</th><th>{say('type', 'ประเภท')}</th>"
        f"<th class=n>{say('readings', 'ค่า')}</th><th class=n>{say('devices', 'อุปกรณ์')}</th>"
    )
    left = len(part.refused) - _MOST_REFUSED
    more = f"<p>{say(f'and {left} causes more', f'และอีก {left} สาเหตุ')}</p>" if left > 0 else ""
    return f"<h3>{say('Refused, by cause', 'ค่าที่ถูกปฏิเสธ ตามสาเหตุ')}</h3>{_table(names, rows)}{more}"


def unknown(data: ReportData) -> str:
    """Of what nothing was known, for how long and why; Nakhon's own deafness apart."""
    own = _own(data.unheard)
    if not data.unknown:
        none = say("Every service's status was known all the time.", "ทราบสถานะของทุกบริการตลอดเวลา")
        body = f"<p>{none}</p>"
    else:
        body = _unknown_table(data.unknown)
    return (
        f'<section id="unknown"><h2>{say("What was not known", "สิ่งที่ไม่ทราบ")}</h2><p>{own}</p>{body}</section>'
    )


def _own(seconds: float) -> str:
    if not seconds:
        return say("Nakhon itself was deaf at no recorded time.", "ไม่มีช่วงที่นครเองไม่ได้รับข้อมูล")
    span = span_name(seconds)
    return say(f"Nakhon itself could not hear for {span.en}.", f"นครเองไม่ได้รับข้อมูลนาน {span.th}")


def _unknown_table(parts: Iterable[UnknownPart]) -> str:
    rows = "".join(
        f"<tr><td>{both(part.name)}</td><td class=n>{_minutes(part.seconds)}</td>"
        f"<td class=n>{_minutes(part.deaf)}</td><td class=n>{_minutes(part.unrecorded)}</td>"
        f'<td class="why">{_causes(part)}</td></tr>'
        for part in parts
    )
    names = (
        f"<th>{say('service', 'บริการ')}</th><th class=n>{say('in all', 'รวม')}</th>"
        f"<th class=n>{say('Nakhon was deaf', 'นครไม่ได้รับข้อมูล')}</th>"
        f"<th class=n>{say('before the first record', 'ก่อนบันทึกแรก')}</th>"
        f"<th>{say('why, otherwise', 'สาเหตุอื่น')}</th>"
    )
    return _table(names, rows)


def _minutes(seconds: float) -> str:
    return f"{minutes(seconds)} {say('min', 'นาที')}" if seconds else "–"


def _causes(part: UnknownPart) -> str:
    return (
        "<br>".join(f"{both(reason)} ({both(span_name(seconds))})" for reason, seconds in part.causes) or "–"
    )


def revised(data: ReportData) -> str:
    """What late data brought to light."""
    found = [(one, change) for one in data.services for change in one.course.revised]
    found.sort(key=lambda pair: pair[1].at)
    if not found:
        none = say("No status had to be computed again.", "ไม่มีสถานะที่ต้องคำนวณใหม่")
        body = f"<p>{none}</p>"
    else:
        names = (
            f"<th>{say('when', 'เวลา')}</th><th>{say('service', 'บริการ')}</th>"
            f"<th>{say('what it was, as is known by now', 'สถานะตามที่ทราบในภายหลัง')}</th>"
            f"<th>{say('known since', 'ทราบเมื่อ')}</th>"
        )
        rows = "".join(_revised_row(one, change, data.timezone) for one, change in found[:_MOST_REVISED])
        body = _table(names, rows)
        if len(found) > _MOST_REVISED:
            shown, there = _MOST_REVISED, len(found)
            body += f"<p>{say(f'{shown} of {there} are shown.', f'แสดง {shown} จาก {there}')}</p>"
    head = say("Computed again because of late data", "คำนวณใหม่เนื่องจากข้อมูลมาช้า")
    return f'<section id="revised"><h2>{head}</h2>{body}</section>'


def _revised_row(service: ServicePart, change: Revised, timezone: str) -> str:
    chip = f'<b class="chip {change.status}">{both(STATUS[Status(change.status)])}</b>'
    return (
        f"<tr><td>{both(moment_name(change.at, timezone))}</td><td>{both(service.name)}</td>"
        f'<td class="why">{chip} {both(change.reason)}</td>'
        f"<td>{both(moment_name(change.recorded, timezone))}</td></tr>"
    )
