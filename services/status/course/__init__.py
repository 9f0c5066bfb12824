"""The course of the statuses: facts in, changes out. Pure: time is an argument."""

from __future__ import annotations

from services.status.course.course import Course
from services.status.course.moved import Moved

__all__ = ["Course", "Moved"]
