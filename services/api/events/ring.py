"""A bounded memory of the newest things, numbered from 1. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class FellBehindError(LookupError):
    """What was asked for is no longer kept."""


class Ring(Generic[T]):
    """Keeps the last ``size`` items. Item n is followed by item n + 1; readers remember the last they had."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: list[T] = []
        self._begun = 0  # the number before the first item that was ever kept
        self.last = 0

    def put(self, item: T) -> None:
        """Append; the oldest goes when it is full."""
        if len(self._items) < self._size:
            self._items.append(item)
        else:
            self._items[self._place(self.last)] = item
        self.last += 1

    def extend(self, items: Iterable[T]) -> None:
        """Append all of these."""
        for item in items:
            self.put(item)

    def lose(self) -> None:
        """Something is missing here: whoever read up to here has fallen behind."""
        self._items.clear()
        self.last += 1
        self._begun = self.last

    def has(self, after: int) -> bool:
        """Whether everything after this number is still kept."""
        return self.last - len(self._items) <= after <= self.last

    def after(self, number: int) -> Iterator[tuple[int, T]]:
        """What came after that number, with its own.

        Raises:
            FellBehindError: some of it is gone, or that number was never given out.
        """
        if not self.has(number):
            raise FellBehindError(f"{number} is not followed by what is kept")
        for at in range(number, self.last):
            yield at + 1, self._items[self._place(at)]

    def _place(self, number: int) -> int:
        return (number - self._begun) % self._size
