"""Hours and days of a DuckDB file are what its readings say, whatever is written and tidied when."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from devices.model import Observation
from services.store.timeseries import duckdb_aggregates
from services.store.timeseries.duckdb_aggregates import Question, aggregate
from services.store.timeseries.duckdb_file import DuckDBFile
from services.store.timeseries.duckdb_tables import rolled
from services.store.timeseries.duckdb_tidying import Moment, Tidier
from services.store.timeseries.hours import HOUR, Hours
from services.store.timeseries.protocol import Aggregate, Bucket, Selection
from services.store.timeseries.retention import Retention
from tests.contract.timeseries.model import DAY, START, Model, everything, observation

SPRING = 1_774_656_000_000
"""28 March 2026, 00:00 UTC: the day before Berlin's clock changes."""

ZONES = ["Asia/Bangkok", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]
RETENTION = Retention(None, {"Short": 2 * DAY})


class Write(NamedTuple):
    """A batch arrives."""

    batch: list[Observation]


class Tidy(NamedTuple):
    """The clock shows so many ms after the first reading; at most so many steps are done."""

    after: int
    steps: int


class City:
    """A file, its tidier, and the model that both have to agree with."""

    def __init__(self, path: Path, timezone: str = "Asia/Bangkok", *, rows: int = 20) -> None:
        self.hours = Hours(timezone)
        self.file = DuckDBFile(path, memory="64MiB", checkpoint="16MiB")
        self.tidier = Tidier(self.hours, RETENTION, rows)
        self.model = Model()

    def write(self, batch: list[Observation]) -> None:
        assert self.file.write(batch, self.file.written + 1) == []
        self.model.write(batch)

    def tidy(self, now: int, steps: int = 1_000) -> int:
        """Do so many steps, at least all that lets readings go; returns how many there were to do."""
        moment, done = Moment(now, self.file.written), 0
        gone, kept_from = self.hours.floor(now - 2 * DAY), self.tidier._kept_from.get("Short", 0)
        while True:
            with self.file.connection.cursor() as cursor:
                step = self.tidier.next(cursor, self.file.known, moment)
            if step is None or (done >= steps and step.func.__name__ != "expire"):  # type: ignore[attr-defined]
                break
            self.file.carry_out(step)
            done += 1
        if self.tidier._kept_from.get("Short", 0) > kept_from:
            self.model.forget("Short", gone)
        return done

    def ask(self, question: Question) -> list[Bucket]:
        with self.file.connection.cursor() as cursor:
            return aggregate(cursor, self.file.known, question, self.hours)

    def agrees(self, question: Question) -> None:
        selection, every, agg, timezone, by_zone = question
        expected = self.model.aggregate(selection, every=every, agg=agg, timezone=timezone, by_zone=by_zone)
        assert self.ask(question) == expected, question


@contextmanager
def city(timezone: str = "Asia/Bangkok", path: Path | None = None) -> Iterator[City]:
    with tempfile.TemporaryDirectory() as folder:
        one = City(path or Path(folder) / "timeseries.duckdb", timezone)
        try:
            yield one
        finally:
            one.file.close()


def every_question() -> Iterator[Question]:
    """All kinds of aggregate, of everything."""
    for agg in Aggregate:
        for every, by_zone in ((HOUR, False), (DAY, True)):
            yield Question(everything(), every, agg, "Asia/Bangkok", by_zone)


def worked_out(file: DuckDBFile) -> tuple[int, int]:
    """How many rows hours and days have."""
    ((hours, days),) = file.connection.execute(
        "SELECT (SELECT count(*) FROM hours), (SELECT count(*) FROM days)"
    ).fetchall()
    return hours, days


