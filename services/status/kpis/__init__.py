"""Indicators: a catalogue of data, computed from the stored series by zone and period."""

from __future__ import annotations
