"""The JSON of Alertmanager's webhook: its fields, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from services.alerts.notify.channels.alertmanager import document
from services.alerts.notify.notice import Notice, Reason
from services.alerts.notify.samples import alert, sample, samples
from tests.support.notifying import composer

FIELDS = {
    *("version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels"),
    *("commonAnnotations", "externalURL", "alerts"),
}
ALERT_FIELDS = {
    *("status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"),
}


def made(notice: Notice) -> dict[str, Any]:
    compose = composer("en")
    return document(notice, compose(notice), compose.words_of(notice.receiver))


def strings(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for pair in value.items() for part in pair)


@pytest.mark.parametrize("notice", samples(), ids=lambda notice: str(notice.reason))
def test_every_notice_has_the_shape(notice: Notice) -> None:
    told = made(notice)
    assert set(told) == FIELDS
    assert told["version"] == "4"
    assert told["status"] in {"firing", "resolved"}
    assert told["alerts"]
    for one in told["alerts"]:
        assert set(one) == ALERT_FIELDS
        assert one["labels"]["alertname"]
    for name in ("groupLabels", "commonLabels", "commonAnnotations"):
        assert strings(told[name]), name


def test_firing_alert() -> None:
    told = made(sample(Reason.FIRING, alerts=(alert(labels={"site": "school"}),)))
    assert told["alerts"] == [
        {
            "status": "firing",
            "labels": {
                "alertname": "air-quality/pm25-unhealthy",
                "city": "bangkok-pilot",
                "device": "aq-01",
                "device_site": "school",
                "domain": "environment",
                "rule": "air-quality/pm25-unhealthy",
                "service": "air-quality",
                "severity": "major",
                "zone": "samyan",
            },
            "annotations": {
                "summary": "PM2.5 unhealthy in Samyan",
                "description": "pm25 = 81.2 µg/m³ > 75 µg/m³ (major)",
                "advice": "Close the windows of schools in the zone; send the field team to look for a fire.",
            },
            "startsAt": "2026-01-05T06:53:00.000Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://console.example.org/#alert/01KE7Q4V9GSAMPLE0000000001",
            "fingerprint": "00000000000000000000000000000001",
        }
    ]
    assert told["groupKey"] == '{}/{route="environment"}:{case="case-1"}'
    assert told["groupLabels"] == {"zone": "samyan", "service": "air-quality"}
    assert told["externalURL"] == "https://console.example.org"
    assert told["status"] == "firing"


def test_resolved_alert_has_its_end() -> None:
    told = made(sample(Reason.RESOLVED))
    assert told["status"] == "resolved"
    assert told["alerts"][0]["status"] == "resolved"
    assert told["alerts"][0]["endsAt"] == "2026-01-05T07:04:00.000Z"


def test_group_is_firing_while_any_alert_is() -> None:
    told = made(sample(Reason.RESOLVED, firing=1, resolved=1, alerts=(alert(over=True),)))
    assert told["status"] == "firing"


def test_what_all_have_in_common() -> None:
    told = made(sample(Reason.FIRING, alerts=(alert(1), alert(2)), firing=30))
    assert "device" not in told["commonLabels"]
    assert told["commonLabels"]["zone"] == "samyan"
    assert told["commonAnnotations"]["summary"] == "PM2.5 unhealthy in Samyan"
    assert told["truncatedAlerts"] == 28


def test_digest_without_alerts_is_one_alert() -> None:
    told = made(sample(Reason.DIGEST, firing=3))
    (one,) = told["alerts"]
    assert one["labels"] == {"alertname": "NakhonDigest", "city": "bangkok-pilot", "severity": "major"}
    assert one["annotations"]["summary"].startswith("≡ 3 messages")
    assert told["truncatedAlerts"] == 2
