"""Nakhon's own troubles, as alerts like any other."""

from services.alerts.own.watch import Figure, OwnWatch
from services.alerts.own.watches import GROUP, WATCHES, Watch

__all__ = ["GROUP", "WATCHES", "Figure", "OwnWatch", "Watch"]
