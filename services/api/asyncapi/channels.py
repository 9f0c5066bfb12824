"""The channels: a device's five, and the two on which Nakhon speaks of the city."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from devices.model import City, Domain
from devices.topics import LEVEL, LEVEL_RULE, ROOT, SHAPE, Channel
from services.api.shapes import SeverityName

_QOS_1 = 1
_BINDING = "0.2.0"
_DOMAINS = [domain.value for domain in Domain]
_SEVERITIES = list(get_args(SeverityName))
_WHAT = {
    Channel.TELEMETRY: "Readings. Publish at QoS 1, not retained.",
    Channel.STATUS: "Whether the device is there; retained, and its last will.",
    Channel.VERDICT: "What became of what the device sent, on its own topic. Sent at QoS 0.",
    Channel.COMMAND: "What the device is asked to do.",
    Channel.EVENT: "What happened at the device, and its answers to commands.",
}
_MESSAGES = {
    Channel.STATUS: "Status",
    Channel.VERDICT: "Verdict",
    Channel.COMMAND: "Command",
    Channel.EVENT: "Event",
}


def all_channels(types: Iterable[str], city: City | None) -> dict[str, Any]:
    """Every channel by name; of a ``city``, with its own id and zones."""
    known = _parameters(city)
    device = {name: known[name] for name in ("city", "zone", "domain", "device")}
    found = {}
    for channel in Channel:
        messages = list(types) if channel is Channel.TELEMETRY else [_MESSAGES[channel]]
        address = SHAPE.replace("{channel}", channel.value)
        found[channel.value] = _channel(address, _WHAT[channel], device, messages)
    what = "Every change of an alert, firing ones of one severity under one topic. QoS 1, not retained."
    spoken = {name: known[name] for name in ("city", "domain", "severity")}
    address = f"{ROOT}/{{city}}/_alerts/{{domain}}/{{severity}}"
    found["alerts"] = _channel(address, what, spoken, ["AlertTransition"])
    what = "How a domain is doing, retained: who subscribes is told at once. QoS 1."
    spoken = {name: known[name] for name in ("city", "domain")}
    found["domains"] = _channel(f"{ROOT}/{{city}}/_domains/{{domain}}", what, spoken, ["DomainStatus"])
    what = "How a service is doing, retained: who subscribes is told at once. QoS 1."
    spoken = {name: known[name] for name in ("city", "service")}
    found["services"] = _channel(f"{ROOT}/{{city}}/_services/{{service}}", what, spoken, ["ServiceStatus"])
    return found | _on_request(known)


def _on_request(known: Mapping[str, Any]) -> dict[str, Any]:
    """What a deployment has only when its configuration asks for it, on these topics or others."""
    what = "What a receiver is told over MQTT. QoS 1, not retained."
    spoken = {name: known[name] for name in ("city", "receiver")}
    address = f"{ROOT}/{{city}}/_notifications/{{receiver}}"
    notifications = _channel(address, what, spoken, ["Notification"])
    what = "That Nakhon lives, and whether it is well. QoS 1, retained: silence is what to watch for."
    heartbeat = _channel(f"{ROOT}/{{city}}/_heartbeat", what, {"city": known["city"]}, ["Heartbeat"])
    return {"notifications": notifications, "heartbeat": heartbeat}


def _channel(
    address: str, description: str, parameters: Mapping[str, Any], messages: Iterable[str]
) -> dict[str, Any]:
    return {
        "address": address,
        "description": description,
        "parameters": dict(parameters),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }


def _parameters(city: City | None) -> dict[str, Any]:
    """AsyncAPI 3.0 has no pattern for a parameter, hence ``x-pattern``."""
    return {
        "city": _level("Id of the city.", [city.id] if city else ()),
        "zone": _level("Id of the device's zone.", sorted(city.zones) if city else ()),
        "domain": {"description": "Domain of the device, or of what is told.", "enum": _DOMAINS},
        "device": _level("Id of the device."),
        "service": _level("Id of the service.", sorted(city.services) if city else ()),
        "receiver": _level("Name of the receiver."),
        "severity": {"description": "Severity of the alert.", "enum": _SEVERITIES},
    }


def _level(what: str, known: Iterable[str] = ()) -> dict[str, Any]:
    parameter = {"description": f"{what} {LEVEL_RULE}.", "x-pattern": f"^{LEVEL.pattern}$"}
    return parameter | ({"enum": list(known)} if known else {})


def all_operations(types: Iterable[str]) -> dict[str, Any]:
    """What devices do, what Nakhon does, and what whoever listens does. Seen from who does it."""
    telemetry = [_message("telemetry", name) for name in types]
    reply = {"channel": _to("verdict"), "messages": [_message("verdict", "Verdict")]}
    answer = {"channel": _to("event"), "messages": [_message("event", "Event")]}
    device, nakhon, listener = "device", "nakhon", "listener"
    return {
        "publishTelemetry": _operation(
            "send", "telemetry", device, "Publish readings.", telemetry, reply=reply
        ),
        "publishStatus": _operation("send", "status", device, "Say that you are there.", retain=True),
        "publishEvent": _operation("send", "event", device, "Say what happened."),
        "hearVerdict": _operation("receive", "verdict", device, "Learn what was refused.", qos=0),
        "hearCommand": _operation("receive", "command", device, "Be told what to do.", reply=answer),
        "takeTelemetry": _operation("receive", "telemetry", nakhon, "Nakhon takes readings.", telemetry),
        "takeStatus": _operation("receive", "status", nakhon, "Nakhon notes who is there.", retain=True),
        "takeEvent": _operation("receive", "event", nakhon, "Nakhon takes events."),
        "sendVerdict": _operation("send", "verdict", nakhon, "Nakhon says what it refused.", qos=0),
        "sendCommand": _operation("send", "command", nakhon, "Nakhon asks a device."),
        "announceAlert": _operation("send", "alerts", nakhon, "Nakhon tells each change of an alert."),
        "announceDomain": _operation("send", "domains", nakhon, "Nakhon tells how a domain is.", retain=True),
        "announceService": _operation(
            "send", "services", nakhon, "Nakhon tells how a service is.", retain=True
        ),
        "notify": _operation("send", "notifications", nakhon, "Nakhon tells a receiver."),
        "beat": _operation("send", "heartbeat", nakhon, "Nakhon says that it lives.", retain=True),
        "hearNotifications": _operation("receive", "notifications", listener, "Be told as a receiver."),
        "watchHeartbeat": _operation("receive", "heartbeat", listener, "Notice Nakhon's death.", retain=True),
        "followAlerts": _operation("receive", "alerts", listener, "Follow alerts."),
        "followDomains": _operation("receive", "domains", listener, "Follow the domains.", retain=True),
        "followServices": _operation("receive", "services", listener, "Follow the services.", retain=True),
    }


def _operation(
    action: str,
    channel: str,
    who: str,
    summary: str,
    messages: list[dict[str, str]] | None = None,
    *,
    qos: int = _QOS_1,
    retain: bool = False,
    reply: dict[str, Any] | None = None,
) -> dict[str, Any]:
    operation = {
        "action": action,
        "channel": _to(channel),
        "title": summary.rstrip("."),
        "summary": summary,
        "tags": [{"name": who}],
        "bindings": {"mqtt": {"qos": qos, "retain": retain, "bindingVersion": _BINDING}},
    }
    if messages is not None:
        operation["messages"] = messages
    return operation | ({"reply": reply} if reply else {})


def _to(channel: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}"}


def _message(channel: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}/messages/{name}"}
