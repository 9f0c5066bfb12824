"""``expr``: an expression in CEL over the metrics of one reading, derived ones included.

The Common Expression Language (https://cel.dev) is evaluated by a compiled library. Where a reading lacks
metrics, CEL says what follows from the others, and where nothing follows the condition stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cel
from pydantic import Field

from devices.documents import suggestion
from devices.forms import Form
from devices.model import Observation, Text, Value
from devices.types import Metric, MetricType
from rules.comparison import Member
from rules.ground import Ground
from rules.kinds.comparing import no_levels
from rules.kinds.interface import DEVICE_VARIABLES, Draft, Feed
from rules.kinds.whole import Whole
from rules.ruleset import Rule

LONGEST = 2_000
"""Characters of an expression."""

_WHOLE_NUMBER = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<![\w.])(\d+)(?![\w.])""")
_TRIALS: Mapping[MetricType, tuple[Value, ...]] = {
    MetricType.NUMBER: (1.0, 0.0, -1.0),
    MetricType.BOOLEAN: (True, False, True),
    MetricType.STRING: ("", "a", "ok"),
}


class ExpressionForm(Form):
    """``when`` of an expression."""

    expr: str = Field(
        min_length=1,
        max_length=LONGEST,
        description="True or false of the reading's metrics: pm25 > 37.5 && temperature > 30",
    )


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, ready to be asked. ``names`` are the metrics that it speaks of."""

    source: str
    names: frozenset[str]
    _program: Any = field(repr=False, compare=False)

    def of(self, values: Mapping[str, Value]) -> bool | None:
        """What it says of its metrics; None when it makes no sense of their values."""
        try:
            found = self._program.execute(values)
        except (TypeError, ValueError, RuntimeError, ArithmeticError):
            return None  # a division by zero, say: then nothing can be said
        return found if found.__class__ is bool else None


class Holding:
    """Whether an expression holds, as of the newest reading that has its metrics.

    What comes of one moment in several messages is one reading.
    """

    __slots__ = ("_expression", "_seen", "_time", "_values")

    def __init__(self, expression: Expression) -> None:
        self._expression = expression
        self._values: Mapping[str, Value] = {}
        self._time: int | None = None
        self._seen: Mapping[str, Value] = {}

    def see(self, observation: Observation) -> bool | None:
        """What it says of a reading."""
        values = observation.values
        # Only what it speaks of: handing a value over costs more than to compare it. CEL itself says what
        # follows from a part of the metrics: false && unknown is false.
        asked = {name: values[name] for name in self._expression.names if name in values}
        if not asked:
            return None
        if observation.time == self._time:
            asked = {**self._seen, **asked}
        self._time, self._seen = observation.time, asked
        found = self._expression.of(asked)
        if found is not None:
            self._values = asked
        return found

    def take(self, time: int, value: Value) -> Value | None:  # noqa: ARG002 - it looks at whole readings
        """It looks at whole readings."""
        return None

    def fill(self, time: int, value: Value) -> None:
        """What was before is of no matter."""

    def details(self) -> Mapping[str, Any]:
        """``expr`` and the ``values`` that it was asked about."""
        return {"expr": self._expression.source, "values": dict(sorted(self._values.items()))}

    def save(self) -> Any:
        return [dict(self._values), self._time, dict(self._seen)]

    def load(self, state: Any) -> None:
        values, self._time, seen = state
        self._values, self._seen = dict(values), dict(seen)


@dataclass(frozen=True, slots=True)
class Expressed(Whole):
    """The condition of one rule."""

    expression: Expression

    @property
    def metrics(self) -> frozenset[str]:
        return self.expression.names

    @property
    def variables(self) -> frozenset[str]:
        return DEVICE_VARIABLES | {"expr"}

    @property
    def title(self) -> Text:
        return Text("{name}: {expr}", "{name}: {expr}")

    @property
    def window(self) -> str:
        return self.expression.source

    def measure(self, rule: Rule, feed: Feed, ground: Ground) -> Holding:  # noqa: ARG002 - readings are enough
        return Holding(self.expression)


class ExpressionKind:
    """The entry of the table of kinds."""

    form = ExpressionForm

    def condition(self, form: ExpressionForm, draft: Draft) -> Expressed | None:
        no_levels(draft, "expr")
        if draft.on is None:
            draft.complain("on", "needs an observation type, whose metrics the expression speaks of")
            return None
        expression = _compiled(form.expr, draft, draft.context.metrics(draft.on))
        if expression is None:
            return None
        return Expressed(Member((True,), (draft.severity,)), expression)


EXPRESSION = ExpressionKind()


def _compiled(source: str, draft: Draft, metrics: Mapping[str, Metric]) -> Expression | None:
    program = _program(source, draft)
    if program is None:
        return None
    # Metrics are numbers with a point, and CEL adds no whole number to one: by 1 an author means 1.0.
    pointed = _WHOLE_NUMBER.sub(lambda m: m[1] or f"{m[2]}.0", source)
    names = frozenset(program.variables())
    unknown = sorted(names - metrics.keys())
    for name in unknown:
        message = f"{draft.on.name if draft.on else ''} has no metric {name}{suggestion(name, metrics)}"
        draft.complain("when.expr", message, value=source, allowed=", ".join(metrics))
    if unknown:
        return None
    meant = cel.compile(pointed)
    trouble = _tried(meant, names, metrics)
    if trouble is None:
        return Expression(source, names, meant)
    if _tried(program, names, metrics) is None:
        return Expression(source, names, program)
    draft.complain("when.expr", trouble, value=source)
    return None


def _program(source: str, draft: Draft) -> Any:
    try:
        return cel.compile(source)
    except (ValueError, RuntimeError) as error:
        first = str(error).partition("ERROR: ")[2].partition("\n")[0].partition(": ")[2] or str(error)
        draft.complain("when.expr", f"is no expression: {first.partition(' expecting ')[0]}", value=source)
        return None


def _tried(program: Any, names: frozenset[str], metrics: Mapping[str, Metric]) -> str | None:
    """What is wrong with it, tried on made-up readings; None when it says true or false of one."""
    trouble = None
    for values in _readings(names, metrics):
        try:
            found = program.execute(values)
        except (TypeError, RuntimeError) as error:
            trouble = str(error).partition(". ")[0]
            continue
        except (ValueError, ArithmeticError) as error:
            trouble = trouble or str(error)
            continue
        if not isinstance(found, bool):
            return f"must say true or false, and says {found!r}: compare it with something"
        return None
    return trouble


def _readings(names: frozenset[str], metrics: Mapping[str, Metric]) -> list[dict[str, Value]]:
    return [{name: _trial(metrics[name], place) for name in names} for place in range(3)]


def _trial(metric: Metric, place: int) -> Value:
    if metric.values:
        return metric.values[place % len(metric.values)]
    return _TRIALS[metric.type][place]
