"""The HTTP API: REST, live events, OpenAPI, metrics, and the console's files."""

from __future__ import annotations

from services.api.app import make_app
from services.api.deps import ApiDeps
from services.api.openapi import document

__all__ = ["ApiDeps", "document", "make_app"]
