"""What a city decided about its alerts: how they are gathered, held back, and who hears of them. Pure.

Every span is in ms. Without an ``alerting.yaml`` alerts are exactly what the rules say: nothing is reopened,
held back or inhibited, and only the console tells of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.calendar.schedule import Schedule
from devices.model import Text
from rules.model import Severity
from services.alerts.policy.matcher import Matcher

MINUTE = 60_000
HOUR = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Recurrence:
    """``reopen``: an alert that fires again so soon after its end is the same one, counted; 0 is never.

    ``flapping``: one that fired ``firings`` times within ``over`` flaps; its end is held back until its
    condition has been false for ``calm``. ``firings`` 0 is never.
    """

    reopen: int = 0
    firings: int = 0
    over: int = 30 * MINUTE
    calm: int = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Gathering:
    """Which alerts one incident takes: those that have ``by`` in common and come within ``within``.

    ``by``: any of domain, zone, service, device, rule, group (the rule's), severity, ``label:NAME``, alert
    (each its own). ``within``: an incident takes another alert for so long after the last that joined.
    ``reopen``: one that was resolved takes one for so long; 0 is never.
    """

    by: tuple[str, ...] = ("zone", "service")
    within: int = 30 * MINUTE
    reopen: int = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Dependency:
    """Alerts that stand under another: ``effects`` under ``cause``.

    They do when their devices are linked: ``label`` of the effect's device names the cause's device (a lamp's
    ``feeder: fd-3``), or, without a label, when they have ``equal`` in common (zone, service, domain).
    ``within``: how long before the cause an effect may have fired. ``quiet``: nobody is told of the effects
    by themselves while the cause is open.
    """

    id: str
    cause: Matcher
    effects: Matcher
    label: str | None = None
    equal: tuple[str, ...] = ()
    within: int = 10 * MINUTE
    quiet: bool = True


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an alert of ``source`` is open, nobody is told of one of ``target`` with the same ``equal``.

    ``equal``: as :attr:`Gathering.by`. As Alertmanager has it: an alert never inhibits itself, and one that
    is both source and target is not inhibited by another that is both.
    """

    id: str
    source: Matcher
    target: Matcher
    equal: tuple[str, ...] = ()
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class Recurring:
    """Maintenance as the city's file has it: ``schedule`` as :mod:`services.alerts.suppression` reads it."""

    id: str
    title: Text
    matcher: Matcher
    schedule: Mapping[str, object]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """More than ``alerts`` new ones within ``over`` are a flood; it ends below ``ends_below`` (ISA-18.2)."""

    alerts: int = 10
    over: int = 10 * MINUTE
    ends_below: int = 5


@dataclass(frozen=True, slots=True)
class Step:
    """Who hears of it ``after`` so long, unless somebody has acknowledged it by then. The first has 0."""

    after: int
    receivers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Which alerts go where.

    Routes are tried in their order; the first that matches takes the alert, and those after it are tried
    only when it ``continues``. ``during``: it takes only alerts that fire while this is open; what is still
    unacknowledged when it closes is routed anew. ``mute``: while this is open it tells nobody, and tells when
    it closes what is still open then. ``group_by``: as :attr:`Gathering.by`, or ``incident``. ``group_wait``,
    ``group_interval`` and ``repeat`` as in Alertmanager: how long the first message waits for more alerts,
    how long the next one does, and after what time a message comes again while nobody has acknowledged
    (0: never). ``resolved``: whether its receivers hear of the end.
    """

    id: str
    match: Matcher
    steps: tuple[Step, ...]
    during: Schedule | None = None
    mute: Schedule | None = None
    group_by: tuple[str, ...] = ("incident",)
    group_wait: int = 10_000
    group_interval: int = MINUTE
    repeat: int = 4 * HOUR
    resolved: bool = True
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How soon an alert of a severity is to be ``delivered`` after its reading came in, and acknowledged."""

    delivered: Mapping[Severity, int] = field(default_factory=lambda: dict.fromkeys(Severity, MINUTE))
    acknowledged: Mapping[Severity, int] = field(
        default_factory=lambda: {
            Severity.CRITICAL: 5 * MINUTE,
            Severity.MAJOR: 15 * MINUTE,
            Severity.MINOR: HOUR,
            Severity.WARNING: 8 * HOUR,
        }
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """A city's ``alerting.yaml``. ``receivers`` are the names that its routes use, with their titles."""

    recurrence: Recurrence = Recurrence()
    gathering: Gathering = Gathering()
    dependencies: tuple[Dependency, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    maintenance: tuple[Recurring, ...] = ()
    flood: FloodLimits = FloodLimits()
    routes: tuple[Route, ...] = ()
    receivers: Mapping[str, Text] = field(default_factory=dict)
    deadlines: Deadlines = field(default_factory=Deadlines)
