"""Times as others write them: a format in the letters of ``strptime``, read without any locale.

Beside what ``strptime`` does: 24:00 is the midnight at the end of the day; digits without a separator are
filled with zeros on the left (``%H%M`` reads 130 as 01:30, a zero that a spreadsheet ate); months may be
Thai or English, long or short; years may be Buddhist (2566 is 2023).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY = 86_400_000
BUDDHIST = 543
"""Years that the Buddhist calendar of Thailand is ahead."""

_NAMES = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม",
    "ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค.",
)
_MONTHS: Mapping[str, int] = {
    name: place for names in _NAMES for place, name in enumerate(names.split(), start=1)
}
_MONTH = "|".join(re.escape(name) for name in sorted(_MONTHS, key=len, reverse=True))
_DATE = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>1[0-2]|0?[1-9])",
    "d": r"(?P<d>3[01]|[12]\d|0?[1-9])",
    "j": r"(?P<j>\d{1,3})",
    "b": rf"(?P<b>{_MONTH})",
    "B": rf"(?P<b>{_MONTH})",
    "a": r"[^\W\d]+\.?",
    "A": r"[^\W\d]+\.?",
}
_TIME = {
    "H": r"(?P<H>2[0-4]|1\d|0?\d)",
    "I": r"(?P<I>1[0-2]|0?[1-9])",
    "M": r"(?P<M>[0-5]?\d)",
    "S": r"(?P<S>[0-5]?\d)",
    "f": r"(?P<f>\d{1,9})",
    "p": r"(?P<p>[aApP]\.?[mM]\.?)",
    "z": r"(?P<z>[zZ]|[+-]\d{2}:?\d{2})",
}
_WHOLE = {"D": "%m/%d/%y", "T": "%H:%M:%S", "F": "%Y-%m-%d", "R": "%H:%M"}
_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "j": 3, "H": 2, "M": 2, "S": 2}
_KNOWN = ", ".join(f"%{letter}" for letter in (*_DATE, *_TIME, *_WHOLE))
_LETTER = re.compile(r"%(.)|%$")
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Part:
    """A format, or the part of one that holds the date or the time of day.

    ``width`` is how many digits it has when it is nothing but digits, else 0.
    """

    pattern: re.Pattern[str]
    width: int
    buddhist: bool

    def read(self, text: str) -> tuple[int, int | None] | None:
        """Milliseconds since 1970-01-01 00:00 (of a time alone: of the day) and the offset in ms, if any.

        None when the text is nothing of this format, or no such day or time of day exists.
        """
        if self.width and text.isdigit():
            text = text.zfill(self.width)
        match = self.pattern.fullmatch(text)
        if match is None:
            return None
        found = {name: value for name, value in match.groupdict().items() if value is not None}
        try:
            days = _day(found, self.buddhist)
        except ValueError:
            return None
        time = _time_of_day(found)
        return None if time is None else (days * DAY + time, _offset(found.get("z")))


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """A format as a whole, and in two parts where a separator parts its date from its time of day.

    ``separator`` is empty when it can't be parted; ``before`` is how many of it stand in the first part: when
    there are any, there are none in the second.
    """

    text: str
    whole: Part
    parts: tuple[Part, Part] | None = None
    separator: str = ""
    before: int = 0

    def read(self, text: str) -> tuple[int, int | None] | None:
        """As :meth:`Part.read`, of a text that holds both date and time of day."""
        if self.parts is None:
            return self.whole.read(text)
        cut = text.rsplit if self.before else text.split
        pieces = cut(self.separator, 1)
        read = [part.read(piece.strip()) for part, piece in zip(self.parts, pieces, strict=False)]
        if len(read) != 2 or read[0] is None or read[1] is None:
            return None
        return read[0][0] + read[1][0], None


def compile_format(text: str, *, buddhist: bool = False) -> TimeFormat:
    """Make a format ready to read.

    Raises:
        ValueError: a letter that nobody knows, one that stands twice, or no whole date; the text says which.
    """
    text = _LETTER.sub(lambda match: _WHOLE.get(match[1] or "", match[0]), text)
    letters = _letters(text)
    dated = {"d", "m", "b", "j"} & set(letters)
    if not ("Y" in letters or "y" in letters) or not ("j" in letters or len(dated) > 1):
        raise ValueError("needs a year, a month and a day (%Y %m %d), or year and day of the year (%Y %j)")
    if ("I" in letters) != ("p" in letters):
        raise ValueError("%I and %p belong together")
    whole = _part(text, buddhist)
    parted = _parted(text, buddhist)
    return TimeFormat(text, whole, *parted) if parted else TimeFormat(text, whole)


def _letters(text: str) -> Sequence[str]:
    """What stands behind each %, one word for the two months."""
    letters = ["b" if letter == "B" else letter for letter in _LETTER.findall(text) if letter != "%"]
    for letter in letters:
        if letter not in _DATE and letter not in _TIME:
            raise ValueError(f"unknown %{letter}: a format is made of {_KNOWN}")
    twice = {letter for letter in letters if letters.count(letter) > 1 and letter not in "aA"}
    if twice:
        raise ValueError(f"%{min(twice)} stands twice")
    return letters


def _part(text: str, buddhist: bool) -> Part:
    pattern, width, place = "", 0, 0
    adjacent = True
    for match in _LETTER.finditer(text):
        between = text[place : match.start()]
        pattern += _literal(between)
        letter = match[1] or ""
        pattern += "%" if letter == "%" else {**_DATE, **_TIME}[letter]
        width += _WIDTHS.get(letter, 0)
        adjacent = adjacent and not between and letter in _WIDTHS
        place = match.end()
    rest = text[place:]
    digits = adjacent and not rest and len(_LETTER.findall(text)) > 1
    return Part(_adjacent(pattern + _literal(rest), digits), width if digits else 0, buddhist)


def _adjacent(pattern: str, digits: bool) -> re.Pattern[str]:
    """Digits without separators are of full width, each of them."""
    if digits:
        pattern = pattern.replace("0?[1-9]", "0[1-9]").replace(r"0?\d", r"0\d").replace("[0-5]?", "[0-5]")
        pattern = pattern.replace(r"\d{1,3}", r"\d{3}")
    return re.compile(pattern, re.IGNORECASE)


def _literal(text: str) -> str:
    return "".join(
        r"\s+" if piece.isspace() else re.escape(piece) for piece in re.split(r"(\s+)", text) if piece
    )


def _parted(text: str, buddhist: bool) -> tuple[tuple[Part, Part], str, int] | None:
    """Date and time of day apart, when the date stands first and a single character parts them."""
    match = re.fullmatch(r"((?:%[YymdbBjaA]|[^%])*?%[YymdbBj])([ T_;,-])((?:%[HIMSfp]|[^%])+)", text)
    if match is None or "%" not in match[3]:
        return None
    first, separator, second = match.groups()
    before = first.count(separator)
    if before and separator in second:
        return None
    return (_part(first, buddhist), _part(second, buddhist)), separator, before


def _day(found: Mapping[str, str], buddhist: bool) -> int:
    """Days since 1970-01-01; 0 for a time of day alone."""
    if "Y" not in found and "y" not in found:
        return 0
    year = _year(found, buddhist)
    if "j" in found:
        day = date(year, 1, 1) + timedelta(days=int(found["j"]) - 1)
        if day.year != year:
            raise ValueError("no such day of the year")
        return day.toordinal() - _EPOCH
    month = _MONTHS[found["b"].lower()] if "b" in found else int(found["m"])
    return date(year, month, int(found["d"])).toordinal() - _EPOCH


def _year(found: Mapping[str, str], buddhist: bool) -> int:
    if "Y" in found:
        return int(found["Y"]) - (BUDDHIST if buddhist else 0)
    year = int(found["y"])
    if buddhist:
        return year + 2500 - BUDDHIST  # 66 is 2566
    return year + (2000 if year < 69 else 1900)  # POSIX


def _time_of_day(found: Mapping[str, str]) -> int | None:
    """Milliseconds of the day; None for a 24 that is not midnight."""
    hour = int(found.get("H", 0))
    if "I" in found:
        hour = int(found["I"]) % 12 + (12 if found["p"][0] in "pP" else 0)
    time = (hour * 60 + int(found.get("M", 0))) * 60_000 + int(found.get("S", 0)) * 1_000
    time += int(found.get("f", "0").ljust(9, "0")[:3])
    return time if time <= DAY else None


def _offset(text: str | None) -> int | None:
    if text is None:
        return None
    if text in "zZ":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return (-minutes if text[0] == "-" else minutes) * 60_000


_ISO = re.compile(
    r"(?P<Y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"
    r"(?:[Tt ](?P<H>\d{2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?\s*"
    r"(?P<z>[zZ]|[+-]\d{2}(?::?\d{2})?)?)?"
)


def read_iso(text: str) -> tuple[int, int | None] | None:
    """A date and time as RFC 3339 writes it, seconds and offset optional; as :meth:`Part.read`."""
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    found = {name: value for name, value in match.groupdict().items() if value is not None}
    try:
        days = _day(found, buddhist=False)
    except ValueError:
        return None
    if int(found.get("M", 0)) > 59 or int(found.get("S", 0)) > 60:
        return None
    zone = found.get("z")
    return None if (time := _time_of_day(found)) is None else (days * DAY + time, _offset(_full(zone)))


def _full(zone: str | None) -> str | None:
    return f"{zone}00" if zone and len(zone) == 3 else zone
