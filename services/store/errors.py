"""How a store fails, told apart by what helps: waiting, or a person."""

from __future__ import annotations


class StoreError(Exception):
    """A store did not do what was asked. The text says what a person can do about it."""


class StoreUnavailableError(StoreError):
    """The store can't be reached or is overloaded: the same call may succeed later.

    ``retry_after`` is what the store itself asked for, in seconds.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreRefusedError(StoreError):
    """The store refused for good (wrong token, no such organisation): waiting does not help."""
