"""Alerts from first sign to closure: persisted, then announced, then handled by people."""

from services.alerts.service import AlertsService

__all__ = ["AlertsService"]
