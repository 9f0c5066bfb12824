"""All routes. The application and its OpenAPI document are both made of this table."""

from __future__ import annotations

from typing import Any

from services.api.resources import (
    alerts,
    backtest,
    description,
    devices,
    domains,
    events,
    ledger,
    observations,
    quality,
    quarantine,
    quarantine_export,
    quarantine_replay,
    rule_comparison,
    rule_files,
    rules,
    session,
    system,
    telemetry,
    tokens,
    types,
    zones,
)
from services.api.routes import Route

ROUTES: tuple[Route[Any, Any], ...] = (
    *domains.ROUTES,
    *alerts.ROUTES,
    *zones.ROUTES,
    *devices.ROUTES,
    *types.ROUTES,
    *observations.ROUTES,
    *telemetry.ROUTES,
    *quarantine.ROUTES,
    *quarantine_export.ROUTES,
    *quarantine_replay.ROUTES,
    *quarantine.ENTRY,
    *ledger.ROUTES,
    *quality.ROUTES,
    *rule_files.ROUTES,
    *rule_comparison.ROUTES,
    *backtest.ROUTES,
    *rules.ROUTES,
    *events.ROUTES,
    *session.ROUTES,
    *tokens.ROUTES,
    *system.ROUTES,
    *description.ROUTES,
)
