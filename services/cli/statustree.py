"""Statuses and how they came about, as lines for a terminal. English or Thai."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Document: TypeAlias = Mapping[str, Any]

_STEP = "  "
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "since": "since",
        "decided": "decided by",
        "rules": "rules of set",
        "uncounted": "this time does not count for the objective",
        "due": "looked at again at",
        "zone": "zone",
        "criticality": "criticality",
        "holds": "holds",
        "off": "no",
        "waiting": "not yet, from {until} if it lasts",
        "kept": "kept until {until}",
        "blocked": "would hold, but:",
        "unless": "unless",
        "above": "above",
        "at_least": "at least",
        "below": "below",
        "at_most": "at most",
        "all": "all of",
        "any": "any of",
        "not": "not",
        "yes": "yes",
        "no": "no",
        "latched": "still, until {clear}",
        "nothing": "nothing to measure",
        "intervals": "intervals",
        "days": "days",
        "none": "nothing is there",
    },
    "th": {
        "since": "ตั้งแต่",
        "decided": "ตัดสินโดยกฎ",
        "rules": "กฎในชุด",
        "uncounted": "เวลานี้ไม่นับในเป้าหมาย",
        "due": "พิจารณาอีกครั้งเมื่อ",
        "zone": "โซน",
        "criticality": "ความสำคัญ",
        "holds": "เป็นจริง",
        "off": "ไม่",
        "waiting": "ยังไม่ จะเป็นจริงเมื่อ {until} หากยังเป็นเช่นนี้",
        "kept": "คงไว้ถึง {until}",
        "blocked": "เป็นจริงแต่ถูกระงับ:",
        "unless": "เว้นแต่",
        "above": "มากกว่า",
        "at_least": "อย่างน้อย",
        "below": "น้อยกว่า",
        "at_most": "ไม่เกิน",
        "all": "ทุกข้อ",
        "any": "ข้อใดข้อหนึ่ง",
        "not": "ไม่ใช่",
        "yes": "ใช่",
        "no": "ไม่",
        "latched": "ยังคงอยู่จนถึง {clear}",
        "nothing": "ไม่มีค่าให้วัด",
        "intervals": "รอบ",
        "days": "วัน",
        "none": "ไม่มีข้อมูล",
    },
}


@dataclass(frozen=True, slots=True)
class Tree:
    """Writes in one language, ``en`` or ``th``."""

    language: str

    def statuses(self, items: Sequence[Document], *, whole: bool) -> Iterator[str]:
        """A line each; with the parts of what was asked for by name (``whole``: all was)."""
        if not items:
            yield self._word("none")
        width = _widest(items)
        for item in items:
            yield self._line(item, width)
            if not whole:
                inner = item["services"] if "services" in item else item.get("zones", ())
                yield from (f"{_STEP}{self._line(one, _widest(inner))}" for one in inner)

    def explanations(self, items: Sequence[Document], around: Sequence[Document]) -> Iterator[str]:
        """How each service came by its status; ``around`` are the domains, or the zone, that they make up."""
        if not items:
            yield self._word("none")
        for whole in around:
            yield self._line(whole)
            inside = [item for item in items if whole.get("domain") in {None, item["domain"]}]
            yield from (f"{_STEP}{line}" for item in inside for line in self._service(item))
        if not around:
            yield from (line for item in items for line in self._service(item))

    def _service(self, item: Document) -> Iterator[str]:
        """A service, and its part in each zone."""
        yield from self._explained(item, _title(item))
        for part in item.get("zones", ()):
            title = f"{item['id']} · {self._word('zone')} {part['zone']}"
            yield from (f"{_STEP}{line}" for line in self._explained(part, title))

    def _line(self, item: Document, width: int = 0) -> str:
        return f"{item['status']:<12} {_name(item):<{width}} {item['reason'][self.language]}"

    def _explained(self, item: Document, title: str) -> Iterator[str]:
        yield f"{title}: {item['status']} {self._word('since')} {item['since']}"
        yield f"{_STEP}{item['reason'][self.language]}"
        yield f"{_STEP}{self._word('decided')} {item['rule']}"
        if not item["counted"]:
            yield f"{_STEP}{self._word('uncounted')}"
        if item["due"] is not None:
            yield f"{_STEP}{self._word('due')} {item['due']}"
        yield f"{_STEP}{self._word('rules')} {item['set']}:"
        for rule in item["rules"]:
            yield from (f"{_STEP * 2}{line}" for line in self._rule(rule))

    def _rule(self, rule: Document) -> Iterator[str]:
        mark = ">" if rule["decided"] else " "
        head = f"{mark} {rule['id']:<20} {rule['status']:<12} {self._state(rule)}"
        when = list(self._condition(rule["when"]))
        if len(when) == 1:
            yield f"{head:<42} ({when[0]})"
        else:
            yield head
            yield from (f"{_STEP * 2}{line}" for line in when)
        if rule["unless"] is not None:
            for line in _behind(f"{self._word('unless')} ", self._condition(rule["unless"])):
                yield f"{_STEP * 2}{line}"

    def _state(self, rule: Document) -> str:
        return self._word(rule["state"]).format(until=rule["until"])

    def _condition(self, part: Document) -> Iterator[str]:
        if "join" not in part:
            yield self._comparison(part)
            return
        yield f"{self._word(part['join'])}: {self._yes(part['holds'])}"
        for inner in part["parts"]:
            yield from (f"{_STEP}{line}" for line in self._condition(inner))

    def _comparison(self, part: Document) -> str:
        """``silent devices 33 %, above 50 %: no``; of a state only what it is."""
        title, value = part["title"][self.language], part["value"]
        if part["of"]:
            title = f"{title} ({', '.join(part['of'])})"
        if part["op"] == "is":
            return f"{title}: {self._yes(value)}"
        if value is None:
            return f"{title}: {self._word('nothing')}"
        limit, verdict = self._number(part["limit"], part["unit"]), self._yes(part["holds"])
        if part["latched"]:
            verdict = self._word("latched").format(clear=self._number(part["clear"], part["unit"]))
        return f"{title} {self._number(value, part['unit'])}, {self._word(part['op'])} {limit}: {verdict}"

    def _number(self, value: float, unit: str) -> str:
        if unit == "share":
            return f"{100 * value:.3g} %"
        if unit == "ms":
            return f"{value:,.0f} ms"
        return f"{value:g} {self._word(unit)}" if unit in {"intervals", "days"} else f"{value:g}"

    def _yes(self, truth: bool) -> str:
        return self._word("yes" if truth else "no")

    def _word(self, name: str) -> str:
        return _WORDS[self.language][name]


def _name(item: Document) -> str:
    return str(item.get("id") or item.get("domain") or item["zone"])


def _widest(items: Iterable[Document]) -> int:
    return max((len(_name(item)) for item in items), default=0)


def _title(item: Document) -> str:
    if "zone" in item:
        return f"{item['domain']} · {item['id']} · {item['zone']}"
    return f"{item['domain']} · {item['id']} ({item['criticality']})"


def _behind(head: str, lines: Iterable[str]) -> Iterator[str]:
    """``head`` in front of the first, the others as far in."""
    indent = " " * len(head)
    for number, line in enumerate(lines):
        yield f"{indent if number else head}{line}"
