"""The only place that builds or parses an MQTT topic of Nakhon.

``nakhon/v1/{city}/{zone}/{domain}/{device}/{channel}``; beside these Nakhon publishes alert transitions
under ``…/{city}/_alerts/{domain}/{severity}``, retained domain statuses under ``…/{city}/_domains/{domain}``,
what a receiver is told under ``…/{city}/_notifications/{receiver}`` and, retained, that it lives on
``…/{city}/_heartbeat``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from devices.documents import suggestion
from devices.model import Device, Domain

ROOT = "nakhon/v1"
SUBSCRIPTION = f"{ROOT}/#"
"""What Nakhon subscribes to; :func:`is_own` tells what of it to leave out."""

LEVEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""Grammar of an id that becomes a level: of cities, zones, services and devices. Use ``fullmatch``."""

LEVEL_RULE = "1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit"

SHAPE = f"{ROOT}/{{city}}/{{zone}}/{{domain}}/{{device}}/{{channel}}"


class Channel(StrEnum):
    """The last level of a device's topic. Devices publish telemetry, status, event; Nakhon the others."""

    TELEMETRY = "telemetry"
    STATUS = "status"
    VERDICT = "verdict"
    COMMAND = "command"
    EVENT = "event"


class Topic(NamedTuple):
    """A device's topic, taken apart. ``str()`` puts it together again."""

    city: str
    zone: str
    domain: Domain
    device: str
    channel: Channel

    def __str__(self) -> str:
        return f"{ROOT}/{self.city}/{self.zone}/{self.domain}/{self.device}/{self.channel}"


class BadTopicError(ValueError):
    """Not a topic of this grammar. The text names the level that is wrong and what it may be.

    ``level`` is that level's name (empty: the topic as a whole), ``value`` what stood there and
    ``expected`` what may stand there.
    """

    def __init__(self, level: str, value: str, expected: str) -> None:
        self.level, self.value, self.expected = level, value, expected
        shown = value if len(value) <= 100 else f"{value[:99]}…"
        super().__init__(f"{level or 'topic'} {shown!r}: must be {expected}")


_LEVELS = ("city", "zone", "domain", "device", "channel")
_TOPIC = re.compile(f"{ROOT}/" + "/".join(f"({LEVEL.pattern})" for _ in _LEVELS))
_DOMAINS = {domain.value: domain for domain in Domain}
_CHANNELS = {channel.value: channel for channel in Channel}


def parse(text: str) -> Topic:
    """Take a device's topic apart.

    Raises:
        BadTopicError: wrong prefix, number of levels, grammar of a level, domain or channel.
    """
    match = _TOPIC.fullmatch(text)
    if match is None:
        raise _malformed(text)
    city, zone, domain, device, channel = match.groups()
    if domain not in _DOMAINS:
        raise _unknown("domain", domain, _DOMAINS)
    if channel not in _CHANNELS:
        raise _unknown("channel", channel, _CHANNELS)
    return Topic(city, zone, _DOMAINS[domain], device, _CHANNELS[channel])


def _malformed(text: str) -> BadTopicError:
    levels = text.split("/")
    if levels[:2] != ROOT.split("/") or len(levels) != 2 + len(_LEVELS):
        return BadTopicError("", text, f"{SHAPE}, which has 7 levels; this has {len(levels)}")
    named = zip(_LEVELS, levels[2:], strict=True)
    name, level = next((name, level) for name, level in named if LEVEL.fullmatch(level) is None)
    return BadTopicError(name, level, LEVEL_RULE)


def _unknown(level: str, value: str, known: dict[str, Domain] | dict[str, Channel]) -> BadTopicError:
    return BadTopicError(level, value, f"one of {', '.join(known)}{suggestion(value, known)}")


def device_topic(city: str, device: Device, channel: Channel) -> str:
    """The topic of a device of this city on one channel.

    Raises:
        BadTopicError: an id that no topic can hold.
    """
    ids = {"city": city, "zone": device.zone, "device": device.id}
    return str(Topic(_level(ids, "city"), _level(ids, "zone"), device.domain, _level(ids, "device"), channel))


def sibling(topic: Topic, channel: Channel) -> str:
    """The same device's topic on another channel: where a verdict on ``topic`` goes."""
    return str(topic._replace(channel=channel))


def alerts_topic(city: str, domain: Domain, severity: str) -> str:
    """Where transitions of a domain's alerts of one severity are published."""
    ids = {"city": city, "severity": severity}
    return f"{ROOT}/{_level(ids, 'city')}/_alerts/{domain}/{_level(ids, 'severity')}"


def domains_topic(city: str, domain: Domain) -> str:
    """Where a domain's status is published, retained."""
    return f"{ROOT}/{_level({'city': city}, 'city')}/_domains/{domain}"


def services_topic(city: str, service: str) -> str:
    """Where a service's status is published, retained."""
    ids = {"city": city, "service": service}
    return f"{ROOT}/{_level(ids, 'city')}/_services/{_level(ids, 'service')}"


def notifications_topic(city: str, receiver: str) -> str:
    """Where one receiver's notifications are published, unless its configuration names another topic."""
    ids = {"city": city, "receiver": receiver}
    return f"{ROOT}/{_level(ids, 'city')}/_notifications/{_level(ids, 'receiver')}"


def heartbeat_topic(city: str) -> str:
    """Where Nakhon says that it lives, retained."""
    return f"{ROOT}/{_level({'city': city}, 'city')}/_heartbeat"


def _level(ids: dict[str, str], name: str) -> str:
    if LEVEL.fullmatch(ids[name]) is None:
        raise BadTopicError(name, ids[name], LEVEL_RULE)
    return ids[name]


_OWN = re.compile(
    rf"{ROOT}/[^/]*/(?:_alerts/[^/]*/[^/]*|_domains/[^/]*|_services/[^/]*|_notifications/[^/]*|_heartbeat"
    r"|[^/]*/[^/]*/[^/]*/(?:verdict|command))"
)
_OWN_BYTES = re.compile(_OWN.pattern.encode())


def is_own(topic: str | bytes) -> bool:
    """Whether Nakhon itself publishes on ``topic``: verdicts, commands and what begins with ``_``.

    Cheap for what is not: it is asked of every message.
    """
    if isinstance(topic, bytes):
        likely = topic.endswith((b"/verdict", b"/command")) or b"/_" in topic
        return likely and _OWN_BYTES.fullmatch(topic) is not None
    likely = topic.endswith(("/verdict", "/command")) or "/_" in topic
    return likely and _OWN.fullmatch(topic) is not None
