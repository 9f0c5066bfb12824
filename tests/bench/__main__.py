"""``make bench``: throughput and latency on this machine, as ratios inside one run.

Absolute figures move from machine to machine, and on a busy one from minute to minute; what stays is how the
whole journey compares with a client that only takes messages and throws them away, measured beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.runtime import logging
from services.runtime.broker import find_mosquitto
from tests.bench import (
    backtest,
    drain,
    kpis,
    latency,
    outage,
    overload,
    paced,
    rules,
    scale,
    setting,
    status,
    storm,
    telling,
)
from tests.bench.rig import Tell

Work = Callable[[str, Path, argparse.Namespace, Tell], Awaitable[Any]]
_DEFAULT = ("drain", "latency")


@dataclass(frozen=True, slots=True)
class Bench:
    """A benchmark: what it measures and how long it takes, and how it is run."""

    meaning: str
    run: Work


BENCHES: Mapping[str, Bench] = {
    "drain": Bench(
        "queued readings into every store, against a bare paho loop (2 min)",
        lambda program, folder, o, tell: drain.run(program, folder, o.readings or 200_000, tell),
    ),
    "latency": Bench(
        "sensor to alert beside a steady load (1 min)",
        lambda program, folder, o, tell: latency.run(
            program, folder, o.store, o.rate or 2_000, o.seconds or 30, tell
        ),
    ),
    "paced": Bench(
        "the largest rate that is held for a minute, and publish to readable (4 min)",
        lambda program, folder, o, tell: paced.run(program, folder, o.store, o.rates, o.seconds or 60, tell),
    ),
    "soak": Bench(
        "sensor to alert for ten minutes, and memory (11 min)",
        lambda program, folder, o, tell: latency.run(
            program, folder, o.store, o.rate or 5_000, o.seconds or 600, tell
        ),
    ),
    "overload": Bench(
        "flat out for five minutes: memory, nothing lost, recovery (6 min and the recovery)",
        lambda program, folder, o, tell: overload.run(
            program, folder, o.store, o.publishers, o.seconds or 300, tell
        ),
    ),
    "scale": Bench(
        "what a message costs with 1,000 and with 200,000 devices (3 min)",
        lambda program, folder, o, tell: scale.run(program, folder, o.devices, tell),
    ),
    "backtest": Bench(
        "rules played on a recording, from CSV and from Parquet (2 min)",
        lambda _program, folder, o, tell: asyncio.to_thread(
            backtest.run, folder, o.readings or 2_000_000, tell
        ),
    ),
    "rules": Bench(
        "what rules cost a reading, by how many and of which kind, and memory a series (10 min)",
        lambda _program, _folder, o, tell: asyncio.to_thread(rules.run, o.series, tell),
    ),
    "kpis": Bench(
        "monthly KPIs of all domains from a year of five-minute data of 300 devices (8 min)",
        lambda _program, folder, o, tell: kpis.run(folder, int((o.seconds or 365 * 86_400) // 86_400), tell),
    ),
    "status": Bench(
        "what statuses of 10,000 services cost, and a storm of silence (3 min)",
        lambda _program, _folder, _o, tell: asyncio.to_thread(status.run, tell),
    ),
    "storm": Bench(
        "50,000 alerts within a minute: what others notice, memory, incidents, messages (4 min)",
        lambda program, folder, o, tell: storm.run(
            program, folder, o.alerts or 50_000, o.seconds or 60, tell
        ),
    ),
    "telling": Bench(
        "from an alert's firing to the webhook that hears of it, 50 a second (2 min)",
        lambda program, folder, o, tell: telling.run(program, folder, o.rate or 50, o.seconds or 60, tell),
    ),
    "outage": Bench(
        "the store away, then the drain, and alerts meanwhile (2 min)",
        lambda program, folder, o, tell: outage.run(
            program, folder, o.store, o.rate or 2_000, o.readings or 100_000, tell
        ),
    ),
}


def main() -> None:
    """Run the benchmarks that are asked for, and print a table and, with --json, the figures."""
    options = _parser().parse_intermixed_args()
    program = find_mosquitto()
    if program is None:
        sys.exit("the benchmarks need Mosquitto (Debian: apt install mosquitto mosquitto-clients)")
    if unknown := set(options.what) - set(BENCHES):
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    logging.set_up(json=False, level="WARNING")
    tell(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    figures: dict[str, Any] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="nakhon-bench-") as folder:
            for name in options.what or _DEFAULT:
                tell(f"{name}: {BENCHES[name].meaning}")
                place = Path(folder) / name
                place.mkdir()
                figures[name] = asyncio.run(_run(BENCHES[name].run, program, place, options))
    finally:
        setting.drop_bucket()
    if options.json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")


async def _run(work: Work, program: str, folder: Path, options: argparse.Namespace) -> Any:
    return await work(program, folder, options, tell)


def _parser() -> argparse.ArgumentParser:
    known = setting.stores()
    names = "; ".join(f"{name}: {bench.meaning}" for name, bench in BENCHES.items())
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    add = parser.add_argument
    add("what", nargs="*", help=f"which (default: drain latency). {names}")
    add("--store", choices=sorted(known), default=list(known)[-1], help="where to (InfluxDB, if it is there)")
    add("--readings", type=int, help="how many are queued for the drain, or pile up in the outage")
    add("--rate", type=float, help="messages a second of latency, soak and outage")
    add(
        "--rates",
        type=_rates,
        default=(),
        help="rates that paced tries: 5000,10000 (default: shares of bare)",
    )
    add("--seconds", type=float, help="how long is measured")
    add("--devices", type=int, default=200_000, help="the many of scale")
    add("--series", type=int, default=1_000_000, help="whose memory rules measures")
    add("--alerts", type=int, help="how many storm raises")
    add("--publishers", type=int, default=2, help="how many overload")
    add("--json", action="store_true", help="the figures as one JSON document on standard output")
    return parser


def _rates(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def tell(text: str) -> None:
    """Progress and results, beside the JSON."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
