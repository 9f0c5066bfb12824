"""The composition root: :class:`Application` is a whole Nakhon in one process."""

from services.app.application import Application, Demo

__all__ = ["Application", "Demo"]
