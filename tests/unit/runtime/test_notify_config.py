"""``notify:`` of nakhon.yaml: how receivers are reached, where secrets come from, all mistakes at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.documents import ProblemsError
from services.runtime.config import read_config
from services.runtime.notifyconfig import (
    AlertmanagerChannel,
    AppriseChannel,
    EmailChannel,
    LineChannel,
    LogChannel,
    MqttChannel,
    Notify,
    Rate,
    WebhookChannel,
    parse_rate,
)

MINUTE = 60_000

HEAD = "city: city\ndata: data\n"


def notify(folder: Path, text: str, **environment: str) -> Notify:
    """The section, as a deployment's file has it."""
    file = folder / "nakhon.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return read_config(file, environment).notify


def mistakes(folder: Path, text: str, **environment: str) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        notify(folder, text, **environment)
    return [f"{problem.line}: {problem.key}: {problem.message}" for problem in caught.value.problems]


def receiver(channel: str) -> str:
    return f"notify:\n  receivers:\n    duty-officer:\n      channels:\n        - {channel}\n"


def test_without_it_nobody_is_reached_and_thai_is_spoken(tmp_path: Path) -> None:
    found = notify(tmp_path, "")
    assert (found.language, found.receivers, found.heartbeat.every) == ("th", {}, MINUTE)
    assert found.language_of("anybody") == "th"


def test_every_kind_of_channel_with_its_secrets_read(tmp_path: Path) -> None:
    for name, text in {
        "token": "t0ken\n",
        "pass": "w0rd",
        "sign": "s3cret",
        "url": "https://x/y",
        "bear": "b",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "ca.crt").touch()
    found = notify(
        tmp_path,
        """
notify:
  console: https://console.example
  receivers:
    duty-officer:
      language: en
      rate: 20/10m
      digest: 15m
      channels:
        - {kind: line, to: U1, token_file: token}
        - {kind: email, to: a@b.example, from: n@b.example, host: mail,
           username: n, password_file: pass, ca_file: ca.crt}
        - {kind: webhook, url: "https://hook.example/in", secret_file: sign}
        - {kind: alertmanager, url_file: url, bearer_file: bear}
        - {kind: apprise, url_file: url}
        - {kind: mqtt, topic: city/alerts}
        - {kind: log}
""",
    )
    one = found.receivers["duty-officer"]
    assert (one.language, one.rate, one.digest) == ("en", Rate(20, 10 * MINUTE), 15 * MINUTE)
    line, email, webhook, alertmanager, apprise, mqtt, log = one.channels
    assert isinstance(line, LineChannel)
    assert (line.to, line.token) == ("U1", "t0ken")
    assert isinstance(email, EmailChannel)
    assert (email.to, email.from_, email.port, email.tls) == (
        ("a@b.example",),
        "n@b.example",
        587,
        "starttls",
    )
    assert (email.password, email.ca_file) == ("w0rd", tmp_path / "ca.crt")
    assert isinstance(webhook, WebhookChannel)
    assert (webhook.url, webhook.secret) == ("https://hook.example/in", "s3cret")
    assert isinstance(alertmanager, AlertmanagerChannel)
    assert (alertmanager.url, alertmanager.bearer) == ("https://x/y", "b")
    assert isinstance(apprise, AppriseChannel)
    assert apprise.url == "https://x/y"
    assert isinstance(mqtt, MqttChannel)
    assert isinstance(log, LogChannel)
    assert found.language_of("duty-officer") == "en"


