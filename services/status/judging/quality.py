"""What is wrong with the data of a service's devices, in words, English and Thai."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from devices.model import Text
from services.status.judging.words import span
from services.status.model import BadClock, DataQuality


def quality_clauses(data: DataQuality, devices: int) -> Iterable[Text]:
    """Names the devices whose data can't be taken at its word; nothing when there are none."""
    if data.stuck:
        names = _and_more([Text(name, name) for name in data.stuck_devices], data.stuck)
        yield Text(
            f"{data.stuck} of {devices} sensors stuck: {names.en}",
            f"เซ็นเซอร์ {data.stuck} จาก {devices} ตัวค่าค้าง: {names.th}",
        )
    if data.clock == 1:
        name, wrong = data.clock_devices[0].device, _wrong(data.clock_devices[0])
        yield Text(f"clock of {name} is {wrong.en}", f"นาฬิกาของ {name} {wrong.th}")
    elif data.clock:
        names = _and_more([_named(clock) for clock in data.clock_devices], data.clock)
        yield Text(
            f"clocks of {data.clock} of {devices} sensors wrong: {names.en}",
            f"นาฬิกาของเซ็นเซอร์ {data.clock} จาก {devices} ตัวไม่ตรง: {names.th}",
        )


def _named(clock: BadClock) -> Text:
    wrong = _wrong(clock)
    return Text(f"{clock.device} {wrong.en}", f"{clock.device} {wrong.th}")


def _wrong(clock: BadClock) -> Text:
    """``45 s ahead``."""
    by = span(abs(clock.offset))
    if clock.offset < 0:
        return Text(f"{by.en} ahead", f"เร็วไป {by.th}")
    return Text(f"{by.en} behind", f"ช้าไป {by.th}")


def _and_more(named: Sequence[Text], count: int) -> Text:
    more = count - len(named)
    en, th = ", ".join(name.en for name in named), ", ".join(name.th for name in named)
    return Text(f"{en} and {more} more", f"{th} และอีก {more} ตัว") if more else Text(en, th)
