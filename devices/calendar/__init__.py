"""Days and hours: public holidays as data, and the schedules of rules."""

from __future__ import annotations

from devices.calendar.holidays import Holidays
from devices.calendar.schedule import Schedule, ScheduleForm

__all__ = ["Holidays", "Schedule", "ScheduleForm"]
