"""``nakhon alerts``: what fires now, with the ids that other commands ask for."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from services.cli import build, looking

ALERT: dict[str, object] = {
    "id": "01M7ZJ6RG0BZ92DQPZNT3SMPSA",
    "severity": "major",
    "starts_at": "2026-11-21T17:24:31.000Z",
    "device": None,
    "service": None,
    "zone": "samyan",
    "title": {"en": "Smoke", "th": "ควัน"},
}


class Running:
    """A Nakhon with one alert."""

    def get(self, path: str, **_: str) -> dict[str, list[dict[str, object]]]:
        assert path == "alerts"
        return {"items": [ALERT]}


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "server", lambda *_: Running())


def test_each_line_has_the_id_that_explain_asks_for() -> None:
    result = CliRunner().invoke(build(), ["alerts"])
    line, count = result.stdout.splitlines()
    assert line.split() == ["major", "2026-11-21T17:24:31.000Z", ALERT["id"], "samyan", "Smoke"]
    assert count == "1 firing"


def test_as_json_it_is_the_list() -> None:
    result = CliRunner().invoke(build(), ["alerts", "--json"])
    assert json.loads(result.stdout) == [ALERT]
