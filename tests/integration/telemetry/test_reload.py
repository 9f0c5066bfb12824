"""Other rules in the midst of the journey: what goes on, what ends, and what a kill leaves of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from devices.documents import Document
from rules.engine import Engine
from rules.files import Context, parse_groups
from rules.model import State, Transition
from rules.ruleset import RuleSet
from services.store.errors import StoreUnavailableError
from services.telemetry import snapshot
from services.telemetry.service import TelemetryService
from tests.integration.telemetry.test_service import CITY, Place, body, until

GROUP = "group: air\ndomain: environment\nrules:\n"
HIGH = "  - {id: high, on: AirQualityObserved.pm25, when: {above: 75}}\n"
HIGHER = "  - {id: high, on: AirQualityObserved.pm25, when: {above: 90}}\n"
LASTING = "  - {id: lasting, on: AirQualityObserved.pm25, when: {above: 50}, for: 1h}\n"
WARM = "  - {id: warm, on: AirQualityObserved.temperature, when: {above: 30}}\n"


def ruleset(*rules: str) -> RuleSet:
    return parse_groups([Document("rules.yaml", GROUP + "".join(rules))], Context(CITY.catalog, CITY.city))


BEFORE, AFTER = ruleset(HIGH, LASTING), ruleset(HIGHER, LASTING, WARM)


def place(folder: Path) -> Place:
    made = Place(folder)
    made.rules = BEFORE
    return made


def steps(told: list[Transition]) -> list[tuple[str, str]]:
    return [(one.rule, one.state.value) for one in told]


def lost(folder: Path, rules: RuleSet) -> tuple[str, ...]:
    """The rules whose state a restart with these could not take over."""
    saved = snapshot.load(folder / "state")
    assert saved is not None
    return Engine(rules, CITY.city, CITY.devices).restore(saved.engine).lost


async def saved(service: TelemetryService) -> None:
    """Until the state that was due is on disk."""
    await until(lambda: service._barrier != (-1, -1) and not service.writer.saving)


async def test_what_changed_ends_at_once_and_the_rest_goes_on(tmp_path: Path) -> None:
    world = place(tmp_path)
    async with world.service() as service:
        await service.submit("aq-01", body(80))
        await until(lambda: len(world.records.told) == 2)
        reloaded = await service.reload(AFTER)
        assert (reloaded.kept, reloaded.changed) == (("air/lasting",), ("air/high",))
        assert (reloaded.added, reloaded.removed) == (("air/warm",), ())
        await until(lambda: len(world.records.told) == 3)
        ended = world.records.told[-1]
        assert (ended.rule, ended.state) == ("air/high", State.RESOLVED)
        assert ended.rule_version == BEFORE.rules["air/high"].version
        await saved(service)
        await service.submit("aq-01", b'{"pm25": 95, "temperature": 35}')
        await until(lambda: len(world.records.told) == 5)
        assert set(steps(world.records.told[3:])) == {("air/high", "firing"), ("air/warm", "firing")}
    engine = service._parts.engine
    due = min(one.starts_at for one in world.records.told) + 3_600_000
    fired = [one for one in engine.advance(due + 1) if one.state is State.FIRING]
    assert [(one.rule, one.at) for one in fired] == [("air/lasting", due)]


async def test_a_restart_goes_on_from_the_new_rules(tmp_path: Path) -> None:
    world = place(tmp_path)
    service = await world.started()
    await service.submit("aq-01", body(80))
    await service.reload(AFTER)
    await saved(service)
    await world.killed(service)
    assert await asyncio.to_thread(lost, tmp_path, AFTER) == ()
    world.rules = AFTER
    told = len(world.records.told)
    async with world.service() as service:
        await until(lambda: world.records.settled[1:])
        assert world.records.told[told:] == []
        assert len(world.records.settled[-1]) == 1  # lasting, pending still


async def test_a_kill_right_after_a_reload_leaves_nothing_behind(tmp_path: Path) -> None:
    """The state of before the reload is all there is; who hears what the rules follow then ends the rest."""
    world = place(tmp_path)
    service = await world.started()
    await service.submit("aq-01", body(80))
    await until(lambda: len(world.records.told) == 2)
    service._snapshot_due = 0
    await saved(service)
    service._may_save = lambda: False  # type: ignore[method-assign]
    await service.reload(AFTER)
    await service.submit("aq-01", body(95))
    await until(lambda: len(world.records.told) == 4)
    await world.killed(service)
    assert await asyncio.to_thread(lost, tmp_path, AFTER) == ("air/high",)
    world.rules, before = AFTER, list(world.records.told)
    async with world.service() as service:
        await until(lambda: world.records.settled[1:])
        again = world.records.told[len(before) :]
        assert [one for one in again if one not in before and one.state is not State.RESOLVED] == []
        assert world.records.settled[-1] == {before[1].fingerprint, before[0].fingerprint}


async def test_a_reload_while_the_store_is_away_is_saved_all_the_same(tmp_path: Path) -> None:
    world = place(tmp_path)
    world.waiting = 1_000
    service = await world.started()
    world.store.fail = StoreUnavailableError("InfluxDB is away")
    for _ in range(4):
        await service.submit("aq-01", body(*[80] * 500))
    assert service.backlog.spilled
    await service.reload(AFTER)
    await saved(service)
    await world.killed(service)
    assert await asyncio.to_thread(lost, tmp_path, AFTER) == ()
    world.store.fail = None
    world.rules = AFTER
    async with world.service() as service:
        await until(lambda: service.accounts.pending == 0)
        assert service.ledger()["stored"] == 2_000
