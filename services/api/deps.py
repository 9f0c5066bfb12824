"""What the API stands on: ports and figures, handed in by whoever wires the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from devices.city import CityFolder
from devices.model import City
from devices.types import ObservationType
from services.bus.protocol import Bus
from services.runtime.clock import Clock
from services.runtime.operatorports import (
    DeadlinesPort,
    FloodsPort,
    IncidentsPort,
    MaintenancePort,
    NotificationsPort,
    RoutesPort,
    SilencesPort,
)
from services.runtime.ports import (
    AlertsPort,
    NoRuleFiles,
    NothingKnown,
    Principal,
    QualityPort,
    RegistryPort,
    RulesPort,
    StatusPort,
    TelemetryPort,
)
from services.runtime.statusports import HistoryPort, KpisPort, NotesPort, ServicesPort
from services.store.records.quarantine import CauseGroup, QuarantineFilter, Refused
from services.store.records.tokens import NewToken, Token
from services.store.timeseries.protocol import TimeSeriesStore


class TokensPort(Protocol):
    """Access tokens, as :class:`services.store.records.tokens.TokenRecords` keeps them."""

    async def authenticate(self, secret: str, *, now: int) -> Principal | None:
        """Whose token this is; None for one that is unknown, expired or revoked."""

    async def add(self, name: str, role: str, *, now: int, days: float | None = None) -> NewToken:
        """Make one."""

    async def all(self) -> Sequence[Token]:
        """Every token ever made, newest first."""

    async def revoke(self, token_id: str, *, now: int) -> bool:
        """Make one worthless. False: there is none of that id that still was worth something."""


class QuarantinePort(Protocol):
    """Refused readings, as :class:`services.store.records.quarantine.QuarantineRecords` keeps them."""

    async def page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        where: QuarantineFilter = ...,
        oldest_first: bool = False,
        shown: int | None = None,
    ) -> tuple[list[Refused], str | None]:
        """Entries, newest first unless said otherwise, and the cursor of the next page."""

    async def get(self, entry_id: str) -> Refused | None:
        """The entry, or None."""

    async def causes(
        self, *, limit: int, after: tuple[int, int] | None = None, where: QuarantineFilter = ...
    ) -> tuple[Sequence[CauseGroup], tuple[int, int] | None]:
        """Entries by cause, the largest group first, and the place after which the next page begins."""

    async def count(self, where: QuarantineFilter = ..., *, after: str | None = None) -> int:
        """How many there are, newer than ``after`` when that is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDeps:
    """The parts behind the API.

    ``rules`` describes the rules in force (JSON-ready, each with ``id``, ``group`` and ``domain``),
    ``folder`` gives the city's folder as it is in force, ``rule_files`` are the files that they stand in,
    ``metrics`` gives Prometheus' text and its content type, ``ready`` whether Nakhon does all of its work
    and, if not, why. ``console`` is the folder of the built page; None, or a folder that is not there, is a
    page that says how to build it. ``login_code`` opens the demo's console: ``/login/{code}`` signs in as an
    administrator; None turns that off. ``payload`` bounds a telemetry payload (bytes). What operators have
    beside alerts (``incidents`` and the others), and what there is of statuses beside the domains
    (``services``, ``history``, ``kpis``, ``notes``), is None where a process does not run it: there is
    nothing on these paths then.

    ``kpi_export`` writes values of KPIs as a file: called with them and csv, parquet or json, on a thread.
    ``report`` gives the HTML of a period's report, such as ``2026-10``, with a language that shows first
    (``en``, ``th``; None: whichever), and raises InvalidError for a period of which there can be none.
    ``public_url`` is the address by which the public reaches Nakhon, for the feed's links; None: they are
    relative.
    """

    city: City
    catalog: Mapping[str, ObservationType]
    registry: RegistryPort
    alerts: AlertsPort
    status: StatusPort
    telemetry: TelemetryPort
    store: TimeSeriesStore
    tokens: TokensPort
    quarantine: QuarantinePort
    rules: Callable[[], Sequence[Mapping[str, Any]]]
    bus: Bus
    clock: Clock
    metrics: Callable[[], tuple[bytes, str]]
    ready: Callable[[], tuple[bool, Sequence[str]]]
    folder: Callable[[], CityFolder] | None = None
    rule_files: RulesPort = field(default_factory=NoRuleFiles)
    quality: QualityPort = field(default_factory=NothingKnown)
    incidents: IncidentsPort | None = None
    silences: SilencesPort | None = None
    maintenance: MaintenancePort | None = None
    notifications: NotificationsPort | None = None
    floods: FloodsPort | None = None
    deadlines: DeadlinesPort | None = None
    routes: RoutesPort | None = None
    services: ServicesPort | None = None
    history: HistoryPort | None = None
    kpis: KpisPort | None = None
    kpi_export: Callable[[Sequence[Mapping[str, Any]], str], bytes] | None = None
    notes: NotesPort | None = None
    report: Callable[[str, str | None], Awaitable[str]] | None = None
    public_url: str | None = None
    console: Path | None = None
    login_code: str | None = None
    payload: int = 256 << 10
