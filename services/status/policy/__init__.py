"""How statuses come about: the rules, as data that a city may change."""

from __future__ import annotations
