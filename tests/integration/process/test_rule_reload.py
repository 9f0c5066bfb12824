"""Rule files edited under a running city: what is new fires, what runs goes on, a mistake changes nothing."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.cityfiles import write_city
from tests.support.process import Nakhon, until

HEAD = "group: air\ndomain: environment\nrules:\n"
LASTING = "  - {id: lasting, on: AirQualityObserved.pm25, when: {above: 50}, for: 8s}\n"
HIGH = "  - {id: high, on: AirQualityObserved.pm25, when: {above: 75}}\n"
VERY_HIGH = "  - {id: very-high, on: AirQualityObserved.pm25, when: {above: 60}, severity: critical}\n"


@dataclass
class City:
    """A demo without simulated devices, and its rule file."""

    nakhon: Nakhon
    file: Path

    def write(self, *rules: str) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(HEAD + "".join(rules), encoding="utf-8")
        fresh.replace(self.file)

    def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        run = self.nakhon.run_file()
        assert run is not None
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {run['token']}"}
        request = urllib.request.Request(f"{run['http']}{path}", data=data, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def reads(self, pm25: float) -> None:
        status, verdict = self.post("/api/v1/telemetry?device=aq-01", {"pm25": pm25})
        assert (status, verdict["accepted"]) == (200, 1)

    def state(self) -> Any:
        return self.nakhon.get("/api/v1/rules/state")

    def alerts(self, rule: str) -> list[Any]:
        return self.nakhon.all(f"/api/v1/alerts?rule={rule}")

    def firing(self, rule: str) -> bool:
        return any(alert["state"] == "firing" for alert in self.alerts(rule))


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    folder = write_city(tmp_path / "city", rules=HEAD + HIGH + LASTING)
    arguments = ["demo", "--city", str(folder), "--data", str(tmp_path / "data")]
    arguments += ["--http", "0", "--mqtt", "0", "--no-simulate"]
    with Nakhon(tmp_path / "data", arguments) as nakhon:
        yield City(nakhon, folder / "rules" / "air.yaml")
        assert "Traceback" not in nakhon.log()


def test_an_edited_file_comes_into_force_and_what_runs_goes_on(city: City) -> None:
    city.reads(65)
    until(lambda: city.alerts("air/lasting"), "it is pending")
    (pending,) = city.alerts("air/lasting")
    city.write(HIGH, LASTING, VERY_HIGH)
    until(lambda: city.state()["rules"] == 3, "the file is taken over")
    assert city.state()["last"]["added"] == ["air/very-high"]
    assert city.state()["last"]["kept"] == ["air/high", "air/lasting"]
    city.reads(66)
    until(lambda: city.firing("air/very-high"), "the new rule fires")
    until(lambda: city.firing("air/lasting"), "what was pending fires")
    (fired,) = city.alerts("air/lasting")
    assert (fired["id"], fired["starts_at"]) == (pending["id"], pending["starts_at"])
    assert 'nakhon_rules_reload_total{outcome="loaded"} 1.0' in city.nakhon.text("/metrics")
    assert "nakhon_rules_loaded 3.0" in city.nakhon.text("/metrics")


def test_a_broken_file_is_told_with_file_and_line_and_changes_nothing(city: City) -> None:
    city.write(HIGH, LASTING.replace("pm25", "pm52"))
    until(lambda: city.state()["problems"], "the mistake is told")
    (problem,) = city.state()["problems"]
    assert (problem["file"], problem["line"]) == ("rules/air.yaml", 5)
    assert "did you mean pm25?" in problem["message"]
    status, answer = city.post("/api/v1/rules/reload")
    assert (status, answer["code"]) == (422, "invalid_rules")
    assert (answer["errors"][0]["file"], answer["errors"][0]["line"]) == ("rules/air.yaml", 5)
    assert city.nakhon.get("/readyz")["ready"]
    city.reads(80)
    until(lambda: city.firing("air/high"), "the rules in force go on")
    assert 'nakhon_rules_reload_total{outcome="refused"}' in city.nakhon.text("/metrics")
    warnings = [line for line in city.nakhon.log().splitlines() if "mistakes" in line]
    assert all("rules/air.yaml:5" in line for line in warnings)
    assert warnings


def test_an_alert_of_a_rule_that_went_ends_and_says_why_also_after_a_kill(city: City) -> None:
    city.reads(80)
    until(lambda: city.firing("air/high"), "it fires")
    city.write(LASTING)
    status, changes = city.post("/api/v1/rules/reload")
    assert (status, changes["removed"], changes["kept"]) == (200, ["air/high"], ["air/lasting"])
    city.nakhon.kill()
    city.nakhon.start()
    until(lambda: not city.firing("air/high"), "the alert is over")
    (alert,) = city.alerts("air/high")
    assert (alert["state"], alert["evidence"]["ended"]) == ("resolved", "rule_removed")
    history = city.nakhon.get(f"/api/v1/alerts/{alert['id']}")["history"]
    assert history[-1]["reason"]["th"]
    until(lambda: city.firing("air/lasting"), "what was pending fires, as if nothing had happened")
    (lasting,) = city.alerts("air/lasting")
    assert lasting["starts_at"] == alert["starts_at"]
    deadline = time.monotonic() + 3
    until(lambda: city.state()["rules"] == 1, "the new set is in force", deadline - time.monotonic())
