"""An item of the quarantine that is taken again, as the journal notes it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.runtime.ports import QuarantinedItem


def as_data(item: QuarantinedItem) -> Mapping[str, Any]:
    """JSON-ready."""
    return asdict(item) | {"payload": base64.b64encode(item.payload).decode()}


def from_data(data: Mapping[str, Any]) -> QuarantinedItem:
    """The inverse of :func:`as_data`."""
    return QuarantinedItem(**{**data, "payload": base64.b64decode(data["payload"])})
