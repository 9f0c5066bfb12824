"""The command line: thin, one file per group of commands. Exit codes: 0 good, 1 a check failed, 2 usage."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Annotated

import structlog
import typer

from devices.documents import ProblemsError
from services.cli import (
    access,
    alerts,
    devices,
    kpis,
    looking,
    replaying,
    reporting,
    rules,
    running,
    schemas,
    scoring,
    statuses,
    traffic,
)
from services.runtime import logging
from services.runtime.lifecycle import StartupError
from services.store.errors import StoreError

log = structlog.get_logger(__name__)

TABLE = (
    running,
    traffic,
    replaying,
    rules,
    scoring,
    devices,
    access,
    statuses,
    looking,
    alerts,
    kpis,
    schemas,
    reporting,
)


def build() -> typer.Typer:
    """All commands."""
    app = typer.Typer(
        name="nakhon",
        help="Nakhon นคร: the event-driven smart-service backend of a smart city.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(_options)
    for group in TABLE:
        group.add_to(app)
    return app


def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Nakhon นคร: the event-driven smart-service backend of a smart city."""
    if version:
        sys.stdout.write(f"nakhon {metadata.version('nakhon')}\n")
        raise typer.Exit


def main() -> None:
    """Run a command; whatever goes wrong is told in words, with exit code 2."""
    try:
        build()()
    except ProblemsError as error:
        _end(f"{error}\n{len(error.problems)} problem(s)")
    except (StartupError, StoreError) as error:
        _end(str(error))
    except KeyboardInterrupt:
        sys.exit(0)
    except Exception:
        if not structlog.is_configured():
            logging.set_up(json=False)
        log.exception("Nakhon met something it did not expect; please report what stands here")
        sys.exit(1)


def _end(text: str) -> None:
    sys.stderr.write(f"nakhon: {text}\n")
    sys.exit(2)
