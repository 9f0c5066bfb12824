"""Makes channels from what the configuration says: one table, a row for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.alerts.notify.channel import Channel
from services.alerts.notify.channels.alertmanager import Alertmanager
from services.alerts.notify.channels.composing import Composer
from services.alerts.notify.channels.email import Email, MailServer
from services.alerts.notify.channels.http import HttpClient, trust
from services.alerts.notify.channels.line import Line
from services.alerts.notify.channels.log import Log
from services.alerts.notify.channels.mqtt import Mqtt, Publish
from services.alerts.notify.channels.threads import Threads
from services.alerts.notify.channels.webhook import Webhook
from services.runtime import notifyconfig as settings


@dataclass(frozen=True, slots=True)
class Means:
    """What channels share: connections, threads, words, the clock (ms), and Nakhon's own broker."""

    http: HttpClient
    threads: Threads
    compose: Composer
    now: Callable[[], int]
    publish: Publish


Make = Callable[[Any, Means], Channel]


class ChannelError(ValueError):
    """A channel can't be made as it is configured. The text says which, why, and what to do."""


def make_channel(given: settings.ChannelSettings, means: Means) -> Channel:
    """The channel that the settings describe. Reads files: not on an event loop.

    Raises:
        ChannelError: something that it needs is missing or wrong.
    """
    make = KINDS.get(given.kind)
    if make is None:
        raise ChannelError(f"no channel of the kind {given.kind!r}; there are {', '.join(KINDS)}")
    try:
        return make(given, means)
    except ValueError as error:
        raise ChannelError(f"{given.kind}: {error}") from None


def table(rows: Sequence[tuple[str, Make]]) -> Mapping[str, Make]:
    """The rows by kind.

    Raises:
        ValueError: two for one kind.
    """
    kinds = dict(rows)
    if len(kinds) != len(rows):
        names = [kind for kind, _ in rows]
        twice = sorted({kind for kind in names if names.count(kind) > 1})
        raise ValueError(f"more than one channel of the kind {', '.join(twice)}")
    return kinds


def _webhook(given: settings.WebhookChannel, means: Means) -> Channel:
    return Webhook(
        means.http,
        means.compose,
        means.now,
        url=_needed(given.url, "url", "url_file"),
        secret=given.secret,
        tls=trust(given.ca_file),
    )


def _alertmanager(given: settings.AlertmanagerChannel, means: Means) -> Channel:
    return Alertmanager(
        means.http,
        means.compose,
        means.compose.words_of,
        url=_needed(given.url, "url", "url_file"),
        bearer=given.bearer,
        tls=trust(given.ca_file),
    )


def _line(given: settings.LineChannel, means: Means) -> Channel:
    token = _needed(given.token, "token", "token_file")
    return Line(means.http, means.compose, to=given.to, token=token, url=given.url or "https://api.line.me")


def _email(given: settings.EmailChannel, means: Means) -> Channel:
    server = MailServer(
        host=given.host,
        port=given.port,
        tls=given.tls,
        username=given.username,
        password=given.password,
        context=trust(given.ca_file),
    )
    return Email(server, means.compose, sender=given.from_, to=given.to)


def _apprise(given: settings.AppriseChannel, means: Means) -> Channel:
    from services.alerts.notify.channels.apprise import Apprise  # a large library that few deployments use

    return Apprise(means.threads, means.compose, _needed(given.url, "url", "url_file"))


def _mqtt(given: settings.MqttChannel, means: Means) -> Channel:
    return Mqtt(means.publish, means.compose, given.topic)


def _log(_given: settings.LogChannel, means: Means) -> Channel:
    return Log(means.compose)


KINDS: Mapping[str, Make] = table(
    (
        ("webhook", _webhook),
        ("alertmanager", _alertmanager),
        ("line", _line),
        ("email", _email),
        ("apprise", _apprise),
        ("mqtt", _mqtt),
        ("log", _log),
    )
)


def _needed(value: str | None, name: str, file: str) -> str:
    if not value:
        raise ValueError(f"{name} or {file} is needed")
    return value
