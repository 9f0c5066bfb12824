"""Messages: what they say in both languages, and that nothing in an alert can break them."""

from __future__ import annotations

import os
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.notify.channels.mail import mail
from services.alerts.notify.message import LONGEST_SUBJECT, LONGEST_TEXT, Message, Writer
from services.alerts.notify.notice import Notice, Reason
from services.alerts.notify.samples import alert, sample, samples
from services.alerts.notify.words import Language, clean
from tests.support.notifying import SETTING

GOLDEN = Path(__file__).parents[4] / "golden" / "messages"
LANGUAGES: tuple[Language, ...] = ("en", "th")

writer = Writer(SETTING)


def told() -> list[tuple[str, Notice, Language]]:
    sizes = {reason: iter(("one", "many")) for reason in Reason}
    named = [(f"{notice.reason}-{next(sizes[notice.reason])}", notice) for notice in samples()]
    return [(f"{language}-{name}", notice, language) for name, notice in named for language in LANGUAGES]


@pytest.mark.parametrize(("name", "notice", "language"), [pytest.param(*one, id=one[0]) for one in told()])
def test_every_kind_reads_as_its_golden_file(name: str, notice: Notice, language: Language) -> None:
    message = writer.write(notice, language, html=True)
    for kind, text in (("txt", message.text), ("html", message.html)):
        file = GOLDEN / f"{name}.{kind}"
        if os.environ.get("NAKHON_TEST_WRITE_GOLDEN"):
            file.write_text(f"{text}\n", encoding="utf-8")
        assert f"{text}\n" == file.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    names = {f"{name}.{kind}" for name, _, _ in told() for kind in ("txt", "html")}
    assert {file.name for file in GOLDEN.iterdir()} == names


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", samples(), ids=lambda notice: str(notice.reason))
def test_subject_is_the_first_line_and_link_the_last(notice: Notice, language: Language) -> None:
    message = writer.write(notice, language)
    assert message.text.splitlines()[0] == message.subject
    assert message.text.splitlines()[-1] == message.link
    assert message.short == f"{message.subject}\n{message.link}"
    assert message.html == ""


def test_times_are_the_citys() -> None:
    text = writer.write(sample(Reason.FIRING), "en").text
    assert "Mon 5 Jan 13:53" in text  # 06:53 UTC


def test_year_is_said_when_it_is_not_this_one() -> None:
    old = alert(starts_at="2024-12-31T20:00:00.000Z")
    text = writer.write(sample(Reason.FIRING, alerts=(old,)), "en").text
    assert "Wed 1 Jan 2025 03:00 (369 d 11 h ago)" in text


def test_place_is_said_once() -> None:
    message = writer.write(sample(Reason.FIRING), "en")
    assert message.subject == "▲ MAJOR: PM2.5 unhealthy in Samyan · aq-01"
    title = {"en": "PM2.5 unhealthy", "th": "ฝุ่น"}
    message = writer.write(sample(Reason.FIRING, title=title), "en")
    assert message.subject == "▲ MAJOR: PM2.5 unhealthy · Samyan · aq-01"


def test_device_is_not_said_of_several() -> None:
    alerts = (alert(1), alert(2))
    message = writer.write(sample(Reason.FIRING, alerts=alerts, firing=2), "en")
    assert message.subject == "▲ MAJOR: PM2.5 unhealthy in Samyan"


def test_without_a_console_there_is_no_link() -> None:
    message = Writer(replace(SETTING, console=None)).write(sample(Reason.FIRING), "en", html=True)
    assert message.link == ""
    assert message.short == message.subject
    assert "href" not in message.html
    assert message.text == message.text.strip()


def test_acknowledgement_of_the_only_alert_is_told() -> None:
    hand = {"by": "operator-7", "at": "2026-01-05T07:01:00.000Z", "note": "On my way."}
    text = writer.write(sample(Reason.FIRING, alerts=(alert(acknowledged=hand),)), "en").text
    assert "Acknowledged by operator-7, Mon 5 Jan 14:01: On my way." in text
    assert "Nobody" not in text


def test_acknowledgement_of_some_is_none_of_all() -> None:
    hand = {"by": "operator-7", "at": "2026-01-05T07:01:00.000Z", "note": ""}
    alerts = (alert(1, acknowledged=hand), alert(2))
    text = writer.write(sample(Reason.FIRING, alerts=alerts, firing=2), "en").text
    assert "Nobody has acknowledged it." in text


def test_alert_closed_by_hand_says_by_whom() -> None:
    over = alert(over=True, closed_by="operator-7")
    text = writer.write(sample(Reason.RESOLVED, alerts=(over,)), "en").text
    assert "(11 min), closed by operator-7" in text


def test_missing_language_falls_back_to_the_other() -> None:
    message = writer.write(sample(Reason.FIRING, title={"en": "Only English"}), "th")
    assert "Only English" in message.subject


def test_what_is_not_known_is_left_out() -> None:
    bare = Notice(id="n", receiver="r", channel="log", reason=Reason.FIRING, created=0, city="c")
    for language in LANGUAGES:
        message = writer.write(bare, language, html=True)
        assert message.subject.startswith("▲")
        assert "None" not in message.text + message.html


