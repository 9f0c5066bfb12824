"""The tests in rule files, from their forms to what :mod:`rules.testing` runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devices.documents import Loc, Parsed, Problem, suggestion
from rules.forms import ExpectedForm, ExpectForm, ObserveForm, TestDeviceForm, TestForm
from rules.testcases import Expectation, ExpectedAlert, RuleTest, TestDevice, TestReading


def rule_test(
    form: TestForm, parsed: Parsed, at: Loc, group: str, rules: Sequence[str], problems: list[Problem]
) -> RuleTest:
    """The test that a form describes. ``rules`` are the ids of the file's rules, without the group."""
    for place, expect in enumerate(form.expect):
        for alert_place, alert in enumerate(expect.alerts):
            name = alert.rule.removeprefix(f"{group}/")
            if name not in rules:
                loc = (*at, "expect", place, "alerts", alert_place, "rule")
                message = f"this file has no rule {name}{suggestion(name, rules)}"
                problems.append(parsed.problem(loc, message, value=alert.rule, allowed=", ".join(rules)))
    lines = [parsed.line((*at, "expect", place)) for place in range(len(form.expect))]
    return RuleTest(
        name=form.name,
        group=group,
        file=parsed.document.name,
        line=parsed.line(at),
        rules=tuple(f"{group}/{rule}" for rule in rules),
        city=form.city,
        start=form.start,
        devices=tuple(_device(device) for device in form.devices),
        readings=tuple(_readings(form.observe)),
        expect=tuple(
            _expectation(expect, group, line) for expect, line in zip(form.expect, lines, strict=True)
        ),
    )


def _device(form: TestDeviceForm) -> TestDevice:
    return TestDevice(
        form.id, form.type, form.zone, form.service, form.name, form.interval, form.labels, form.location
    )


def _readings(forms: Sequence[ObserveForm]) -> Iterator[TestReading]:
    """In order of time; at one time, as they are written."""
    readings = [reading for form in forms for reading in _of(form)]
    yield from sorted(readings, key=lambda reading: reading.after)


def _of(form: ObserveForm) -> Iterator[TestReading]:
    for place, after in enumerate(form.offsets()):
        values = {
            metric: value[place] if isinstance(value, tuple) else value
            for metric, value in form.values.items()
        }
        for device in form.device:
            yield TestReading(after, device, form.type, values, form.location, form.every)


def _expectation(form: ExpectForm, group: str, line: int) -> Expectation:
    return Expectation(form.at, tuple(_expected(alert, group) for alert in form.alerts), line)


def _expected(form: ExpectedForm, group: str) -> ExpectedAlert:
    rule = form.rule if form.rule.startswith(f"{group}/") else f"{group}/{form.rule}"
    return ExpectedAlert(rule, form.device, form.zone, form.service, form.severity)