@some.composite
def reading(draw: some.DrawFn) -> Observation:
    """One of few identities, so that many merge; numbers are quarters, so that sums are exact."""
    slot = draw(some.integers(0, 4 * 24 * 4))
    number = some.integers(-40, 40).map(lambda quarters: quarters / 4)
    level = number if slot % 5 else some.sampled_from(["low", "high"])
    values = {"pm25": number, "level": level, "open": some.booleans()}
    kept = draw(some.lists(some.sampled_from(sorted(values)), min_size=1, unique=True))
    return observation(
        SPRING + slot * 15 * 60_000,
        draw(some.sampled_from(["d-1", "d-2"])),
        {name: draw(values[name]) for name in kept},
        zone=draw(some.sampled_from(["samyan", "samyan", "samyan", "yothi"])),
        type=draw(some.sampled_from(["Kept", "Short"])),
    )


events = some.one_of(
    some.builds(Write, some.lists(reading(), min_size=1, max_size=25)),
    some.builds(Tidy, some.integers(0, 5 * DAY), some.sampled_from([1, 2, 1_000])),
)
selections = some.builds(
    Selection,
    some.sampled_from([0, SPRING + 5 * HOUR, SPRING + DAY + 17 * 60_000]),
    some.sampled_from([2**60, SPRING + 3 * DAY, SPRING + 2 * DAY + 44 * 60_000]),
    devices=some.sampled_from([(), (), ("d-1",)]),
    zones=some.sampled_from([(), (), ("yothi",)]),
    types=some.sampled_from([(), (), ("Kept",)]),
    metrics=some.sampled_from([(), (), ("level", "open")]),
)
buckets = some.sampled_from([15 * 60_000, HOUR, 5 * HOUR, 6 * HOUR, DAY, 2 * DAY, 7 * DAY])


@settings(max_examples=25, deadline=None)
@given(
    timezone=some.sampled_from(ZONES),
    history=some.lists(events, min_size=2, max_size=8),
    questions=some.lists(
        some.builds(
            Question,
            selections,
            buckets,
            some.sampled_from(Aggregate),
            some.sampled_from(ZONES),
            some.booleans(),
        ),
        min_size=4,
        max_size=4,
    ),
)
def test_whatever_happens_answers_are_those_of_the_readings(
    timezone: str, history: list[Write | Tidy], questions: list[Question]
) -> None:
    with city(timezone) as one:
        for event in history:
            if isinstance(event, Write):
                one.write(event.batch)
            else:
                one.tidy(SPRING + event.after, event.steps)
        for question in questions:
            one.agrees(question)
            one.agrees(question._replace(timezone=timezone))


def hourly(days: int) -> list[Observation]:
    """A reading each half hour of two devices."""
    return [
        observation(START + i * HOUR // 2, f"d-{device}", {"pm25": float(i % 9)}, type="Kept")
        for i in range(days * 48)
        for device in (1, 2)
    ]


def test_what_has_been_worked_out_is_not_read_again() -> None:
    with city() as one:
        one.write(hourly(5))
        one.tidy(START + 6 * DAY)
        one.file.connection.execute("UPDATE hours SET high = 1000")
        one.file.connection.execute("UPDATE days SET high = 2000")
        asked = Question(everything(), HOUR, Aggregate.MAX, "Asia/Bangkok", by_zone=True)
        by_hour = [bucket.value for bucket in one.ask(asked)]
        assert by_hour == [1000.0] * (5 * 24 - 1) + [by_hour[-1]]
        assert by_hour[-1] < 10
        by_day = [bucket.value for bucket in one.ask(asked._replace(every=DAY))]
        assert by_day == [2000.0] * 4 + [1000.0]
        elsewhere = one.ask(asked._replace(every=DAY, timezone="UTC"))
        assert {bucket.value for bucket in elsewhere} == {1000.0}
        median = one.ask(asked._replace(agg=Aggregate.MEDIAN))
        assert max(bucket.value for bucket in median) < 10


def test_a_late_reading_makes_its_own_hour_stale_and_nothing_else() -> None:
    with city() as one:
        one.write(hourly(4))
        one.tidy(START + 5 * DAY)
        one.file.connection.execute("UPDATE hours SET high = 1000")
        one.write([observation(START + 30 * HOUR + 1, "d-1", {"pm25": 50.0}, type="Kept")])
        asked = Question(everything(devices=("d-1",)), HOUR, Aggregate.MAX, "Asia/Bangkok", by_zone=False)
        by_hour = [bucket.value for bucket in one.ask(asked)]
        assert [place for place, value in enumerate(by_hour) if value == 50.0] == [30]
        assert by_hour.count(1000.0) == 4 * 24 - 2
        one.tidy(START + 5 * DAY)
        assert [bucket.value for bucket in one.ask(asked)] == by_hour


def test_too_much_that_is_stale_is_answered_from_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_aggregates, "MOST_STALE", 3)
    with city() as one:
        one.write(hourly(3))
        one.tidy(START + 4 * DAY)
        one.write([reading._replace(values={"pm25": 77.0}) for reading in hourly(1)])
        for question in every_question():
            one.agrees(question)


