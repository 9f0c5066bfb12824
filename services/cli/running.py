"""``nakhon demo`` and ``nakhon run``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from services.cli.common import demo_city

if TYPE_CHECKING:
    from devices.city import CityFolder
    from services.app import Application
    from services.runtime.clock import SystemClock

HTTP, MQTT = 8080, 1883
_REPORT_EVERY = 10.0
Beside: TypeAlias = "Callable[[Application, asyncio.Event], Coroutine[Any, Any, None]]"


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(demo)
    app.command()(run)


@dataclass(frozen=True, slots=True)
class _Play:
    """What the demo simulates."""

    folder: CityFolder
    clock: SystemClock
    seed: int
    wanted: bool


def demo(
    city: Annotated[Path | None, typer.Option(help="Folder of the city; the pilot city otherwise.")] = None,
    http: Annotated[int | None, typer.Option(help=f"Port of the console and API ({HTTP}; 0: any).")] = None,
    mqtt: Annotated[int | None, typer.Option(help=f"Port of the broker ({MQTT}; 0: any).")] = None,
    data: Annotated[Path, typer.Option(help="Folder for everything that is kept.")] = Path(".nakhon"),
    seed: Annotated[int, typer.Option(help="The same seed plays the same city.")] = 1,
    speed: Annotated[float, typer.Option(min=0.01, max=10_000, help="How fast time passes.")] = 1.0,
    simulate: Annotated[bool, typer.Option(help="Let simulated devices publish.")] = True,
    seconds: Annotated[float | None, typer.Option("--for", min=0, help="End after so many seconds.")] = None,
) -> None:
    """A whole city on this machine: broker, stores, simulated devices, console. On loopback only."""
    from services.app import Application, Demo
    from services.runtime import logging
    from services.runtime.cityfolder import read_city
    from services.runtime.clock import SystemClock
    from services.runtime.config import Config, Http, Mqtt

    logging.set_up(json=False, level="WARNING")
    folder = read_city(city or demo_city())
    config = Config(
        city=city or demo_city(),
        data=data.absolute(),
        http=Http(port=HTTP if http is None else http),
        mqtt=Mqtt(port=MQTT if mqtt is None else mqtt),
    )
    clock = SystemClock(speed)
    rights = Demo(free_http=http is None, free_mqtt=mqtt is None)
    application = Application(config, folder, clock, rights)
    play = _Play(folder, clock, seed, simulate)

    async def beside(running: Application, stop: asyncio.Event) -> None:
        await asyncio.gather(_simulate(running, play, stop), _narrate(running, stop))

    asyncio.run(_live(application, seconds, beside))


def run(
    config: Annotated[Path, typer.Option(help="The configuration file.")] = Path("nakhon.yaml"),
    target: Annotated[str, typer.Option(help="all, or telemetry,alerts,status,registry,api.")] = "all",
    seconds: Annotated[float | None, typer.Option("--for", min=0, help="End after so many seconds.")] = None,
) -> None:
    """A deployment, as its configuration file describes it."""
    from services.app import Application
    from services.runtime import logging, targets
    from services.runtime.cityfolder import read_city
    from services.runtime.config import read_config

    logging.set_up()
    targets.choose(target)
    settings = read_config(config)
    application = Application(settings, read_city(settings.city))
    asyncio.run(_live(application, seconds, None))


async def _live(application: Application, seconds: float | None, beside: Beside | None) -> None:
    """Start, run until told to end, stop in order."""
    os.umask(0o077)  # what is kept is nobody else's to read
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    starting = asyncio.create_task(application.start())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        return
    stopping.cancel()
    await starting
    if seconds is not None:
        loop.call_later(seconds, stop.set)
    company = asyncio.create_task(beside(application, stop)) if beside else None
    try:
        await application.run(stop)
    finally:
        if company is not None:
            company.cancel()
            await asyncio.gather(company, return_exceptions=True)
        await application.stop()


async def _simulate(application: Application, play: _Play, stop: asyncio.Event) -> None:

    if not play.wanted:
        return
    from simulators.city import simulate as simulate_city
    from simulators.scenario import load_scenario

    await application.was_ready.wait()
    await simulate_city(
        play.folder,
        connect=application.target,
        scenario=load_scenario("demo"),
        seed=play.seed,
        clock=play.clock,
        stop=stop,
    )


async def _narrate(application: Application, stop: asyncio.Event) -> None:
    """Tell a newcomer where everything is, then how it goes."""
    await application.was_ready.wait()
    _say(_welcome(application))
    received, since = application.telemetry.ledger()["received"], time.monotonic()
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _REPORT_EVERY)
        ledger, now = application.telemetry.ledger(), time.monotonic()
        rate = (ledger["received"] - received) / max(now - since, 0.001)
        received, since = ledger["received"], now
        _say(_progress(application, ledger, rate))


def _progress(application: Application, ledger: Mapping[str, Any], rate: float) -> str:
    statuses = Counter(domain["status"] for domain in application.status.domains())
    domains = ", ".join(f"{count} {status}" for status, count in statuses.items())
    return (
        f"  {ledger['received']:,} readings ({rate:.0f}/s), {ledger['stored']:,} stored, "
        f"{ledger['quarantined']:,} quarantined; {len(application.alerts.open_alerts())} open alerts; "
        f"domains: {domains}"
    )


def _welcome(application: Application) -> str:
    city = application.folder.city
    device = next((d for d in application.folder.devices if d.types[0] == "AirQualityObserved"), None)
    target = application.target
    lines = [
        "",
        f"  {city.name.en} · {city.name.th}",
        f"  Console   {application.http_url}/login/{application.login_code}",
        f"  Broker    {target}",
        f"  For scripts: {application.run_file} (token, addresses)",
    ]
    if device is not None:
        topic = f"nakhon/v1/{city.id}/{device.zone}/{device.domain}/{device.id}/telemetry"
        lines += [
            "  Publish a reading of your own, and see it count:",
            f"    mosquitto_pub -h {target.host} -p {target.port} -q 1 -t {topic} -m '{{\"pm25\": 180}}'",
        ]
    return "\n".join([*lines, "  Ctrl-C ends it.", ""])


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
