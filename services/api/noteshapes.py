"""The shapes of answers about notes for the public."""

from __future__ import annotations

from typing import Literal

from devices.model import Domain
from services.api.shapes import PageOf, Shape, Text, Time

NoteState = Literal["investigating", "identified", "monitoring", "resolved", "planned"]


class NoteUpdate(Shape):
    """What was told at one time."""

    at: Time
    state: NoteState
    text: Text
    by: str


class Note(Shape):
    """What operators tell the public, oldest update first; `number` counts its changes.

    `by`, here and in its updates, is not on the public page. `starts_at` and `ends_at` are of planned work,
    `withdrawn_at` is when it was taken off the page.
    """

    id: str
    number: int
    created_at: Time
    updated_at: Time
    state: NoteState
    title: Text
    services: list[str]
    domain: Domain | None
    incident: str | None
    starts_at: Time | None
    ends_at: Time | None
    updates: list[NoteUpdate]
    by: str
    withdrawn_at: Time | None


class Notes(PageOf[Note]):
    """Notes, the last changed first."""
