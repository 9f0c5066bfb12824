"""``nakhon.yaml``, overridden by ``NAKHON_…`` variables; every mistake reported at once, with its line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from devices.documents import Document, Parsed, Problem, ProblemsError, build, parse, suggestion
from devices.spans import Span
from services.runtime import notifyfile
from services.runtime.notifyconfig import Notify
from services.runtime.probeconfig import Probes
from services.runtime.sections import ENVIRONMENT, Section, address

_NOT_CONFIGURATION = ("NAKHON_TEST_", "NAKHON_TOKEN")
_SIZES = {"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1000, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB|kB|MB|GB)?")
_DAY = 86_400_000


def parse_size(value: object) -> int:
    """``"256KiB"`` → 262144 bytes.

    Raises:
        ValueError: not a size.
    """
    match = _SIZE.fullmatch(str(value)) if not isinstance(value, bool) else None
    if match is None:
        raise ValueError("must be a size such as 256KiB, 100MB or 2GiB")
    return int(float(match[1]) * _SIZES[match[2] or ""])


Size = Annotated[int, BeforeValidator(parse_size)]


class Http(Section):
    """Where the API, the console and the metrics are served."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)


class Mqtt(Section):
    """A broker at ``url``, or, without one, a broker of Nakhon's own on ``host`` and ``port``."""

    url: Annotated[str | None, address("mqtt", "mqtts")] = None
    host: str = "127.0.0.1"
    port: int = Field(1883, ge=0, le=65535)
    username: str | None = None
    password: str | None = Field(None, repr=False)
    password_file: Path | None = None
    ca_file: Path | None = None
    client_id: str = Field("nakhon", pattern=r"^[0-9A-Za-z_.-]{1,60}$")


class TimeSeries(Section):
    """Where readings are kept. ``influxdb`` needs url, org, bucket and a token."""

    kind: Literal["duckdb", "influxdb"] = "duckdb"
    url: Annotated[str | None, address("http", "https")] = None
    org: str | None = None
    bucket: str | None = None
    token: str | None = Field(None, repr=False)
    token_file: Path | None = None


class Records(Section):
    """Where devices, alerts and tokens are kept: ``postgresql://…``, or SQLite in ``data``."""

    url: Annotated[str | None, address("postgresql", "sqlite")] = None
    password_file: Path | None = None


class Bus(Section):
    """How events travel between services."""

    kind: Literal["memory", "nats"] = "memory"
    url: str | None = None


class Limits(Section):
    """Bounds of what is let in and kept.

    Rates are messages a second and what may come at once; ``rates`` says when they are enforced: while
    others would have to wait (``busy``), ``always`` or ``never``. ``waiting`` is how many readings wait for
    the store in memory before they wait on disk. ``retentions`` are those of observation types that differ
    from ``retention``.
    """

    payload: Size = 256 << 10
    readings: int = Field(10_000, ge=1, le=100_000)
    device_rate: float = Field(50, gt=0)
    device_burst: int = Field(10_000, ge=1)
    zone_rate: float = Field(5_000, gt=0)
    zone_burst: int = Field(200_000, ge=1)
    rates: Literal["busy", "always", "never"] = "busy"
    waiting: int = Field(100_000, ge=1_000)
    journal: Annotated[int, BeforeValidator(parse_size), Field(ge=1 << 20)] = 2 << 30
    future: Span = 60_000
    live_horizon: Span = 600_000
    retention: Span = 730 * _DAY
    retentions: dict[str, Span] = Field(default_factory=dict)
    quarantine: int = Field(1_000_000, ge=1_000)
    quarantine_age: Span = 30 * _DAY


class Config(Section):
    """A whole deployment. Paths are absolute once read."""

    city: Path
    data: Path
    http: Http = Http()
    mqtt: Mqtt = Mqtt()
    timeseries: TimeSeries = TimeSeries()
    records: Records = Records()
    bus: Bus = Bus()
    limits: Limits = Limits()
    notify: Notify = Notify()
    probes: Probes = Probes()


