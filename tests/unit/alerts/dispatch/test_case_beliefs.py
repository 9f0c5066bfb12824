"""Whatever happens in whatever order: in the end receivers believe what is true, and nothing is left over."""

from __future__ import annotations

from random import Random

import pytest

from rules.model import Severity, State
from services.alerts.policy.model import Step
from tests.unit.alerts.dispatch.dispatchdesk import MINUTE, SECOND, START, Desk, Heard, Hours, route

NAMES = ("a", "b", "c", "d")
STEPS = (Step(0, ("ops",)), Step(5 * MINUTE, ("duty",)))


def happen(desk: Desk, random: Random) -> None:
    """Something happens to one of the alerts."""
    name = random.choice(NAMES)
    known = desk.alerts.get(name)
    if known is None or known.state is State.RESOLVED:
        desk.fire(name, incident=random.choice("xy"), severity=random.choice(list(Severity)))
        return
    what = random.choice(("resolve", "severity", "acknowledge", "suppress", "release", "incident", "back"))
    if what == "severity":
        desk.amend(name, severity=random.choice(list(Severity)))
    elif what == "incident":
        desk.amend(name, incident=random.choice("xy"))
    elif what == "back":
        desk.unacknowledge(name)
    else:
        getattr(desk, what)(name)


def believed(heard: list[Heard], receiver: str) -> dict[str, str]:
    """What a receiver thinks that fires, after all that it heard."""
    beliefs: dict[str, str] = {}
    for one in heard:
        if one.receiver == receiver:
            for name, state in one.news.items():
                if one.why not in {"repeat", "escalation"}:
                    assert beliefs.get(name, "over") != state, "it was told the same again"
                beliefs[name] = state
    return {name: state for name, state in beliefs.items() if state != "over"}


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_in_the_end_they_believe_what_is_true(seed: int, restarts: bool) -> None:
    random = Random(seed)
    desk = Desk(route(group_by=("incident",), steps=STEPS, mute=Hours((200, 260), (500, 700))))
    heard: list[Heard] = []
    for _ in range(60):
        happen(desk, random)
        if random.random() < 0.6:
            heard += desk.until((desk.now - START) // SECOND + random.choice((1, 5, 30, 90)))
        if restarts and random.random() < 0.2:
            desk.restart()
    firing = [name for name, one in desk.alerts.items() if one.state is State.FIRING]
    for name in firing:
        desk.release(name)
    heard += desk.until((desk.now - START) // SECOND + 1_000)
    assert set(believed(heard, "ops")) == set(firing)
    if restarts:
        desk.restart()
    desk.resolve(*firing)
    heard += desk.until((desk.now - START) // SECOND + 1_000)
    assert believed(heard, "ops") == {}
    assert believed(heard, "duty") == {}
    assert len(desk.book) == 0
    assert desk.shelf.members == {}
    assert all(row.closed is not None for row in desk.shelf.rows.values())
