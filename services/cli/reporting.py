"""``nakhon report``: a month, quarter or year of the city as one page."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli.common import (
    ConfigOption,
    DataOption,
    HttpOption,
    RefusedError,
    Server,
    TokenOption,
    server,
)
from services.runtime.lifecycle import StartupError

PeriodOption = Annotated[
    str | None, typer.Option(help="2026-10, 2026-Q3 or 2026; the last whole month when left out.")
]
OutOption = Annotated[
    Path | None, typer.Option(help="File to write, - for standard output; nakhon-CITY-PERIOD.html here.")
]
LangOption = Annotated[str | None, typer.Option(help="en or th: what shows first. Both are in the page.")]

_PATIENCE = 600.0
"""Seconds for a year of a large city."""
_NAME = re.compile(r'filename="([A-Za-z0-9][A-Za-z0-9_.-]*\.html)"')


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(report)


def report(
    period: PeriodOption = None,
    out: OutOption = None,
    lang: LangOption = None,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Fetch the report of a period from a running Nakhon: one page that needs nothing beside itself."""
    asked = {key: value for key, value in (("period", period), ("lang", lang)) if value is not None}
    page, name = asyncio.run(_fetch(server(http, token, data, config), asked))
    if out == Path("-"):
        sys.stdout.write(page)
        return
    file = out or Path(name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise StartupError(f"can't write {file}: {error.strerror or error}") from None
    sys.stdout.write(f"{file}\n")


async def _fetch(there: Server, asked: dict[str, str]) -> tuple[str, str]:
    """The page, and the name under which it is told to be kept.

    Raises:
        StartupError: nobody answers, or the period is refused.
    """
    import aiohttp

    headers = {"Authorization": f"Bearer {there.token}"}
    patience = aiohttp.ClientTimeout(total=_PATIENCE)
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=patience) as session,
            session.get(f"{there.url}/api/v1/report", params=asked) as answer,
        ):
            if answer.status >= 400:
                raise RefusedError(there.url, _problem(await answer.json(content_type=None)))
            named = _NAME.search(answer.headers.get("Content-Disposition", ""))
            return await answer.text(), named[1] if named else "nakhon-report.html"
    except TimeoutError:
        raise StartupError(f"no answer from {there.url} within {_PATIENCE:g} s") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise StartupError(f"no answer from {there.url}: {error}") from None


def _problem(body: object) -> dict[str, object]:
    """What is wrong, in the server's words; its ``detail`` names the mistakes with what is allowed."""
    return body if isinstance(body, dict) else {"detail": str(body)}
