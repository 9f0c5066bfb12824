"""What operators do with alerts from the command line, over HTTP: steps, log book, incidents, silences."""

from __future__ import annotations

import json

import pytest
from click.testing import Result
from typer.testing import CliRunner

from services.cli import build
from services.cli.alertwork import acting, incidents, show, silences
from services.runtime.lifecycle import StartupError
from tests.unit.cli.alertsthere import AT, ID, OTHER, WORDS, There, alert

SILENCE = {
    "id": "01M7ZJ9RG0BZ92DQPZNT3SMPSA",
    "state": "active",
    "matcher": {"zones": ["samyan"], "labels": {"site": ["school"]}},
    "ends_at": AT,
    "created_by": "som",
    "reason": "roadworks",
    "alerts": 3,
}


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> There:
    found = There({"alerts": {"items": [alert(), alert(OTHER)], "next": None}})
    for module in (acting, incidents, show, silences):
        monkeypatch.setattr(module, "server", lambda *_: found)
    return found


def nakhon(*words: str) -> Result:
    return CliRunner().invoke(build(), ["alerts", *words])


@pytest.mark.parametrize(
    ("words", "path", "body", "said"),
    [
        (["ack", ID, "--note", "on it"], "acknowledge", {"note": "on it"}, "acknowledged"),
        (["unack", ID], "unacknowledge", {"note": ""}, "no longer acknowledged"),
        (["assign", ID, "som"], "assign", {"to": "som"}, "assigned to som"),
        (["assign", ID, "--nobody"], "assign", {"to": None}, "assigned to nobody"),
        (["comment", ID, "called them"], "comment", {"note": "called them"}, "written down"),
        (["close", ID, "--note", "mended"], "close", {"note": "mended"}, "closed"),
    ],
)
def test_a_step_on_an_alert(there: There, words: list[str], path: str, body: object, said: str) -> None:
    there.answers[f"alerts/{ID}/{path}"] = alert()
    result = nakhon(*words)
    assert result.exit_code == 0, result.output
    assert there.written == [("POST", f"alerts/{ID}/{path}", body)]
    assert result.stdout == f"{ID} {said}: {WORDS['en']}\n"


def test_the_first_letters_of_an_id_are_enough(there: There) -> None:
    there.answers[f"alerts/{ID}/acknowledge"] = alert()
    assert nakhon("ack", "01m7zj6").exit_code == 0
    assert there.written[0][1] == f"alerts/{ID}/acknowledge"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("01M7ZJ", "is the beginning of several alerts"),
        ("02", "no alert begins with 02"),
        (" ", "which alert?"),
    ],
)
def test_an_id_that_names_none_or_several(there: There, given: str, said: str) -> None:
    result = nakhon("ack", given)
    assert isinstance(result.exception, StartupError)
    assert said in str(result.exception)
    assert there.written == []


def test_of_several_each_is_told_and_one_that_fails_shows(there: There) -> None:
    there.answers["alerts/acknowledge"] = {
        "items": [{"id": ID, "ok": True, "detail": None}, {"id": OTHER, "ok": False, "detail": "is over"}]
    }
    result = nakhon("ack", ID, OTHER)
    assert result.exit_code == 1
    assert there.written == [("POST", "alerts/acknowledge", {"ids": [ID, OTHER], "note": ""})]
    assert result.stdout == f"{ID} acknowledged\n{OTHER} is over\n"


def test_what_a_command_needs_is_asked_for(there: There) -> None:
    assert nakhon("close", ID).exit_code == 2
    for words in (
        ["assign", ID],
        ["assign", ID, "som", "--nobody"],
        ["silence", "--for", "2h", "--reason", "x"],
    ):
        assert isinstance(nakhon(*words).exception, StartupError), words
    assert there.written == []


