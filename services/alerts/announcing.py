"""What the city is to hear of: the steps of every alert that is not a shadow. Pure."""

from __future__ import annotations

from services.alerts.document import axes, document
from services.store.records.alerts import NAKHON, Announcement, Changes


def announce(changes: Changes) -> None:
    """Make the announcements of all that is to be written complete, in the order of the steps.

    The rules' own steps have theirs, which show the alert as each step left it; what was decided about the
    alert beside them (its incident, whether it is suppressed) is the same for all of one transaction, and is
    not told by itself where it is told with such a step.
    """
    told = {(item.alert, item.number) for item in changes.announcements}
    shown = {item.alert for item in changes.announcements}
    for item in changes.announcements:
        record = changes.alerts.get(item.alert)
        if record is not None:
            item.body.update(axes(record))
    for alert, events in changes.events.items():
        record = changes.alerts[alert]
        changes.announcements += [
            Announcement(alert, event.number, event.change, document(record))
            for event in events
            if not record.shadow
            and (alert, event.number) not in told
            and not (event.by == NAKHON and alert in shown)
        ]
