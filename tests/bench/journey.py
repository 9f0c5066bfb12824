"""The whole journey as a consumer of the drain: the process that ``nakhon run`` is."""

from __future__ import annotations

import asyncio
import cProfile
import json
import os
import pstats
import sys
import time
from pathlib import Path

from services.app import Application
from services.runtime import logging
from services.runtime.cityfolder import read_city
from services.runtime.config import read_config


async def drain(config: Path, readings: int) -> None:
    """Take in and store so many readings, print readings per second. NAKHON_TEST_PROFILE=1 profiles."""
    logging.set_up(json=False, level="WARNING")
    settings = await asyncio.to_thread(read_config, config)
    application = Application(settings, await asyncio.to_thread(read_city, settings.city))
    profile = cProfile.Profile() if os.environ.get("NAKHON_TEST_PROFILE") else None
    await application.start()
    if profile:
        profile.enable()
    await application.telemetry.source.connected.wait()
    started, cpu = time.perf_counter(), time.process_time()
    accounts = application.telemetry.accounts
    while accounts.report()["stored"] < readings:  # noqa: ASYNC110 - nothing tells when it is enough
        await asyncio.sleep(0.005)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    if profile:
        profile.disable()
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(40)
    sys.stderr.write(f"    {cpu / readings * 1e6:.1f} µs of CPU a reading, all threads\n")
    assert await application.store.count() == readings
    await application.stop()
    sys.stdout.write(json.dumps(readings / seconds) + "\n")
