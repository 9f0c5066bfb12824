"""The public status page: what everybody may know of how the city's services do."""

from __future__ import annotations
