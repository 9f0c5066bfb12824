"""The whole journey as a consumer: the process that ``nakhon run`` is, watched from within."""

from __future__ import annotations

import asyncio
import cProfile
import json
import os
import pstats
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devices.model import Observation
from services.app import Application
from services.runtime import logging
from services.runtime.cityfolder import read_city
from services.runtime.config import read_config
from services.store.errors import StoreUnavailableError
from services.telemetry.digest import Barrier
from services.telemetry.journey import Journey
from tests.bench.processes import memory


async def drain(config: Path, readings: int) -> None:
    """Take in and store so many readings, print readings per second. NAKHON_TEST_PROFILE=1 profiles."""
    application = await _application(config)
    profile = cProfile.Profile() if os.environ.get("NAKHON_TEST_PROFILE") else None
    await application.start()
    if profile:
        profile.enable()
    await application.telemetry.source.connected.wait()
    started, cpu = time.perf_counter(), time.process_time()
    await _until_stored(application, readings)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    if profile:
        profile.disable()
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(40)
    sys.stderr.write(f"    {cpu / readings * 1e6:.1f} µs of CPU a reading, all threads\n")
    assert await application.store.count() == readings
    await application.stop()
    sys.stdout.write(json.dumps(readings / seconds) + "\n")


async def drain_in_two(config: Path, first: int, second: int) -> None:
    """Take in ``first`` readings so that every device is known, then measure ``second``; print figures."""
    application = await _application(config)
    started = time.perf_counter()
    await application.start()
    start = time.perf_counter() - started
    await application.telemetry.source.connected.wait()
    await _until_stored(application, first)
    begun, cpu = time.perf_counter(), time.process_time()
    held = _watch_snapshots(application.telemetry.journey)
    await _until_stored(application, first + second)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    resident, _ = memory(os.getpid())
    await application.stop()
    state = config.parent / "data" / "state"
    figures = {
        "start_s": start,
        "rate": second / seconds,
        "cpu_us": cpu / second * 1e6,
        "resident_mb": resident,
        "state_mb": (await asyncio.to_thread(state.stat)).st_size / 2**20,
        "snapshots": len(held),
        "snapshot_ms": max(held, default=0.0) * 1_000,
        "snapshots_us": sum(held) / second * 1e6,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


async def gated(config: Path) -> None:
    """As ``nakhon run``, but SIGUSR1 takes the store away and SIGUSR2 brings it back."""
    application = await _application(config)
    await application.start()
    gate = Gate(application.store)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, gate.close)
    loop.add_signal_handler(signal.SIGUSR2, gate.open)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await application.run(stop)
    await application.stop()


class Gate:
    """Stands before a store's writes: closed, it answers as a store does that is away."""

    def __init__(self, store: Any) -> None:
        self._write, self._existing = store.write, store.existing
        self._away = False
        store.write, store.existing = self.write, self.existing

    def close(self) -> None:
        self._away = True

    def open(self) -> None:
        self._away = False

    async def write(self, rows: Sequence[Observation], position: int) -> None:
        self._pass()
        await self._write(rows, position)

    async def existing(self, *args: Any) -> Any:
        self._pass()
        return await self._existing(*args)

    def _pass(self) -> None:
        if self._away:
            raise StoreUnavailableError("the store is away, for a benchmark", retry_after=1.0)


async def _application(config: Path) -> Application:
    logging.set_up(json=False, level="WARNING")
    settings = await asyncio.to_thread(read_config, config)
    return Application(settings, await asyncio.to_thread(read_city, settings.city))


async def _until_stored(application: Application, readings: int) -> None:
    accounts = application.telemetry.accounts
    while accounts.report()["stored"] < readings:  # noqa: ASYNC110 - nothing tells when it is enough
        await asyncio.sleep(0.005)


def _watch_snapshots(journey: Journey) -> list[float]:
    """CPU that each snapshot of the state takes on the loop, holding up all else (s), from now on."""
    held: list[float] = []
    take = journey.barrier

    def watched(position: int) -> Barrier:
        started = time.thread_time()
        barrier = take(position)
        held.append(time.thread_time() - started)
        return barrier

    journey.barrier = watched  # type: ignore[method-assign]
    return held


if __name__ == "__main__":
    asyncio.run(gated(Path(sys.argv[-1])))
