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
from pathlib import Path

from services.runtime import logging
from services.runtime.broker import find_mosquitto
from tests.bench import drain, latency


def main() -> None:
    """Run the benchmarks that are asked for, and print a table and, with --json, the figures."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "what", nargs="*", default=["drain", "latency"], help="drain, latency (default: both)"
    )
    parser.add_argument("--readings", type=int, default=200_000, help="how many are queued for the drain")
    parser.add_argument("--rate", type=float, default=2_000, help="messages a second beside the alerts")
    parser.add_argument("--seconds", type=float, default=30, help="how long latency is measured")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON document")
    options = parser.parse_args()
    program = find_mosquitto()
    if program is None:
        sys.exit("the benchmarks need Mosquitto (Debian: apt install mosquitto mosquitto-clients)")
    logging.set_up(json=False, level="WARNING")
    tell(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="nakhon-bench-") as folder:
        if "drain" in options.what:
            figures["drain"] = asyncio.run(drain.run(program, Path(folder), options.readings, tell))
        if "latency" in options.what:
            figures["latency"] = asyncio.run(
                latency.run(program, Path(folder), options.rate, options.seconds, tell)
            )
    if options.json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")


def tell(text: str) -> None:
    """Progress and results, beside the JSON."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
