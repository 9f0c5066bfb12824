"""A backtest as one page that needs nothing beside itself: bilingual, light and dark, charts as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from rules.backtest.alerts import Alert
from rules.backtest.readings import Surroundings, surroundings
from services.cli.rulework.page import sections
from services.cli.rulework.page.words import say
from services.cli.rulework.writing import write_file

if TYPE_CHECKING:
    from rules.backtest.differences import Difference
    from rules.backtest.report import Report
    from rules.ruleset import RuleSet
    from services.cli.rulework.ground import Ground, Played

MOST_CLOSER = 12
"""Alerts that are drawn among their readings."""

_INTERVAL = 300_000


def write_page(
    file: Path,
    ground: Ground,
    ruleset: RuleSet,
    played: Played,
    differences: Sequence[Difference] | None,
) -> None:
    """Write the page of what ``ruleset`` did; with ``differences``, also of what others did.

    Raises:
        StartupError: the file can't be written.
    """
    report = played.reports[0]
    chosen = _closer(report, ruleset, ground)
    if chosen:
        ground.around(chosen)
    city, zone = ground.folder.city, report.timezone
    parts = [
        sections.head(ground.name, city.name, report, played.account),
        sections.table(report, ruleset),
        sections.compared(differences, zone) if differences is not None else "",
        sections.timeline(report, *_before(played, differences)),
        sections.closer(chosen, zone, len(report.alerts)),
        sections.listed(report),
    ]
    write_file(file, _page(ground.name, "".join(parts)))


def _before(
    played: Played, differences: Sequence[Difference] | None
) -> tuple[Report | None, Sequence[Difference]]:
    return (played.reports[1], differences) if differences is not None else (None, ())


def _closer(report: Report, ruleset: RuleSet, ground: Ground) -> list[Surroundings]:
    """The worst and longest alerts, taking turns between the rules."""
    if report.end is None:
        return []
    end = report.end
    intervals = {device.id: device.interval for device in ground.folder.devices}
    found = []
    for alert in islice(_in_turns(report, end), MOST_CLOSER):
        rule = ruleset.rules.get(alert.rule)
        if rule is not None:
            interval = intervals.get(alert.subject.device or "", _INTERVAL)
            found.append(surroundings(alert, rule, interval, end))
    return found


def _in_turns(report: Report, end: int) -> Iterator[Alert]:
    by_rule: dict[str, list[Alert]] = {}
    for alert in report.alerts:
        by_rule.setdefault(alert.rule, []).append(alert)
    for alerts in by_rule.values():
        alerts.sort(key=lambda alert: (-alert.severity.rank, -alert.firing(end), alert.starts_at))
    for turn in zip_longest(*by_rule.values()):
        yield from (alert for alert in turn if alert is not None)


def _page(name: str, body: str) -> str:
    here = resources.files(__name__)
    style, script = (here.joinpath(file).read_text(encoding="utf-8") for file in ("page.css", "page.js"))
    return (
        '<!doctype html>\n<html lang="en" data-language="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)} – Nakhon</title><style>{style}</style></head><body>"
        f"<nav><button id=theme>{say('theme')}</button><button id=language>{say('language')}</button></nav>"
        f"<main>{body}</main><script>{script}</script></body></html>\n"
    )
