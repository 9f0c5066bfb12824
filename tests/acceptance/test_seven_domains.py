"""The demo city through a bad morning: every domain is seen in each of the five statuses, with its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from blockbuster import BlockBuster

from devices.city import CityFolder
from devices.model import Device, Domain
from services.runtime.cityfolder import read_city
from simulators.models import World
from simulators.noise import Noise
from tests.acceptance.stage import START, Stage, stage

pytestmark = pytest.mark.real

CITY = Path(__file__).parents[2] / "deploy" / "cities" / "bangkok-pilot"
TEN = START + 10 * 3_600_000
"""A Monday, 10:00 in Bangkok: pupils are in class, lamps are off."""

BANGKOK = ZoneInfo("Asia/Bangkok")
WATCHED = {
    Domain.ENVIRONMENT: "canal-quality",
    Domain.MOBILITY: "traffic-counts",
    Domain.ENERGY: "power-metering",
    Domain.LIVING: "camera-watch",
    Domain.PEOPLE: "public-wifi",
    Domain.GOVERNANCE: "e-services",
    Domain.ECONOMY: "street-stalls",
}
"""The service of each domain to which it happens."""

PROBED = {"e-services"}
"""Those that stand on probes, not on sensors."""


@dataclass
class Town:
    """The devices of the city, measuring; those in ``mute`` do not."""

    folder: CityFolder
    here: Stage
    mute: Collection[str] = ()
    _due: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = World(self.folder.catalog, Noise(7), self.folder.city.timezone)
        for device in self.folder.devices:
            for kind in device.types:
                self._due[device.id, kind] = self.here.clock.now()
        self._devices = {device.id: device for device in self.folder.devices}

    def of(self, service: str) -> list[Device]:
        """The devices that count for a service."""
        return [one for one in self.folder.devices if self.folder.city.service_of(one) == service]

    def silent(self, service: str) -> list[Device]:
        """Those of them that do not measure."""
        return [one for one in self.of(service) if one.id in self.mute]

    def some_silent(self, service: str, reason: dict[str, str]) -> bool:
        """Whether a reason says how many of a service's devices are silent, in both languages."""
        silent, n = len(self.silent(service)), len(self.of(service))
        if service in PROBED:
            en, th = f": {silent} of {n} probes not heard", f": การตรวจสอบ {silent} จาก {n} รายการไม่มีผล"
        else:
            en, th = f": {silent} of {n} sensors silent in ", f": เซ็นเซอร์ {silent} จาก {n} ตัวไม่ส่งข้อมูล ที่"
        return reason["en"].startswith(en) and reason["th"].startswith(th)

    def all_silent(self, service: str, reason: dict[str, str]) -> bool:
        """Whether a reason says that nothing is heard, and since when, in both languages."""
        n = len(self.of(service))
        whom = (
            (f"{n} probes", f"การตรวจสอบทั้ง {n} รายการ")
            if service in PROBED
            else (f"{n} sensors", f"เซ็นเซอร์ทั้ง {n} ตัว")
        )
        en = f": nothing heard from its {whom[0]} since 5 Jan 2026 10:0"
        th = f": ไม่ได้รับข้อมูลจาก{whom[1]} ตั้งแต่ 5 ม.ค. 2569 10:0"
        return reason["en"].startswith(en) and reason["th"].startswith(th)

    async def live(self, seconds: int) -> None:
        """Let time pass, in steps of five seconds."""
        for _ in range(seconds // 5):
            now = self.here.clock.now()
            for (name, kind), due in self._due.items():
                if due <= now:
                    device = self._devices[name]
                    self._due[name, kind] = now + device.interval
                    if name not in self.mute:
                        await self._measure(device, kind, now)
            await self.here.pass_time(5)

    async def _measure(self, device: Device, kind: str, now: int) -> None:
        body = {"ts": now, "type": kind, "values": self.world.sample(device, kind, now)}
        verdict = await self.here.app.telemetry.submit(device.id, orjson.dumps(body))
        assert verdict["rejected"] == [], (device.id, verdict)


async def seven(here: Stage) -> dict[str, dict[str, Any]]:
    return {one["domain"]: one for one in (await here.get("domains"))["items"]}


def of(domains: dict[str, dict[str, Any]], domain: Domain, service: str) -> dict[str, Any]:
    return next(one for one in domains[domain]["services"] if one["id"] == service)


def assert_all(domains: dict[str, dict[str, Any]], status: str) -> None:
    other = {name: one["reason"]["en"] for name, one in domains.items() if one["status"] != status}
    assert not other, other


def some(devices: list[Device], share: float) -> Iterator[str]:
    for device in devices[: round(share * len(devices))]:
        yield device.id


def muted(town: Town, share: float) -> set[str]:
    return {name for service in WATCHED.values() for name in some(town.of(service), share)}


async def test_every_domain_in_each_of_the_five_statuses(
    tmp_path: Path, no_blocking_calls: BlockBuster
) -> None:
    folder = await asyncio.to_thread(read_city, CITY)
    async with stage(tmp_path, no_blocking_calls, CITY, start=TEN, step=5) as here:
        town = Town(folder, here)
        assert_all(await seven(here), "unknown")

        await town.live(130)
        assert_all(await seven(here), "operational")

        town.mute = muted(town, 0.3)
        await town.live(130)
        domains = await seven(here)
        assert_all(domains, "degraded")
        for service, reason in told(domains):
            assert town.some_silent(service, reason), reason

        town.mute = muted(town, 0.8)
        await town.live(130)
        domains = await seven(here)
        assert_all(domains, "outage")
        for service, reason in told(domains):
            assert town.some_silent(service, reason), reason

        town.mute = muted(town, 1)
        await town.live(130)
        domains = await seven(here)
        assert_all(domains, "unknown")
        for service, reason in told(domains):
            assert town.all_silent(service, reason), reason

        town.mute = ()
        await town.live(180)
        assert_all(await seven(here), "operational")

        await close_for_work(here, list(folder.city.services))
        await town.live(10)
        domains = await seven(here)
        assert_all(domains, "maintenance")
        for domain in domains.values():
            assert "in maintenance until 5 Jan 2026 11:1" in domain["reason"]["en"]
            assert "Yearly inspection" in domain["reason"]["en"]
            assert "อยู่ระหว่างบำรุงรักษาถึง 5 ม.ค. 2569 11:1" in domain["reason"]["th"]
            assert "ตรวจประจำปี" in domain["reason"]["th"]

        await history_stands(here)


async def history_stands(here: Stage) -> None:
    """What was told live is what comes out when all of it is computed again from what was kept."""
    await here.pass_time(30)
    before = await looked_back(here, mark := here.clock.now())
    assert all(len(before[0][service]) >= 6 for service in WATCHED.values())
    again = here.app.statuses.again
    again.add(list(here.app.folder.city.services), TEN + 1)
    for _ in range(100):
        await here.pass_time(5)
        if len(again) == 0:
            break
    assert len(again) == 0
    assert await looked_back(here, mark) == before


async def looked_back(here: Stage, end: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """By service what held from when on, and what was attained by ``end``."""
    names = list(here.app.folder.city.services)
    steps = await here.app.records.status_history.steps("service", names, start=TEN, end=end)
    objectives = here.app.statuses.objectives
    held = {name: [(step.at, step.status, step.counted) for step in steps[name]] for name in names}
    return held, {name: objectives.attainment(name, TEN, end) for name in names}


async def close_for_work(here: Stage, services: list[str]) -> None:
    """An operator plans work on these services, from now on, for an hour."""
    now = datetime.fromtimestamp(here.clock.now() / 1000, BANGKOK)
    work = {
        "title": {"en": "Yearly inspection", "th": "ตรวจประจำปี"},
        "matcher": {"services": services},
        "schedule": {"start": now.strftime("%Y-%m-%dT%H:%M:%S"), "duration": "1h"},
        "reason": "as every year",
    }
    await here.call("POST", "maintenance", work, status=201)


def told(domains: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each watched service, and what is said of its domain after its own name: that it is to blame."""
    for domain, service in WATCHED.items():
        name, reason = of(domains, domain, service)["name"], domains[domain]["reason"]
        assert all(reason[language].startswith(name[language]) for language in ("en", "th")), reason
        yield service, {language: reason[language].removeprefix(name[language]) for language in ("en", "th")}
