"""What several commands need: the demo city, where a running Nakhon is, how to print."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import orjson
import typer

from devices.broker import BrokerAddress, parse_broker
from services.runtime.lifecycle import StartupError

if TYPE_CHECKING:
    # Loaded by the commands that need them: `nakhon tokens` should not wait for the simulators.
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


def broker_at(url: str) -> BrokerAddress:
    """A broker's address, or the end with exit code 2."""
    try:
        return parse_broker(url)
    except ValueError as error:
        raise StartupError(str(error)) from None


def print_json(data: Any) -> None:
    """One document on standard output."""
    sys.stdout.write(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n")


def fail(text: str) -> typer.Exit:
    """Say why, and end with exit code 2: ``raise fail(...)``."""
    sys.stderr.write(f"nakhon: {text}\n")
    return typer.Exit(2)


def with_records(
    config: Path | None, data: Path | None, work: Callable[[Records], Awaitable[Result]]
) -> Result:
    """Run ``work`` on the records of a deployment, beside a running Nakhon or without one."""
    from services.runtime.config import read_config
    from services.store.records import Records

    if config is None and data is None and Path("nakhon.yaml").exists():
        config = Path("nakhon.yaml")
    url, folder = None, data or DATA
    if config is not None:
        settings = read_config(config)
        url, folder = settings.records.url, settings.data
    elif not folder.exists():
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


def server(http: str | None, token: str | None, data: Path | None) -> Server:
    """The named Nakhon, or the one that keeps ``run.json`` in ``data``."""
    if http and token:
        return Server(http.rstrip("/"), token)
    folder = data or DATA
    path = folder / "run.json"
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        text = f"nothing runs on {folder} (no run.json there); name a running Nakhon with --http and --token"
        raise StartupError(text) from None
    secret = token or found.get("token")
    if not secret:
        raise StartupError("a token is needed: --token, or NAKHON_TOKEN (make one with: nakhon tokens add)")
    return Server(http or found["http"], secret)
