"""``alerting.yaml`` in, the city's policy out, or every mistake in it at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from devices.city import CityFolder
from devices.documents import Document, Problem, ProblemsError, parse
from devices.model import Device
from rules.context import Context
from rules.reading import keys
from services.alerts.policy.findings import find
from services.alerts.policy.forms import HeadForm
from services.alerts.policy.model import Policy
from services.alerts.policy.names import Known
from services.alerts.policy.notes import Notes
from services.alerts.policy.reader import Reader


@dataclass(frozen=True, slots=True)
class Examined:
    """A policy with what there is to say about it; None where its mistakes leave none."""

    policy: Policy | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    hints: tuple[Problem, ...] = ()


def read_policy(
    document: Document | None,
    context: Context,
    rules: Collection[str] | None = None,
    devices: Iterable[Device] | None = None,
) -> Policy:
    """The policy of a city; without a document, that of one which decided nothing.

    ``rules`` are the ids in force, ``devices`` those of the city; None: what is named of them is not checked.

    Raises:
        ProblemsError: all mistakes in the file.
    """
    found = examine(document, context, rules, devices)
    if found.policy is None:
        raise ProblemsError(found.problems)
    return found.policy


def city_policy(folder: CityFolder, rules: Collection[str] | None = None) -> Policy:
    """The policy in a city's folder. Errors as :func:`read_policy`."""
    return read_policy(folder.alerting, Context.of(folder), rules, folder.devices)


def examine(
    document: Document | None,
    context: Context,
    rules: Collection[str] | None = None,
    devices: Iterable[Device] | None = None,
) -> Examined:
    """As :func:`read_policy`, with what is odd about the file beside its mistakes."""
    if document is None:
        return Examined(Policy())
    try:
        parsed = parse(document)
    except ProblemsError as error:
        return Examined(None, tuple(error.problems))
    if parsed.data is None:
        return Examined(Policy())
    notes = Notes(parsed)
    if not isinstance(parsed.data, dict):
        notes.problem((), "must be a mapping", allowed=", ".join(keys(HeadForm)))
        return Examined(None, tuple(notes.problems))
    known = Known(context, rules, None if devices is None else tuple(devices))
    policy = Reader(known, notes).policy(parsed.data)
    if not notes.problems:
        find(policy, notes)
    said = (tuple(notes.problems), tuple(notes.warnings), tuple(notes.hints))
    return Examined(None if notes.problems else policy, *said)
