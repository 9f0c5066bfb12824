"""What is kept beside the alerts and decided with them, in one transaction."""

from __future__ import annotations

from typing import Protocol

from services.store.records.alerts import Changes


class Book(Protocol):
    """Something that follows the alerts: incidents, suppression, the cases of the routes.

    Everything happens under the turn of :class:`~services.alerts.service.AlertsService`, so that no two
    changes are planned at once. :meth:`plan` may run on another thread, and twice for the same changes when
    the first attempt was undone: it must leave the book as it is. :meth:`commit` runs on the event loop's
    thread once all of it is in the database.
    """

    def plan(self, changes: Changes, now: int) -> None:
        """Say what else these changes bring about.

        ``changes.alerts`` may be replaced (or others be added) by :meth:`Changes.amend`,
        ``changes.also`` takes what is to be written beside them; ``changes.before`` are the alerts as they
        were before. Shadow alerts and those that are only pending are nobody's business.
        """

    def commit(self, changes: Changes, now: int) -> None:
        """It is written: take it over."""
