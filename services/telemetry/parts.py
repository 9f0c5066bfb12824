"""What telemetry stands on, handed in by whoever wires the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices.broker import BrokerAddress
from devices.model import City
from devices.types import ObservationType
from rules.engine import Engine
from services.bus.protocol import Bus
from services.runtime.clock import Clock
from services.runtime.ports import AlertsPort, DeviceDirectory
from services.store.timeseries.protocol import TimeSeriesStore
from services.telemetry.interpret import Bounds
from services.telemetry.rates import Rates
from services.telemetry.writer import Quarantine


@dataclass(frozen=True, slots=True)
class Parts:
    """What telemetry stands on. ``data`` is its folder; ``journal`` its bound in bytes.

    ``waiting`` is how many readings wait for the store in memory before they wait on disk; ``statuses``
    gives the domains as they are now, ``services`` the services; ``on_write`` and ``on_batch`` hear how
    long (s) each write and each journaled batch took.
    """

    city: City
    catalog: Mapping[str, ObservationType]
    devices: DeviceDirectory
    engine: Engine
    store: TimeSeriesStore
    quarantine: Quarantine
    alerts: AlertsPort
    bus: Bus
    clock: Clock
    broker: BrokerAddress
    client_id: str
    data: Path
    journal: int
    bounds: Bounds
    rates: Rates = field(default_factory=Rates)
    waiting: int = 100_000
    statuses: Callable[[], Sequence[Mapping[str, Any]]] = tuple
    services: Callable[[], Sequence[Mapping[str, Any]]] = tuple
    on_write: Callable[[float], None] = lambda _seconds: None
    on_batch: Callable[[float], None] = lambda _seconds: None
