"""Which services a process runs, and which of them need one another on the same bus."""

from __future__ import annotations

from collections.abc import Mapping

from services.runtime.lifecycle import StartupError

NEEDS: Mapping[str, frozenset[str]] = {
    "registry": frozenset(),
    "alerts": frozenset({"registry"}),
    "telemetry": frozenset({"registry", "alerts"}),
    "status": frozenset({"registry", "alerts", "telemetry"}),
    "api": frozenset({"registry", "alerts", "telemetry", "status"}),
}
"""Each target, and those whose events or answers it needs."""


def choose(text: str) -> frozenset[str]:
    """The targets named in ``all`` or ``telemetry,alerts,…``.

    Raises:
        StartupError: an unknown target, or a split that the memory bus can't carry.
    """
    names = {name.strip() for name in text.split(",") if name.strip()}
    if names == {"all"}:
        return frozenset(NEEDS)
    if unknown := names - NEEDS.keys():
        known = ", ".join(["all", *NEEDS])
        raise StartupError(f"--target: {', '.join(sorted(unknown))} is no target; choose from {known}")
    missing = sorted(NEEDS.keys() - names)
    if missing:
        raise StartupError(
            f"--target {text}: all targets talk over the memory bus, so they run in one process, and "
            f"{', '.join(missing)} would be missing. Run --target all."
        )
    return frozenset(names)
