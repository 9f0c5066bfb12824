"""Posts what Alertmanager's webhook posts (version "4"), for whatever understands that already.

The shape is that of https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.alerts.notify.channels.composing import Compose
from services.alerts.notify.channels.http import HttpClient, host_of, judge
from services.alerts.notify.facts import alert_facts
from services.alerts.notify.message import Message
from services.alerts.notify.notice import Notice
from services.alerts.notify.words import Words
from services.runtime.clock import rfc3339

NEVER = "0001-01-01T00:00:00Z"
"""The end of an alert that has none yet: Go's zero time."""

_LABELS = ("severity", "zone", "device", "service", "domain", "rule")
Labels = dict[str, str]


@dataclass(slots=True)
class Alertmanager:
    """``bearer`` is the token that the other side asks for; ``words_of`` a receiver say the annotations."""

    http: HttpClient
    compose: Compose
    words_of: Callable[[str], Words]
    url: str = field(repr=False)
    bearer: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    kind: str = "alertmanager"

    async def send(self, notice: Notice) -> None:
        """Post it; see :class:`services.alerts.notify.channel.Channel`."""
        words = self.words_of(notice.receiver)
        body = orjson.dumps(document(notice, self.compose(notice), words))
        headers = {"Content-Type": "application/json", "Idempotency-Key": notice.id}
        if self.bearer is not None:
            headers["Authorization"] = f"Bearer {self.bearer}"
        answer = await self.http.send("POST", self.url, headers=headers, body=body, tls=self.tls)
        judge(answer, host_of(self.url))

    async def close(self) -> None:
        """Connections belong to the client that many channels share."""


def document(notice: Notice, message: Message, words: Words) -> dict[str, Any]:
    """The JSON. A notice without alerts (a digest, a test) is one alert that says so."""
    alerts = [_alert(alert, notice, words) for alert in notice.alerts] or [_itself(notice, message)]
    firing = any(alert["status"] == "firing" for alert in alerts) or notice.firing > 0
    return {
        "version": "4",
        "groupKey": f'{{}}/{{route="{notice.route}"}}:{{case="{notice.case}"}}',
        "truncatedAlerts": max(0, notice.firing + notice.resolved - len(alerts)),
        "status": "firing" if firing else "resolved",
        "receiver": notice.receiver,
        "groupLabels": {name: value for name, value in notice.grouped.items() if value},
        "commonLabels": _common([alert["labels"] for alert in alerts]),
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
        "externalURL": words.setting.console or "",
        "alerts": alerts,
    }


def _alert(alert: Mapping[str, Any], notice: Notice, words: Words) -> dict[str, Any]:
    facts = alert_facts(alert, notice.created, words)
    told = {"summary": facts.title, "description": facts.why, "advice": facts.advice}
    return {
        "status": "resolved" if facts.over else "firing",
        "labels": _labels(alert, notice),
        "annotations": {name: text for name, text in told.items() if text},
        "startsAt": alert.get("starts_at") or rfc3339(notice.created),
        "endsAt": alert.get("ends_at") or (rfc3339(notice.created) if facts.over else NEVER),
        "generatorURL": facts.link,
        "fingerprint": str(alert.get("fingerprint", "")),
    }


def _labels(alert: Mapping[str, Any], notice: Notice) -> Labels:
    own = {f"device_{name}": str(value) for name, value in (alert.get("labels") or {}).items()}
    given = {name: str(alert[name]) for name in _LABELS if alert.get(name)}
    return {**own, "alertname": str(alert.get("rule", "")), "city": notice.city, **given}


def _itself(notice: Notice, message: Message) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {
            "alertname": f"Nakhon{notice.reason.value.capitalize()}",
            "city": notice.city,
            **({"severity": notice.severity} if notice.severity else {}),
        },
        "annotations": {"summary": message.subject, "description": message.text},
        "startsAt": rfc3339(notice.created),
        "endsAt": NEVER,
        "generatorURL": message.link,
        "fingerprint": hashlib.sha256(notice.id.encode()).hexdigest()[:16],
    }


def _common(labels: Sequence[Labels]) -> Labels:
    """What all have alike."""
    first, *others = labels
    return {name: value for name, value in first.items() if all(one.get(name) == value for one in others)}
