"""The whole of Nakhon in one process, under a clock that moves only when a test says so.

Everything is real but time: the broker, the journal, both stores, HTTP. A test lets seconds pass one after
the other; between two of them all that they brought about comes to its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from blockbuster import BlockBuster

from services.app import Application, Demo
from services.runtime.cityfolder import read_city
from services.runtime.clock import ManualClock
from services.runtime.config import Config, Http, Mqtt
from services.runtime.notifyconfig import Notify
from services.runtime.probeconfig import Probes

START = 1_767_546_000_000
"""Monday, 5 January 2026, 00:00 in Bangkok."""

HOUR = 3_600_000
_STEP = 1.0
_PATIENCE = 20.0
_LOOKS = 4_000
_CALM = 3
"""So many looks in a row at which nothing is under way, before a step is over."""


@dataclass
class Pager:
    """A receiver's own server: what it was told, in order. ``refuse`` makes it answer with that status."""

    url: str = ""
    told: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    refuse: int | None = None

    async def take(self, request: web.Request) -> web.Response:
        """Hear one message."""
        body = orjson.loads(await request.read())
        self.keys.append(request.headers["Idempotency-Key"])
        if self.refuse is not None:
            return web.Response(status=self.refuse)
        self.told.append(body)
        return web.Response()

    def reasons(self, receiver: str) -> list[str]:
        """Why a receiver was told, each time."""
        return [one["reason"] for one in self.told if one["receiver"] == receiver]


@dataclass
class Stage:
    """A running Nakhon, its clock, and an operator's hands."""

    app: Application
    clock: ManualClock
    pager: Pager
    session: aiohttp.ClientSession
    step: float = _STEP
    """Seconds that pass at once."""

    async def send(self, device: str, **values: Any) -> None:
        """A device measures something now."""
        body = orjson.dumps({"ts": self.clock.now(), "values": values})
        await self.pass_time(0, until=asyncio.create_task(self._publish(device, body)))
        await self.pass_time(0.1)

    async def _publish(self, device: str, body: bytes) -> None:
        verdict = await self.app.telemetry.submit(device, body)
        assert verdict["rejected"] == [], verdict

    async def pass_time(self, seconds: float, *, until: asyncio.Task[Any] | None = None) -> None:
        """Let virtual seconds pass; what they bring about is done when this returns."""
        target = self.clock.now() + round(seconds * 1000)
        await self._settle(until)
        while self.clock.now() < target:
            left = (target - self.clock.now()) / 1000
            await self.clock.advance(min(self.step, left))
            await self._settle(until)
        if until is not None:
            await until

    async def _settle(self, until: asyncio.Task[Any] | None) -> None:
        """Wait, in the machine's time, for what is under way."""
        calm = 0
        async with asyncio.timeout(_PATIENCE):
            while calm < _CALM:
                await asyncio.sleep(0.001)
                busy = self._busy() or (until is not None and not until.done())
                calm = 0 if busy else calm + 1
                if until is not None and not until.done():
                    await self.clock.advance(0.01)

    async def until(self, what: Callable[[], bool], why: str) -> None:
        """Wait, in the machine's time, for something that is on its way outside of Nakhon."""
        for _ in range(_LOOKS):
            if what():
                return
            await asyncio.sleep(_PATIENCE / _LOOKS)
        told = [(one["receiver"], one["reason"]) for one in self.pager.told]
        pytest.fail(f"{why}; told so far: {told}")

    async def hears(self, receiver: str, *reasons: str) -> list[dict[str, Any]]:
        """What a receiver was told by now, and for which reasons."""
        await self.until(
            lambda: len(self.pager.reasons(receiver)) >= len(reasons), f"{receiver} was not told of {reasons}"
        )
        assert self.pager.reasons(receiver) == list(reasons)
        return [one for one in self.pager.told if one["receiver"] == receiver]

    def _busy(self) -> bool:
        telemetry = self.app.telemetry
        return not telemetry.announcer.idle or self.app.alerts.busy

    async def call(
        self, method: str, path: str, body: Any = None, *, status: int = 200, by: str | None = None
    ) -> Any:
        """What an operator does on the console; ``by`` is another one than the usual."""
        headers = {}
        if by is not None:
            made = await self.app.records.tokens.add(by, "operator", now=self.clock.now())
            headers = {"Authorization": f"Bearer {made.secret}"}
        url = f"{self.app.http_url}/api/v1/{path}"
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            said = await answer.json() if answer.content_length != 0 else None
            assert answer.status == status, (answer.status, said)
            return said

    async def get(self, path: str) -> Any:
        """What an operator looks at."""
        return await self.call("GET", path)

    async def alerts(self, query: str = "") -> list[dict[str, Any]]:
        """Alerts, newest first."""
        return list((await self.get(f"alerts?limit=1000&{query}"))["items"])

    async def incidents(self, query: str = "") -> list[dict[str, Any]]:
        """Incidents, newest first."""
        return list((await self.get(f"incidents?{query}"))["items"])


@asynccontextmanager
async def stage(
    folder: Path,
    detector: BlockBuster,
    files: Mapping[str, str] | Path,
    notify: Callable[[str], Mapping[str, Any]] = lambda _url: {},
    *,
    start: int = START,
    step: float = _STEP,
    probes: Probes | None = None,
) -> AsyncIterator[Stage]:
    """A city of these files, or in this folder.

    ``notify`` says, given the pager's address, how its receivers are reached.

    ``detector`` looks for calls that block once everything has started: what is loaded at the start is.
    """
    city = files if isinstance(files, Path) else folder / "city"
    if not isinstance(files, Path):
        await asyncio.to_thread(_write, city, files)
    pager = Pager()
    async with _served(pager):
        clock = ManualClock(start)
        config = Config(
            city=city,
            data=folder / "data",
            http=Http(port=0),
            mqtt=Mqtt(port=0),
            notify=Notify.model_validate(notify(pager.url)),
            probes=probes or Probes(),
        )
        app = Application(config, await asyncio.to_thread(read_city, city), clock, Demo())
        async with _running(app, detector), aiohttp.ClientSession(headers=_token(app)) as session:
            yield Stage(app, clock, pager, session, step)


def _write(city: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = city / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _token(app: Application) -> dict[str, str]:
    return {"Authorization": f"Bearer {app.token}"}


@asynccontextmanager
async def _running(app: Application, detector: BlockBuster) -> AsyncIterator[None]:
    stop = asyncio.Event()
    detector.deactivate()
    await app.start()
    detector.activate()
    running = asyncio.create_task(app.run(stop))
    try:
        async with asyncio.timeout(_PATIENCE):
            await app.was_ready.wait()
        yield
    finally:
        stop.set()
        await running
        await app.stop()


@asynccontextmanager
async def _served(pager: Pager) -> AsyncIterator[None]:
    site = web.Application()
    site.router.add_post("/{receiver}", pager.take)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pager.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()
