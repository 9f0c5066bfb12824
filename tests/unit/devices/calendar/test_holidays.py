"""Public holidays: Nakhon's own calendar, and a city's."""

from __future__ import annotations

from datetime import date, timedelta

import jsonschema
import pytest

from devices.calendar import Holidays
from devices.documents import Document, ProblemsError
from devices.holidays import HolidayKind, HolidaysForm, parse_holidays

THAILAND = Holidays.thailand()


def day(text: str) -> date:
    return date.fromisoformat(text)


def of(text: str) -> Holidays:
    return Holidays.of(parse_holidays(Document("city/holidays.yaml", text)))


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_every_year_has_the_holidays_that_never_move(year: int) -> None:
    fixed = ["01-01", "04-06", "04-13", "04-14", "04-15", "05-01", "05-04", "06-03", "07-28"]
    fixed += ["08-12", "10-13", "10-23", "12-05", "12-10", "12-31"]
    for text in fixed:
        holiday = day(f"{year}-{text}")
        assert THAILAND.is_holiday(holiday)
        assert THAILAND.counts_for_tou(holiday)


def test_a_substitution_is_a_weekday_that_follows_a_weekend() -> None:
    substitutions = [d for d, one in THAILAND.days.items() if one.kind is HolidayKind.SUBSTITUTION]
    assert len(substitutions) > 8
    for one in substitutions:
        assert one.weekday() < 5
        before = [one - timedelta(days=back) for back in range(1, 5)]
        assert any(d.weekday() >= 5 and THAILAND.is_holiday(d) for d in before)


def test_the_ploughing_ceremony_and_given_days_are_weekdays() -> None:
    kinds = (HolidayKind.PLOUGHING, HolidayKind.SPECIAL, HolidayKind.BANK)
    moved = [d for d, one in THAILAND.days.items() if one.kind in kinds]
    assert len(moved) > 6
    assert all(d.weekday() < 5 for d in moved)


def test_every_name_is_in_both_languages_and_named_for_what_it_is() -> None:
    for one in THAILAND.days.values():
        assert any("ก" <= letter <= "๛" for letter in one.name.th)
        assert one.name.en.isascii()
        stands_in = one.kind in (HolidayKind.SUBSTITUTION, HolidayKind.BANK)
        assert one.name.th.startswith("วันหยุดชดเชย") is stands_in


@pytest.mark.parametrize(
    ("text", "holiday", "tou"),
    [
        ("2025-05-01", True, True),  # Labour Day
        ("2025-05-05", True, False),  # a substitution
        ("2025-05-09", True, False),  # Royal Ploughing Ceremony
        ("2025-06-02", True, False),  # given for one year
        ("2025-07-10", True, True),  # Asalha Bucha
        ("2027-05-03", False, False),  # of banks only
        ("2025-05-06", False, False),
    ],
)
def test_what_offices_have_off_and_what_tariffs_count(text: str, holiday: bool, tou: bool) -> None:
    assert THAILAND.is_holiday(day(text)) is holiday
    assert THAILAND.counts_for_tou(day(text)) is tou


def test_it_says_which_years_it_knows() -> None:
    assert THAILAND.years == (2024, 2025, 2026, 2027)
    assert Holidays().years == ()


def test_a_day_has_its_name() -> None:
    name = THAILAND.name(day("2026-04-13"))
    assert name is not None
    assert (name.en, name.th) == ("Songkran Festival", "วันสงกรานต์")
    assert THAILAND.name(day("2026-04-16")) is None


def test_what_no_announcement_confirms_says_so() -> None:
    unsure = [d.isoformat() for d, one in THAILAND.days.items() if one.unverified]
    assert "2027-05-20" in unsure
    assert not [text for text in unsure if text < "2026"]


def test_a_city_without_a_file_has_the_holidays_of_thailand() -> None:
    assert Holidays.of(None) == THAILAND


def test_a_city_adds_takes_out_and_replaces_days() -> None:
    city = of(
        "extends: thailand\n"
        "source: the city's own order\n"
        "without: [2026-10-23]\n"
        "holidays:\n"
        "  - {date: 2026-04-16, name: {en: City day, th: วันเมือง}, kind: special, tou: true}\n"
        "  - {date: 2026-04-15, name: {en: A day of its own, th: วันของเมือง}, kind: bank}\n"
    )
    assert not city.is_holiday(day("2026-10-23"))
    assert city.is_holiday(day("2026-04-16"))
    assert city.counts_for_tou(day("2026-04-16"))
    assert not city.is_holiday(day("2026-04-15"))
    assert city.is_holiday(day("2026-04-14"))


def test_a_city_may_start_from_nothing() -> None:
    city = of("holidays:\n  - {date: 2026-12-25, name: {en: Christmas, th: วันคริสต์มาส}}\n")
    assert list(city.days) == [day("2026-12-25")]


def test_all_mistakes_of_a_file_are_told_with_their_lines() -> None:
    text = (
        "extends: laos\n"
        "holidays:\n"
        "  - {date: 2026-02-30, name: {en: A, th: ก}}\n"
        "  - {date: 20260413, name: {en: B, th: ข}}\n"
        "  - {date: 2026-04-13, name: {en: C}}\n"
        "  - {date: 2026-04-14, name: {en: D, th: ง}, kind: substitute}\n"
    )
    with pytest.raises(ProblemsError) as caught:
        parse_holidays(Document("holidays.yaml", text))
    told = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in told] == [f"holidays.yaml:{n}" for n in (1, 3, 4, 5, 6)]
    assert "must be a day that exists, written 2026-04-13" in told[1]
    assert "did you mean substitution?" in told[4]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holidays.yaml:1: is empty"),
        ("without: [2026-01-01]\n", "extends names none"),
        (
            (
                "holidays:\n"
                "  - {date: 2026-01-01, name: {en: A, th: ก}}\n"
                "  - {date: 2026-01-01, name: {en: B, th: ข}}\n"
            ),
            "holidays.yaml:3: holidays[1].date: 2026-01-01 stands here a second time; the first is on line 2",
        ),
    ],
)
def test_what_no_single_value_shows_is_told_too(text: str, said: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        parse_holidays(Document("holidays.yaml", text))
    assert said in str(caught.value)


def test_an_editor_knows_by_the_schema_what_is_right() -> None:
    validator = jsonschema.Draft202012Validator(HolidaysForm.model_json_schema())
    good = {"date": "2026-12-25", "name": {"en": "Christmas", "th": "วันคริสต์มาส"}, "kind": "special"}
    assert validator.is_valid({"extends": "thailand", "holidays": [good]})
    assert not validator.is_valid({"holidays": [{**good, "date": "25 December"}]})
    assert not validator.is_valid({"holidays": [{**good, "kind": "school"}]})
