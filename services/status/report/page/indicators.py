"""The page's KPIs: value, target, state, how they came to it, and the zones side by side."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from devices.model import DOMAIN_TITLES, Domain, Text
from services.status.report.model import KpiPart, ReportData
from services.status.report.page import charts
from services.status.report.page.notes import UNVERIFIED
from services.status.report.page.words import KPI_STATE, TURNED, both, number, percent, say, with_unit


def kpis(data: ReportData) -> str:
    """Every KPI, domain by domain."""
    if not data.kpis:
        body = f"<p>{say('No KPIs are computed here.', 'ไม่มีการคำนวณตัวชี้วัด')}</p>"
    else:
        body = "".join(_domain_kpis(domain, data.kpis) for domain in Domain)
    return f'<section id="kpis"><h2>{say("Indicators (KPIs)", "ตัวชี้วัด (KPI)")}</h2>{body}</section>'


def _domain_kpis(domain: Domain, found: Sequence[KpiPart]) -> str:
    cards = "".join(_kpi(kpi) for kpi in found if kpi.domain is domain)
    return f'<h3>{both(DOMAIN_TITLES[domain])}</h3><div class="kpis">{cards}</div>' if cards else ""


def _kpi(kpi: KpiPart) -> str:
    mark = "" if kpi.verified else f" {UNVERIFIED}"
    chip = f'<b class="chip {_tone(kpi.now.state)}">{both(KPI_STATE[kpi.now.state])}</b>'
    return (
        f'<article class="card kpi"><h4>{both(kpi.title)}{mark}</h4><p class="value">{_value(kpi)} {chip}</p>'
        f'<p class="soft">{_about(kpi)}</p>{charts.trend(kpi)}{charts.zones(kpi)}'
        f'<p class="soft formula">{both(kpi.formula)}<br>{say("Source", "ที่มา")}: {escape(kpi.source)}</p>'
        "</article>"
    )


def _tone(state: str) -> str:
    """The colour of a KPI's state: that of the status which means the same."""
    tones = {"met": "operational", "in_band": "operational", "missed": "outage", "out_of_band": "outage"}
    return tones.get(state, "unknown")


def _value(kpi: KpiPart) -> str:
    value = kpi.now.value
    return "<b>–</b>" if value is None else f"<b>{number(value)}</b> {escape(kpi.unit)}"


def _about(kpi: KpiPart) -> str:
    parts = []
    if kpi.target is not None:
        name = with_unit(kpi.target, kpi.unit)
        parts.append(say(f"target {_sign(kpi)}{name}", f"เป้าหมาย {_sign(kpi)}{name}"))
    elif kpi.goal is not None:
        parts.append(both(Text(f"target: {kpi.goal.en}", f"เป้าหมาย: {kpi.goal.th}")))
    if kpi.band is not None:
        name = f"{_end(kpi.band[0])}–{_end(kpi.band[1])} {kpi.unit}".strip()
        parts.append(say(f"band {name}", f"ช่วง {name}"))
    if kpi.now.coverage is not None:
        share = percent(kpi.now.coverage, 0)
        parts.append(say(f"{share} of the data there", f"มีข้อมูล {share}"))
    if kpi.turned is not None:
        parts.append(both(TURNED[kpi.turned]))
    return " · ".join(parts)


def _sign(kpi: KpiPart) -> str:
    return {"up": "≥ ", "down": "≤ "}.get(kpi.direction, "")


def _end(value: float | None) -> str:
    return "…" if value is None else number(value)
