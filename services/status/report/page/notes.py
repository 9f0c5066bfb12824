"""How the figures are made: formulas, and which limits were not verified."""

from __future__ import annotations

from importlib import resources

import yaml

from services.status.report.page.words import say

UNVERIFIED = '<abbr class="mark" title="not verified against its source / ยังไม่ได้ตรวจสอบกับแหล่งที่มา">(U)</abbr>'


def method() -> str:
    """The notes at the end, from method.yaml."""
    text = resources.files("services.status.report.page").joinpath("method.yaml").read_text(encoding="utf-8")
    items = "".join(f"<li>{say(note['en'], note['th'])}</li>" for note in yaml.safe_load(text))
    mark = say(
        "marks a formula, target or limit that was not verified against its source.",
        "หมายถึงสูตร เป้าหมาย หรือเกณฑ์ที่ยังไม่ได้ตรวจสอบกับแหล่งที่มา",
    )
    return (
        f'<section id="method"><h2>{say("How the figures are made", "วิธีคำนวณ")}</h2>'
        f"<ul>{items}<li>{UNVERIFIED} {mark}</li></ul></section>"
    )
