"""The document as a whole: made of the grammar of topics, the catalogue, and the shapes of the HTTP API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.model import City
from devices.topics import SHAPE
from devices.types import ObservationType
from services.api.asyncapi.channels import all_channels, all_operations
from services.api.asyncapi.messages import all_messages
from services.api.asyncapi.schemas import all_schemas
from services.api.openapi import version_of_nakhon

_TEXT = """\
What Nakhon hears and says over MQTT. A device publishes on its own topics, which are
`nakhon/v1/{city}/{zone}/{domain}/{device}/{channel}`; its city, zone and domain must be those that it is
registered with. Operations are tagged with who does them: `device`, `nakhon`, or a `listener` such as a
dashboard. Sending a reading twice does no harm: (device, type, millisecond) is its identity."""
_TAGS = {
    "device": "What a device does.",
    "nakhon": "What Nakhon does.",
    "listener": "What a dashboard or another system may do.",
}


def describe(catalog: Mapping[str, ObservationType], city: City | None = None) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of these observation types; of a ``city``, with its own id and zones."""
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:nakhon:{city.id}" if city else "urn:nakhon",
        "info": {
            "title": f"Nakhon: {city.name.en}" if city else "Nakhon",
            "version": version_of_nakhon(),
            "description": _TEXT,
            "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        },
        "defaultContentType": "application/json",
        "servers": {"plain": _server("mqtt", "1883"), "tls": _server("mqtts", "8883")},
        "channels": all_channels(catalog, city),
        "operations": all_operations(catalog),
        "components": {
            "messages": all_messages(catalog),
            "schemas": all_schemas(catalog),
            "securitySchemes": {
                "password": {
                    "type": "userPassword",
                    "description": "A user of the broker. A demo takes publishers without one.",
                }
            },
        },
    }


def _server(protocol: str, port: str) -> dict[str, Any]:
    status = SHAPE.replace("{channel}", "status")
    return {
        "host": "{broker}:{port}",
        "protocol": protocol,
        "protocolVersion": "3.1.1",
        "description": "The city's broker, over TLS." if protocol == "mqtts" else "The city's broker.",
        "variables": {
            "broker": {"description": "Name or address of the broker.", "default": "127.0.0.1"},
            "port": {"default": port},
        },
        "security": [{"$ref": "#/components/securitySchemes/password"}],
        "bindings": {
            "mqtt": {
                "clientId": "{device}",
                "cleanSession": False,
                "keepAlive": 60,
                "lastWill": {"topic": status, "qos": 1, "retain": True, "message": '{"online": false}'},
                "bindingVersion": "0.2.0",
            }
        },
    }
