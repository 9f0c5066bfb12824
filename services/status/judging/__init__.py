"""What the evidence makes of a service, and in what words. Pure: time is an argument."""

from __future__ import annotations
