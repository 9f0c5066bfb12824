"""The page's first half: what the period was, the domains and the services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from devices.model import Domain, Text
from services.status.model import Status
from services.status.report.courses import worst_spells
from services.status.report.model import Course, DomainPart, ObjectivePart, ReportData, ServicePart, Spell
from services.status.report.page import charts
from services.status.report.page.words import (
    CRITICALITY,
    STATUS,
    both,
    minutes,
    moment_name,
    number,
    percent,
    period_name,
    say,
    span_name,
)

ORDER = (Status.OPERATIONAL, Status.DEGRADED, Status.OUTAGE, Status.MAINTENANCE, Status.UNKNOWN)
MOST_SPELLS = 5
_MOST_UNKNOWN = 0.5

_VERDICTS: Mapping[bool | None, tuple[str, str, str]] = {
    True: ("operational", "met", "บรรลุ"),
    False: ("outage", "missed", "ไม่บรรลุ"),
    None: ("unknown", "hardly any time counts", "แทบไม่มีเวลาที่นับ"),
}

_DAYS = Text("How it went day by day", "สถานะรายวัน")


def cover(data: ReportData) -> str:
    """Whose report it is, of when, and what it comes to."""
    period = data.period
    start, end = moment_name(period.start, data.timezone), moment_name(period.end, data.timezone)
    made = moment_name(data.made, data.timezone)
    far = "" if period.over else f'<p class="note">{_not_over(data)}</p>'
    far += f'<p class="note">{_dark()}</p>' if _unknown_share(data) > _MOST_UNKNOWN else ""
    return (
        f'<header><p class="kicker">{say("Smart city report", "รายงานเมืองอัจฉริยะ")}</p>'
        f"<h1>{both(data.city)}</h1><h2>{both(period_name(period.name))}</h2>"
        f"<p>{both(Text(f'{start.en} to {end.en}', f'{start.th} ถึง {end.th}'))} · {escape(data.timezone)}</p>"
        f"<p>{say('Made', 'จัดทำเมื่อ')} {both(made)} · {_sources(data)}</p>{far}{_tiles(data)}</header>"
    )


def _not_over(data: ReportData) -> str:
    until = moment_name(data.period.until, data.timezone)
    return say(
        f"The period is not over: all figures are up to {until.en}.",
        f"ช่วงเวลานี้ยังไม่สิ้นสุด ตัวเลขทั้งหมดนับถึง {until.th}",
    )


def _sources(data: ReportData) -> str:
    devices, services = data.devices, len(data.services) + data.left_out
    return say(
        f"from the records and readings of Nakhon {data.version}: {services:,} services, "
        f"{devices:,} devices, {data.zones:,} zones",
        f"จากบันทึกและค่าที่อ่านของนคร {data.version}: {services:,} บริการ {devices:,} อุปกรณ์ {data.zones:,} พื้นที่",
    )


def _dark() -> str:
    return say(
        "For most of the time nothing is known of the services: what follows stands on the rest.",
        "ไม่ทราบสถานะของบริการเป็นส่วนใหญ่ของเวลา ตัวเลขต่อไปนี้อ้างอิงเวลาที่เหลือ",
    )


def _unknown_share(data: ReportData) -> float:
    total = sum(sum(one.course.held.values()) for one in data.services)
    return sum(one.course.of(Status.UNKNOWN) for one in data.services) / total if total else 0.0


def _tiles(data: ReportData) -> str:
    verdicts = [one.objective.met(data.period.seconds) for one in data.services if one.objective]
    judged = [verdict for verdict in verdicts if verdict is not None]
    kpis = [kpi.now.state for kpi in data.kpis]
    good = sum(state in {"met", "in_band"} for state in kpis)
    bad = sum(state in {"missed", "out_of_band"} for state in kpis)
    outage = sum(one.course.of(Status.OUTAGE) for one in data.services)
    tiles = (
        (f"{sum(judged)} / {len(judged)}", Text("objectives met", "บรรลุวัตถุประสงค์")),
        (f"{good} / {good + bad}", Text("KPIs met or in band", "ตัวชี้วัดถึงเป้าหมาย")),
        (str(kpis.count("not_enough_data")), Text("KPIs without enough data", "ตัวชี้วัดที่ข้อมูลไม่พอ")),
        (both(span_name(outage)), Text("of outage, all services together", "หยุดให้บริการ รวมทุกบริการ")),
        (
            percent(_unknown_share(data)),
            Text("of service time unknown", "ของเวลาบริการไม่ทราบสถานะ"),
        ),
        (f"{data.alarms.total:,}", Text("alerts", "การแจ้งเตือน")),
    )
    boxes = "".join(f"<div><b>{value}</b>{both(name)}</div>" for value, name in tiles)
    return f'<div class="tiles">{boxes}</div>'


def legend() -> str:
    """What the colours mean."""
    keys = "".join(f'<span><i class="{status}"></i>{both(STATUS[status])}</span>' for status in ORDER)
    return f'<p class="legend">{keys}</p>'


def domains(data: ReportData) -> str:
    """The seven domains."""
    rows = "".join(_domain_row(part) for part in data.domains)
    heads = "".join(f"<th class=n>{both(STATUS[status])}</th>" for status in ORDER)
    return (
        f'<section id="domains"><h2>{say("Seven domains", "เจ็ดด้าน")}</h2>{legend()}'
        f'<div class="wide"><table class="held"><thead><tr><th>{say("domain", "ด้าน")}</th>'
        f"<th class=chart>{both(_DAYS)}</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _domain_row(part: DomainPart) -> str:
    if not part.services:
        none = say("no service is listed", "ยังไม่มีบริการในด้านนี้")
        return f'<tr><th scope=row>{both(part.title)}</th><td colspan=6 class="none">{none}</td></tr>'
    return (
        f"<tr><th scope=row>{both(part.title)}<small>{_services(part.services)}</small></th>"
        f"<td class=chart>{charts.days(part.course, part.title)}{charts.shares(part.course)}</td>"
        f"{_held(part.course)}</tr>"
    )


def _services(count: int) -> str:
    return say(f"{count} service{'' if count == 1 else 's'}", f"{count} บริการ")


def _held(course: Course) -> str:
    """Time in each status, as a span and as a share."""
    return "".join(
        f'<td class="n{"" if course.of(status) else " none"}"><span class="key"><i class="{status}"></i>'
        f"{both(STATUS[status])}</span>{_time(course.of(status))}"
        f"<small>{percent(course.share(status))}</small></td>"
        for status in ORDER
    )


def _time(seconds: float) -> str:
    return f"{minutes(seconds)} {say('min', 'นาที')}" if seconds else "–"


def services(data: ReportData) -> str:
    """Every service, domain by domain."""
    by_domain = [(part, [one for one in data.services if one.domain is part.domain]) for part in data.domains]
    groups = "".join(_group(part, found, data) for part, found in by_domain if found)
    left = ""
    if data.left_out:
        text = say(
            f"{data.left_out:,} more services are not told one by one; their figures are on the API.",
            f"อีก {data.left_out:,} บริการไม่ได้แสดงรายการ ดูได้ทาง API",
        )
        left = f"<p class=note>{text}</p>"
    head = say("Services and objectives", "บริการและวัตถุประสงค์")
    return f'<section id="services"><h2>{head}</h2>{groups}{left}</section>'


def _group(part: DomainPart, found: Sequence[ServicePart], data: ReportData) -> str:
    cards = "".join(_card(service, data) for service in found)
    return f"<h3>{both(part.title)}</h3>{cards}"


def _card(service: ServicePart, data: ReportData) -> str:
    owner = "" if service.owner is None else f" · {both(service.owner)}"
    about = f"<code>{escape(service.id)}</code> · {both(CRITICALITY[service.criticality])}{owner}"
    held = "".join(
        f'<div class="{"" if service.course.of(status) else "none"}"><i class="{status}"></i>'
        f"{both(STATUS[status])}<b>{_time(service.course.of(status))}</b>"
        f"<small>{percent(service.course.share(status))}</small></div>"
        for status in ORDER
    )
    return (
        f'<article class="card"><h4>{both(service.name)} <small>{about}</small></h4>'
        f"{_objective(service.objective, data.period.seconds)}{charts.days(service.course, service.name)}"
        f'<div class="times">{held}</div>{_spells(service.course, data.timezone)}</article>'
    )


def _objective(objective: ObjectivePart | None, elapsed: float) -> str:
    if objective is None:
        return f'<p class="soft">{say("No objective is set.", "ไม่ได้กำหนดวัตถุประสงค์")}</p>'
    tone, *words = _VERDICTS[objective.met(elapsed)]
    verdict = f'<b class="chip {tone}">{say(*words)}</b>'
    left = objective.left
    budget = say("no budget", "ไม่มีงบเวลา") if left is None else percent(left, 1)
    span = span_name(abs(objective.budget_left))
    over = objective.budget_left < 0
    rest = say(
        f"{span.en} {'too much' if over else 'left'} of {span_name(objective.budget).en}",
        f"{'เกิน' if over else 'เหลือ'} {span.th} จาก {span_name(objective.budget).th}",
    )
    return (
        f'<dl class="figures"><div><dt>{say("objective", "วัตถุประสงค์")}</dt>'
        f"<dd>{percent(objective.target)}</dd></div>"
        f"<div><dt>{say('attained', 'ทำได้')}</dt><dd>{percent(objective.attained, 3)} {verdict}</dd></div>"
        f"<div><dt>{say('budget left', 'งบเวลาคงเหลือ')}</dt><dd>{budget} <small>{rest}</small></dd></div>"
        f"<div><dt>{say('time that counts', 'เวลาที่นับ')}</dt>"
        f"<dd>{both(span_name(objective.counted))} <small>{_good(objective)}</small></dd></div></dl>"
    )


def _good(objective: ObjectivePart) -> str:
    good = span_name(objective.good)
    return say(f"{good.en} of it good", f"ใช้งานได้ {good.th}")


def _spells(course: Course, timezone: str) -> str:
    worst = worst_spells(course, MOST_SPELLS)
    if not worst:
        return ""
    items = "".join(_spell(spell, timezone) for spell in worst)
    of_all = sum(1 for spell in course.spells if spell.status in {Status.OUTAGE, Status.DEGRADED})
    more = say(f"{len(worst)} of {of_all}", f"{len(worst)} จาก {of_all}") if of_all > len(worst) else ""
    return (
        f'<p class="soft">{say("Worst incidents", "เหตุการณ์ที่แย่ที่สุด")} {more}</p><ul class="spells">{items}</ul>'
    )


def _spell(spell: Spell, timezone: str) -> str:
    on = f" {say('and goes on', 'และยังดำเนินอยู่')}" if spell.open else ""
    return (
        f'<li><b class="chip {spell.status}">{both(STATUS[spell.status])}</b> '
        f"{both(moment_name(spell.began, timezone))} · <b>{both(span_name(spell.seconds))}</b>{on} – "
        f"{both(spell.reason)}</li>"
    )


def figure(value: float | None, unit: str = "") -> str:
    """A number, or a dash where there is none."""
    return "–" if value is None else f"{number(value)}{f' {unit}' if unit else ''}"


def title_of(data: ReportData, domain: Domain) -> Text:
    """The name of a domain."""
    return next(part.title for part in data.domains if part.domain is domain)
