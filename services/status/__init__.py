"""How each smart service and each of the seven domains is doing, with its evidence."""

from __future__ import annotations

from services.status.memory import StatusMemory
from services.status.model import Status
from services.status.service import StatusService

__all__ = ["Status", "StatusMemory", "StatusService"]
