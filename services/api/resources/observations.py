"""``observations``: readings as they were taken, aggregated, and the newest ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from devices.model import Observation
from devices.spans import Span, format_span
from services.api import shapes
from services.api.keys import DERIVED
from services.api.paging import Count, decode, encode, page
from services.api.parameters import Many, Moment, PageQuery
from services.api.problems import bad_parameter
from services.api.readings import bucket_document, reading_document
from services.api.routes import V1, Answer, Call, Route
from services.store.timeseries.protocol import Aggregate, Bucket, Identity, Selection

DAY = 86_400_000
MOST_BUCKETS = 10_000
"""Buckets between ``start`` and ``end`` of one query. Without ``start`` it looks so far back."""

_AHEAD = 3_600_000  # readings may be a little ahead of our clock; none is an hour
_AggregateName = Literal["mean", "min", "max", "sum", "count", "median", "last"]


class SelectionQuery(PageQuery):
    """Which readings: any of each given parameter."""

    device: Many = ()
    zone: Many = ()
    type: Many = ()
    metric: Many = Field(
        (),
        description="Only these values; readings without any of them are left out. Derived metrics are told"
        " only when they are named here.",
    )


class ObservationsQuery(SelectionQuery):
    """Readings, or with ``every`` and ``agg`` their aggregates."""

    start: Moment | None = Field(
        None,
        description="Inclusive. Left out: the oldest reading; with `every`, 10,000 buckets before `end`.",
    )
    end: Moment | None = Field(None, description="Exclusive. Left out: now.")
    every: Span | None = Field(None, description="Length of a bucket: 5m, 1h, 1d; aligned to city time.")
    agg: _AggregateName | None = Field(None, description="How a bucket becomes one value; mean if left out.")
    by: Literal["device", "zone"] | None = Field(
        None,
        description="Whose buckets. Left out: the zone's for a `zone` without `device`, else the device's.",
    )
    order: Literal["asc", "desc"] = Field("asc", description="Oldest or newest first; buckets: asc.")


async def list_observations(call: Call[ObservationsQuery, None]) -> Answer:
    """Readings by (time, device, type), or buckets by (time, device or zone, metric)."""
    query = call.query
    if query.every is not None:
        return await _buckets(call, query.every)
    for name in ("agg", "by"):
        if getattr(query, name) is not None:
            raise bad_parameter(name, "goes with every only", "every=5m and the like beside it")
    return await _readings(call)


async def _readings(call: Call[ObservationsQuery, None]) -> Answer:
    query = call.query
    seek = decode(query, tuple[Count, Count, tuple[str, str, Count]])
    start, end = seek[:2] if seek else _range(call, default_start=0)
    found = await call.deps.store.readings(
        _selection(query, start, end),
        limit=query.limit + 1,
        after=Identity(*seek[2]) if seek else None,
        newest_first=query.order == "desc",
    )
    following = None
    if len(found) > query.limit:
        last = found[query.limit - 1]
        following = encode(query, [start, end, [last.device, last.type, last.time]])
    return Answer(page(_documents(call, query, found[: query.limit]), following))


def _documents(
    call: Call[Any, None], query: SelectionQuery, readings: Sequence[Observation]
) -> list[dict[str, Any]]:
    """Readings with what is to be told of them; one of which that is nothing is left out."""
    derived = call.request.app[DERIVED]
    documents = (reading_document(one, query.metric, hidden=derived.of(one.type)) for one in readings)
    return [document for document in documents if document["values"]]


async def _buckets(call: Call[ObservationsQuery, None], every: int) -> Answer:
    query = call.query
    _check_every(every)
    if query.order == "desc":
        raise bad_parameter("order", "buckets come oldest first", "asc")
    seek = decode(query, tuple[Count, Count, tuple[Count, str, str]])
    start, end = seek[:2] if seek else _bucket_range(call, every)
    last = seek[2] if seek else None
    buckets = await call.deps.store.aggregate(
        _selection(query, max(start, last[0]) if last else start, end),
        every=every,
        agg=Aggregate(query.agg or "mean"),
        timezone=call.deps.city.timezone,
        by_zone=_by_zone(query),
    )
    if not query.metric:
        hidden = call.request.app[DERIVED].only_derived(query.type)
        buckets = [bucket for bucket in buckets if bucket.metric not in hidden]
    if last is not None:
        buckets = [bucket for bucket in buckets if _key(bucket) > last]
    following = None
    if len(buckets) > query.limit:
        following = encode(query, [start, end, _key(buckets[query.limit - 1])])
    return Answer(page([bucket_document(bucket) for bucket in buckets[: query.limit]], following))


def _key(bucket: Bucket) -> tuple[int, str, str]:
    return bucket.time, bucket.zone if bucket.device is None else bucket.device, bucket.metric


def _by_zone(query: ObservationsQuery) -> bool:
    if query.by is not None:
        return query.by == "zone"
    return bool(query.zone) and not query.device


def _check_every(every: int) -> None:
    if every < 1000 or (every > DAY and every % DAY):
        raise bad_parameter("every", f"{format_span(every)} makes no buckets", "1s to 1d, or whole days")


def _bucket_range(call: Call[ObservationsQuery, None], every: int) -> tuple[int, int]:
    end = _end(call)
    start, end = _range(call, default_start=max(0, end - MOST_BUCKETS * every))
    if (end - start) / every > MOST_BUCKETS + 1:
        least = format_span(-(-(end - start) // MOST_BUCKETS // 60_000) * 60_000 or 1000)
        text = f"makes more than {MOST_BUCKETS} buckets from start to end"
        raise bad_parameter("every", text, f"{least} or more, or a shorter time")
    return start, end


def _range(call: Call[ObservationsQuery, None], *, default_start: int) -> tuple[int, int]:
    start, end = call.query.start, _end(call)
    if start is None:
        return min(default_start, end), end
    if call.query.end is not None and start > end:
        raise bad_parameter("end", "lies before start", "a time after start")
    return start, max(start, end)


def _end(call: Call[ObservationsQuery, None]) -> int:
    return call.deps.clock.now() + _AHEAD if call.query.end is None else call.query.end


def _selection(query: SelectionQuery, start: int, end: int) -> Selection:
    return Selection(start, end, query.device, query.zone, query.type, query.metric)


async def list_latest(call: Call[SelectionQuery, None]) -> Answer:
    """The newest reading of each device and type, by device."""
    query = call.query
    after = decode(query, tuple[str, str])
    end = call.deps.clock.now() + _AHEAD
    latest = await call.deps.store.latest(_selection(query, 0, end))
    latest.sort(key=lambda reading: (reading.device, reading.type))
    if after is not None:
        latest = [reading for reading in latest if (reading.device, reading.type) > after]
    shown = latest[: query.limit]
    following = None
    if len(latest) > query.limit:
        following = encode(query, [shown[-1].device, shown[-1].type])
    return Answer(page(_documents(call, query, shown), following))


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/observations",
        handler=list_observations,
        summary="Readings; with every and agg, their aggregates",
        tag="telemetry",
        query=ObservationsQuery,
        answer=shapes.Observations,
        codes=("unavailable", "store_refused"),
    ),
    Route(
        method="GET",
        path=f"{V1}/observations/latest",
        handler=list_latest,
        summary="The newest reading of each device and type",
        tag="telemetry",
        query=SelectionQuery,
        answer=shapes.Readings,
        codes=("unavailable", "store_refused"),
    ),
)
