"""Rule files that change while the city runs: taken over whole, or told of, on real files without waiting."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from devices.city import CityFolder
from devices.documents import Document, ProblemsError
from rules.ruleset import RuleSet
from services.app import rulefiles
from services.app.modules import city_rules
from services.app.reloading import RuleReloader
from services.runtime import cityfolder
from services.runtime.clock import ManualClock
from tests.support.smallcity import RULES, small_city

MORE = RULES.replace("pm25-high", "pm25-higher").replace("air\n", "more\n")
BROKEN = RULES.replace("above: 75", "abov: 75")
ROOT = os.geteuid() == 0


@dataclass(frozen=True)
class Told:
    """What the engine answers."""

    kept: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass
class City:
    """A folder on disk, and the rules that were put into force from it."""

    path: Path
    rules: Path
    reloader: RuleReloader = field(init=False)
    applied: list[RuleSet] = field(default_factory=list)
    trouble: Exception | None = None

    def open(self, folder: CityFolder, ruleset: RuleSet) -> None:
        self.reloader = RuleReloader(self.path, folder, ruleset, ManualClock(), city_rules, self._apply)

    async def _apply(self, folder: CityFolder, ruleset: RuleSet) -> Told:
        assert folder.rules
        if self.trouble is not None:
            raise self.trouble
        before = set(self.applied[-1].rules if self.applied else ("air/pm25-high", "air/silent"))
        now = set(ruleset.rules)
        self.applied.append(ruleset)
        return Told(*(tuple(sorted(ids)) for ids in (before & now, (), now - before, before - now)))

    def write(self, name: str, text: str) -> None:
        """By rename, as editors do."""
        fresh = self.rules / f".{name}.new"
        fresh.write_text(text)
        fresh.replace(self.rules / name)

    async def looks(self, times: int = 2) -> None:
        for _ in range(times):
            await self.reloader.look()

    @property
    def problems(self) -> list[str]:
        return [f"{one['file']}:{one['line']}" for one in self.reloader.state()["problems"]]


@pytest.fixture(scope="module")
def folder() -> CityFolder:
    return small_city()


@pytest.fixture
def city(tmp_path: Path, folder: CityFolder) -> City:
    made = City(tmp_path, tmp_path / "rules")
    made.rules.mkdir()
    made.write("air.yaml", RULES)
    folder = replace(folder, rules=(Document(str(made.rules / "air.yaml"), RULES),))
    made.open(folder, city_rules(folder))
    return made


async def test_what_did_not_change_is_left_alone(city: City) -> None:
    with capture_logs() as logs:
        await city.looks(4)
    assert (city.applied, logs) == ([], [])
    assert city.reloader.state()["last"] is None


async def test_a_change_is_taken_over_once_it_has_come_to_rest(city: City) -> None:
    await city.looks()
    city.write("more.yaml", MORE)
    await city.looks(1)
    assert not city.applied
    await city.looks(3)
    (ruleset,) = city.applied
    assert list(ruleset.rules) == ["air/pm25-high", "air/silent", "more/pm25-higher", "more/silent"]
    state = city.reloader.state()
    assert state["files"] == ["rules/air.yaml", "rules/more.yaml"]
    assert (state["rules"], state["problems"]) == (4, [])
    assert state["last"]["added"] == ["more/pm25-higher", "more/silent"]
    assert (state["last"]["outcome"], state["last"]["by"]) == ("loaded", "file change")


async def test_a_file_that_goes_on_changing_is_waited_for(city: City) -> None:
    for length in range(1, 6):
        city.write("more.yaml", MORE[: length * 20])
        await city.looks(1)
    assert not city.applied
    assert city.problems == []
    city.write("more.yaml", MORE)
    await city.looks()
    assert len(city.applied) == 1


async def test_a_broken_file_changes_nothing_and_is_told_once(city: City) -> None:
    city.write("air.yaml", BROKEN)
    city.write("more.yaml", "rules: [")
    with capture_logs() as logs:
        await city.looks(6)
    assert not city.applied
    assert city.problems == ["rules/air.yaml:7", "rules/more.yaml:2"]
    (said,) = logs
    assert said["log_level"] == "warning"
    assert said["problems"][0].startswith("rules/air.yaml:7: rules[0].when.abov")
    state = city.reloader.state()
    assert (state["last"]["outcome"], state["rules"]) == ("refused", 2)
    assert city.reloader.loaded == 2


async def test_mending_the_file_brings_it_into_force(city: City) -> None:
    city.write("air.yaml", BROKEN)
    await city.looks()
    city.write("air.yaml", RULES.replace("above: 75", "above: 90"))
    await city.looks()
    assert len(city.applied) == 1
    assert city.problems == []


async def test_undoing_the_change_clears_the_problems_without_a_reload(city: City) -> None:
    city.write("air.yaml", BROKEN)
    await city.looks()
    city.write("air.yaml", RULES)
    await city.looks()
    assert (city.applied, city.problems) == ([], [])
    assert city.reloader.state()["last"]["outcome"] == "unchanged"


async def test_at_somebodys_word_it_is_read_at_once(city: City) -> None:
    city.write("more.yaml", MORE)
    changes = await city.reloader.reload("rita")
    assert changes == {
        "kept": ["air/pm25-high", "air/silent"],
        "changed": [],
        "added": ["more/pm25-higher", "more/silent"],
        "removed": [],
    }
    assert city.reloader.state()["last"]["by"] == "rita"
    again = await city.reloader.reload("rita")
    assert (len(again["kept"]), again["added"]) == (4, [])
    await city.looks(4)
    assert len(city.applied) == 1


async def test_who_asks_for_a_broken_set_hears_every_mistake(city: City) -> None:
    city.write("air.yaml", BROKEN.replace("absent: {after: 5m", "absent: {aftr: 5m"))
    with pytest.raises(ProblemsError) as refused:
        await city.reloader.reload("rita")
    assert [(problem.file, problem.line) for problem in refused.value.problems] == [
        ("rules/air.yaml", 7),
        ("rules/air.yaml", 12),
    ]
    assert city.reloader.counts["refused"] == 1


async def test_an_engine_that_fails_leaves_the_rules_in_force(city: City) -> None:
    city.trouble = RuntimeError("the engine tripped")
    city.write("more.yaml", MORE)
    with capture_logs() as logs:
        await city.looks()
    assert [entry["log_level"] for entry in logs] == ["error", "warning"]
    assert city.reloader.loaded == 2
    assert city.reloader.state()["problems"][0]["message"] == "the engine tripped"
    city.trouble = None
    city.write("more.yaml", MORE + "\n")
    await city.looks()
    assert city.reloader.loaded == 4


async def test_a_folder_that_is_gone_takes_no_rule_away(city: City) -> None:
    city.rules.rename(city.path / "elsewhere")
    with capture_logs():
        await city.looks(4)
    assert not city.applied
    assert city.problems == ["rules:None"]
    (city.path / "elsewhere").rename(city.rules)
    await city.looks()
    assert city.problems == []


async def test_a_city_without_rules_of_its_own_may_get_some(tmp_path: Path, folder: CityFolder) -> None:
    city = City(tmp_path, tmp_path / "rules")
    city.open(replace(folder, rules=()), RuleSet())
    await city.looks(4)
    assert (city.applied, city.problems) == ([], [])
    city.rules.mkdir()
    city.write("air.yaml", RULES)
    await city.looks()
    assert len(city.applied) == 1


@pytest.mark.skipif(ROOT, reason="root may read everything; run the tests as another user")
async def test_what_may_not_be_read_is_told_and_read_once_it_may(city: City) -> None:
    (city.rules / "more").mkdir()
    for path in (city.rules / "air.yaml", city.rules / "more"):
        path.chmod(0)
        with capture_logs():
            await city.looks(3)
        assert "can't be read: Permission denied" in city.reloader.state()["problems"][0]["message"]
        path.chmod(0o755)
        await city.looks()
        assert city.problems == []
    assert not city.applied


async def test_what_the_disk_refuses_to_say_is_told(city: City) -> None:
    """A link to itself is refused to everybody, root included."""
    (city.rules / "air.yaml").unlink()
    (city.rules / "loop.yaml").symlink_to("loop.yaml")
    with capture_logs():
        await city.looks(3)
    assert city.problems == ["rules/loop.yaml:None"]
    assert not city.applied


async def test_a_huge_file_is_told_and_not_read(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    with (city.rules / "huge.yaml").open("wb") as file:
        file.truncate(1 << 33)
    with capture_logs():
        await city.looks(3)
    assert "8,589,934,592 bytes" in city.reloader.state()["problems"][0]["message"]
    (city.rules / "huge.yaml").unlink()
    monkeypatch.setattr(cityfolder, "MOST_FILES", 3)
    for number in range(4):
        city.write(f"more-{number}.yaml", MORE)
    with capture_logs():
        await city.looks(3)
    assert "more than 3 files" in city.reloader.state()["problems"][0]["message"]


async def test_a_bomb_of_anchors_is_a_mistake_as_any_other(city: City) -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    city.write("bomb.yaml", "\n".join(lines))
    with capture_logs():
        await city.looks(3)
    assert city.reloader.state()["problems"][0]["file"] == "rules/bomb.yaml"
    assert not city.applied


async def test_what_editors_and_kubernetes_keep_beside_is_no_rule_file(city: City) -> None:
    hidden = city.rules / "..2026_11_21"
    hidden.mkdir()
    (hidden / "air.yaml").write_text(RULES)
    (city.rules / ".air.yaml.swp").write_text("junk")
    (city.rules / ".#air.yaml").symlink_to("rita@desk.1:2")
    await city.looks(3)
    assert (city.applied, city.problems) == ([], [])


async def test_files_that_are_written_while_they_are_read_are_waited_for(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = cityfolder.read_rules
    writes: Callable[[], object] = iter(range(100)).__next__

    def read(path: Path) -> tuple[tuple[Document, ...], Document | None]:
        documents = real(path)
        city.write("more.yaml", MORE + "\n" * int(str(writes())))
        return documents

    city.write("more.yaml", MORE)
    monkeypatch.setattr(rulefiles, "read_rules", read)
    with pytest.raises(ProblemsError, match="written to again and again"):
        await city.reloader.reload("rita")
    monkeypatch.setattr(rulefiles, "read_rules", real)
    await city.looks()
    assert len(city.applied) == 1
