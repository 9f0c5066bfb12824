"""Channels made from the configuration: one for each kind, and clear words for what is missing."""

from __future__ import annotations

import asyncio
import typing
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from structlog.testing import capture_logs

from services.alerts.notify.channel import NotTakenError
from services.alerts.notify.channels.http import HttpClient
from services.alerts.notify.channels.making import KINDS, ChannelError, Means, make_channel, table
from services.alerts.notify.channels.threads import Threads
from services.alerts.notify.notice import Reason
from services.alerts.notify.samples import sample
from services.runtime import notifyconfig
from tests.support.notifying import composer

SETTINGS: TypeAdapter[Any] = TypeAdapter(notifyconfig.ChannelSettings)
GIVEN: dict[str, dict[str, Any]] = {
    "webhook": {"url": "https://example.org/hook", "secret": "s"},
    "alertmanager": {"url": "https://example.org/hook"},
    "line": {"to": "U1", "token": "t"},
    "email": {"to": "duty@example.org", "from": "nakhon@example.org", "host": "mail.example.org"},
    "apprise": {"url": "json://example.org/x"},
    "mqtt": {"topic": "nakhon/v1/{city}/_notifications/{receiver}"},
    "log": {},
}


class Broker:
    def __init__(self, takes: bool = True) -> None:
        self.takes = takes
        self.heard: list[tuple[str, bytes]] = []

    async def publish(self, topic: str, payload: bytes) -> bool:
        self.heard.append((topic, payload))
        return self.takes


def means(broker: Broker | None = None) -> Means:
    client = HttpClient(lambda: 0)
    return Means(client, Threads(1, "test"), composer(), lambda: 0, (broker or Broker()).publish)


def made(kind: str, broker: Broker | None = None, **given: Any) -> Any:
    settings = SETTINGS.validate_python({"kind": kind, **GIVEN[kind], **given})
    return make_channel(settings, means(broker))


@pytest.mark.parametrize("kind", GIVEN)
def test_every_kind_is_made(kind: str) -> None:
    assert made(kind).kind == kind


def test_every_kind_of_the_configuration_stands_in_the_table() -> None:
    union, _ = typing.get_args(notifyconfig.ChannelSettings)
    kinds = {typing.get_args(one.model_fields["kind"].annotation)[0] for one in typing.get_args(union)}
    assert set(KINDS) == kinds == set(GIVEN)


def test_kind_that_nobody_makes() -> None:
    settings = notifyconfig.LogChannel.model_construct(kind="pigeon")
    with pytest.raises(ChannelError, match="no channel of the kind 'pigeon'; there are webhook, "):
        make_channel(settings, means())


def test_table_refuses_a_kind_twice() -> None:
    with pytest.raises(ValueError, match="more than one channel of the kind log"):
        table([("log", KINDS["log"]), ("line", KINDS["line"]), ("log", KINDS["log"])])


@pytest.mark.parametrize(
    ("kind", "missing"), [("webhook", "url"), ("alertmanager", "url"), ("line", "token"), ("apprise", "url")]
)
def test_what_is_needed_and_missing(kind: str, missing: str) -> None:
    with pytest.raises(ChannelError, match=f"{kind}: {missing} or {missing}_file is needed"):
        made(kind, **{missing: None})


@pytest.mark.parametrize("kind", ["webhook", "email", "alertmanager"])
def test_file_of_certificates_that_is_none(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    with pytest.raises(ChannelError, match=r"ca\.pem is no file of certificates"):
        made(kind, ca_file=file)
    file.write_text("nonsense")
    with pytest.raises(ChannelError, match=r"ca\.pem is no file of certificates"):
        made(kind, ca_file=file)


def test_address_that_apprise_does_not_know_is_told_without_it() -> None:
    with pytest.raises(ChannelError, match="no address that Apprise knows") as caught:
        made("apprise", url="slack://word-secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "topic",
    [
        "nakhon/v1/{city}/samyan/environment/aq-01/telemetry",
        "nakhon/v1/{city}/samyan/environment/aq-01/command",
        "nakhon/v1/{city}/_alerts/environment/major",
        "nakhon/v1/notifications",
    ],
)
def test_topic_of_devices_is_refused(topic: str) -> None:
    with pytest.raises(ChannelError, match="lies where devices publish"):
        made("mqtt", topic=topic)


@pytest.mark.parametrize("kind", ["webhook", "alertmanager", "line", "email", "apprise"])
def test_channels_show_no_secret(kind: str) -> None:
    secrets = dict.fromkeys(("url", "token", "secret"), "https://secret.example.org/secret")
    given = {name: text for name, text in secrets.items() if name in GIVEN[kind] and kind != "apprise"}
    assert "secret.example" not in repr(made(kind, **given))


async def test_mqtt_publishes_on_the_topic_of_the_receiver() -> None:
    broker = Broker()
    channel = made("mqtt", broker)
    await channel.send(sample(Reason.FIRING))
    await made("mqtt", broker, topic="city/alarms").send(sample(Reason.FIRING))
    await channel.close()
    assert [topic for topic, _ in broker.heard] == [
        "nakhon/v1/bangkok-pilot/_notifications/duty-officer",
        "city/alarms",
    ]


async def test_broker_that_is_away() -> None:
    with pytest.raises(NotTakenError, match="the broker is away"):
        await made("mqtt", Broker(takes=False)).send(sample(Reason.FIRING))


async def test_log_has_one_line() -> None:
    channel = made("log")
    with capture_logs() as logs:
        await channel.send(sample(Reason.FIRING))
    await channel.close()
    (line,) = logs
    assert line["event"] == "notification"
    assert line["subject"] == "▲ MAJOR: PM2.5 unhealthy in Samyan · aq-01"


async def test_threads_hand_over_answers_and_errors() -> None:
    threads = Threads(1, "test")
    assert await threads.run(lambda: 42, 10) == 42
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0, 10)
    assert await asyncio.gather(*(threads.run(lambda: 1, 10) for _ in range(20))) == [1] * 20
