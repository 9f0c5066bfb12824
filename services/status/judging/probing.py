"""What probes found, and how the services are that one stands on, in words, English and Thai."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from devices.model import Text
from services.status.judging.words import STATUSES, listed
from services.status.model import Needed, ProbeState, Status
from services.status.policy.measures import Figures

_NAMED = 3
"""More than these are counted, and not named."""


def probe_clauses(figures: Figures) -> Iterable[Text]:
    """Which of its probes (there is one at least) fail, of which nothing is heard, or that all answer."""
    probes = figures.evidence.probes
    n = len(probes)
    down = [probe for probe in probes if probe.up is False]
    unheard = n - figures.known_probes
    if down:
        yield _failing(down, n)
    if unheard:
        en = "its probe is not heard" if n == 1 else f"{unheard} of {n} probes not heard"
        th = "ยังไม่มีผลการตรวจสอบ" if n == 1 else f"การตรวจสอบ {unheard} จาก {n} รายการไม่มีผล"
        yield Text(en, th)
    if not down and not unheard:
        en = "its probe answers" if n == 1 else f"all {n} probes answer"
        th = "การตรวจสอบผ่าน" if n == 1 else f"การตรวจสอบทั้ง {n} รายการผ่าน"
        yield Text(en, th)


def _failing(down: Sequence[ProbeState], n: int) -> Text:
    names = _and_more([_named(probe) for probe in down], len(down))
    if n == 1:
        return Text(f"its probe fails: {names.en}", f"การตรวจสอบไม่ผ่าน: {names.th}")
    verb = "fails" if len(down) == 1 else "fail"
    return Text(
        f"{len(down)} of {n} probes {verb}: {names.en}",
        f"การตรวจสอบ {len(down)} จาก {n} รายการไม่ผ่าน: {names.th}",
    )


def _named(probe: ProbeState) -> Text:
    """``portal``, or with what it was answered: ``portal (503)``."""
    text = probe.id if probe.code is None else f"{probe.id} ({probe.code:g})"
    return Text(text, text)


def need_clauses(figures: Figures) -> Iterable[Text]:
    """Which of the needed services are not well; that all are when a service stands on nothing else."""
    needs = figures.evidence.needs
    alone = not figures.devices and not figures.evidence.probes
    for status in (Status.OUTAGE, Status.DEGRADED, Status.UNKNOWN, Status.MAINTENANCE):
        like = [need for need in needs if need.status is status]
        if like and (alone or status is not Status.MAINTENANCE):
            yield _unwell(like, status)
    if alone and needs and all(need.status is Status.OPERATIONAL for need in needs):
        yield _well(needs)


def _unwell(needs: Sequence[Needed], status: Status) -> Text:
    names, word = _and_more([need.name for need in needs], len(needs)), STATUSES[status]
    verb = "is" if len(needs) == 1 else "are"
    return Text(f"{names.en}, which it needs, {verb} {word.en}", f"{names.th} ซึ่งบริการนี้ต้องใช้ {word.th}")


def _well(needs: Sequence[Needed]) -> Text:
    n = len(needs)
    if n == 1:
        return Text(
            f"{needs[0].name.en}, which it needs, is operational", f"{needs[0].name.th} ซึ่งบริการนี้ต้องใช้ ปกติ"
        )
    return Text(f"all {n} services that it needs are operational", f"บริการทั้ง {n} รายการที่ต้องใช้ปกติ")


def _and_more(names: Sequence[Text], count: int) -> Text:
    more = count - _NAMED
    if more <= 0:
        return listed(names)
    return listed([*names[:_NAMED], Text(f"{more} more", f"อีก {more} รายการ")])
