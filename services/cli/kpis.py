"""``nakhon kpis``: the indicators of a running Nakhon."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.common import (
    ConfigOption,
    DataOption,
    HttpOption,
    Json,
    TokenOption,
    fail,
    print_json,
    server,
)

PERIODS = ("day", "week", "month", "quarter", "year")
FORMATS = ("text", "csv", "json", "parquet")

_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_NO_TIME = "T10:30:00Z"
"""A time at which it is the same day of the calendar wherever a city may lie."""

_MARKS = {
    "met": "met",
    "missed": "MISSED",
    "in_band": "in band",
    "out_of_band": "OUT OF BAND",
    "no_target": "",
    "not_enough_data": "not enough data",
}
_ARROWS = {"better": "better", "worse": "worse", "same": "same", None: ""}


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(kpis)


def kpis(
    period: Annotated[str, typer.Option(help=", ".join(PERIODS))] = "month",
    start: Annotated[
        str | None, typer.Option(help="From the period of this day (2026-10-01) or month (2026-10) on.")
    ] = None,
    end: Annotated[str | None, typer.Option(help="To the period of this day or month.")] = None,
    zone: Annotated[
        list[str] | None, typer.Option(help="A zone, or * for every zone; the whole city when left out.")
    ] = None,
    kpi: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    domain: Annotated[str | None, typer.Option(help="Only those of this domain.")] = None,
    language: Annotated[str, typer.Option("--lang", help="en or th.")] = "en",
    format_: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "text",
    out: Annotated[Path | None, typer.Option(help="Write into this file.")] = None,
    http: HttpOption = None,
    token: TokenOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    json: Json = False,
) -> None:
    """Indicators of a running Nakhon: by month of the whole city, unless something else is asked for."""
    format_ = "json" if json else format_
    _check("--period", period, PERIODS)
    _check("--format", format_, FORMATS)
    _check("--lang", language, ("en", "th"))
    if format_ == "parquet" and out is None:
        raise fail("Parquet is for a file: name it with --out")
    asked = {"period": period, "start": _time(start), "end": _time(end), "kpi": kpi, "domain": domain}
    given = {name: value for name, value in asked.items() if value is not None}
    ask = server(http, token, data, config)
    values = [
        one for name in zone or [""] for one in ask.all("kpis", **given, **({"zone": name} if name else {}))
    ]
    _write(values, format_, language, out)


def _write(values: list[Mapping[str, Any]], format_: str, language: str, out: Path | None) -> None:
    from services.status.kpis.export import export

    if format_ == "json" and out is None:
        print_json(values)
        return
    body = "".join(_lines(values, language)).encode() if format_ == "text" else export(values, format_)
    if out is None:
        sys.stdout.write(body.decode("utf-8-sig"))
        return
    try:
        out.write_bytes(body)
    except OSError as error:
        raise fail(f"{out} can't be written: {error.strerror}") from None


def _check(option: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise fail(f"{option} {value}: one of {', '.join(allowed)}")


def _time(text: str | None) -> str | None:
    """A day, a month or a time, as the API takes it."""
    if text is None or (match := _DAY.fullmatch(text)) is None:
        return text
    return f"{match[1]}-{match[2]}-{match[3] or '15'}{_NO_TIME}"


def _lines(values: Iterable[Mapping[str, Any]], language: str) -> Iterable[str]:
    """A table, domain by domain."""
    several = len({(one["zone"], one["period"]["start"]) for one in values}) > 1
    for domain, members in groupby(values, key=lambda one: str(one["domain"])):
        yield f"{domain}\n"
        for one in members:
            yield f"  {_line(one, language, several=several)}".rstrip() + "\n"


def _line(one: Mapping[str, Any], language: str, *, several: bool) -> str:
    where = f"{one['period']['start'][:10]} {one['zone'] or '-':<16} " if several else ""
    value = "–" if one["value"] is None else f"{one['value']:,.4g} {one['unit']}"
    coverage = "" if one["coverage"] is None else f"{one['coverage']:.0%}"
    said = (one.get("reason") or {}).get(language, "")
    target = _target(one)
    return (
        f"{where}{one['id']:<24} {value:>22} {target:<14} {_MARKS[one['state']]:<16}"
        f"{_ARROWS[one['trend']]:<7}{coverage:>5}  {one['title'][language]}{': ' if said else ''}{said}"
    )


def _target(one: Mapping[str, Any]) -> str:
    if one["band"] is not None and one["target"] is None:
        low, high = one["band"]
        return f"≤ {high:g}" if low is None else f"≥ {low:g}" if high is None else f"{low:g} to {high:g}"
    if one["target"] is None:
        return ""
    return f"{'≥' if one['direction'] == 'up' else '≤'} {one['target']:g}"
