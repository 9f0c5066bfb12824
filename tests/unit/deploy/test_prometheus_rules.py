"""The rules shipped for Prometheus: checked and tested by promtool, and in step with what Nakhon exports."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.model import Severity
from tests.fixtures.mosquitto import missing

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "prometheus"
RULES = "nakhon.rules.yml"
TESTS = "nakhon.rules.test.yml"

_METRIC = re.compile(r"\bnakhon_[a-z0-9_]+")
_REGISTERED = re.compile(r'"(nakhon_[a-z0-9_]+)"')
_SUFFIX = re.compile(r"_(total|bucket|count|sum)$")
_THAI = re.compile("[\u0e00-\u0e7f]")


def promtool(*arguments: str) -> str:
    program = shutil.which("promtool")
    if program is None:
        missing("promtool", "Debian: apt install prometheus")
    done = subprocess.run([str(program), *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / RULES).read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def exported() -> set[str]:
    """The names in the places that register metrics; counters without ``_total``."""
    files = [ROOT / "services/runtime/metrics.py", *(ROOT / "services/app").glob("*.py")]
    return {name for file in files for name in _REGISTERED.findall(file.read_text(encoding="utf-8"))}


@pytest.mark.real
def test_promtool_takes_the_rules() -> None:
    assert f"{len(alerts())} rules found" in promtool("check", "rules", RULES)


@pytest.mark.real
def test_promtool_takes_the_configuration() -> None:
    assert "SUCCESS" in promtool("check", "config", "--syntax-only", "prometheus.yml")


@pytest.mark.real
def test_rules_fire_when_they_should() -> None:
    assert "SUCCESS" in promtool("test", "rules", TESTS)


def test_every_alert_has_a_case_in_which_it_fires() -> None:
    cases = yaml.safe_load((FOLDER / TESTS).read_text(encoding="utf-8"))["tests"]
    told = [
        sample["labels"]
        for case in cases
        for test in case["promql_expr_test"]
        for sample in test["exp_samples"] or ()
    ]
    fired = set(re.findall(r'alertname="(\w+)"', " ".join(told)))
    assert fired == {rule["alert"] for rule in alerts()}


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: str(rule["alert"]))
def test_alert_is_told_in_both_languages(rule: dict[str, Any]) -> None:
    texts = rule["annotations"]
    assert set(texts) == {"summary", "summary_th", "description", "description_th"}
    for name, text in texts.items():
        assert text.strip() == text
        assert bool(_THAI.search(text)) is name.endswith("_th")
    severity = rule["labels"]["severity"]
    assert severity in {*(severity.value for severity in Severity), "none"}


def test_names_of_alerts_are_used_once() -> None:
    names = [rule["alert"] for rule in alerts()]
    assert len(names) == len(set(names))


def test_every_metric_of_the_rules_is_exported() -> None:
    used = {_SUFFIX.sub("", name) for rule in alerts() for name in _METRIC.findall(rule["expr"])}
    assert len(used) > 15
    assert used - exported() == set()


def test_configuration_names_the_job_that_the_rules_ask_for() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    assert [job["job_name"] for job in jobs] == ["nakhon"]
    asked = {name for rule in alerts() for name in re.findall(r'job="(\w+)"', rule["expr"])}
    assert asked == {"nakhon"}
