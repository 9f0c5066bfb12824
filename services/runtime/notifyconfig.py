"""``notify:`` of ``nakhon.yaml``: how each receiver is reached.

Who hears of what and when stands in the city's ``alerting.yaml``; addresses and secrets stand here, with the
deployment. A secret comes from a file of its own (``token_file``) or from a variable
(``NAKHON_NOTIFY__RECEIVERS__DUTY_OFFICER__CHANNELS__0__TOKEN``), never from ``nakhon.yaml`` itself. Spans are
in ms. Once the configuration is read, secrets hold their text and paths are absolute.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from devices.forms import Id, Interval
from devices.spans import format_span, parse_span
from services.runtime.sections import Section, address

Language: TypeAlias = Literal["en", "th"]

MINUTE = 60_000
HOUR = 60 * MINUTE

_RATE = re.compile(r"\s*(\d+)\s*/\s*(.+?)\s*")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


class Rate(NamedTuple):
    """At most so many ``messages`` in any span of ``per`` ms."""

    messages: int
    per: int

    def __str__(self) -> str:
        return f"{self.messages}/{format_span(self.per)}"


def parse_rate(value: object) -> Rate:
    """``20/10m`` → 20 messages in 10 minutes.

    Raises:
        ValueError: not a rate; the message says how to write one.
    """
    if isinstance(value, Rate):
        return value
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is not None and int(match[1]):
        try:
            if span := parse_span(match[2]):
                return Rate(int(match[1]), span)
        except ValueError:
            pass
    raise ValueError("must be messages in a span of time, such as 20/10m")


def _one_or_several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _mail(value: str) -> str:
    if _MAIL.fullmatch(value) is None:
        raise ValueError("must be an e-mail address such as duty@example.org")
    return value


Mail = Annotated[str, AfterValidator(_mail)]
Mails = Annotated[tuple[Mail, ...], BeforeValidator(_one_or_several), Field(min_length=1)]
WebAddress = Annotated[str | None, address("https", "http"), Field(repr=False)]
Secret = Annotated[str | None, Field(repr=False)]


class LineChannel(Section):
    """LINE's Messaging API. ``to``: id of a user, a group or a room. ``token``: its access token."""

    kind: Literal["line"]
    to: str = Field(min_length=1)
    token: Secret = None
    token_file: Path | None = None
    url: WebAddress = "https://api.line.me"


class EmailChannel(Section):
    """Mail through a server. ``tls``: turned on by STARTTLS, from the first byte, or not at all."""

    kind: Literal["email"]
    to: Mails
    from_: Mail = Field(alias="from")
    host: str = Field(min_length=1)
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret = None
    password_file: Path | None = None
    ca_file: Path | None = None


class WebhookChannel(Section):
    """Nakhon's own JSON to an address, signed when there is a ``secret``. ``url`` may come by file."""

    kind: Literal["webhook"]
    url: WebAddress = None
    url_file: Path | None = None
    secret: Secret = None
    secret_file: Path | None = None
    ca_file: Path | None = None


class AlertmanagerChannel(Section):
    """The JSON of Alertmanager's webhook, for what people have already. ``bearer``: a token that it asks."""

    kind: Literal["alertmanager"]
    url: WebAddress = None
    url_file: Path | None = None
    bearer: Secret = None
    bearer_file: Path | None = None
    ca_file: Path | None = None


class AppriseChannel(Section):
    """Slack, Teams and others by an address of Apprise's, which holds the secret and so comes by file."""

    kind: Literal["apprise"]
    url: Secret = None
    url_file: Path | None = None


class MqttChannel(Section):
    """A topic of Nakhon's own broker."""

    kind: Literal["mqtt"]
    topic: str = Field(min_length=1, max_length=1024, pattern=r"^[^+#\x00]+$")


class LogChannel(Section):
    """Nakhon's log."""

    kind: Literal["log"]


ChannelSettings: TypeAlias = Annotated[
    LineChannel
    | EmailChannel
    | WebhookChannel
    | AlertmanagerChannel
    | AppriseChannel
    | MqttChannel
    | LogChannel,
    Field(discriminator="kind"),
]


class Receiver(Section):
    """One receiver. ``language`` None is that of all.

    ``rate``: what comes beyond it is told together; None is no bound. ``digest``: all below critical is
    collected for so long and told together; None is at once.
    """

    language: Language | None = None
    rate: Annotated[Rate | None, BeforeValidator(lambda v: None if v is None else parse_rate(v))] = None
    digest: Interval | None = None
    channels: tuple[ChannelSettings, ...] = Field(min_length=1)


class HeartbeatWebhook(Section):
    """An outside watcher that is asked to notice when the heartbeat stops.

    ``fail``: an address of its own for the beats of a Nakhon that lives and is not well.
    """

    url: WebAddress = None
    url_file: Path | None = None
    fail: WebAddress = None
    secret: Secret = None
    secret_file: Path | None = None
    ca_file: Path | None = None


class Heartbeat(Section):
    """Who is told, how often, that Nakhon lives."""

    every: Interval = MINUTE
    webhook: HeartbeatWebhook | None = None
    mqtt: bool = False


class Retry(Section):
    """A failure is tried again after ``first``, then ever later up to ``most``, until ``give_up``."""

    first: Interval = 5_000
    most: Interval = 10 * MINUTE
    give_up: Interval = 24 * HOUR


class Notify(Section):
    """``notify:``, whole. ``console``: its address, for links. ``templates``: a folder of own ones."""

    language: Language = "th"
    console: WebAddress = None
    templates: Path | None = None
    receivers: dict[Id, Receiver] = Field(default_factory=dict)
    heartbeat: Heartbeat = Heartbeat()
    retry: Retry = Retry()

    def language_of(self, receiver: str) -> Language:
        """In which language it is told."""
        found = self.receivers.get(receiver)
        return (found.language if found else None) or self.language
