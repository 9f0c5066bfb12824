"""How each smart service and each of the seven domains is doing, with its evidence."""

from __future__ import annotations

from services.status.evaluate import Policy, Status
from services.status.memory import StatusMemory
from services.status.service import StatusService

__all__ = ["Policy", "Status", "StatusMemory", "StatusService"]
