"""Which alert stands under which: an index of the open ones, and the choice of a cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rules.model import State
from services.alerts.incidents.buckets import Buckets
from services.alerts.incidents.links import Key, Linked, Links
from services.runtime.ports import OpenAlert
from services.store.records.alerts import AlertRecord

DEEPEST = 64
"""Alerts stand under one another no deeper than this."""

_TRIED = 8
"""So many causes with the same link are tried: they are as good as one another."""


class Kin:
    """The open alerts by what links them.

    ``causes`` and ``effects`` hold alerts by the keys under which they can be one or the other, ``children``
    those that stand under an alert, ``ended`` the causes that are over (when, ms) and still have some.
    """

    def __init__(self, links: Links, patience: int) -> None:
        self.links = links
        self.patience = patience
        self.causes: Buckets[Key] = Buckets()
        self.effects: Buckets[Key] = Buckets()
        self.children: Buckets[str] = Buckets()
        self.ended: dict[str, int] = {}

    def add(self, alert: str, causes: Iterable[Key], effects: Iterable[Key]) -> None:
        """Take in an alert that fires, with its keys."""
        for key in causes:
            self.causes.add(key, alert)
        for key in effects:
            self.effects.add(key, alert)
        self.ended.pop(alert, None)

    def remove(self, alert: Linked, now: int) -> None:
        """It is over (ms)."""
        for key in self.links.as_cause(alert):
            self.causes.drop(key, alert.id)
        for key in self.links.as_effect(alert):
            self.effects.drop(key, alert.id)
        if alert.id in self.children:
            self.ended[alert.id] = now

    def move(self, alert: str, before: str | None, after: str | None) -> None:
        """It stands under another one."""
        if before is not None:
            self.children.drop(before, alert)
            if before not in self.children:
                self.ended.pop(before, None)
        if after is not None:
            self.children.add(after, alert)

    def lingers(self, cause: str, now: int) -> bool:
        """Whether a cause has been over for so short a time that its effects may just be about to end."""
        ended = self.ended.get(cause)
        return ended is not None and now - ended < self.patience


def _free(above: list[str], alert: Linked) -> bool:
    """Whether the alert can stand under a chain without standing under itself."""
    return alert.id not in above and len(above) <= DEEPEST


class Outlook:
    """The open alerts as one transaction leaves them: what is in memory, and what it changes of that.

    ``firing`` are the alerts of the transaction that fire, ``keys`` those under which each may be a cause and
    an effect, ``causes`` the causes that were chosen in it.
    """

    def __init__(self, kin: Kin, board: Mapping[str, OpenAlert], now: int) -> None:
        self._kin = kin
        self._board = board
        self._now = now
        self._added: dict[Key, dict[str, None]] = {}
        self._over: set[str] = set()
        self.firing: dict[str, AlertRecord] = {}
        self.keys: dict[str, tuple[list[Key], list[Key]]] = {}
        self.causes: dict[str, str | None] = {}

    def take(self, record: AlertRecord) -> bool:
        """Take in an alert of the transaction. Answers whether it can be the cause of others."""
        if record.state is not State.FIRING or record.shadow:
            self._over.add(record.id)
            return False
        self.firing[record.id] = record
        causes = self._kin.links.as_cause(record)
        self.keys[record.id] = causes, self._kin.links.as_effect(record)
        for key in causes:
            self._added.setdefault(key, {})[record.id] = None
        return bool(causes)

    def alive(self, alert: str) -> Linked | None:
        """The alert while it fires."""
        found: Linked | None = self.firing.get(alert)
        if found is not None or alert in self._over:
            return found
        return self._board[alert] if self._fired_before(alert) else None

    def _fired_before(self, alert: str) -> bool:
        known = self._board.get(alert)
        return known is not None and known.firing and not known.shadow

    def cause_of(self, alert: str) -> str | None:
        """What an open alert stands under."""
        if alert in self.causes:
            return self.causes[alert]
        known = self._board.get(alert)
        return None if known is None else known.cause

    def chain(self, alert: str) -> Iterator[str]:
        """What it stands under, and what that does, and so on."""
        for _ in range(DEEPEST):
            cause = self.cause_of(alert)
            if cause is None:
                return
            yield cause
            alert = cause

    def top(self, alert: str) -> str:
        """The last of its chain that still fires; itself when it stands under none that does."""
        for cause in self.chain(alert):
            if self.alive(cause) is None:
                break
            alert = cause
        return alert

    def choose(self, alert: Linked) -> tuple[str | None, int | None]:
        """The cause that it is to stand under, and the number of the dependency when that is another one.

        It stays under the one it has while that fires, unless there is a nearer one, which itself stands
        under that; and a while longer, so that effects which end with their cause are nobody's trouble.
        """
        keys = self._keys_of(alert)
        current = alert.cause
        if current is None and not keys:
            return None, None
        if current is not None and not _free(self._above(current), alert):
            current = None
        holds = current is not None and self.alive(current) is not None
        found: str | None = None
        number: int | None = None
        for candidate, dependency in self._candidates(alert, keys):
            above = self._above(candidate)
            nearer = (current if holds else None) if found is None else found
            if _free(above, alert) and (nearer is None or nearer in above[1:]):
                found, number = candidate, dependency
        if found is not None:
            return found, number
        return (current if holds or self._lingers(current) else None), None

    def _lingers(self, cause: str | None) -> bool:
        return cause is not None and (cause in self._over or self._kin.lingers(cause, self._now))

    def _above(self, alert: str) -> list[str]:
        """An alert and its chain."""
        return [alert, *self.chain(alert)]

    def _keys_of(self, alert: Linked) -> list[Key]:
        """Where it finds its causes, as far as there are any."""
        known = self.keys.get(alert.id)
        keys = self._kin.links.as_effect(alert) if known is None else known[1]
        return [key for key in keys if key in self._kin.causes or key in self._added]

    def _candidates(self, alert: Linked, keys: list[Key]) -> Iterator[tuple[str, int]]:
        """What it could stand under, by preference, with the number of the dependency."""
        fresh = alert.id in self.firing and not self._fired_before(alert.id)
        for key in keys:
            tried = 0
            for candidate in self._under(key):
                cause = self.alive(candidate)
                if cause is None or candidate == alert.cause or candidate == alert.id:
                    continue
                if self._kin.links.agree(key[0], cause, alert, fresh=fresh):
                    yield candidate, key[0]
                tried += 1
                if tried == _TRIED:
                    break

    def _under(self, key: Key) -> Iterator[str]:
        known = self._kin.causes.get(key)
        yield from known
        yield from (one for one in self._added.get(key, ()) if one not in known)
