"""A city behind the real application, on doubles of its ports, and clients of every role."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from devices.city import CityFolder
from services.api import ApiDeps, make_app
from services.bus.memory import MemoryBus
from services.runtime.clock import ManualClock
from tests.support.smallcity import small_city
from tests.unit.api.doubles import (
    Alerts,
    Devices,
    Quarantine,
    RuleFiles,
    Series,
    Statuses,
    Telemetry,
    Tokens,
    rule,
)
from tests.unit.api.operatordoubles import Operations
from tests.unit.api.statusdoubles import KeptNotes, StatusWork, notes_of

ROLES = ("viewer", "operator", "integrator", "admin")
RULES = (
    rule("air/pm25-high", severity="major"),
    rule("air/silent", kind="absent", when={"absent": {"after": "5m"}}, metric=None),
    rule("air/pm25-soon", severity="minor", mode="shadow", against="air/pm25-high"),
    rule("power/voltage", severity="minor", domain="energy", on="ACMeasurement", metric="voltage"),
)


@dataclass
class Api:
    """The running application, and its parts to play with."""

    client: TestClient[Any, Any]
    deps: ApiDeps
    clock: ManualClock
    bus: MemoryBus
    devices: Devices
    alerts: Alerts
    operations: Operations
    work: StatusWork
    told: KeptNotes
    telemetry: Telemetry
    store: Series
    tokens: Tokens
    quarantine: Quarantine
    readiness: list[str]

    async def call(
        self, method: str, path: str, *, role: str | None = "admin", **more: Any
    ) -> ClientResponse:
        """A request with the token of a role, None without one. No answer ever carries a traceback."""
        headers = dict(more.pop("headers", {}))
        if role is not None:
            headers["Authorization"] = f"Bearer secret-{role}"
        address = path if path.startswith("/") else f"/api/v1/{path}"
        answer = await self.client.request(method, address, headers=headers, allow_redirects=False, **more)
        text = await answer.text(errors="replace")
        assert "Traceback" not in text
        assert 'File "' not in text
        return answer

    async def get(self, path: str, *, role: str | None = "admin", **params: Any) -> Any:
        """The JSON of a good answer."""
        answer = await self.call("GET", path, role=role, params=params)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    async def problem(self, method: str, path: str, **more: Any) -> Mapping[str, Any]:
        """The problem that a request is answered with; it has the members of RFC 9457 and our own."""
        answer = await self.call(method, path, **more)
        assert answer.content_type == "application/problem+json", await answer.text()
        problem: Mapping[str, Any] = await answer.json()
        assert problem["status"] == answer.status
        assert {"type", "title", "status", "detail", "instance", "code", "request_id"} <= problem.keys()
        return problem


@pytest.fixture(scope="session")
def folder() -> CityFolder:
    return small_city()


@pytest.fixture
def readiness() -> list[str]:
    return []


@pytest.fixture
def console() -> Path | None:
    return None


@pytest.fixture
def told() -> KeptNotes:
    return KeptNotes()


@pytest.fixture
def deps(folder: CityFolder, readiness: list[str], console: Path | None, told: KeptNotes) -> ApiDeps:
    clock, bus = ManualClock(), MemoryBus()
    devices = Devices(folder.city, folder.devices)
    alerts = Alerts(clock)
    operations = Operations(clock, alerts)
    work = StatusWork()
    return ApiDeps(
        city=folder.city,
        catalog=folder.catalog,
        registry=devices,
        alerts=alerts,
        incidents=operations,
        silences=operations,
        maintenance=operations,
        notifications=operations,
        floods=operations,
        deadlines=operations,
        routes=operations,
        services=work,
        history=work,
        kpis=work,
        kpi_export=lambda values, kind: f"{kind} {len(values)}".encode(),
        notes=notes_of(folder.city, told, bus, clock),
        report=work.report,
        status=Statuses(),
        telemetry=Telemetry(devices, clock),
        store=Series(),
        tokens=Tokens(ROLES),
        quarantine=Quarantine(),
        rules=lambda: RULES,
        rule_files=RuleFiles(),
        folder=lambda: folder,
        bus=bus,
        clock=clock,
        metrics=lambda: (b"nakhon_items_pending 0\n", "text/plain; version=1.0.0; charset=utf-8"),
        ready=lambda: (not readiness, readiness),
        console=console,
        login_code="the-code",
        payload=2_000,
    )


@pytest.fixture
async def api(deps: ApiDeps, readiness: list[str], told: KeptNotes) -> AsyncIterator[Api]:
    async with TestClient(TestServer(make_app(deps))) as client:
        parts: Any = deps
        yield Api(
            client,
            deps,
            parts.clock,
            parts.bus,
            parts.registry,
            parts.alerts,
            parts.incidents,
            parts.history,
            told,
            parts.telemetry,
            parts.store,
            parts.tokens,
            parts.quarantine,
            readiness,
        )
