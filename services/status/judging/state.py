"""What the hysteresis of a list of rules remembers from one look to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from services.status.policy.rules import RuleList, StatusRule, within


class State:
    """Places of comparisons that are latched, and of rules, with moments (ms).

    ``since``: the condition of a rule holds without a break since then. ``held``: rules that took their time
    and hold. ``until``: rules whose condition has ended and that hold on until then.
    """

    __slots__ = ("held", "latched", "since", "until")

    def __init__(self) -> None:
        self.latched: frozenset[int] = frozenset()
        self.since: dict[int, int] = {}
        self.held: set[int] = set()
        self.until: dict[int, int] = {}

    @property
    def timing(self) -> bool:
        """Whether any rule takes its time, or is kept."""
        return bool(self.since or self.held)

    def copy(self) -> State:
        other = State()
        other.latched, other.held = self.latched, set(self.held)
        other.since, other.until = dict(self.since), dict(self.until)
        return other

    def timed(self, number: int, rule: StatusRule, *, met: bool, at: int) -> bool:
        """Whether a rule that takes or leaves time holds; ``met``: its condition does, from now on."""
        self._pass(number, rule, at)
        if met:
            self.until.pop(number, None)
            since = self.since.setdefault(number, at)
            if at - since >= rule.hold:
                self.held.add(number)
        else:
            self.since.pop(number, None)
            if number in self.held:
                self._end(number, rule, at)
        return number in self.held

    def _pass(self, number: int, rule: StatusRule, at: int) -> None:
        """What passed by itself since the last look: a wait was over, or what was kept."""
        if number not in self.held:
            since = self.since.get(number)
            if since is not None and since + rule.hold < at:
                self.held.add(number)
        elif self.until.get(number, at + 1) <= at:
            self.held.discard(number)
            del self.until[number]

    def _end(self, number: int, rule: StatusRule, at: int) -> None:
        if not rule.keep:
            self.held.discard(number)
        elif number not in self.until:
            self.until[number] = at + rule.keep

    def moments(self, rules: RuleList) -> list[int]:
        """When a wait will be over, or what is kept, if nothing else happens."""
        waits = [
            since + rules.rules[number].hold
            for number, since in self.since.items()
            if number not in self.held
        ]
        return [*waits, *self.until.values()]

    def dump(self, rules: RuleList) -> dict[str, Any]:
        """By the ids of rules, JSON-ready."""
        found: dict[str, Any] = {}
        for number, rule in enumerate(rules.rules):
            own: dict[str, Any] = {}
            if keys := [key for leaf, key in _keys(rules, number) if leaf in self.latched]:
                own["latched"] = keys
            if number in self.since:
                own["since"] = self.since[number]
            if number in self.held:
                own["held"] = True
            if number in self.until:
                own["until"] = self.until[number]
            if own:
                found[rule.id] = own
        return found

    @classmethod
    def load(cls, rules: RuleList, saved: Mapping[str, Any]) -> State:
        """What :meth:`dump` gave; what the rules have no more is left out."""
        state = cls()
        for number, rule in enumerate(rules.rules):
            own = saved.get(rule.id)
            if not isinstance(own, Mapping):
                continue
            latched = set(own.get("latched", ()))
            state.latched |= {leaf for leaf, key in _keys(rules, number) if key in latched}
            if rule.timed:
                state._restore(number, own)
        return state

    def _restore(self, number: int, own: Mapping[str, Any]) -> None:
        if "since" in own:
            self.since[number] = int(own["since"])
        if own.get("held"):
            self.held.add(number)
        if "until" in own:
            self.until[number] = int(own["until"])


def _keys(rules: RuleList, number: int) -> Iterator[tuple[int, str]]:
    """The comparisons of a rule that can be latched, by the words under which that is kept."""
    seen: dict[str, int] = {}
    for shape in rules.shapes[number]:
        for leaf in within(shape):
            comparison = rules.leaves[leaf]
            if comparison.clear is not None:
                seen[comparison.key] = again = seen.get(comparison.key, 0) + 1
                yield leaf, f"{comparison.key} #{again}" if again > 1 else comparison.key
