"""``nakhon rules backtest`` on a recording: what it prints, writes and ends with."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.unit.cli.rulework.conftest import RULES, Bench


def test_the_document_is_the_contract_s(bench: Bench, rules: str) -> None:
    answer = bench.json("backtest", "--rules", rules, *bench.recording())
    assert list(answer)[:7] == ["readings", "refused", "seconds", "from", "to", "rules", "alerts"]
    assert (answer["readings"], answer["refused"]) == (7, 0)
    assert (answer["from"], answer["to"]) == ("2026-01-04T17:00:00.000Z", "2026-01-04T23:00:00.000Z")
    high, never = answer["rules"]
    assert (high["rule"], high["fired"], high["firing_seconds"]) == ("mine/high", 1, 7200.0)
    assert (never["rule"], never["fired"], never["firing_seconds"]) == ("mine/never", 0, 0.0)
    [alert] = answer["alerts"]
    assert list(alert)[:6] == ["rule", "device", "zone", "severity", "starts_at", "ends_at"]
    assert (alert["rule"], alert["device"], alert["zone"]) == ("mine/high", "aq-01", "north")
    assert alert["starts_at"] == "2026-01-04T18:00:00.000Z"
    assert alert["fired_at"] == "2026-01-04T20:00:00.000Z"
    assert alert["ends_at"] == "2026-01-04T22:00:00.000Z"


def test_without_rules_the_city_s_own_are_played(bench: Bench) -> None:
    answer = bench.json("backtest", *bench.recording(((0, 10), (1, 80), (2, 10))))
    assert {rule["rule"]: rule["fired"] for rule in answer["rules"]}["air/pm25-high"] == 1
    assert "compared" not in answer


def test_given_rules_are_held_against_what_is_live(bench: Bench, rules: str) -> None:
    answer = bench.json("backtest", "--rules", rules, *bench.recording(((0, 80), (3, 90), (6, 10))))
    assert [rule["rule"] for rule in answer["rules"]] == ["mine/high", "mine/never"]
    high = next(one for one in answer["compared"] if one["after"] == "mine/high")
    assert high["before"] == "air/pm25-high"
    assert [change["what"] for change in high["changed"]] == [["severity", "fired_at"]]


def test_people_read_when_what_fired_and_for_how_long(bench: Bench, rules: str) -> None:
    result = bench("backtest", "--rules", rules, *bench.recording())
    assert result.exit_code == 0
    text = result.stdout
    assert "pm.csv: 7 readings from 2026-01-05 00:00 to 2026-01-05 06:00" in text
    assert "mine/high" in text
    assert "1 of 2 rules never fired" in text
    assert "2026-01-05 01:00  4 h" in text
    assert "against what is live:" in text


def test_what_was_refused_is_counted_by_code_with_samples(bench: Bench, rules: str) -> None:
    more = "05/01/2026 07:00,Station 1,-3\n05/01/2026 08:00,Station 9,3\n"
    answer = bench.json("backtest", "--rules", rules, *bench.recording(more=more))
    assert answer["refused"] == 2
    assert {code: refusals["count"] for code, refusals in answer["refusals"].items()} == {
        "out_of_range": 1,
        "unknown_device": 1,
    }
    assert "-3" in answer["refusals"]["out_of_range"]["samples"][0]


def test_devices_that_the_recording_does_not_hold_are_not_silent(bench: Bench) -> None:
    silent = bench.file(
        "silent.yaml",
        "group: s\ndomain: environment\nrules:\n"
        "  - {id: silent, on: AirQualityObserved, when: {absent: {after: 90m}}}\n",
    )
    answer = bench.json("backtest", "--rules", silent, *bench.recording(((0, 1), (4, 1), (5, 1))))
    assert [(alert["device"], alert["starts_at"]) for alert in answer["alerts"]] == [
        ("aq-01", "2026-01-04T18:30:00.000Z")
    ]


def test_from_and_to_cut_a_recording(bench: Bench, rules: str) -> None:
    span = ("--from", "2026-01-05T02:00", "--to", "2026-01-05T04:00:00+07:00")
    answer = bench.json("backtest", "--rules", rules, *bench.recording(), *span)
    assert (answer["readings"], answer["from"]) == (2, "2026-01-04T19:00:00.000Z")


def test_the_page_needs_nothing_beside_itself(bench: Bench, rules: str, tmp_path: Path) -> None:
    page = tmp_path / "out" / "page.html"
    bench.json("backtest", "--rules", rules, *bench.recording(), "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "http://" not in text
    assert "https://" not in text
    assert "src=" not in text
    assert text.count("<polyline") == 1
    for words in ("Rules played on the past", "ผลการทดสอบกฎกับข้อมูลย้อนหลัง", "mine/high", "air/pm25-high"):
        assert words in text


def test_a_page_without_any_alert_is_a_page_too(bench: Bench, tmp_path: Path) -> None:
    never = bench.file("never.yaml", RULES.replace("above: 40, clear_below: 30", "above: 990"))
    page = tmp_path / "page.html"
    bench.json("backtest", "--rules", never, *bench.recording(), "--html", str(page))
    assert "No rule fired." in page.read_text(encoding="utf-8")


def test_what_comes_from_files_is_no_markup(bench: Bench, rules: str, tmp_path: Path) -> None:
    data, options = bench.recording(), tmp_path / "page.html"
    evil = tmp_path / "<b>&.csv"
    Path(data[1]).rename(evil)
    bench.json("backtest", "--rules", rules, "--data", str(evil), *data[2:], "--html", str(options))
    text = options.read_text(encoding="utf-8")
    assert "<b>&.csv" not in text
    assert "&lt;b&gt;&amp;.csv" in text


def test_scores_of_anomaly_rules_are_written_as_csv(bench: Bench, tmp_path: Path) -> None:
    odd = bench.file(
        "odd.yaml",
        "group: o\ndomain: environment\nrules:\n"
        "  - {id: odd, on: AirQualityObserved.pm25, when: {anomaly: {}, above: 0.9}}\n",
    )
    rows = tuple((hour, 10.0 + hour % 3) for hour in range(24))
    file = tmp_path / "scores.csv"
    bench.json("backtest", "--rules", odd, *bench.recording(rows), "--scores", str(file))
    with file.open(newline="") as stream:
        written = list(csv.DictReader(stream))
    assert list(written[0]) == ["time", "device", "metric", "value", "expected", "low", "high", "score"]
    assert len(written) == 24
    assert written[3]["time"] == "2026-01-04T20:00:00.000Z"
    assert (written[3]["device"], written[3]["metric"], written[3]["value"]) == ("aq-01", "pm25", "10.0")


def test_without_a_single_reading_the_check_failed(bench: Bench, rules: str) -> None:
    result = bench("backtest", "--rules", rules, *bench.recording(((0, -5),)))
    assert result.exit_code == 1
    assert "no reading to play" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "which history?"),
        (("--map", "map.yaml"), "name it with --data"),
        (("--data", "pm.csv"), "--map MAP.yaml"),
        (("--data", "gone.csv", "--map", "map.yaml"), "gone.csv"),
        (("--data", "pm.csv", "--map", "gone.yaml"), "gone.yaml"),
        (("--data", "pm.csv", "--map", "map.yaml", "--from", "tomorrow"), "--from 'tomorrow'"),
        (("--data", "pm.csv", "--map", "map.yaml", "--rules", "nowhere"), "nowhere"),
        (("--from", "2026-01-02", "--to", "2026-01-01", "--city", "city"), "must lie before"),
        (("--from", "2026-01-01", "--to", "2026-01-02", "--city", "city"), "no data folder"),
        (("--data", "pm.csv", "--map", "map.yaml", "--html", "map.yaml/x.html"), "can't write"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(bench: Bench, arguments: tuple[str, ...], told: str) -> None:
    bench.recording()
    result = bench("backtest", *arguments)
    assert result.exception is not None
    assert told in str(result.exception)
    assert type(result.exception).__name__ in {"StartupError", "ProblemsError"}


def test_mistakes_in_rules_are_told_by_file_and_line(bench: Bench) -> None:
    wrong = bench.file("wrong.yaml", RULES.replace("pm25", "pm26"))
    result = bench("backtest", "--rules", wrong, *bench.recording())
    assert "wrong.yaml:5" in str(result.exception)


def test_mistakes_in_the_city_s_rules_do_not_keep_others_from_being_played(bench: Bench, rules: str) -> None:
    (bench.folder / "city" / "rules" / "air.yaml").write_text("group: air\n", encoding="utf-8")
    result = bench("backtest", "--rules", rules, *bench.recording())
    assert result.exit_code == 0
    assert "nothing is compared" in result.stderr
