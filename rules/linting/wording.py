"""What a rule says to people, and whether a test shows that it fires."""

from __future__ import annotations

from collections.abc import Iterator

from rules.linting.report import Remark
from rules.linting.surroundings import Surroundings
from rules.linting.written import Written

_LANGUAGES = {"en": "English", "th": "Thai"}


def one_language(rule: Written, around: Surroundings) -> Iterator[Remark]:  # noqa: ARG001 - a finding's form
    """A text that half of the readers will not understand."""
    for key in ("title", "advice"):
        wording = rule.entry.get(key)
        if not isinstance(wording, dict):
            continue
        for language, name in _LANGUAGES.items():
            if not wording.get(language):
                other = next(called for code, called in _LANGUAGES.items() if code != language)
                yield Remark(
                    (key,), f"has no {name} text ({language}); readers of it will see the {other} one"
                )


def no_advice(rule: Written, around: Surroundings) -> Iterator[Remark]:  # noqa: ARG001 - a finding's form
    """An alert that does not say what to do."""
    if not rule.rule.heading.shadow and not rule.entry.get("advice"):
        yield Remark((), "has no advice: say to whoever gets the alert what to do")


def untested(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A rule of which no test shows that it fires."""
    expected = {alert.rule for test in around.tests for moment in test.expect for alert in moment.alerts}
    if rule.rule.id not in expected:
        yield Remark((), "no test of its file expects it: add one, and see it fire")
