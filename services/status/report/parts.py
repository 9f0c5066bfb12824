"""What a report is made from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.model import City
from services.runtime.clock import Clock
from services.runtime.operatorports import DeadlinesPort, FloodsPort
from services.runtime.ports import AlertsPort
from services.runtime.statusports import HistoryPort, KpisPort, ServicesPort


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportParts:
    """The ports that a report asks. What is None is not there, and the report says so.

    ``refused`` answers refusals received within a span (ms), by cause: ``{"code", "path", "contract",
    "count", "devices"}`` each, most first. ``ledger`` is the contract's; ``devices`` how many are registered.
    ``operators`` is how many people share the alarms at a time.
    """

    city: City
    clock: Clock
    version: str
    services: ServicesPort
    history: HistoryPort
    kpis: KpisPort | None = None
    alerts: AlertsPort | None = None
    floods: FloodsPort | None = None
    deadlines: DeadlinesPort | None = None
    refused: Callable[[int, int], Awaitable[Sequence[Mapping[str, Any]]]] | None = None
    ledger: Callable[[], Mapping[str, Any]] | None = None
    devices: Callable[[], int] | None = None
    operators: int = 1
