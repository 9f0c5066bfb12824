"""Readings that memory does not know: the store says whether they are new, once, and is held to it.

What the store said is noted in the journal before anything is written: after a crash the same question
would find the reading's own copy there, and a new reading would count as a duplicate.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from devices.model import Observation, Value, Values
from services.store.timeseries.protocol import Identity
from services.telemetry.digest import Doubt

Place = tuple[int, int]
"""Position of a message and index of a reading in it."""

Ask = Callable[[Sequence[Identity]], Awaitable[Mapping[Identity, Values]]]


class Notes(Protocol):
    """The journal, for what the store answered."""

    async def note(self, data: Mapping[str, Any]) -> None: ...

    async def trim(self, before: int) -> None: ...


class Doubts:
    """Answers by place: whether the reading there is a duplicate."""

    def __init__(self, ask: Ask, notes: Notes) -> None:
        self._ask = ask
        self._notes = notes
        self._decided: dict[Place, bool] = {}

    def learn(self, answers: Iterable[Sequence[Any]]) -> None:
        """Take over answers of a former run, ``[position, index, duplicate]`` each."""
        self._decided.update({(position, index): same for position, index, same in answers})

    def dump(self) -> list[list[Any]]:
        """What :meth:`learn` takes: all answers to what is not at its end yet."""
        return [[*place, same] for place, same in self._decided.items()]

    async def duplicates(self, doubts: Sequence[Doubt], new: Iterable[Observation] = ()) -> set[Place]:
        """Which of these are duplicates. ``new`` are readings that go into the store together with them.

        A new reading is always older than a doubt about its identity: it was what memory knew.
        """
        unanswered = [doubt for doubt in doubts if _place(doubt) not in self._decided]
        if unanswered:
            asked = {identity(doubt.observation) for doubt in unanswered}
            stored = await self._ask(list(asked))
            known: dict[Identity, dict[str, Value]] = {key: dict(stored[key]) for key in stored}
            for observation in new:
                if (key := identity(observation)) in asked:
                    known.setdefault(key, {}).update(observation.values)
            answers = {}
            for doubt in unanswered:
                values = known.setdefault(identity(doubt.observation), {})
                answers[_place(doubt)] = doubt.observation.values.items() <= values.items()
                values.update(doubt.observation.values)
            await self._notes.note({"decided": [[*place, same] for place, same in answers.items()]})
            self._decided.update(answers)
        return {place for place in map(_place, doubts) if self._decided[place]}

    def forget(self, doubts: Iterable[Doubt]) -> None:
        """These are at their end."""
        for doubt in doubts:
            self._decided.pop(_place(doubt), None)


def identity(observation: Observation) -> Identity:
    """What makes a reading itself."""
    return Identity(observation.device, observation.type, observation.time)


def _place(doubt: Doubt) -> Place:
    return doubt.position, doubt.index
