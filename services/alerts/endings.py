"""Why an alert ended where its condition did not: the rule behind it is no longer what it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from devices.model import Text
from rules.model import State, Transition

VersionOf = Callable[[str], str | None]
"""The version of a rule that is in force, None when none of that id is."""


class Ending(StrEnum):
    """What ended an alert, as its evidence says under ``ended``."""

    RULE_CHANGED = "rule_changed"
    RULE_REMOVED = "rule_removed"
    LOST = "lost"
    SUPERSEDED = "superseded"


ENDINGS: Mapping[Ending, Text] = {
    Ending.RULE_CHANGED: Text(
        "The rule was changed; the alert of its former version is over",
        "กฎถูกแก้ไข การแจ้งเตือนของกฎฉบับเดิมจึงสิ้นสุดลง",
    ),
    Ending.RULE_REMOVED: Text("The rule is no longer in force", "กฎนี้ถูกยกเลิกการใช้งานแล้ว"),
    Ending.LOST: Text(
        "Nakhon no longer follows it since a restart",
        "ระบบไม่ได้ติดตามการแจ้งเตือนนี้ต่อหลังเริ่มทำงานใหม่",
    ),
    Ending.SUPERSEDED: Text(
        "Another alert of the same rule took its place", "มีการแจ้งเตือนใหม่ของกฎเดียวกันมาแทน"
    ),
}


def why(transition: Transition, version_of: VersionOf) -> Ending | None:
    """What ended the alert, when it is over for another reason than its condition."""
    if transition.state not in {State.RESOLVED, State.INACTIVE}:
        return None
    return ended_by(transition.rule, transition.rule_version, version_of)


def ended_by(rule: str, version: str, version_of: VersionOf) -> Ending | None:
    """What became of a version of a rule; None while it is in force."""
    found = version_of(rule)
    if found is None:
        return Ending.RULE_REMOVED
    return None if found == version else Ending.RULE_CHANGED


def ending(evidence: Mapping[str, object] | None) -> Ending | None:
    """What the evidence of a step says of it."""
    said = (evidence or {}).get("ended")
    return Ending(str(said)) if said in set(Ending) else None
