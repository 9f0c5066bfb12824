"""The DuckDB store when its process is killed, its file held or damaged, its disk full."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import duckdb
import pytest

from services.store.errors import StoreRefusedError, StoreUnavailableError
from services.store.timeseries.duckdb import DuckDBStore
from services.store.timeseries.protocol import Aggregate, PartialWriteError, Selection
from services.store.timeseries.slots import MOST_METRICS
from tests.contract.timeseries.model import DAY, START, Model, everything, observation

ROOT = Path(__file__).parents[3]
ROWS = 50
"""Readings in each batch that a child writes."""

_WRITE_FOR_EVER = f"""
import asyncio, sys
from pathlib import Path
from services.store.timeseries.duckdb import DuckDBStore
from tests.contract.timeseries.model import START, observation

async def main() -> None:
    store = DuckDBStore(Path(sys.argv[1]), checkpoint="64KiB")
    await store.open()
    position = await store.written()
    while True:
        position += 1
        first = START + position * {ROWS}
        await store.write([observation(first + i, f"d-{{i % 7}}") for i in range({ROWS})], position)
        print(position, flush=True)

asyncio.run(main())
"""

_WRITE_AND_TIDY = f"""
import asyncio, sys
from pathlib import Path
from services.store.timeseries.duckdb import DuckDBStore
from services.store.timeseries.retention import Retention
from tests.contract.timeseries.model import DAY, START, observation

HOUR = 3_600_000

async def main() -> None:
    store = DuckDBStore(Path(sys.argv[1]), checkpoint="64KiB", retention=Retention(3 * DAY))
    await store.open()
    position = await store.written()
    while True:
        position += 1
        first = START + position * 8 * HOUR
        batch = [observation(first + i * 1000, f"d-{{i % 7}}") for i in range({ROWS} - 1)]
        await store.write([*batch, observation(max(START, first - DAY) + 999)], position)
        await store.tidy(first + HOUR)
        print(position, flush=True)

asyncio.run(main())
"""

_FILL_THE_DISK = """
import asyncio, resource, sys
from pathlib import Path
from services.store.errors import StoreUnavailableError
from services.store.timeseries.duckdb import DuckDBStore
from tests.contract.timeseries.model import START, observation

LIMIT = 600_000

async def main() -> None:
    store = DuckDBStore(Path(sys.argv[1]), checkpoint="64KiB")
    await store.open()
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    refused = 0
    for position in range(60):
        first = START + position * 1000
        batch = [observation(first + i, values={"pm25": float(hash((first, i)))}) for i in range(1000)]
        while True:
            try:
                await store.write(batch, position)
                break
            except StoreUnavailableError as error:
                assert "free some space" in str(error), error
                refused += 1
                assert await store.written() in (position - 1, position)
                if refused == 3:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print(refused, await store.written(), await store.count(), flush=True)
    await store.close()

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "timeseries.duckdb"


@asynccontextmanager
async def opened(store: DuckDBStore) -> AsyncIterator[DuckDBStore]:
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def child(script: str, path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of its own that works on the file."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(path), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def spoil(path: Path, content: bytes) -> None:
    """Leave these bytes in the place of a database."""
    path.write_bytes(content)


def size(path: Path) -> int:
    """How large a file is; 0 when there is none."""
    return path.stat().st_size if path.exists() else 0


async def line(process: asyncio.subprocess.Process) -> str:
    """The next line that a child prints."""
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 60)).decode()


async def test_after_kill_9_every_batch_is_there_once_or_not_at_all(path: Path) -> None:
    dice = random.Random(9)
    for _ in range(4):
        async with child(_WRITE_FOR_EVER, path) as process:
            for _ in range(dice.randrange(1, 40)):
                said = int(await line(process))
            process.send_signal(signal.SIGKILL)
            await process.wait()
        async with opened(DuckDBStore(path)) as store:
            written = await store.written()
            assert written is not None
            assert written >= said
            assert await store.count() == (written + 1) * ROWS
            times = [one.time async for batch in store.replay(everything()) for one in batch]
            assert times == list(range(START, START + (written + 1) * ROWS))


