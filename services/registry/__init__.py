"""Devices: who they are, who may send, and when each was last heard."""

from services.registry.service import RegistryService

__all__ = ["RegistryService"]
