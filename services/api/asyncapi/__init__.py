"""The AsyncAPI 3.0 document: every MQTT topic and payload, for programs."""

from __future__ import annotations

from services.api.asyncapi.document import describe

__all__ = ["describe"]