async def test_after_kill_9_hours_and_days_are_what_the_readings_say(path: Path) -> None:
    dice = random.Random(11)
    for _ in range(2):
        async with child(_WRITE_AND_TIDY, path) as process:
            for _ in range(dice.randrange(8, 20)):
                await line(process)
            await asyncio.sleep(dice.random() / 50)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        async with opened(DuckDBStore(path)) as store:
            assert await store._read(lambda cursor, _: cursor.execute("FROM hours").fetchone())
            kept = Model()
            kept.write([one async for batch in store.replay(everything()) for one in batch])
            for agg, every in ((Aggregate.COUNT, 3_600_000), (Aggregate.SUM, DAY), (Aggregate.LAST, DAY)):
                found = await store.aggregate(everything(), every=every, agg=agg, timezone="UTC")
                assert found == kept.aggregate(everything(), every=every, agg=agg, timezone="UTC")


async def test_a_file_that_another_process_holds_is_refused_by_name(path: Path) -> None:
    async with child(_WRITE_FOR_EVER, path) as process:
        await line(process)
        with pytest.raises(StoreRefusedError, match="kind: influxdb") as caught:
            await DuckDBStore(path).open()
        assert str(process.pid) in str(caught.value)
        assert str(path) in str(caught.value)


async def test_a_full_disk_is_waited_for_and_then_nothing_is_missing_or_double(path: Path) -> None:
    async with child(_FILL_THE_DISK, path) as process:
        assert await line(process) == "3 59 60000\n"
        assert await process.wait() == 0
    async with opened(DuckDBStore(path)) as store:
        assert (await store.written(), await store.count()) == (59, 60_000)


@pytest.mark.parametrize("content", [b"not a database" * 1_000, b"\0" * 20_000, b"x"])
async def test_a_damaged_file_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    spoil(path, content)
    with pytest.raises(StoreRefusedError, match="move it away"):
        await DuckDBStore(path).open()
    assert await asyncio.to_thread(path.read_bytes) == content


async def test_a_file_cut_short_is_refused(path: Path) -> None:
    async with opened(DuckDBStore(path)) as store:
        await store.write([observation(START + i) for i in range(20_000)], 1)
    spoil(path, (await asyncio.to_thread(path.read_bytes))[:20_000])
    with pytest.raises(StoreRefusedError, match="move it away"):
        await DuckDBStore(path).open()


async def test_somebody_else_s_database_is_refused(path: Path) -> None:
    with duckdb.connect(str(path)) as other:
        other.execute("CREATE TABLE theirs (a INTEGER)")
    with pytest.raises(StoreRefusedError, match="move it away"):
        await DuckDBStore(path).open()


async def test_a_file_of_another_format_is_refused(path: Path) -> None:
    async with opened(DuckDBStore(path)):
        pass
    with duckdb.connect(str(path)) as other:
        other.execute("UPDATE format SET version = 99")
    with pytest.raises(StoreRefusedError, match="another version of Nakhon"):
        await DuckDBStore(path).open()


async def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((StoreRefusedError, StoreUnavailableError), match=str(tmp_path)):
        await DuckDBStore(tmp_path / "file" / "timeseries.duckdb").open()


async def test_a_closed_store_says_so(path: Path) -> None:
    store = DuckDBStore(path)
    with pytest.raises(StoreUnavailableError, match="not open"):
        await store.write([observation()], 1)
    async with opened(store):
        await store.open()
    with pytest.raises(StoreUnavailableError, match="not open"):
        await store.readings(everything(), limit=1)


async def test_a_database_that_became_useless_is_opened_again(path: Path) -> None:
    async with opened(DuckDBStore(path)) as store:
        await store.write([observation()], 1)
        assert store._file is not None
        store._file.connection.close()
        with pytest.raises(StoreUnavailableError):
            await store.readings(everything(), limit=1)
        assert len(await store.readings(everything(), limit=9)) == 1
        store._file.connection.close()
        with pytest.raises(StoreUnavailableError):
            await store.write([observation(START + 1)], 2)
        await store.write([observation(START + 1)], 2)
        assert (await store.count(), await store.written()) == (2, 2)


