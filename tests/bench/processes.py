"""What processes cost: their CPU and memory, as Linux tells under /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MB = 1 << 20


def cpu_seconds(pid: int) -> float:
    """CPU that a process has used, all threads, in user and in kernel mode; 0 once it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory(pid: int) -> tuple[float, float]:
    """Resident memory in MB (2^20 bytes): all of it, and without mapped files."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0, 0.0
    sizes = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if line.endswith(" kB")}
    return int(sizes["VmRSS"]) * 1024 / _MB, int(sizes["RssAnon"]) * 1024 / _MB


def find(program: str, port: int) -> int | None:
    """The process of a program that listens on its usual port or names this one on its command line."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        named = [word for word in words if ":" in word and word.rpartition(":")[2].isdigit()]
        if Path(words[0]).name == program and (not named or any(w.endswith(f":{port}") for w in named)):
            return int(entry.name)
    return None


class Meter:
    """CPU of several processes since it was made, as shares of one core."""

    def __init__(self, **processes: int | None) -> None:
        self._processes = {name: pid for name, pid in processes.items() if pid is not None}
        self._before = {name: cpu_seconds(pid) for name, pid in self._processes.items()}
        self._started = time.perf_counter()
        self._last: dict[str, float] = {}

    def read(self) -> dict[str, float]:
        """Shares of one core, from 0 to the number of cores. A process that is gone keeps its last share."""
        seconds = time.perf_counter() - self._started
        for name, pid in self._processes.items():
            if used := cpu_seconds(pid):
                self._last[name] = (used - self._before[name]) / seconds
        return dict(self._last)
