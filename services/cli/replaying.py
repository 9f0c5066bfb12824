"""``nakhon replay``: a recording, published as its devices would have."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from devices.broker import BrokerAddress
from devices.spans import format_span
from services.cli.common import (
    ConfigOption,
    DataOption,
    HttpOption,
    TokenOption,
    broker_at,
    broker_of,
    demo_city,
    fail,
    server,
)
from services.runtime.lifecycle import StartupError

if TYPE_CHECKING:
    from devices.city import CityFolder
    from devices.model import Device
    from devices.recordings.recording import Recording
    from simulators.replay import ReplayProgress, ReplaySpec

_BROKER = "mqtt://127.0.0.1:1883"
_EVERY = {True: 0.2, False: 10.0}


class Shift(StrEnum):
    """Where in time a recording is moved."""

    NOW = "now"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(replay)


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Parquet or JSONL, also gzipped.")],
    map_file: Annotated[Path, typer.Option("--map", help="What its columns mean (YAML).")],
    city: Annotated[Path | None, typer.Option(help="Folder of the city, instead of the map's.")] = None,
    mqtt: Annotated[str | None, typer.Option("--mqtt", help="mqtt://[user:password@]host:port")] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.001, max=1_000_000, help="How many times faster than recorded.")
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="As fast as the broker acknowledges.")] = False,
    shift: Annotated[Shift | None, typer.Option(help="Move the recording to the present.")] = None,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Publish a recording, at the pace at which it was recorded unless told otherwise.

    Its times stay what they are, so it is history and raises no alerts; --shift now moves it to the
    present. Devices that the map makes up (register: true) are registered over HTTP first.
    """
    from simulators.replay import ReplayError, ReplaySpec, senders

    if fast and speed is not None:
        raise fail("say one of --speed and --fast")
    target = _broker(mqtt, config, data)
    try:
        folder, recording = _read(file, map_file, city)
    except KeyboardInterrupt:
        raise typer.Exit from None
    _say(_told(recording))
    if not recording.readings:
        raise fail(f"{file} holds no reading that could be published")
    devices = {device.id: device for device in recording.devices}
    if recording.registered:
        devices |= _registered(recording.registered, http, token, config, data)
    topics, types = senders(folder.city.id, devices)
    spec = ReplaySpec(target, topics, types, None if fast else speed or 1.0, shift is Shift.NOW)
    try:
        done = asyncio.run(_play(recording, spec))
    except ReplayError as error:
        raise fail(str(error)) from None
    _say(f"published {done.sent:,} of {done.readings:,} readings, {done.acknowledged:,} acknowledged")


def _broker(mqtt: str | None, config: Path | None, data: Path | None) -> BrokerAddress:
    """The broker that is named, or that of the Nakhon that runs, or the usual one of this machine."""
    try:
        return broker_of(mqtt, config, data)
    except StartupError:
        if mqtt is not None or config is not None or data is not None:
            raise
        return broker_at(_BROKER)


def _read(file: Path, map_file: Path, city: Path | None) -> tuple[CityFolder, Recording]:
    from services.cli.rulework.progress import Reading
    from services.cli.rulework.recorded import read_file, read_map
    from services.runtime.cityfolder import read_city

    map_ = read_map(map_file)
    own = map_file.parent / map_.form.city if map_.form.city else None
    folder = read_city(city or own or demo_city())
    tell = Reading()
    try:
        return folder, read_file(file, map_, folder, tell)
    finally:
        tell.clear()


def _told(recording: Recording) -> str:
    """What became of the rows, for people."""
    lines = [f"{recording.rows:,} rows, {recording.readings:,} readings of {len(recording.devices)} devices"]
    if recording.first is not None and recording.last is not None:
        lines[0] += f" over {format_span(recording.last - recording.first)}"
    if recording.empty:
        lines.append(f"{recording.empty:,} rows hold no value")
    for code, count in recording.refused.by_code().items():
        sample = next(str(sample) for sample in recording.refused.samples if sample.code == code)
        lines.append(f"{count:,} refused as {code}: {sample}")
    return "\n".join(lines)


def _registered(
    made: tuple[Device, ...], http: str | None, token: str | None, config: Path | None, data: Path | None
) -> Mapping[str, Device]:
    """The devices that the map makes up, as a running Nakhon has them once they are registered."""
    try:
        nakhon = server(http, token, data, config)
    except StartupError as error:
        names = ", ".join(device.id for device in made[:5])
        text = f"{len(made)} devices have to be registered ({names}{' …' if len(made) > 5 else ''}): {error}"
        raise StartupError(text) from None
    known = {device["id"]: device for device in nakhon.all("devices")}
    missing = [device for device in made if device.id not in known]
    if missing:
        answer = nakhon.post("devices", [_row(device) for device in missing])
        _say(f"registered {len(missing)} devices")
        known |= {device["id"]: device for device in answer["items"]}
    return {device.id: _as_registered(device, known[device.id]) for device in made}


def _row(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "types": list(device.types),
        "zone": device.zone,
        "name": device.name,
        "interval": format_span(device.interval),
        "domain": device.domain.value,
    }


def _as_registered(device: Device, row: Mapping[str, Any]) -> Device:
    """The device where the registry has it: it may have been there already, in another zone."""
    from devices.model import Domain

    return replace(device, types=tuple(row["types"]), zone=row["zone"], domain=Domain(row["domain"]))


async def _play(recording: Recording, spec: ReplaySpec) -> ReplayProgress:
    from simulators.replay import replay as publish

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    line = _Line()
    try:
        return await publish(recording, spec, now=lambda: time.time_ns() // 1_000_000, stop=stop, report=line)
    finally:
        line.clear()


class _Line:
    """How far a replay is: a line that moves on a terminal, one every ten seconds elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._next = time.monotonic() + _EVERY[self._terminal]

    def __call__(self, progress: ReplayProgress) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY[self._terminal]
        share = progress.sent / progress.readings
        text = f"published {progress.sent:,} of {progress.readings:,} readings ({share:.0%})"
        sys.stderr.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        """Leave a clean line."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
