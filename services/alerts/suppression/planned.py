"""A step that somebody wants to take, thought through: what is to be written, and then taken over. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Connection

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Planned(Generic[R]):
    """``record`` is how the thing will stand; ``write`` belongs into a transaction, ``take`` after it.

    ``write`` may raise :class:`~services.runtime.ports.ConflictError`: somebody was first, and nothing is
    written.
    """

    record: R
    write: Callable[[Connection], None]
    take: Callable[[], None]