async def test_a_write_that_fails_leaves_nothing_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(DuckDBStore(path)) as store:
        await store.write([observation()], 1)
        file = store._file
        assert file is not None
        append = file._append

        def fail(*arguments: object) -> None:
            file.connection.execute("BEGIN")
            append(*arguments)  # type: ignore[arg-type]
            raise duckdb.IOException("No space left on device")

        monkeypatch.setattr(file, "_append", fail)
        with pytest.raises(StoreUnavailableError, match="free some space"):
            await store.write([observation(START + 1, values={"new": True})], 2)
        monkeypatch.undo()
        assert (await store.written(), await store.count()) == (1, 1)
        await store.write([observation(START + 1, values={"new": True})], 2)
        assert (await store.written(), await store.count()) == (2, 2)


async def test_names_that_never_repeat_do_not_widen_the_table_for_ever(path: Path) -> None:
    async with opened(DuckDBStore(path)) as store:
        full = {f"m{number}": float(number) for number in range(MOST_METRICS)}
        await store.write([observation(values=full)], 1)
        more = observation(START + 1, values={"one-more": 1.0})
        with pytest.raises(PartialWriteError, match="the most that are kept"):
            await store.write([more, observation(START + 2, values={"m0": 1.0})], 2)
        assert await store.count() == 2
        await store.write([observation(START + 3, type="Other", values={"one-more": 1.0})], 3)
        assert await store.count() == 3


async def test_a_correction_beside_what_can_not_be_held_is_still_a_correction(path: Path) -> None:
    async with opened(DuckDBStore(path)) as store:
        await store.write([observation(START + i) for i in range(3)], 1)
        bad = observation(START + 5, values={"status": "\ud800"})
        with pytest.raises(PartialWriteError):
            await store.write([bad, observation(START + 1, values={"pm25": 9.0}), observation(START + 4)], 2)
        assert await store.count() == 4
        (bucket,) = await store.aggregate(everything(), every=DAY, agg=Aggregate.SUM, timezone="Asia/Bangkok")
        assert (bucket.value, bucket.count) == (12.0, 4)


async def test_a_mistake_of_ours_is_not_waited_for(path: Path) -> None:
    async with opened(DuckDBStore(path)) as store:
        with pytest.raises(StoreRefusedError, match="please report it"):
            await store._read(lambda cursor, _: cursor.execute("SELECT nonsense").fetchall())
        await store.write([observation()], 1)


async def test_many_small_batches_do_not_let_the_files_grow(path: Path) -> None:
    async with opened(DuckDBStore(path, checkpoint="32KiB")) as store:
        for position in range(400):
            await store.write([observation(START + position)], position)
        log = path.with_name(path.name + ".wal")
        assert size(log) < 100_000
        assert size(path) < 3_000_000
    assert size(log) == 0


async def test_a_long_question_holds_up_no_write(path: Path) -> None:
    async with opened(DuckDBStore(path)) as store:
        await store.write([observation(START)], 1)
        assert store._file is not None
        asked, go_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def long(cursor: duckdb.DuckDBPyConnection, known: object) -> int:
            cursor.execute("BEGIN")
            before = cursor.execute("SELECT count(*) FROM observations").fetchone()
            loop.call_soon_threadsafe(asked.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
            after = cursor.execute("SELECT count(*) FROM observations").fetchone()
            assert before == after
            return 1

        question = asyncio.create_task(store._read(long))
        await asked.wait()
        for position in range(2, 30):
            await store.write([observation(START + position, values={f"m{position}": 1.0})], position)
        assert await store.count() == 29
        go_on.set()
        assert await question == 1


async def test_a_question_for_everything_with_little_memory(path: Path) -> None:
    async with opened(DuckDBStore(path, memory="64MiB")) as store:
        for position in range(20):
            first = START + position * 5_000
            await store.write([observation(first + i, f"d-{i}") for i in range(5_000)], position)
        found = await store.aggregate(
            Selection(START, START + DAY), every=60_000, agg=Aggregate.MEDIAN, timezone="Asia/Bangkok"
        )
        assert sum(bucket.count for bucket in found) == 100_000