def read_config(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration in ``path`` with the environment laid over it; secrets read from their files.

    Raises:
        ProblemsError: the file or a variable is wrong, or a secret's file can't be read.
    """
    environment = os.environ if environment is None else environment
    parsed = parse(Document(str(path), _text(path)))
    if not isinstance(parsed.data, dict):
        raise ProblemsError([Problem(str(path), 1, "", "must hold keys such as city: and data:")])
    problems = _secrets_in_file(parsed) + notifyfile.secrets_in_file(parsed)
    problems += _overlay(parsed, environment)
    try:
        config = build(Config, parsed)
    except ProblemsError as error:
        raise ProblemsError([*problems, *error.problems]) from None
    problems += _incomplete(config, parsed) + notifyfile.incomplete(config.notify, parsed)
    if problems:
        raise ProblemsError(problems)
    return _resolved(config, path.parent, parsed)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = "there is no such file; write one (docs/administrator.md), or name it with --config"
    except (OSError, UnicodeDecodeError) as error:
        message = f"can't be read: {error}"
    raise ProblemsError([Problem(str(path), 0, "", message)])


_SECRETS = (("mqtt", "password"), ("timeseries", "token"))


def _secrets_in_file(parsed: Parsed) -> list[Problem]:
    problems = []
    for section, key in _SECRETS:
        if isinstance(part := parsed.data.get(section), dict) and key in part:
            variable = f"{ENVIRONMENT}{section}__{key}".upper()
            text = f"a secret does not belong in this file; name a file in {key}_file, or set {variable}"
            problems.append(parsed.problem((section, key), text))
    return problems


def _overlay(parsed: Parsed, environment: Mapping[str, str]) -> list[Problem]:
    """Lay ``NAKHON_MQTT__URL=…`` over ``mqtt: {url: …}``."""
    problems = []
    for name, value in sorted(environment.items()):
        if not name.startswith(ENVIRONMENT) or name.startswith(_NOT_CONFIGURATION):
            continue
        path = name.removeprefix(ENVIRONMENT).lower().split("__")
        if path[0] not in Config.model_fields:
            message = "is no setting" + suggestion(path[0], Config.model_fields)
            problems.append(Problem(f"environment variable {name}", 0, "", message))
        elif not _laid_over(parsed.data, path, value):
            message = f"{path[0]} has no such keys beneath it"
            problems.append(Problem(f"environment variable {name}", 0, "", message))
    return problems


def _laid_over(data: Any, path: list[str], value: str) -> bool:
    """Put a value under a path, making the mappings on its way; False where no key can be."""
    for key in path[:-1]:
        place = _place(data, key)
        if place is None:
            return False
        if isinstance(data, dict) and data.get(place) is None:
            data[place] = {}
        data = data[place]
    place = _place(data, path[-1])
    if place is None:
        return False
    data[place] = value
    return True


def _place(data: Any, key: str) -> Any:
    """What a part of a variable's name means: an item by its number, or a key; ``duty_officer`` also means
    the ``duty-officer`` that is there."""
    if isinstance(data, list):
        return int(key) if key.isdigit() and int(key) < len(data) else None
    if not isinstance(data, dict):
        return None
    return next((known for known in data if known.lower().replace("-", "_") == key), key)


def _incomplete(config: Config, parsed: Parsed) -> list[Problem]:
    problems = []
    series = config.timeseries
    if series.kind == "influxdb":
        needed = {"url": series.url, "org": series.org, "bucket": series.bucket}
        problems += [
            parsed.problem(("timeseries", key), "is missing; InfluxDB needs it")
            for key, value in needed.items()
            if not value
        ]
        if not (series.token or series.token_file):
            text = "is missing; InfluxDB needs a token (or set NAKHON_TIMESERIES__TOKEN)"
            problems.append(parsed.problem(("timeseries", "token_file"), text))
    if config.bus.kind == "nats":
        text = "this version runs all its targets in one process, on the memory bus"
        problems.append(parsed.problem(("bus", "kind"), text, value="nats", allowed="memory"))
    return problems


def _resolved(config: Config, base: Path, parsed: Parsed) -> Config:
    """Paths made absolute, secrets read."""
    problems: list[Problem] = []

    def secret(section: str, key: str, given: str | None, file: Path | None) -> str | None:
        if given is not None or file is None:
            return given
        try:
            return (base / file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(parsed.problem((section, f"{key}_file"), f"can't be read: {error}"))
            return None

    mqtt, series, records, probes = config.mqtt, config.timeseries, config.records, config.probes
    password = secret("mqtt", "password", mqtt.password, mqtt.password_file)
    token = secret("timeseries", "token", series.token, series.token_file)
    database = secret("records", "password", None, records.password_file)
    notify = notifyfile.resolved(config.notify, base, parsed, problems)
    if problems:
        raise ProblemsError(problems)
    return config.model_copy(
        update={
            "city": _absolute(base, config.city),
            "data": _absolute(base, config.data),
            "mqtt": mqtt.model_copy(
                update={
                    "password": password,
                    "ca_file": _absolute(base, mqtt.ca_file) if mqtt.ca_file else None,
                }
            ),
            "timeseries": series.model_copy(update={"token": token}),
            "records": records.model_copy(update={"url": _with_password(records.url, database)}),
            "notify": notify,
            "probes": probes.model_copy(update={"ca_file": _absolute(base, probes.ca_file)})
            if probes.ca_file
            else probes,
        }
    )


def _absolute(base: Path, path: Path) -> Path:
    return (base / path.expanduser()).absolute()


def _with_password(url: str | None, password: str | None) -> str | None:
    if url is None or password is None:
        return url
    from sqlalchemy import make_url

    return make_url(url).set(password=password).render_as_string(hide_password=False)
