"""The parts of the page, from its head to the alerts drawn closer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from devices.model import Text
from rules.backtest.alerts import Alert
from rules.backtest.differences import Change, Difference
from rules.backtest.readings import Surroundings
from rules.backtest.report import Report, RuleReport
from rules.texts import span_text, value_text
from services.cli.rulework.moments import when
from services.cli.rulework.page import charts
from services.cli.rulework.page.words import both, mixed, say, severity_chip

if TYPE_CHECKING:
    from rules.ruleset import RuleSet
    from services.runtime.backtests import Account

MOST_STRIPS = 60
MOST_LISTED = 500
MOST_COMPARED = 20

_VARIABLE = re.compile(r"\{[a-z_]+\}")


def head(name: str, city: Text, report: Report, account: Account) -> str:
    """What was played on what, in figures."""
    zone = report.timezone
    fired = sum(bool(tally.fired) for tally in report.rules)
    figures = (
        (f"{report.readings:,}", "readings"),
        (f"{account.refused:,}", "refused"),
        (f"{report.days:,.1f}", "days"),
        (f"{len(report.alerts):,}", "alerts"),
        (f"{fired} / {len(report.rules)}", "rules_fired"),
    )
    tiles = "".join(f"<div><b>{value}</b>{say(key)}</div>" for value, key in figures)
    return (
        f"<header><p>{both(city)}</p><h1>{say('backtest')}</h1>"
        f"<p>{escape(name)} · {when(report.start, zone)} – {when(report.end, zone)} · "
        f"{say('times_in')} {escape(zone)}</p>"
        f'<div class="tiles">{tiles}</div>{_refusals(account)}</header>'
    )


def _refusals(account: Account) -> str:
    if not account.refusals:
        return ""
    rows = "".join(
        f"<li><code>{escape(code)}</code> {refusals.count:,}"
        + "".join(f"<br><small>{escape(sample)}</small>" for sample in refusals.samples)
        + "</li>"
        for code, refusals in account.refusals.items()
    )
    return f"<details><summary>{account.refused:,} {say('refused')}</summary><ul>{rows}</ul></details>"


def table(report: Report, ruleset: RuleSet) -> str:
    """What each rule did; those that never fired by name only."""
    fired = sorted((tally for tally in report.rules if tally.fired), key=lambda tally: -tally.fired)
    silent = [tally for tally in report.rules if not tally.fired]
    keys = ("rule", "fired", "a_day", "in_all", "first", "last")
    names = "".join(f"<th>{say(key)}</th>" for key in keys)
    rows = "".join(_row(tally, report, ruleset) for tally in fired)
    body = (
        f'<div class="wide"><table><tr>{names}</tr>{rows}</table></div>' if fired else f"<p>{say('none')}</p>"
    )
    quiet = ", ".join(f"<code>{escape(tally.rule)}</code>" for tally in silent)
    if silent:
        body += f"<details><summary>{len(silent)} {say('never')}</summary><p>{quiet}</p></details>"
    return f"<section><h2>{say('rules')}</h2>{body}</section>"


def _row(tally: RuleReport, report: Report, ruleset: RuleSet) -> str:
    zone, days = report.timezone, max(report.days, 1e-9)
    shadow = f" <small>({say('shadow')})</small>" if tally.shadow else ""
    rule = ruleset.rules.get(tally.rule)
    title = (
        f"<br><small>{both(_without_variables(rule.heading.title))}</small>"
        if rule and "title" in rule.document
        else ""
    )
    a_day = f"{tally.fired / days:.2f}" if report.days >= 1 else "–"
    return (
        f"<tr><td><code>{escape(tally.rule)}</code>{shadow}{title}</td><td class=n>{tally.fired:,}</td>"
        f"<td class=n>{a_day}</td><td class=n>{both(in_all(tally.firing))}</td>"
        f"<td>{when(tally.first, zone)}</td><td>{when(tally.last, zone)}</td></tr>"
    )


def _without_variables(title: Text) -> Text:
    return Text(_VARIABLE.sub("…", title.en), _VARIABLE.sub("…", title.th))


def in_all(span: int) -> Text:
    """A sum of spans (ms), without the fractions that nobody asks for."""
    return span_text(span // 60_000 * 60_000 if span >= 60_000 else span)


def timeline(report: Report, before: Report | None = None, differences: Sequence[Difference] = ()) -> str:
    """A strip for each rule that fired, and how many alerts there were day by day.

    Below it, with ``before``, those of the rules that it was compared with.
    """
    if report.start is None or report.end is None or not report.alerts:
        return ""
    by_rule: dict[str, list[Alert]] = {}
    for alert in report.alerts:
        by_rule.setdefault(alert.rule, []).append(alert)
    shown = sorted(by_rule, key=lambda rule: -len(by_rule[rule]))[:MOST_STRIPS]
    beside = _beside(before, differences) if before else {}
    strips = "".join(
        f'<div class="row"><code>{escape(rule)}</code>{charts.strip(by_rule[rule], report)}</div>'
        + "".join(_strip_before(name, alerts, report) for name, alerts in beside.get(rule, ()))
        for rule in shown
    )
    marks = charts.scale(report.start, report.end, report.timezone)
    drawn, word = charts.bars(report)
    return (
        f"<section><h2>{say('timeline')}</h2>{_left_out(len(by_rule), MOST_STRIPS, 'rules', 'กฎ')}"
        f'<div class="rows">{strips}<div class="row"><i></i>{marks}</div></div></section>'
        f"<section><h2>{say(word)}</h2>{drawn}{marks}</section>"
    )


def _beside(before: Report, differences: Sequence[Difference]) -> dict[str, list[tuple[str, list[Alert]]]]:
    """The alerts of the rules that each was compared with."""
    found: dict[str, list[tuple[str, list[Alert]]]] = {}
    for one in differences:
        if one.before is not None and one.after is not None:
            found.setdefault(one.after, []).append((one.before, before.of(one.before)))
    return found


def _strip_before(name: str, alerts: Sequence[Alert], report: Report) -> str:
    label = f"<small>{say('before')}: <code>{escape(name)}</code></small>"
    return f'<div class="row before">{label}{charts.strip(alerts, report)}</div>'


def _left_out(there: int, shown: int, english: str, thai: str) -> str:
    if there <= shown:
        return ""
    return (
        f"<p>{mixed(f'{shown} of {there:,} {english} are shown.', f'แสดง {shown} จาก {there:,} {thai}')}</p>"
    )


def compared(differences: Sequence[Difference], timezone: str) -> str:
    """Two versions side by side: how many alerts are alike, and which are not."""
    keys = ("before", "after", "same", "changed", "added", "gone")
    names = "".join(f"<th>{say(key)}</th>" for key in keys)
    rows = "".join(_compared_row(one) for one in differences)
    details = "".join(_compared_details(one, timezone) for one in differences if one.differs)
    return (
        f"<section><h2>{say('compared')}</h2>"
        f'<div class="wide"><table><tr>{names}</tr>{rows}</table></div>{details}</section>'
    )


def _compared_row(one: Difference) -> str:
    counts = (one.same, len(one.changed), len(one.added), len(one.gone))
    numbers = "".join(f"<td class=n>{count or '–'}</td>" for count in counts)
    rules = "".join(
        f"<td>{f'<code>{escape(rule)}</code>' if rule else '–'}</td>" for rule in (one.before, one.after)
    )
    return f"<tr>{rules}{numbers}</tr>"


def _compared_details(one: Difference, timezone: str) -> str:
    items = [
        *_first((f"+ {_brief(alert, timezone)}" for alert in one.added), len(one.added)),
        *_first((f"− {_brief(alert, timezone)}" for alert in one.gone), len(one.gone)),
        *_first((_moved(change, timezone) for change in one.changed), len(one.changed)),
    ]
    rows = "".join(f"<li>{item}</li>" for item in items)
    name = " ⇒ ".join(escape(rule) for rule in dict.fromkeys((one.before, one.after)) if rule)
    return f"<details><summary><code>{name}</code></summary><ul>{rows}</ul></details>"


def _first(items: Iterable[str], count: int) -> list[str]:
    found = [item for item, _ in zip(items, range(MOST_COMPARED), strict=False)]
    left = count - len(found)
    return [*found, mixed(f"and {left:,} more", f"และอีก {left:,}")] if left > 0 else found


def _brief(alert: Alert, timezone: str) -> str:
    return f"{charts.caption(alert, timezone)} {severity_chip(alert.severity)} {escape(_whom(alert))}"


def _moved(change: Change, timezone: str) -> str:
    return f"{_brief(change.before, timezone)}<br>⇒ {_brief(change.after, timezone)}"


def _whom(alert: Alert) -> str:
    return alert.subject.device or alert.subject.service or alert.subject.zone


def closer(chosen: Sequence[Surroundings], timezone: str, there: int) -> str:
    """Some alerts among their readings."""
    if not chosen:
        return ""
    figures = "".join(_figure(one, timezone) for one in chosen)
    note = _left_out(there, len(chosen), "alerts", "การแจ้งเตือน")
    return f"<section><h2>{say('closer')}</h2>{note}<div class=figures>{figures}</div></section>"


def _figure(one: Surroundings, timezone: str) -> str:
    alert = one.alert
    evidence = alert.evidence
    value, metric = value_text(evidence.value), one.rule.heading.metric
    heading = one.rule.heading
    unit = f" {heading.unit}" if heading.unit and one.rule.condition.on_scale else ""
    measured = f"{both(metric) if metric else ''} {escape(value + unit) if value is not None else ''}"
    window = f" ({escape(evidence.window)})" if evidence.window else ""
    drawn = charts.around(one, timezone) if one.lines else f"<p><small>{say('no_readings')}</small></p>"
    still = f" · {say('still')}" if alert.ends_at is None else ""
    details = f"{charts.caption(alert, timezone)}{still} · {measured}{window}"
    return (
        f"<figure><figcaption>{severity_chip(alert.severity)} <code>{escape(alert.rule)}</code> "
        f"{escape(_whom(alert))}<br><small>{details}</small></figcaption>{drawn}</figure>"
    )


def listed(report: Report) -> str:
    """Every alert, to a bound."""
    if not report.alerts:
        return ""
    keys = ("starts", "lasted", "severity", "rule", "where", "value")
    names = "".join(f"<th>{say(key)}</th>" for key in keys)
    rows = "".join(_listed_row(alert, report.timezone) for alert in report.alerts[:MOST_LISTED])
    note = _left_out(len(report.alerts), MOST_LISTED, "alerts", "การแจ้งเตือน")
    return (
        f"<section><h2>{say('list')}</h2>{note}"
        f"<details><summary>{len(report.alerts):,} {say('alerts')}</summary>"
        f'<div class="wide"><table><tr>{names}</tr>{rows}</table></div></details></section>'
    )


def _listed_row(alert: Alert, timezone: str) -> str:
    lasted = say("still") if alert.ends_at is None else both(span_text(alert.ends_at - alert.starts_at))
    value = value_text(alert.evidence.value) or "–"
    cells = (
        when(alert.starts_at, timezone),
        lasted,
        severity_chip(alert.severity),
        f"<code>{escape(alert.rule)}</code>",
        escape(_whom(alert)),
        escape(value),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
