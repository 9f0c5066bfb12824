"""What several commands need: the demo city, where a running Nakhon is, how to print."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import orjson
import typer

from devices.broker import BrokerAddress, parse_broker
from services.runtime.lifecycle import StartupError

if TYPE_CHECKING:
    # Loaded by the commands that need them: `nakhon tokens` should not wait for the simulators.
    from services.runtime.config import Config
    from services.store.records import Records

Result = TypeVar("Result")
_PAGE = "10000"

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
ConfigOption = Annotated[Path | None, typer.Option(help="Configuration of the deployment (nakhon.yaml).")]
DataOption = Annotated[Path | None, typer.Option(help="Data folder, when there is no configuration.")]
DATA = Path(".nakhon")
"""Where a demo keeps everything unless told otherwise."""
HttpOption = Annotated[str | None, typer.Option("--http", help="Address of a running Nakhon.")]
TokenOption = Annotated[str | None, typer.Option(help="Token for it.", envvar="NAKHON_TOKEN")]


def demo_city() -> Path:
    """The folder of the pilot city that comes with Nakhon."""
    return Path(__file__).resolve().parents[2] / "deploy" / "cities" / "bangkok-pilot"


def broker_at(url: str, *, ca_file: str | None = None) -> BrokerAddress:
    """A broker's address, or the end with exit code 2."""
    try:
        return parse_broker(url, ca_file=ca_file)
    except ValueError as error:
        raise StartupError(str(error)) from None


def json_text(data: Any) -> str:
    """One document, for people to read."""
    return orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n"


def print_json(data: Any) -> None:
    """One document on standard output."""
    sys.stdout.write(json_text(data))


def fail(text: str) -> typer.Exit:
    """Say why, and end with exit code 2: ``raise fail(...)``."""
    sys.stderr.write(f"nakhon: {text}\n")
    return typer.Exit(2)


def deployment(config: Path | None, data: Path | None) -> Config | None:
    """The configuration that is named, or the ``nakhon.yaml`` here when neither it nor a folder is named."""
    from services.runtime.config import read_config

    if config is None and data is None and Path("nakhon.yaml").exists():
        config = Path("nakhon.yaml")
    return None if config is None else read_config(config)


def with_records(
    config: Path | None, data: Path | None, work: Callable[[Records], Awaitable[Result]]
) -> Result:
    """Run ``work`` on the records of a deployment, beside a running Nakhon or without one."""
    from services.store.records import Records

    settings = deployment(config, data)
    url = settings.records.url if settings else None
    folder = _data_folder(settings, data)
    if settings is None and not folder.exists():
        raise StartupError(f"there is no data folder {folder}; name the deployment with --config or --data")

    async def session() -> Result:
        records = await Records.open(url, folder)
        try:
            return await work(records)
        finally:
            await records.close()

    return asyncio.run(session())


class RefusedError(StartupError):
    """A running Nakhon said no. ``errors`` are the mistakes that it names, each with path and message."""

    def __init__(self, url: str, problem: Mapping[str, Any]) -> None:
        self.errors: list[Mapping[str, Any]] = problem.get("errors", [])
        super().__init__(f"{url} refuses: {problem.get('detail') or problem.get('title')}")


@dataclass(frozen=True, slots=True)
class Server:
    """A running Nakhon, and a token for it."""

    url: str
    token: str

    def get(self, path: str, **parameters: str) -> Any:
        """What ``GET /api/v1/{path}`` answers.

        Raises:
            StartupError: it does not answer, or refuses.
        """
        return asyncio.run(self._ask("GET", path, params=parameters))

    def post(self, path: str, body: Any) -> Any:
        """What ``POST /api/v1/{path}`` answers. Errors as :meth:`get`."""
        return asyncio.run(self._ask("POST", path, json=body))

    def delete(self, path: str) -> Any:
        """What ``DELETE /api/v1/{path}`` answers. Errors as :meth:`get`."""
        return asyncio.run(self._ask("DELETE", path))

    def all(self, path: str, **parameters: str) -> list[Any]:
        """Every item of a list, page by page. Errors as :meth:`get`."""
        items: list[Any] = []
        while True:
            page = self.get(path, limit=_PAGE, **parameters)
            items += page["items"]
            if page["next"] is None:
                return items
            parameters["cursor"] = page["next"]

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        import aiohttp

        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            async with (
                aiohttp.ClientSession(headers=headers) as session,
                session.request(method, f"{self.url}/api/v1/{path}", **more) as response,
            ):
                body = await response.json(content_type=None)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise StartupError(f"no answer from {self.url}: {error}") from None
        if response.status >= 400:
            raise RefusedError(self.url, body if isinstance(body, dict) else {"detail": str(body)})
        return body


def server(http: str | None, token: str | None, data: Path | None, config: Path | None = None) -> Server:
    """The named Nakhon, or the one that keeps ``run.json`` in its data folder.

    Raises:
        StartupError: there is none, or no token for it.
    """
    if http and token:
        return Server(http.rstrip("/"), token)
    folder = _data_folder(deployment(config, data), data)
    found = _run_file(folder)
    if found is None:
        text = f"nothing runs on {folder} (no run.json there); name a running Nakhon with --http and --token"
        raise StartupError(text)
    secret = token or found.get("token")
    if not secret:
        raise StartupError("a token is needed: --token, or NAKHON_TOKEN (make one with: nakhon tokens add)")
    return Server((http or found["http"]).rstrip("/"), secret)


def find_server(http: str | None, token: str | None, config: Path | None, data: Path | None) -> Server | None:
    """As :func:`server`; None when nothing runs there, or no token is at hand."""
    try:
        return server(http, token, data, config)
    except StartupError:
        if http is not None:
            raise
        return None


def broker_of(
    mqtt: str | None, config: Path | None, data: Path | None, *, ca_file: Path | None = None
) -> BrokerAddress:
    """The broker that is named; or the deployment's, with its user; or that of the Nakhon that runs.

    Raises:
        StartupError: none of these is there.
    """
    authority = str(ca_file) if ca_file else None
    if mqtt is not None:
        return broker_at(mqtt, ca_file=authority)
    settings = deployment(config, data)
    folder = _data_folder(settings, data)
    found = _run_file(folder)
    url = settings.mqtt.url if settings and settings.mqtt.url else (found or {}).get("mqtt")
    if not isinstance(url, str):
        raise StartupError(
            f"nothing runs on {folder} (no run.json there); name a broker with --mqtt mqtt://HOST:PORT"
        )
    if settings is None:
        return broker_at(url, ca_file=authority)
    trusted = authority or (str(settings.mqtt.ca_file) if settings.mqtt.ca_file else None)
    given = broker_at(url, ca_file=trusted)
    user, password = settings.mqtt.username or given.username, settings.mqtt.password or given.password
    return replace(given, username=user, password=password)


def _data_folder(settings: Config | None, data: Path | None) -> Path:
    return settings.data if settings else data or DATA


def _run_file(folder: Path) -> dict[str, Any] | None:
    """What a running Nakhon says of itself, None when none runs on the folder."""
    try:
        found: dict[str, Any] = orjson.loads((folder / "run.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return found
