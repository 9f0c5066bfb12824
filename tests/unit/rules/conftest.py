"""A small city for rules: engines made from the text of rules, and time in minutes after the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import pytest

from devices.catalog import Catalog
from devices.documents import Document
from devices.model import City, Device, Domain, Observation, SmartService, Text, Value, Zone
from rules.engine import Engine
from rules.files import Context, parse_groups
from rules.model import Transition
from rules.ruleset import RuleSet
from rules.snapshots import Restored

START = 1_767_546_000_000
MINUTE = 60_000

Short: TypeAlias = tuple[str, str, float, float]

CITY = City(
    "test",
    Text("Test city", "เมืองทดสอบ"),
    "Asia/Bangkok",
    {
        "samyan": Zone("samyan", Text("Samyan", "สามย่าน")),
        "yothi": Zone("yothi", Text("Yothi", "โยธี")),
    },
    {
        "air": SmartService(
            "air", Domain.ENVIRONMENT, Text("Air watch", "เฝ้าระวังอากาศ"), (), ("AirQualityObserved",)
        )
    },
)


def make_device(id_: str, zone: str = "samyan", **more: Any) -> Device:
    defaults = {"types": ("AirQualityObserved",), "domain": Domain.ENVIRONMENT, "interval": 5 * MINUTE}
    return Device(id=id_, zone=zone, **{**defaults, **more})


class World:
    """An engine, and what it told. Times are minutes after the start."""

    report: Restored

    def __init__(self, ruleset: RuleSet, devices: Iterable[Device]) -> None:
        self.ruleset = ruleset
        self.devices = list(devices)
        self.told: list[Transition] = []
        self.engine = Engine(ruleset, CITY, self.devices)
        self.engine.advance(START)

    def at(self, minutes: float) -> list[Short]:
        """Let time come to then, and that moment be over."""
        return self._note([*self.engine.advance(self.ms(minutes)), *self.engine.conclude()])

    def conclude(self) -> list[Short]:
        """Let the moment be over to which time has come."""
        return self._note(self.engine.conclude())

    def reads(
        self, minutes: float, values: Mapping[str, Value], device: str = "aq-01", *, now: float | None = None
    ) -> list[Short]:
        """A reading taken then, received ``now``, or at once."""
        return self.batch(
            (minutes, values, device, "AirQualityObserved"), now=minutes if now is None else now
        )

    def batch(self, *readings: tuple[float, Mapping[str, Value], str, str], now: float) -> list[Short]:
        """Readings (minutes, values, device, type) received together."""
        received = self.ms(now)
        batch = [
            Observation(self.ms(minutes), device, "samyan", kind, values, received)
            for minutes, values, device, kind in readings
        ]
        before = self.engine.advance(received)
        return self._note([*before, *self.engine.observe(batch, received)])

    def change(self, *devices: Device) -> None:
        """Devices in the place of those of the same id, or beside them."""
        ids = {device.id for device in devices}
        self.devices = [*(device for device in self.devices if device.id not in ids), *devices]
        self.engine.set_devices(self.devices)

    def restarted(self, ruleset: RuleSet | None = None) -> World:
        """The same world after a restart, perhaps with other rules."""
        world = World.__new__(World)
        world.ruleset = ruleset or self.ruleset
        world.devices = self.devices
        world.told = []
        world.engine = Engine(world.ruleset, CITY, self.devices)
        world.report = world.engine.restore(self.engine.snapshot())
        return world

    @staticmethod
    def ms(minutes: float) -> int:
        return START + round(minutes * MINUTE)

    def _note(self, transitions: list[Transition]) -> list[Short]:
        self.told += transitions
        return [
            (t.state.value, t.severity.value, (t.at - START) / MINUTE, (t.starts_at - START) / MINUTE)
            for t in transitions
        ]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.builtin()


@pytest.fixture(scope="session")
def rules_of(catalog: Catalog) -> Callable[..., RuleSet]:
    """Rules from the lines of their entries; a text that begins with ``group:`` is taken as it is."""

    def parse(*rules: str, city: City | None = CITY) -> RuleSet:
        lines = "\n".join(f"  - {rule}" for rule in rules)
        text = f"group: air\ndomain: environment\nrules:\n{lines}\n"
        whole = rules[0] if rules[0].startswith("group:") else text
        return parse_groups([Document("rules.yaml", whole)], Context(catalog, city))

    return parse


@pytest.fixture
def world(rules_of: Callable[..., RuleSet]) -> Callable[..., World]:
    def make(*rules: str, devices: Iterable[Device] | None = None) -> World:
        default = [make_device("aq-01"), make_device("aq-02")]
        return World(rules_of(*rules), default if devices is None else devices)

    return make


@pytest.fixture
def device() -> Callable[..., Device]:
    return make_device
