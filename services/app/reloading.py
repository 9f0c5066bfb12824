"""Hot reload: rule files that changed take the place of those in force, all of them or none.

The files are looked at every few seconds. Once a change has come to rest (two looks that see the same) it is
read; what is whole is handed to the journey, which takes it over between two batches; what has a mistake is
told and changes nothing. An editor that writes by rename, a copy that takes its time and a `git pull` are all
the same to that.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import structlog

from devices.city import CityFolder
from devices.documents import Problem, ProblemsError
from rules.ruleset import RuleSet
from services.app.rulefiles import Signature, Teller, digest, look, take, told
from services.runtime.clock import Clock, optional_rfc3339, rfc3339

log = structlog.get_logger(__name__)

EVERY = 2.0
"""Seconds between two looks at the files."""

WATCH = "file change"
"""At whose word the watcher reloads."""

_MOST_PROBLEMS = 200
"""So many mistakes are told; who mends these sees the rest."""


class Changes(Protocol):
    """What became of each rule, by id."""

    @property
    def kept(self) -> Sequence[str]: ...

    @property
    def changed(self) -> Sequence[str]: ...

    @property
    def added(self) -> Sequence[str]: ...

    @property
    def removed(self) -> Sequence[str]: ...


class Outcome(StrEnum):
    """How a reload ended."""

    LOADED = "loaded"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Last:
    """The newest reload: when (ms), at whose word, how it ended, and what became of the rules."""

    at: int
    by: str
    outcome: Outcome
    changes: Mapping[str, Sequence[str]] | None = None


Parse = Callable[[CityFolder], RuleSet]
Apply = Callable[[CityFolder, RuleSet], Awaitable[Changes]]


class RuleReloader:
    """:class:`services.runtime.ports.RulesPort` over the folder of a running city.

    Args:
        path: the city's folder.
        folder: what was read from it at the start, and is in force.
        ruleset: the rules of it.
        parse: the rules of a folder; raises ProblemsError with all mistakes.
        apply: puts rules into force, all or none.
    """

    def __init__(
        self, path: Path, folder: CityFolder, ruleset: RuleSet, clock: Clock, parse: Parse, apply: Apply
    ) -> None:
        self._path = path
        self._folder = folder
        self._ruleset = ruleset
        self._clock = clock
        self._parse = parse
        self._apply = apply
        self._tell = Teller(path)
        self._digest = digest(folder)
        self._loaded_at = clock.now()
        self._problems: Sequence[Problem] = ()
        self._last: Last | None = None
        self._turn = asyncio.Lock()
        self._seen: Signature | None = None
        self._moved = True
        self.counts: Counter[Outcome] = Counter(dict.fromkeys(Outcome, 0))
        """How many reloads ended in which way."""

    @property
    def loaded(self) -> int:
        """How many rules are in force."""
        return len(self._ruleset)

    def state(self) -> Mapping[str, Any]:
        """The files in force, since when, and what is wrong with those that are not."""
        last = self._last
        return {
            "loaded_at": rfc3339(self._loaded_at),
            "digest": self._digest,
            "rules": len(self._ruleset),
            "packs": list(self._folder.packs),
            "files": [self._tell.name(document.name) for document in self._folder.rules],
            "problems": [told(problem) for problem in self._problems],
            "last": None if last is None else self._told(last),
        }

    @staticmethod
    def _told(last: Last) -> Mapping[str, Any]:
        said = {"at": optional_rfc3339(last.at), "by": last.by, "outcome": last.outcome.value}
        return said | dict(last.changes or {name: [] for name in ("kept", "changed", "added", "removed")})

    async def reload(self, by: str) -> Mapping[str, Any]:
        """Read the files now and put them into force; ``{kept, changed, added, removed}``.

        Raises:
            ProblemsError: all mistakes in them, files by their names in the city's folder; nothing changed.
            BusyError: not now.
        """
        async with self._turn:
            try:
                return await self._reload(by)
            except ProblemsError as error:
                raise ProblemsError(self._refused(by, error)) from None

    async def watch(self) -> None:
        """Look at the files every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            await self.look()

    async def look(self) -> None:
        """Look once: a change that has come to rest since the look before is taken over, or told of."""
        seen = await asyncio.to_thread(look, self._path)
        if seen != self._seen:
            self._seen, self._moved = seen, True
            return
        if not self._moved:
            return
        self._moved = False
        try:
            await self.reload(WATCH)
        except ProblemsError:
            return  # told already
        except Exception as error:
            # Whatever it was, the rules in force go on, and the next change is looked at again.
            log.exception("the rule files can't be taken over; the rules in force stay")
            self._refused(WATCH, ProblemsError([Problem(str(self._path), 0, "", str(error))]))

    async def _reload(self, by: str) -> Mapping[str, Any]:
        folder = await asyncio.to_thread(take, self._path, self._folder)
        found = digest(folder)
        if found == self._digest:
            return self._unchanged(by)
        ruleset = await asyncio.to_thread(self._parse, folder)
        changes = await self._apply(folder, ruleset)
        self._folder, self._ruleset, self._digest = folder, ruleset, found
        self._loaded_at = self._clock.now()
        lists = _lists(changes)
        self._ended(by, Outcome.LOADED, lists)
        log.info(
            "rules reloaded", by=by, rules=len(ruleset), **{name: len(ids) for name, ids in lists.items()}
        )
        return lists

    def _unchanged(self, by: str) -> Mapping[str, Any]:
        lists: dict[str, Sequence[str]] = {"kept": list(self._ruleset.rules)}
        lists |= {name: [] for name in ("changed", "added", "removed")}
        if by != WATCH or self._problems:
            self._ended(by, Outcome.UNCHANGED, lists)
        return lists

    def _ended(self, by: str, outcome: Outcome, lists: Mapping[str, Sequence[str]]) -> None:
        self._problems = ()
        self._last = Last(self._clock.now(), by, outcome, lists)
        self.counts[outcome] += 1

    def _refused(self, by: str, error: ProblemsError) -> Sequence[Problem]:
        """Note mistakes and tell of them; answers with those that are told."""
        self._problems = [self._tell.problem(problem) for problem in error.problems[:_MOST_PROBLEMS]]
        self._last = Last(self._clock.now(), by, Outcome.REFUSED)
        self.counts[Outcome.REFUSED] += 1
        text = "the rule files have mistakes; the rules in force stay as they are"
        log.warning(text, count=len(error.problems), problems=[str(problem) for problem in self._problems])
        return self._problems


def _lists(changes: Changes) -> dict[str, Sequence[str]]:
    return {
        "kept": list(changes.kept),
        "changed": list(changes.changed),
        "added": list(changes.added),
        "removed": list(changes.removed),
    }
