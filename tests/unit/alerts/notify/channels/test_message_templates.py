"""A deployment's own templates: used, tried at start, and given up for the built-in ones when they break."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.alerts.notify.message import Writer
from services.alerts.notify.notice import Reason
from services.alerts.notify.samples import sample
from tests.support.notifying import SETTING

BUILTIN = Writer(SETTING).write(sample(Reason.FIRING), "en").text


def own(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def test_single_file_is_replaced(tmp_path: Path) -> None:
    writer = Writer(
        SETTING, own(tmp_path, "en/firing.txt", "{{ severity_word }} in {{ where }}: {{ title }}")
    )
    assert writer.problems == ()
    assert writer.write(sample(Reason.FIRING), "en").text == "major in aq-01: PM2.5 unhealthy in Samyan"
    assert "▲" in writer.write(sample(Reason.FIRING), "th").text
    assert writer.write(sample(Reason.RESOLVED), "en").subject.startswith("✓")


def test_part_that_all_use_is_replaced(tmp_path: Path) -> None:
    writer = Writer(SETTING, own(tmp_path, "en/alerts.txt", "{{ firing }} of them"))
    assert writer.problems == ()
    assert "1 of them" in writer.write(sample(Reason.FIRING), "en").text
    assert "1 of them" in writer.write(sample(Reason.ESCALATION), "en").text


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("one\ntwo {% if %}", 2, "Expected an expression"),
        ("one\n\n{{ no_such_fact }}", 3, "'no_such_fact' is undefined"),
        ("{{ title }}\n{{ alerts[99].title }}", 2, "has no element 99"),
        ("{{ title.__class__.__mro__ }}", 1, "unsafe"),
        ("{% include 'en/nothing.txt' %}", 1, "en/nothing.txt"),
    ],
)
def test_broken_template_is_told_with_its_line_and_not_used(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    writer = Writer(SETTING, own(tmp_path, "en/firing.txt", text))
    (problem,) = {(problem.file, problem.line) for problem in writer.problems}
    assert problem == (str(tmp_path / "en/firing.txt"), line)
    assert said in writer.problems[0].message
    assert writer.write(sample(Reason.FIRING), "en").text == BUILTIN


def test_template_that_breaks_on_one_notice_only_is_given_up_for_that_one(tmp_path: Path) -> None:
    writer = Writer(SETTING, own(tmp_path, "en/firing.txt", "{{ title }} {{ 6 // (firing - 3) }}"))
    assert writer.problems == ()
    with capture_logs() as logs:
        for _ in range(3):
            broken = writer.write(sample(Reason.FIRING, firing=3), "en")
    assert broken.subject.startswith("▲ MAJOR")
    assert writer.write(sample(Reason.FIRING), "en").text.endswith("-3")
    assert [line["template"] for line in logs] == ["en/firing.txt"]


def test_unknown_name_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    writer = Writer(SETTING, own(tmp_path, "en/fireing.txt", "x"))
    assert [str(problem) for problem in writer.problems] == [
        f"{tmp_path}/en/fireing.txt: is not the name of a template; did you mean en/firing.txt?"
    ]


def test_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    own(tmp_path, "en/firing.txt", "")
    (tmp_path / "en/firing.txt").write_bytes(b"\xff\xfe")
    writer = Writer(SETTING, tmp_path)
    assert "can't be read" in writer.problems[0].message
    assert writer.write(sample(Reason.FIRING), "en").text == BUILTIN


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    writer = Writer(SETTING, tmp_path / "nowhere")
    assert [problem.message for problem in writer.problems] == ["is no folder"]
    assert writer.write(sample(Reason.FIRING), "en").text == BUILTIN


def test_own_page_is_escaped_too(tmp_path: Path) -> None:
    writer = Writer(SETTING, own(tmp_path, "en/firing.html", "<b>{{ title }}</b>"))
    message = writer.write(sample(Reason.FIRING, title={"en": "<i>"}), "en", html=True)
    assert message.html == "<b>&lt;i&gt;</b>"


def test_template_can_not_run_for_ever(tmp_path: Path) -> None:
    text = "{% for i in range(10 ** 9) %}x{% endfor %}"
    writer = Writer(SETTING, own(tmp_path, "en/firing.txt", text))
    assert "Range too big" in writer.problems[0].message
