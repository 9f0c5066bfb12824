"""Nakhon's own troubles, as alerts like any other."""

from services.alerts.own.watch import Figure, OwnWatch
from services.alerts.own.watches import WATCHES, Watch

__all__ = ["WATCHES", "Figure", "OwnWatch", "Watch"]