def test_show_is_a_log_book_on_the_clock_of_the_city(there: There) -> None:
    there.answers["session"] = {"city": {"timezone": "Asia/Bangkok"}}
    there.answers[f"alerts/{ID}"] = alert(
        occurrences=3,
        acknowledged={"by": "som", "at": AT, "note": "on it"},
        suppressed={"kind": "silence", "id": "S1", "until": AT, "reason": {"en": "roadworks", "th": "ซ่อม"}},
        history=[
            {"at": AT, "text": {"en": "Fired, major", "th": "เกิดขึ้น"}, "note": None},
            {"at": AT, "text": {"en": "som acknowledged", "th": "som รับเรื่อง"}, "note": "on it"},
        ],
        notifications=[
            {"receiver": "duty", "channel": "line", "reason": "firing", "state": "failed", "created": AT,
             "delivered": None, "error": "no such user"},
        ],
    )  # fmt: skip
    result = nakhon("show", ID)
    assert result.exit_code == 0, result.output
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert lines[:2] == [WORDS["en"], WORDS["th"]]
    for line in (
        f"alert        {ID}  firing, major",
        "about        device aq-01, zone samyan",
        "fired        3 times",
        "acknowledged by som, 2026-01-05 12:00: on it",
        "suppressed   silence S1 until 2026-01-05 12:00: roadworks",
        "fired        2026-01-05 12:00",
        "notified     –",
        "2026-01-05 12:00  Fired, major",
        "on it",
        "2026-01-05 12:00  duty by line, firing: failed: no such user",
    ):
        assert line in lines, line


def test_incidents_are_listed_with_what_is_open(there: There) -> None:
    there.answers["incidents"] = {
        "items": [{"id": ID, "severity": "major", "opened_at": AT, "service": None, "zone": "samyan",
                   "domain": "environment", "open": 2, "alerts": 5, "acknowledged": {"by": "som"},
                   "assigned_to": None, "title": WORDS}]
    }  # fmt: skip
    result = nakhon("incidents")
    line, count = result.stdout.splitlines()
    assert line.split() == ["major", AT, ID, "samyan", "2", "of", "5", "open", "som", *WORDS["en"].split()]
    assert count == "1 open"
    assert there.asked == [("GET", "incidents", {"state": "open", "limit": "100"})]


def test_a_silence_says_whom_why_and_how_long(there: There) -> None:
    there.answers["silences"] = SILENCE
    which = "--zone samyan --zone yothi --rule air/* --label site=school --label site=park"
    result = nakhon("silence", *which.split(), "--for", "2h", "--reason", "roadworks")
    assert result.exit_code == 0, result.output
    matcher = {"rules": ["air/*"], "zones": ["samyan", "yothi"], "labels": {"site": ["school", "park"]}}
    body = {"matcher": matcher, "duration": "2h", "reason": "roadworks"}
    assert there.written == [("POST", "silences", body)]
    assert result.stdout == f"{SILENCE['id']} holds 3 alert(s) now, until {AT}\n"


def test_a_silence_can_be_tried_first(there: There) -> None:
    there.answers["silences/preview"] = {"alerts": 25, "items": [alert()]}
    result = nakhon("silence", "--zone", "samyan", "--for", "2h", "--reason", "x", "--preview")
    assert there.written == [("POST", "silences/preview", {"matcher": {"zones": ["samyan"]}})]
    assert result.stdout.splitlines()[-1] == "it would hold 25 alert(s) now"
    assert ID in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--for", "soon"], "--for 'soon' must be a span"), (["--for", "0s"], "--for '0s' must be a span"),
     (["--for", "1h", "--label", "site"], "--label 'site' must be key=value")],
)  # fmt: skip
def test_what_is_no_span_and_no_label(there: There, words: list[str], said: str) -> None:
    result = nakhon("silence", "--zone", "samyan", "--reason", "x", *words)
    assert said in str(result.exception)
    assert there.written == []


def test_silences_in_force_and_all(there: There) -> None:
    there.answers["silences"] = {"items": [SILENCE], "next": None}
    line, count = nakhon("silences").stdout.splitlines()
    assert count == "1 silence(s)"
    for part in ("active", SILENCE["id"], "by som", "holds 3: zones samyan, site=school — roadworks"):
        assert str(part) in line
    assert nakhon("silences", "--all").exit_code == 0
    assert [body for _, _, body in there.asked] == [{"state": "active,pending"}, {}]


def test_a_silence_is_ended(there: There) -> None:
    there.answers |= {"silences": {"items": [SILENCE], "next": None}, f"silences/{SILENCE['id']}": SILENCE}
    assert nakhon("unsilence", "01M7ZJ9").stdout == f"{SILENCE['id']} is over\n"
    assert there.written == [("DELETE", f"silences/{SILENCE['id']}", None)]


def test_as_json_there_is_one_document_and_nothing_else(there: There) -> None:
    there.answers |= {f"alerts/{ID}/acknowledge": alert(), "silences": {"items": [SILENCE], "next": None}}
    assert json.loads(nakhon("ack", ID, "--json").stdout) == alert()
    assert json.loads(nakhon("silences", "--json").stdout) == [SILENCE]
