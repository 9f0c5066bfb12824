"""``nakhon score`` reads alerts in every form in which they are told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from devices.documents import ProblemsError
from services.cli import build

TRUTH = {
    "rule": "air/high",
    "device": "aq-01",
    "fault": "haze",
    "start": "2026-01-01T00:00:00Z",
    "end": "2026-01-01T01:00:00Z",
    "deadline": 600,
}
ALERT = {
    "rule": "air/high",
    "device": "aq-01",
    "zone": "north",
    "severity": "major",
    "starts_at": "2026-01-01T00:05:00Z",
    "ends_at": None,
}
FALSE = ALERT | {"device": "aq-02"}


def scored(folder: Path, alerts: bytes, *more: str, truth: bytes | None = None) -> str:
    (folder / "truth.jsonl").write_bytes(json.dumps(TRUTH).encode() + b"\n" if truth is None else truth)
    (folder / "alerts.json").write_bytes(alerts)
    files = ["--truth", str(folder / "truth.jsonl"), "--alerts", str(folder / "alerts.json")]
    result = CliRunner().invoke(build(), ["score", *files, *more])
    if result.exception is not None:
        raise result.exception
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize(
    "alerts",
    [
        json.dumps({"readings": 5, "refused": 0, "rules": [], "alerts": [ALERT, FALSE]}).encode(),
        json.dumps({"items": [ALERT, FALSE], "next": None}, indent=2).encode(),
        json.dumps([ALERT, FALSE]).encode(),
        f"{json.dumps(ALERT)}\n\n{json.dumps(FALSE)}\n".encode(),
        gzip.compress(f"{json.dumps(ALERT)}\n{json.dumps(FALSE)}".encode()),
    ],
    ids=["backtest", "list of the API", "bare list", "JSON lines", "gzip"],
)
def test_alerts_in_every_form(alerts: bytes, tmp_path: Path) -> None:
    found: dict[str, Any] = json.loads(scored(tmp_path, alerts, "--json"))
    assert (found["precision"], found["recall"], found["delay"]["mean"]) == (0.5, 1.0, 300.0)
    assert [(rule["rule"], rule["alerts"]) for rule in found["rules"]] == [("air/high", 2)]


def test_people_read_a_line_a_rule(tmp_path: Path) -> None:
    lines = scored(tmp_path, json.dumps([ALERT, FALSE]).encode()).splitlines()
    assert [line.split()[0] for line in lines] == ["air/high", "all"]
    assert "precision 0.500 (1 of 2 alerts), recall 1.000 (1 of 1), delay 300 s" in lines[0]


def test_no_alerts_and_no_truth_are_no_mistake(tmp_path: Path) -> None:
    found = json.loads(scored(tmp_path, b"", "--json", truth=b""))
    assert (found["precision"], found["recall"], found["rules"]) == (None, None, [])


def test_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    truth = b'{"rule": "r"}\n{"rule": "r", "device": "a", "start": "x", "end": "y"}\n[]\n'
    with pytest.raises(ProblemsError) as caught:
        scored(tmp_path, b"[]", truth=truth)
    assert [problem.line for problem in caught.value.problems] == [1, 2, 3]
    with pytest.raises(ProblemsError, match=r"alerts\.json:2: not JSON"):
        scored(tmp_path, json.dumps(ALERT).encode() + b"\nnonsense\n")


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b\x08\x00" + bytes(60), gzip.compress(b"{}")[:-3]], ids=["damaged", "cut short"]
)
def test_a_packed_file_that_is_damaged_is_told_in_words(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match=r"alerts\.json: can't be read"):
        scored(tmp_path, content, "--json")


def test_a_file_that_is_not_there_is_named_once(tmp_path: Path) -> None:
    path = str(tmp_path / "nothing.jsonl")
    result = CliRunner().invoke(build(), ["score", "--truth", path, "--alerts", path])
    assert str(result.exception) == f"{path}: can't be read: No such file or directory"
