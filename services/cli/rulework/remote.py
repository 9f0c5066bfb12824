"""Stored history of a Nakhon that runs: it plays the rules itself, and answers with what they did."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from devices.model import Observation, Text
from rules.backtest.alerts import Alert
from rules.backtest.play import Score, Tell
from rules.backtest.readings import Surroundings, gather
from rules.backtest.report import Report, RuleReport
from rules.model import Evidence, Severity, Subject
from services.cli.rulework.ground import Played, TakeScore
from services.runtime.backtests import Account
from services.runtime.clock import rfc3339

if TYPE_CHECKING:
    from devices.city import CityFolder
    from devices.model import Device
    from services.cli.common import Server
    from services.cli.rulework.setting import Rules


class ThereGround:
    """The history of a running Nakhon from ``start`` until before ``end`` (ms)."""

    def __init__(
        self, server: Server, folder: CityFolder, devices: Sequence[Device], start: int, end: int
    ) -> None:
        self.name = f"stored history at {server.url}"
        self.folder = folder
        self._server = server
        self._devices = tuple(devices)
        self._start, self._end = start, end

    def play(
        self, sets: Sequence[Rules], *, tell: Tell | None = None, scores: TakeScore | None = None
    ) -> Played:
        if tell is not None:
            sys.stderr.write(f"{self.name} is at it; this may take a while\n")
        answers = [
            self._ask(rules, scores=scores is not None and not place) for place, rules in enumerate(sets)
        ]
        if scores is not None:
            for row in answers[0].get("scores", ()):
                scores(_score(row))
        reports = [
            _report(answer, rules, self.folder.city.timezone)
            for answer, rules in zip(answers, sets, strict=True)
        ]
        return Played(reports, Account(sum(answer["seconds"] for answer in answers)))

    def _ask(self, rules: Rules, *, scores: bool) -> dict[str, Any]:
        texts = None if rules.documents is None else [document.text for document in rules.documents]
        body = {"rules": texts, "start": rfc3339(self._start), "end": rfc3339(self._end), "scores": scores}
        answer: dict[str, Any] = self._server.post("rules/backtest", body)
        return answer

    def around(self, wanted: Sequence[Surroundings]) -> None:
        for one in wanted:
            gather([one], self._devices, [self._readings(one)])

    def _readings(self, one: Surroundings) -> list[Observation]:
        about = one.alert.subject
        where = {"device": about.device} if about.device else {"zone": about.zone}
        if one.rule.on:
            where["type"] = one.rule.on
        span = {"start": rfc3339(max(0, one.start)), "end": rfc3339(one.end + 1)}
        items = self._server.all("observations", metric=one.rule.metric or "", **where, **span)
        return sorted(map(_observation, items), key=lambda observation: observation.time)


def _observation(item: Mapping[str, Any]) -> Observation:
    return Observation(
        _ms(item["time"]), item["device"], item["zone"], item["type"], item["values"], _ms(item["time"])
    )


def _report(answer: Mapping[str, Any], rules: Rules, timezone: str) -> Report:
    alerts = tuple(_alert(item, rules) for item in answer["alerts"])
    return Report(
        answer["readings"],
        _optional_ms(answer["from"]),
        _optional_ms(answer["to"]),
        timezone,
        tuple(_tally(item) for item in answer["rules"]),
        alerts,
    )


def _tally(item: Mapping[str, Any]) -> RuleReport:
    return RuleReport(
        item["rule"],
        item["mode"] == "shadow",
        item["fired"],
        round(item["firing_seconds"] * 1000),
        _optional_ms(item["first"]),
        _optional_ms(item["last"]),
        item["per_day"],
    )


def _alert(item: Mapping[str, Any], rules: Rules) -> Alert:
    rule = rules.ruleset.rules.get(item["rule"])
    title = rule.heading.title if rule else Text(item["rule"], item["rule"])
    severity = Severity(item["severity"])
    fired = _ms(item["fired_at"])
    return Alert(
        item["rule"],
        Subject(item["zone"], item["device"], item["service"]),
        severity,
        _ms(item["starts_at"]),
        fired,
        _optional_ms(item["ends_at"]),
        ((fired, severity),),
        title,
        Evidence(rule.metric if rule else None, item["value"], item["threshold"], item["window"]),
    )


def _score(row: Sequence[Any]) -> Score:
    return Score(_ms(row[0]), *row[1:])


def _optional_ms(text: str | None) -> int | None:
    return None if text is None else _ms(text)


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
