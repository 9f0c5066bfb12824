"""Readings and buckets in the contract's shape."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from devices.model import Observation
from services.runtime.clock import rfc3339
from services.store.timeseries.protocol import Bucket


def reading_document(
    observation: Observation, metrics: Collection[str] = (), *, hidden: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """A reading. ``location`` stands there when the reading carried one.

    ``metrics`` limits its values; where none are named, those ``hidden`` are left out.
    """
    values = observation.values
    if metrics:
        values = {name: value for name, value in values.items() if name in metrics}
    elif not hidden.isdisjoint(values):
        values = {name: value for name, value in values.items() if name not in hidden}
    document: dict[str, Any] = {
        "time": rfc3339(observation.time),
        "device": observation.device,
        "zone": observation.zone,
        "type": observation.type,
        "values": values,
    }
    if observation.location is not None:
        document["location"] = observation.location
    return document


def bucket_document(bucket: Bucket) -> dict[str, Any]:
    """An aggregated value, of a device or of a zone. ``time`` is the bucket's start."""
    whose = {"zone": bucket.zone} if bucket.device is None else {"device": bucket.device}
    return {
        "time": rfc3339(bucket.time),
        **whose,
        "metric": bucket.metric,
        "value": bucket.value,
        "count": bucket.count,
    }
