"""``nakhon devices check``: what would be refused, before it is sent or while it is being sent."""

from __future__ import annotations
