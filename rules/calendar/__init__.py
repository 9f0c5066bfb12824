"""Days and hours: public holidays as data, and the schedules of rules."""

from __future__ import annotations

from rules.calendar.holidays import Holidays
from rules.calendar.schedule import Schedule, ScheduleForm

__all__ = ["Holidays", "Schedule", "ScheduleForm"]
