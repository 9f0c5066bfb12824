"""kill -9 at every step of telling: nothing is lost, nothing is told twice under another key.

A process of its own raises, worsens and ends alerts, and tells of them over HTTP to a server of the test. It
is killed at chosen steps and at random moments, and started again, until it is left to finish.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import select

from services.store.records import Records
from services.store.records.tables import alerts, notification_alerts, notifications
from tests.contract.records.conftest import Place

COUNT = 36
POINTS = (  # early ones first, so that there is always more to come
    ("flush", 3),  # before it is persisted what is told
    ("flushed", 2),  # after that, before anything is sent
    ("send", 4),  # when it is written that it may be sent, before it is
    ("sent", 4),  # when it has arrived, before anybody knows
    ("mark", 2),  # before it is marked as delivered
    ("merge", 1),  # before a digest is made
    ("merged", 1),  # when it is made, before it is sent
)

CHILD = """
import asyncio, os, signal, sys
from dataclasses import replace
from pathlib import Path

import aiohttp

from rules.model import Severity, State, Subject
from services.alerts import AlertsService
from services.alerts.books import Reach
from services.alerts.notify.backoff import Backoff
from services.alerts.notify.channel import NotTakenError
from services.alerts.notify.limits import Limits
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Policy, Route, Step
from services.bus.memory import MemoryBus
from services.runtime.clock import SystemClock
from services.runtime.notifyconfig import Rate
from services.store.records import Records
from tests.contract.records.test_alerts_on_databases import CITY, START, Directory, step

URL, DATA, COUNT, POINT, AFTER, SERVER = sys.argv[1:]
left = int(AFTER)


def here(point):
    global left
    if point == POINT:
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Post:
    kind = "webhook"

    def __init__(self, receiver, session):
        self.receiver, self.session = receiver, session

    async def send(self, notice):
        here("send")
        headers = {"Idempotency-Key": notice.id}
        try:
            async with self.session.post(f"{SERVER}/{self.receiver}", headers=headers) as response:
                if response.status != 200:
                    raise NotTakenError("busy")
        except aiohttp.ClientError as error:
            raise NotTakenError(str(error)) from error
        here("sent")

    async def close(self):
        pass


def watched(records, name, before, after=None):
    method = getattr(records, name)

    async def run(*given):
        here(before(*given) if callable(before) else before)
        answer = await method(*given)
        here(after)
        return answer

    setattr(records, name, run)


SOON = {"group_wait": 0, "group_interval": 20}
POLICY = Policy(
    routes=(
        Route("each", Matcher(), (Step(0, ("ops",)),), continues=True, group_by=("alert",), **SOON),
        Route("zone", Matcher(), (Step(0, ("slow",)),), group_by=("device",), **SOON),
    )
)


def soon(service):
    due = service.books.cases.next_due()
    return due is not None and due <= SystemClock().now() + 1_000


async def main():
    records = await Records.open(URL or None, Path(DATA))
    watched(records.cases, "write", "flush", "flushed")
    watched(records.notifications, "record", lambda begun, *_: None if begun else "mark")
    watched(records.notifications, "merge", "merge", "merged")
    async with aiohttp.ClientSession() as session:
        channels = {(name, "webhook"): Post(name, session) for name in ("ops", "slow")}
        reach = Reach(channels, {"slow": Limits(Rate(2, 2_000))}, Backoff(20, 100, 3_600_000))
        service = AlertsService(
            records, MemoryBus(), SystemClock(), CITY, Directory(), policy=POLICY, reach=reach
        )
        await service.start()
        for n in range(int(COUNT)):
            subject = Subject("samyan", f"aq-{n % 7}")
            pending = step(State.PENDING, 0, starts_at=START + n, subject=subject, rule=f"air-quality/r{n}")
            firing = replace(pending, state=State.FIRING, at=pending.at + 1)
            worse = replace(firing, severity=Severity.MAJOR, at=pending.at + 2)
            over = replace(worse, state=State.RESOLVED, at=pending.at + 3)
            await service.apply([pending, firing])
            await asyncio.sleep(0.03)
            await service.apply([worse])
            if n % 3 == 0:
                await asyncio.sleep(0.03)
                await service.apply([over])
        while await records.notifications.waiting() or soon(service):
            await asyncio.sleep(0.05)
        await service.stop()
    await records.close()


asyncio.run(main())
"""


class Town:
    """Who is told: a server that notes the keys that it is given, and is busy every seventh time."""

    def __init__(self) -> None:
        self.heard: dict[str, list[str]] = defaultdict(list)
        self.asked = 0
        self.patience = 0
        self.enough = asyncio.Event()
        self.url = ""

    async def post(self, request: web.Request) -> web.Response:
        self.asked += 1
        self.patience -= 1
        if self.patience == 0:
            self.enough.set()
        if self.asked % 7 == 0:
            return web.Response(status=503)
        self.heard[request.path.strip("/")].append(request.headers["Idempotency-Key"])
        return web.Response()


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    """It, from start to stop."""
    found = Town()
    app = web.Application()
    app.router.add_post("/{name}", found.post)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield found
    finally:
        await runner.cleanup()


async def run(place: Place, told: Town, point: str = "", after: int = 0, kill_after: int = 0) -> int:
    """Run it until it ends, dies at a point, or is killed after so many posts; answers its exit code."""
    told.patience = kill_after
    told.enough.clear()
    arguments = (place.url or "", str(place.data), str(COUNT), point, str(after), told.url)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, *arguments, cwd=Path.cwd())
    if kill_after:
        ended = asyncio.create_task(process.wait())
        await asyncio.wait(
            {ended, asyncio.create_task(told.enough.wait())}, return_when=asyncio.FIRST_COMPLETED
        )
        if not ended.done():
            process.kill()
    told.enough.set()
    return await process.wait()


async def test_nothing_is_lost_and_nothing_is_told_under_another_key(place: Place) -> None:
    async with town() as told:
        died = [await run(place, told, point, after) for point, after in POINTS]
        await run(place, told, kill_after=10)
        assert await run(place, told) == 0
    assert died == [-9] * len(POINTS)
    records = await place.open()
    try:
        await check(records, told.heard)
    finally:
        await records.close()


async def check(records: Records, heard: dict[str, list[str]]) -> None:
    async def all_of(*columns: Any) -> Sequence[Any]:
        return await records._database.read(lambda c: c.execute(select(*columns)).all())

    n, a = notifications.c, alerts.c
    rows = await all_of(n.id, n.receiver, n.telling, n.state, n.reason)
    told = await all_of(notification_alerts)
    found = await all_of(a.id, a.state, a.severity, a.notified)
    assert len(found) == COUNT

    for name in ("ops", "slow"):
        arrived = {row.id for row in rows if row.receiver == name and row.state == "delivered"}
        assert set(heard[name]) == arrived  # each that arrived is known, under the one key it has
    assert {row.state for row in rows} == {"delivered", "digested"}
    assert {row.receiver for row in rows if row.reason == "digest"} == {"slow"}

    receivers = {row.telling: row.receiver for row in rows if row.telling}
    steps: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for one in told:
        steps[receivers[one.telling], one.alert, one.state, one.severity].add(one.telling)
    assert {len(tellings) for tellings in steps.values()} == {1}

    for alert in found:
        for name in ("ops", "slow"):
            known = {key[2:] for key in steps if key[:2] == (name, alert.id)}
            if alert.state == "firing":
                assert ("firing", alert.severity) in known
            else:  # one that ended before anybody was told of it is not told
                assert not known or ("resolved", alert.severity) in known
    assert {alert.id for alert in found if alert.notified is not None} == {one.alert for one in told}