def test_alert_about_nakhon_itself_has_neither_zone_nor_device() -> None:
    own = alert(zone=None, device=None, service=None, evidence=None, advice=None)
    message = writer.write(sample(Reason.FIRING, alerts=(own,), grouped={}), "en")
    assert message.subject == "▲ MAJOR: PM2.5 unhealthy in Samyan"


HOSTILE = "Bcc: evil@example.org\r\nX-Evil: 1\n\n<script>alert(1)</script>{{ 7*7 }}{% endif %}\u202eabc\x00"


def hostile(text: str) -> Notice:
    both = {"en": text, "th": text}
    hand = {"by": text, "at": "2026-01-05T07:01:00.000Z", "note": text}
    one = alert(
        title=both, advice=both, device=text, zone=text, acknowledged=hand, assigned_to=text, rule=text
    )
    incident = {"id": text, "acknowledged": hand, "assigned_to": text}
    return sample(
        Reason.FIRING, title=both, alerts=(one,) * 20, firing=20, incident=incident, receiver=text, city=text
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_texts_break_neither_header_nor_page(language: Language) -> None:
    notice = hostile(HOSTILE)
    message = writer.write(notice, language, html=True)
    assert "\n" not in message.subject
    assert "\u202e" not in message.text
    assert "<script" not in message.html
    assert "&lt;script&gt;" in message.html
    assert "{{ 7*7 }}" in message.text
    made = mail(notice, message, sender="nakhon@example.org", to=["duty@example.org"])
    parsed = message_from_bytes(made, policy=default)
    assert {name.lower() for name in parsed} & {"bcc", "x-evil"} == set()


@given(st.text(max_size=400))
def test_any_text_makes_a_mail_that_reads_the_same(text: str) -> None:
    notice = hostile(text)
    message = writer.write(notice, "th", html=True)
    made = mail(notice, message, sender="nakhon@example.org", to=["duty@example.org"])
    parsed: Any = message_from_bytes(made, policy=default)
    assert str(parsed["Subject"]).split() == message.subject.split()
    plain = parsed.get_body(("plain",)).get_content()
    assert plain.replace("\r\n", "\n").rstrip("\n") == message.text


def test_lengths_are_bounded() -> None:
    message = writer.write(hostile("ก" * 100_000), "th", html=True)
    assert len(message.subject) <= LONGEST_SUBJECT
    assert len(message.text) <= LONGEST_TEXT
    assert len(message.html) < 100_000


def test_digest_is_bounded() -> None:
    line = {"reason": "firing", "title": {"en": "x" * 500}, "severity": "minor", "firing": 1, "at": 0}
    message = writer.write(sample(Reason.DIGEST, digest=(line,) * 50_000), "en")
    assert message.subject.startswith("≡ 50000 messages in one")
    assert len(message.text) < 4_000
    assert "and 49988 more" in message.text


def test_digest_counts_what_it_leaves_out() -> None:
    message = writer.write(sample(Reason.DIGEST, others=100), "en")
    assert message.subject.startswith("≡ 103 messages in one")
    assert "and 100 more" in message.text


def test_several_alerts_link_to_their_incident() -> None:
    incident = {"id": "01KE7INCIDENT"}
    one = writer.write(sample(Reason.FIRING, incident=incident), "en")
    assert one.link == "https://console.example.org/#alert/01KE7Q4V9GSAMPLE0000000001"
    several = writer.write(sample(Reason.FIRING, incident=incident, firing=2), "en")
    assert several.link == "https://console.example.org/#incidents/incident/01KE7INCIDENT"


def test_how_often_it_fired_is_told() -> None:
    message = writer.write(sample(Reason.FIRING, alerts=(alert(occurrences=3),)), "en", html=True)
    assert "It has fired 3 times." in message.text
    assert "It has fired 3 times." in message.html


def test_how_many_more_are_open_in_the_incident_is_told() -> None:
    message = writer.write(sample(Reason.FIRING, incident={"id": "i", "open": 40}), "en")
    assert "40 alerts are open in the incident." in message.text
    message = writer.write(sample(Reason.FIRING, incident={"id": "i", "open": 1}), "en")
    assert "open in the incident" not in message.text


def test_odd_documents_are_told_all_the_same() -> None:
    odd = {"id": 7, "severity": "purple", "starts_at": "soon", "evidence": {"metric": 1}, "title": {}}
    message = writer.write(sample(Reason.FIRING, alerts=(odd,), title={}, severity="purple"), "en", html=True)
    assert message.subject.startswith("▲ PURPLE")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_fitted_keeps_the_link() -> None:
    message = Message("s", "s\n" + "😀" * 5_000 + "\nhttps://c/#alert/1", "", "s", "https://c/#alert/1")
    fitted = message.fitted(5_000)
    assert units(fitted) <= 5_000
    assert fitted.startswith("s\n😀")
    assert fitted.endswith("😀\n…\nhttps://c/#alert/1")


def test_fitted_leaves_alone_what_fits() -> None:
    message = writer.write(sample(Reason.FIRING), "th")
    assert message.fitted(5_000) == message.text


@given(st.text(max_size=50), st.integers(min_value=1, max_value=40))
def test_clean_gives_one_visible_line(text: str, most: int) -> None:
    line = clean(text, most)
    assert len(line) <= most
    assert len(line.splitlines()) <= 1
    line.encode("utf-8")
