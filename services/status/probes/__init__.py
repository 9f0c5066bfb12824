"""Probes: questions that Nakhon asks services again and again, for those that own no sensor.

What a probe finds is a reading of the device with the probe's id, taken in like any other.
"""

from services.status.probes.guard import Guard
from services.status.probes.model import Finding, Listener, TroubleError
from services.status.probes.runner import ProbeRunner

__all__ = ["Finding", "Guard", "Listener", "ProbeRunner", "TroubleError"]
