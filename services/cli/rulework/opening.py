"""From the options of a command to the history that they mean."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.common import DATA, deployment, find_server, with_records
from services.cli.rulework.moments import parse_moment
from services.cli.rulework.setting import default_city
from services.runtime.lifecycle import StartupError

if TYPE_CHECKING:
    from devices.city import CityFolder
    from devices.model import Device
    from services.cli.rulework.ground import Ground
    from services.runtime.config import Config
    from services.store.records import Records
    from services.store.timeseries.protocol import TimeSeriesStore

RecordingOption = Annotated[
    Path | None, typer.Option("--data", help="Recording: CSV, Parquet or JSONL, gzip too.")
]
MapOption = Annotated[Path | None, typer.Option("--map", help="How the recording is to be read (YAML).")]
FromOption = Annotated[
    str | None, typer.Option("--from", help="From then on: RFC 3339, or a date in the city's time.")
]
ToOption = Annotated[str | None, typer.Option("--to", help="Until before then.")]
DataFolderOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Data folder of the deployment, without a configuration.")
]


@dataclass(frozen=True, slots=True)
class Where:
    """The options that say which history is meant: a recording with its map, or a span of a deployment's."""

    city: Path | None = None
    recording: Path | None = None
    map: Path | None = None
    start: str | None = None
    end: str | None = None
    config: Path | None = None
    data: Path | None = None
    http: str | None = None
    token: str | None = None


@contextmanager
def opened(where: Where) -> Iterator[Ground]:
    """The history, for as long as it is needed.

    Raises:
        StartupError, ProblemsError: the options mean none, or it can't be read; what to do.
    """
    if where.recording is not None:
        yield _recorded(where, where.recording)
        return
    if where.map is not None:
        raise StartupError("--map says how to read a recording: name it with --data FILE")
    if where.start is None or where.end is None:
        raise StartupError(
            "which history? Name a recording (--data FILE --map MAP.yaml), or a span of what a deployment "
            "has stored (--from T --to T)"
        )
    with _stored(where) as ground:
        yield ground


def span_of(where: Where, timezone: str) -> tuple[int | None, int | None]:
    """``--from`` and ``--to`` (ms), None where they are not given.

    Raises:
        StartupError: not moments, or the wrong way round.
    """
    start = None if where.start is None else parse_moment("--from", where.start, timezone)
    end = None if where.end is None else parse_moment("--to", where.end, timezone)
    if start is not None and end is not None and start >= end:
        raise StartupError(f"--from {where.start} must lie before --to {where.end}")
    return start, end


@contextmanager
def _stored(where: Where) -> Iterator[Ground]:
    from services.cli.rulework.stored import held
    from services.runtime.cityfolder import read_city

    config = deployment(where.config, where.data)
    folder = read_city(where.city or (config.city if config else default_city()))
    start, end = span_of(where, folder.city.timezone)
    assert start is not None
    assert end is not None
    end = min(end, time.time_ns() // 1_000_000)
    if where.http is not None:
        yield _there(where, folder, start, end)
        return
    data = config.data if config else where.data or DATA
    with held(data) as alone:
        shared = config is not None and config.timeseries.kind != "duckdb"
        if alone or shared:
            yield _here(where, config, folder, data, (start, end))
        else:
            yield _there(where, folder, start, end)


def _here(
    where: Where, config: Config | None, folder: CityFolder, data: Path, span: tuple[int, int]
) -> Ground:
    from services.cli.rulework.ground import HereGround
    from services.cli.rulework.stored import StoredHistory

    devices, city = with_records(where.config, where.data or (None if config else DATA), _registered)
    _check_city(city, folder, f"the records of {data}")

    def store() -> TimeSeriesStore:
        return _store(config, data, folder)

    return HereGround(folder, StoredHistory(store, devices, folder.catalog, *span))


async def _registered(records: Records) -> tuple[Sequence[Device], str | None]:
    """All devices, and the id of the city that they are of, as far as that is known."""
    devices = [record.device for record in await records.devices.all()]
    return devices, await records.settings.get("city")


def _check_city(found: str | None, folder: CityFolder, where: str) -> None:
    """What is stored is of the city whose folder it is.

    Raises:
        StartupError: it is another's.
    """
    if found not in (None, folder.city.id):
        raise StartupError(
            f"{where} are of the city {found}, not of {folder.city.id}: name its folder with --city"
        )


def _store(config: Config | None, data: Path, folder: CityFolder) -> TimeSeriesStore:
    from services.runtime.config import TimeSeries
    from services.store.timeseries import make_store

    series = config.timeseries if config else TimeSeries()
    return make_store(
        series.kind,
        data=data,
        url=series.url,
        org=series.org,
        bucket=series.bucket,
        token=series.token,
        timezone=folder.city.timezone,
    )


def _there(where: Where, folder: CityFolder, start: int, end: int) -> Ground:
    from services.cli.checking.settings import devices_of
    from services.cli.rulework.remote import ThereGround

    server = find_server(where.http, where.token, where.config, where.data)
    if server is None:
        raise StartupError(
            "a Nakhon runs on this data folder and holds its history: a token is needed to ask it, "
            "--token or NAKHON_TOKEN (make one with: nakhon tokens add --role integrator)"
        )
    _check_city(server.get("session")["city"]["id"], folder, f"the readings at {server.url}")
    return ThereGround(server, folder, devices_of(server), start, end)


def _recorded(where: Where, recording: Path) -> Ground:
    from services.cli.rulework.ground import HereGround
    from services.cli.rulework.progress import Reading
    from services.cli.rulework.recorded import RecordedHistory, read_file, read_map
    from services.runtime.cityfolder import read_city

    if where.map is None:
        raise StartupError(f"how is {recording} to be read? Say what its columns mean with --map MAP.yaml")
    map_ = read_map(where.map)
    own = where.map.parent / map_.form.city if map_.form.city else None
    folder = read_city(where.city or own or default_city())
    start, end = span_of(where, folder.city.timezone)
    tell = Reading()
    began = time.perf_counter()
    try:
        history = RecordedHistory(read_file(recording, map_, folder, tell), start, end)
    finally:
        tell.clear()
    return HereGround(folder, history, time.perf_counter() - began)
