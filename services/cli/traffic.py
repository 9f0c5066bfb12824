"""``nakhon simulate`` and ``nakhon load``: what stands in for the city's devices."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.common import Json, broker_at, demo_city, fail, print_json

if TYPE_CHECKING:
    from simulators.city import Progress
    from simulators.load import LoadProgress

MqttOption = Annotated[str, typer.Option("--mqtt", help="mqtt://[user:password@]host:port")]
_BROKER = "mqtt://127.0.0.1:1883"


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(simulate)
    app.command()(load)


def simulate(
    city: Annotated[Path | None, typer.Option(help="Folder of the city; the pilot city otherwise.")] = None,
    scenario: Annotated[str, typer.Option(help="Name of a scenario, or its file.")] = "demo",
    mqtt: MqttOption = _BROKER,
    devices: Annotated[int | None, typer.Option(min=1, help="Scale the city to so many devices.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed plays the same city.")] = 1,
    speed: Annotated[float, typer.Option(min=0.01, max=10_000, help="How fast time passes.")] = 1.0,
    seconds: Annotated[float | None, typer.Option("--for", min=0, help="End after so many seconds.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write what was really wrong, as JSONL.")] = None,
) -> None:
    """Publish as the city's devices would, faults and all."""
    from services.runtime import logging
    from services.runtime.cityfolder import read_city
    from services.runtime.clock import SystemClock
    from simulators.city import simulate as simulate_city
    from simulators.scenario import load_scenario

    logging.set_up(json=False)
    folder = read_city(city or demo_city())
    play = load_scenario(scenario)

    async def work() -> Progress:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if seconds is not None:
            loop.call_later(seconds, stop.set)
        return await simulate_city(
            folder,
            connect=broker_at(mqtt),
            scenario=play,
            seed=seed,
            clock=SystemClock(speed),
            stop=stop,
            devices=devices,
            truth=truth,
            report=_tell,
        )

    try:
        _tell(asyncio.run(work()))
    except OSError as error:
        raise fail(f"--truth {truth}: {error.strerror}") from None


def _tell(progress: Progress) -> None:
    sys.stderr.write(f"{progress}\n")


def load(
    mqtt: MqttOption = _BROKER,
    rate: Annotated[float | None, typer.Option(min=1, help="Messages a second.")] = None,
    most: Annotated[bool, typer.Option("--max", help="As fast as the broker acknowledges.")] = False,
    devices: Annotated[int | None, typer.Option(min=1, help="How many of them take turns.")] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", min=0.1, help="End after so many seconds.")
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many messages.")] = None,
    city: Annotated[Path | None, typer.Option(help="City whose air quality devices publish.")] = None,
    json: Json = False,
) -> None:
    """Publish readings of three values at a steady rate, or as many as the broker takes."""
    from services.runtime.cityfolder import read_city
    from simulators.load import LoadError, LoadSpec, run_load
    from simulators.readings import able_devices, telemetry_topics

    if rate is None and not most:
        raise fail("say how much: --rate N messages a second, or --max")
    folder = read_city(city or demo_city())
    senders = able_devices(folder.devices)[:devices]
    try:
        spec = LoadSpec(
            broker_at(mqtt),
            telemetry_topics(folder.city.id, senders),
            rate=None if most else rate,
            seconds=seconds if seconds is not None or count is not None else 10.0,
            count=count,
        )
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        report = run_load(spec, report=None if json else _advance, stop=stopped.is_set)
    except LoadError as error:
        raise fail(str(error)) from None
    if json:
        print_json(report.as_dict())
    else:
        sys.stdout.write(
            f"sent {report.sent}, acknowledged {report.acknowledged} in {report.seconds:.1f} s: "
            f"{report.rate:,.0f}/s; PUBACK p50 {report.latency_p50:.1f} ms, p99 {report.latency_p99:.1f} ms\n"
        )
    if report.error:
        raise fail(report.error)


def _advance(progress: LoadProgress) -> None:
    done = f"sent {progress.sent}, acknowledged {progress.acknowledged}"
    sys.stderr.write(f"{done}, {progress.seconds:.0f} s\n")
