"""How a channel comes to a message: in its receiver's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.alerts.notify.message import Message, Writer
from services.alerts.notify.notice import Notice
from services.alerts.notify.words import Language, Words


class Compose(Protocol):
    """Puts a notice into words; into HTML only when that is asked for."""

    def __call__(self, notice: Notice, *, html: bool = False) -> Message: ...


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes to each receiver in the language that ``language_of`` says."""

    writer: Writer
    language_of: Callable[[str], Language]

    def __call__(self, notice: Notice, *, html: bool = False) -> Message:
        return self.writer.write(notice, self.language_of(notice.receiver), html=html)

    def words_of(self, receiver: str) -> Words:
        """The city's names and times in that receiver's language."""
        return self.writer.words(self.language_of(receiver))
