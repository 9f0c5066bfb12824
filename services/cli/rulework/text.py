"""A backtest as lines of text, times in the city's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rules.texts import span_text, value_text
from services.cli.rulework.moments import when

if TYPE_CHECKING:
    from rules.backtest.alerts import Alert
    from rules.backtest.differences import Change, Difference
    from rules.backtest.report import Report
    from services.runtime.backtests import Account

_MOST = 20
"""Alerts of one list that are told; --json and --html have more."""


def summary(name: str, report: Report, account: Account) -> Iterator[str]:
    """What was played, and what each rule did."""
    yield from _readings(name, report, account)
    yield ""
    yield from _table(report)


def _readings(name: str, report: Report, account: Account) -> Iterator[str]:
    zone = report.timezone
    rate = report.readings / account.seconds if account.seconds else 0
    yield f"{name}: {report.readings:,} readings from {when(report.start, zone)} to {when(report.end, zone)}"
    yield f"  {report.days:,.1f} days, times in {zone}; {account.seconds:.1f} s, {rate:,.0f} readings/s"
    if account.refused:
        yield f"  {account.refused:,} refused:"
    for code, refusals in account.refusals.items():
        yield f"  {refusals.count:>9,} {code}"
        yield from (f"            {sample}" for sample in refusals.samples)


def _table(report: Report) -> Iterator[str]:
    fired = [tally for tally in report.rules if tally.fired]
    width = max((len(tally.rule) for tally in fired), default=4)
    if fired:
        yield f"{'rule':<{width}}  {'fired':>7} {'a day':>7}  {'in all':>16}  {'first':<16}  last"
    days, zone = max(report.days, 1e-9), report.timezone
    for tally in fired:
        name = f"{tally.rule:<{width}}"
        lasted = span_text(tally.firing // 60_000 * 60_000).en
        a_day = f"{tally.fired / days:.2f}" if report.days >= 1 else "–"
        yield (
            f"{name}  {tally.fired:>7,} {a_day:>7}  {lasted:>16}  {when(tally.first, zone):<16}  "
            f"{when(tally.last, zone)}{'  (shadow)' if tally.shadow else ''}"
        )
    silent = len(report.rules) - len(fired)
    if silent:
        yield f"{silent} of {len(report.rules)} rules never fired"


def alert_lines(report: Report, most: int = _MOST) -> Iterator[str]:
    """The alerts, at most so many."""
    if not report.alerts:
        return
    yield f"{len(report.alerts):,} alerts" + (f", the first {most}" if len(report.alerts) > most else "")
    yield from (f"  {alert_line(alert, report.timezone)}" for alert in report.alerts[:most])


def alert_line(alert: Alert, timezone: str) -> str:
    """One alert: when, how long, how bad, what about, and the value that did it."""
    about = alert.subject
    whom = about.device or about.service or about.zone
    lasted = "still on" if alert.ends_at is None else span_text(alert.ends_at - alert.starts_at).en
    value = value_text(alert.evidence.value)
    limit = value_text(_scalar(alert.evidence.threshold))
    why = f", {alert.evidence.metric or 'value'} {value}" if value is not None else ""
    why += f" against {limit}" if value is not None and limit is not None else ""
    return f"{when(alert.starts_at, timezone)}  {lasted:<14} {alert.severity:<8} {alert.rule} {whom}{why}"


def _scalar(value: object) -> float | str | bool | None:
    return value if isinstance(value, float | str | bool) else None


def difference_lines(differences: Sequence[Difference], timezone: str, *, detail: int) -> Iterator[str]:
    """What fires more, less and otherwise; of each rule at most ``detail`` alerts of each kind."""
    for one in differences:
        yield f"  {_pair(one)}: {_counts(one)}"
        yield from _some("+", [alert_line(alert, timezone) for alert in one.added], detail)
        yield from _some("-", [alert_line(alert, timezone) for alert in one.gone], detail)
        yield from _some("~", [_change_line(change, timezone) for change in one.changed], detail)


def _pair(one: Difference) -> str:
    if one.before is None:
        return f"{one.after} (new)"
    if one.after is None:
        return f"{one.before} (gone)"
    return one.after if one.before == one.after else f"{one.after} beside {one.before}"


def _counts(one: Difference) -> str:
    counts = (
        (one.same, "the same"),
        (len(one.changed), "moved"),
        (len(one.added), "more"),
        (len(one.gone), "fewer"),
    )
    told = ", ".join(f"{count:,} {word}" for count, word in counts if count)
    return told or "nothing fires in either"


def _some(sign: str, lines: Sequence[str], most: int) -> Iterator[str]:
    yield from (f"    {sign} {line}" for line in lines[:most])
    if most and len(lines) > most:
        yield f"    {sign} … and {len(lines) - most:,} more"


def _change_line(change: Change, timezone: str) -> str:
    was, is_ = change.before, change.after
    parts = []
    for name in change.what:
        before, after = getattr(was, name), getattr(is_, name)
        if name == "severity":
            parts.append(f"{before} → {after}")
        else:
            word = {"starts_at": "starts", "fired_at": "fires", "ends_at": "ends"}[name]
            parts.append(f"{word} {_end(before, timezone)} → {_end(after, timezone)}")
    whom = is_.subject.device or is_.subject.service or is_.subject.zone
    return f"{when(is_.starts_at, timezone)}  {is_.rule} {whom}: {', '.join(parts)}"


def _end(ms: int | None, timezone: str) -> str:
    return "not yet" if ms is None else when(ms, timezone)