def test_nothing_is_done_when_nothing_is_due() -> None:
    with city() as one:
        assert one.tidy(START) == 0
        one.write(hourly(2))
        assert one.tidy(START + 3 * DAY) > 3
        assert one.tidy(START + 3 * DAY) == 0
        assert one.tidy(START + 30 * DAY) == 0
        one.write([observation(START + 2 * DAY + HOUR, type="Kept")])
        assert one.tidy(START + 2 * DAY + HOUR) <= 2


def test_a_clock_that_ran_ahead_closes_no_hour_that_is_still_written() -> None:
    with city() as one:
        one.write(hourly(1))
        one.tidy(START + 900 * DAY)
        state = rolled(one.file.connection)
        assert state is not None
        assert state.upto == START + 23 * HOUR
        one.write(hourly(3)[96:])
        one.tidy(START + 3 * DAY)
        for question in every_question():
            one.agrees(question)


def test_hours_and_days_live_as_long_as_their_readings() -> None:
    with city() as one:
        one.write([reading._replace(type="Short") for reading in hourly(6)])
        one.tidy(START + 5 * DAY + 3 * HOUR)
        kept = START + 3 * DAY + 3 * HOUR
        ask = one.file.connection.execute
        assert ask("SELECT min(start) FROM hours").fetchall() == [(kept,)]
        assert ask("SELECT min(start), min(held) FROM days").fetchall() == [(START + 3 * DAY, 42)]
        assert ask("SELECT min(time) FROM observations").fetchall() == [(kept,)]
        for question in every_question():
            one.agrees(question)


def test_a_file_of_the_first_format_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "timeseries.duckdb"
    with city(path=path) as one:
        one.write(hourly(3))
        one.write(hourly(1)[:4])
        model, written = one.model, one.file.written
        for statement in (
            "DROP TABLE hours",
            "DROP TABLE days",
            "DROP TABLE rolled",
            "UPDATE format SET version = 1",
        ):
            one.file.connection.execute(statement)
    with city(path=path) as one:
        one.model = model
        assert one.file.written == written
        for question in every_question():
            one.agrees(question)
        one.tidy(START + 4 * DAY)
        assert worked_out(one.file) == (2 * (3 * 24 - 1), 2 * 2)
        for question in every_question():
            one.agrees(question)
    with city(path=path) as one:
        assert one.file.connection.execute("SELECT version FROM format").fetchall() == [(2,)]


def test_a_step_that_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    with city(path=tmp_path / "timeseries.duckdb") as one:
        one.write(hourly(2))
        one.tidy(START + 3 * DAY, steps=2)
        before, state = worked_out(one.file), rolled(one.file.connection)
        with one.file.connection.cursor() as cursor:
            step = one.tidier.next(cursor, one.file.known, Moment(START + 3 * DAY, one.file.written))
        assert step is not None

        def half(connection: object) -> None:
            step(connection)  # type: ignore[arg-type]
            raise ValueError("cut short")

        with pytest.raises(ValueError, match="cut short"):
            one.file.carry_out(half)
        one.file.recover()
        assert (worked_out(one.file), rolled(one.file.connection)) == (before, state)
        one.tidy(START + 3 * DAY)
        for question in every_question():
            one.agrees(question)
