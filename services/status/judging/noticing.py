"""What rules make worth saying beside the usual: certificates, latency, KPIs, old or missing data."""

from __future__ import annotations

from collections.abc import Iterable

from devices.model import Text
from services.status.judging.words import span
from services.status.model import OffBand
from services.status.policy.measures import Figures
from services.status.policy.rules import Comparison


def notices(comparison: Comparison, figures: Figures) -> Iterable[Text]:
    """What a comparison that holds adds to a reason; nothing when the usual clauses say it already."""
    tell = _TELL.get(comparison.asked.name)
    return tell(comparison, figures) if tell is not None else ()


def _certificate(comparison: Comparison, figures: Figures) -> Iterable[Text]:
    for probe in figures.evidence.probes:
        days = probe.certificate
        if days is None or not comparison.holds(days, latched=False):
            continue
        if days < 0:
            yield Text(f"certificate of {probe.id} has expired", f"ใบรับรองของ {probe.id} หมดอายุแล้ว")
        else:
            noun = "day" if int(days) == 1 else "days"
            yield Text(
                f"certificate of {probe.id} expires in {int(days)} {noun}",
                f"ใบรับรองของ {probe.id} จะหมดอายุใน {int(days)} วัน",
            )


def _latency(comparison: Comparison, figures: Figures) -> Iterable[Text]:
    for probe in figures.evidence.probes:
        if probe.up and probe.latency is not None and comparison.holds(probe.latency, latched=False):
            ms = f"{probe.latency:,.0f}"
            yield Text(f"{probe.id} answers in {ms} ms", f"{probe.id} ตอบใน {ms} มิลลิวินาที")


def _kpis(_: Comparison, figures: Figures) -> Iterable[Text]:
    return [_off_band(kpi) for kpi in figures.evidence.kpis]


def _off_band(kpi: OffBand) -> Text:
    unit = f" {kpi.unit}" if kpi.unit else ""
    value = f"{kpi.value:g}{unit}"
    if kpi.high is not None and kpi.value > kpi.high:
        return Text(
            f"{kpi.title.en} is {value}, above {kpi.high:g}", f"{kpi.title.th} {value} สูงกว่า {kpi.high:g}"
        )
    low = "" if kpi.low is None else f"{kpi.low:g}"
    return Text(f"{kpi.title.en} is {value}, below {low}", f"{kpi.title.th} {value} ต่ำกว่า {low}")


def _freshness(_: Comparison, figures: Figures) -> Iterable[Text]:
    newest = figures.evidence.newest
    if newest is not None:
        old = span(max(0, figures.at - newest) / 1000)
        yield Text(f"the newest reading is {old.en} old", f"ข้อมูลล่าสุดเก่า {old.th}")


def _completeness(_: Comparison, figures: Figures) -> Iterable[Text]:
    data = figures.evidence.data
    if data is not None and data.completeness is not None:
        percent = f"{100 * data.completeness:.0f}"
        yield Text(f"{percent} % of the expected readings came", f"ได้รับข้อมูลร้อยละ {percent} ของที่คาดไว้")


def _refused(_: Comparison, figures: Figures) -> Iterable[Text]:
    n = 0 if figures.evidence.data is None else figures.evidence.data.refused
    yield Text(
        f"readings of {n} of {figures.devices} sensors refused",
        f"ข้อมูลของเซ็นเซอร์ {n} จาก {figures.devices} ตัวถูกปฏิเสธ",
    )


def _gaps(_: Comparison, figures: Figures) -> Iterable[Text]:
    n = 0 if figures.evidence.data is None else figures.evidence.data.gaps
    yield Text(
        f"gaps in the data of {n} of {figures.devices} sensors",
        f"ข้อมูลของเซ็นเซอร์ {n} จาก {figures.devices} ตัวขาดช่วง",
    )


_TELL = {
    "certificate_days": _certificate,
    "probe_latency": _latency,
    "kpis_off": _kpis,
    "freshness": _freshness,
    "completeness": _completeness,
    "refused": _refused,
    "gaps": _gaps,
}
