"""The messages: what each carries, with examples that Nakhon itself would take or send."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from devices.metrics import Metric, MetricType
from devices.types import ObservationType
from services.api.asyncapi.schemas import payload_name, reference

_MOMENT = 1_763_701_200_000
_MOST = 4
_TYPICAL = {
    "µg/m³": 12.5, "ppb": 18.0, "ppm": 420.0, "°C": 31.2, "hPa": 1008.6, "m/s": 2.4, "mm": 1.5, "m": 1.2,
    "km/h": 34.0, "V": 230.4, "A": 5.1, "kW": 1.3, "kWh": 1523.7, "dBA": 62.1, "mg/l": 6.8,
}  # fmt: skip
_OFTEN = 0.6


def all_messages(catalog: Mapping[str, ObservationType]) -> dict[str, Any]:
    """Every message by name."""
    return {
        **{name: _telemetry(kind) for name, kind in catalog.items()},
        "Status": _status(),
        "Event": _event(),
        "Command": _command(),
        "Verdict": _verdict(),
        "AlertTransition": _plain(
            "AlertTransition", "A change of an alert", "The alert as the HTTP API shows it, with `change`."
        ),
        "DomainStatus": _plain(
            "DomainStatus", "How a domain is doing", "As the HTTP API shows it under `domains`."
        ),
        "ServiceStatus": _plain(
            "ServiceStatus", "How a service is doing", "As the HTTP API shows it under `services`."
        ),
        "Notification": _plain(
            "Notification", "What a receiver is told", "The same JSON as the webhook's; `id` tells it apart."
        ),
        "Heartbeat": _heartbeat(),
    }


def _plain(
    name: str, title: str, summary: str, examples: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    message = {
        "name": name,
        "title": title,
        "summary": summary,
        "contentType": "application/json",
        "payload": reference(name),
    }
    return message | ({"examples": examples} if examples else {})


def _telemetry(kind: ObservationType) -> dict[str, Any]:
    title = kind.title
    summary = f"Readings of type {kind.contract}, usually every {kind.interval // 1000} s."
    message = _plain(kind.name, title.en, summary, telemetry_examples(kind))
    return message | {"x-title-th": title.th, "payload": reference(payload_name(kind))}


def telemetry_examples(kind: ObservationType) -> list[dict[str, Any]]:
    """One reading in each form."""
    values = example_values(kind)
    full = {
        "ts": "2025-11-21T12:00:00+07:00",
        "type": kind.name,
        "seq": 42,
        "location": [100.53, 13.73],
        "ack": True,
        "values": values,
    }
    return [
        {"name": "short", "summary": "Metrics alone: taken when it is received.", "payload": values},
        {"name": "timed", "summary": "When it was taken.", "payload": {"ts": _MOMENT, "values": values}},
        {"name": "full", "summary": "Everything a reading may say.", "payload": full},
        {
            "name": "several",
            "summary": "Several readings, each on its own.",
            "payload": [{"ts": _MOMENT, "values": values}, {"ts": _MOMENT + kind.interval, "values": values}],
        },
    ]


def example_values(kind: ObservationType) -> dict[str, Any]:
    """A few metrics, those that every reading must carry among them."""
    metrics = kind.metrics.values()
    needed = [metric for metric in metrics if metric.required]
    others = islice((metric for metric in metrics if not metric.required), max(0, _MOST - len(needed)))
    return {metric.name: _value(metric) for metric in (*needed, *others)}


def _value(metric: Metric) -> Any:
    if metric.type is MetricType.BOOLEAN:
        return True
    if metric.type is MetricType.STRING:
        return metric.values[0] if metric.values else "ok"
    usual = _TYPICAL.get(metric.unit or "", _OFTEN if metric.range == (0.0, 1.0) else 3.0)
    low, high = metric.range or (usual, usual)
    return min(max(usual, low), high)


def _status() -> dict[str, Any]:
    return _plain(
        "Status",
        "What a device says of itself",
        "Retained. Let the last will be the second example.",
        [
            {"name": "online", "payload": {"online": True, "fw": "1.4.2", "battery": 0.81}},
            {"name": "lastWill", "payload": {"online": False}},
        ],
    )


def _event() -> dict[str, Any]:
    payload = {"ts": _MOMENT, "name": "restarted", "data": {"cause": "watchdog"}}
    return _plain(
        "Event",
        "Something that happened",
        "Also the answer to a command.",
        [{"name": "event", "payload": payload}],
    )


def _command() -> dict[str, Any]:
    payload = {"id": "c-42", "name": "reboot", "args": {}, "expires": "2025-11-21T05:05:00Z"}
    return _plain(
        "Command",
        "Something that the device is asked to do",
        "Answered on the event channel.",
        [{"name": "command", "payload": payload}],
    )


def _verdict() -> dict[str, Any]:
    refused = {
        "index": 1,
        "code": "out_of_range",
        "path": "values.pm25",
        "value": -3,
        "expected": "0 to 1000 µg/m³",
        "contract": "AirQualityObserved@1",
        "also": [],
    }
    payload = {"received": "2025-11-21T05:00:00.120Z", "accepted": 1, "rejected": [refused]}
    return _plain(
        "Verdict",
        "What became of a message",
        "Refusals; acceptances when the payload, or its type, asked for them. At most one a second.",
        [{"name": "refused", "payload": payload}],
    )


def _heartbeat() -> dict[str, Any]:
    well = {"at": "2025-11-21T05:00:00.000Z", "ok": True, "troubles": [], "every": 30.0}
    ill = {**well, "ok": False, "troubles": ["the broker is away"]}
    return _plain(
        "Heartbeat",
        "Nakhon lives",
        "Retained: whoever watches goes by `at` and `every`.",
        [{"name": "well", "payload": well}, {"name": "unwell", "payload": ill}],
    )