def test_no_secret_shows_when_it_is_printed(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("hidden-one", encoding="utf-8")
    text = receiver("{kind: webhook, url: 'https://x/hidden-two', secret_file: s}")
    assert "hidden" not in repr(notify(tmp_path, text))


def test_a_variable_gives_a_secret_and_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("from-file", encoding="utf-8")
    name = "NAKHON_NOTIFY__RECEIVERS__DUTY_OFFICER__CHANNELS__0__TOKEN"
    found = notify(tmp_path, receiver("{kind: line, to: U1, token_file: t}"), **{name: "from-variable"})
    (channel,) = found.receivers["duty-officer"].channels
    assert isinstance(channel, LineChannel)
    assert channel.token == "from-variable"


@pytest.mark.parametrize("place", ["1", "X"])
def test_a_variable_for_a_channel_that_is_not_there_is_refused(tmp_path: Path, place: str) -> None:
    name = f"NAKHON_NOTIFY__RECEIVERS__DUTY_OFFICER__CHANNELS__{place}__TOKEN"
    (said,) = mistakes(tmp_path, receiver("{kind: log}"), **{name: "t"})
    assert said.endswith("notify has no such keys beneath it")


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("{kind: line, to: U1, token: abc}", "channels[0].token: a secret does not belong in this file; "),
        ("{kind: apprise, url: slack://a/b}", "channels[0].url: a secret does not belong in this file; "),
        ("{kind: line, to: U1}", "channels[0].token_file: is missing; line needs it (or set NAKHON_NOTIFY__"),
        ("{kind: webhook}", "channels[0].url: is missing; webhook needs it (or url_file, or set "),
        ("{kind: apprise}", "channels[0].url_file: is missing; apprise needs it"),
        ("{kind: telegraph}", "channels[0].kind: unknown value 'telegraph'"),
        ("{to: U1}", "channels[0].kind: is missing"),
        ("{kind: lime, to: U1}", "channels[0].kind: unknown value 'lime'; did you mean line?"),
        ("{kind: line, to: U1, tokenfile: x}", "channels[0].tokenfile: unknown key; did you mean token_file"),
        ("{kind: line, to: U1, token_file: gone}", "channels[0].token_file: can't be read: "),
        ("{kind: line, to: U1, token_file: empty}", "channels[0].token_file: "),
        ("{kind: webhook, url: ftp://x}", "channels[0].url: must be an address such as https://host:port"),
        ("{kind: webhook, url_file: words}", "channels[0].url_file: "),
        ("{kind: webhook, url: https://x, ca_file: gone}", "channels[0].ca_file: no file "),
        ("{kind: email, to: nobody, from: n@x, host: h}", "channels[0].to[0]: must be an e-mail address"),
        ("{kind: email, to: [], from: n@x, host: h}", "channels[0].to: "),
        ("{kind: email, to: a@b, from: n@x, host: h, username: u}", "channels[0].password_file: is missing"),
        ("{kind: email, to: a@b, from: n@x, host: h, tls: none, username: u, password_file: words}",
         "channels[0].tls: would send the password in the clear"),
        ("{kind: mqtt, topic: 'a/#'}", "channels[0].topic: "),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_channel_is_told_at_its_line(tmp_path: Path, channel: str, said: str) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "words").write_text("two words", encoding="utf-8")
    found = mistakes(tmp_path, receiver(channel))
    assert any(one.startswith(f"7: notify.receivers.duty-officer.{said}") for one in found), found


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    text = """
notify:
  language: fr
  console: console
  templates: nowhere
  retry: {first: 1h, most: 10m}
  heartbeat: {every: 0, webhook: {secret: x}}
  receivers:
    Bad Name: {channels: [{kind: log}]}
    quick: {rate: often, channels: []}
"""
    found = " | ".join(mistakes(tmp_path, text))
    for key in ("language", "console", "heartbeat.every", "heartbeat.webhook.secret", "receivers.Bad Name",
                "receivers.quick.rate", "receivers.quick.channels"):  # fmt: skip
        assert f"notify.{key}: " in found, key


def test_what_only_the_whole_shows_is_told_too(tmp_path: Path) -> None:
    text = """
notify:
  retry: {first: 1h, most: 10m}
  heartbeat: {webhook: {}}
"""
    found = mistakes(tmp_path, text)
    assert "notify.retry: the spans must rise: first (1h), most (10m), give_up (1d)" in found[0]
    assert "notify.heartbeat.webhook.url: is missing" in found[1]
    (gone,) = mistakes(tmp_path, "notify: {templates: nowhere}\n")
    assert "notify.templates: no folder " in gone


def test_the_heartbeat_of_an_outside_watcher(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://watch.example/ping/abc", encoding="utf-8")
    found = notify(tmp_path, "notify:\n  heartbeat: {every: 30s, mqtt: true, webhook: {url_file: url}}\n")
    assert found.heartbeat.webhook is not None
    assert (found.heartbeat.every, found.heartbeat.mqtt) == (30_000, True)
    assert found.heartbeat.webhook.url == "https://watch.example/ping/abc"


def test_a_rate_as_people_write_it() -> None:
    assert parse_rate("20/10m") == Rate(20, 10 * MINUTE)
    assert str(parse_rate(" 5 / 1h ")) == "5/1h"
    for wrong in ("20", "0/10m", "20/0s", "x/10m", 20, "20/ten"):
        with pytest.raises(ValueError, match="such as 20/10m"):
            parse_rate(wrong)
