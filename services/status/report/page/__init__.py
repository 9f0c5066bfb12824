"""A report as one page that needs nothing beside itself: bilingual without a script, charts as SVG."""

from __future__ import annotations

from html import escape
from importlib import resources

from services.status.report.model import ReportData
from services.status.report.page import figures, indicators, notes, sections
from services.status.report.page.words import period_name, say

_CONTENTS = (
    ("domains", "Domains", "ด้าน"),
    ("services", "Services", "บริการ"),
    ("kpis", "KPIs", "ตัวชี้วัด"),
    ("alarms", "Alerts", "การแจ้งเตือน"),
    ("quality", "Data quality", "คุณภาพข้อมูล"),
    ("unknown", "Unknown", "สิ่งที่ไม่ทราบ"),
    ("revised", "Revised", "คำนวณใหม่"),
    ("method", "Method", "วิธีคำนวณ"),
)


def write_page(data: ReportData, lang: str) -> str:
    """The page as HTML; ``lang`` (en or th) shows first."""
    parts = (
        sections.cover(data),
        sections.domains(data),
        sections.services(data),
        indicators.kpis(data),
        figures.alarms(data),
        figures.quality(data),
        figures.unknown(data),
        figures.revised(data),
        notes.method(),
    )
    return _page(data, lang, "".join(parts))


def _page(data: ReportData, lang: str, body: str) -> str:
    style = resources.files(__name__).joinpath("page.css").read_text(encoding="utf-8")
    name = period_name(data.period.name)
    title = f"{data.city.en} – {name.en} / {data.city.th} – {name.th}"
    links = "".join(f'<a href="#{key}">{say(english, thai)}</a>' for key, english, thai in _CONTENTS)
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f"{_choice('en', lang)}{_choice('th', lang)}"
        '<nav><div class="lang"><label for="lang-en" lang="en">English</label>'
        f'<label for="lang-th" lang="th">ไทย</label></div><div class="links">{links}</div></nav>'
        f"<main>{body}</main></body></html>\n"
    )


def _choice(lang: str, chosen: str) -> str:
    """A radio button: which language shows is told by the style sheet, without a script."""
    name = {"en": "English", "th": "ไทย"}[lang]
    checked = " checked" if lang == chosen else ""
    return f'<input type="radio" name="lang" id="lang-{lang}" aria-label="{name}"{checked}>'
