"""A device as it is registered over HTTP: the contract's device, or a line of ``devices.csv`` as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, RootModel, model_validator

from devices.cityfile import Latitude, Longitude
from devices.devicefile import split_labels, split_types
from devices.forms import Form, Id, Interval
from devices.model import Device, Domain
from devices.types import ObservationType

_ANSWERED_ONLY = ("topic", "last_seen", "online")


class NewDevice(Form):
    """A device. ``type`` (``A;B``), ``lon`` and ``lat`` are understood as in ``devices.csv``."""

    id: Id = Field(description="Unique in its city; a level of its topic.")
    types: tuple[str, ...] = Field(
        min_length=1, description="Observation types it may send; the first is the default."
    )
    zone: str = Field(description="Id of its zone.")
    service: str | None = Field(None, description="Id of the service it counts for.")
    name: str = Field("", max_length=200)
    location: tuple[Longitude, Latitude] | None = Field(None, description="[longitude, latitude] (WGS 84).")
    interval: Interval | None = Field(None, description="How often it reports; its type's when left out.")
    domain: Domain | None = Field(None, description="Domain of its topic; its type's when left out.")
    labels: dict[str, str] = Field({}, description="For rules to select by.")

    @model_validator(mode="before")
    @classmethod
    def _as_in_a_file(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        row = {key: value for key, value in data.items() if key not in _ANSWERED_ONLY}
        if "type" in row and "types" not in row:
            row["types"] = row.pop("type")
        if isinstance(row.get("types"), str):
            row["types"] = split_types(row["types"])
        if isinstance(row.get("labels"), str):
            row["labels"] = split_labels(row["labels"])
        if "lon" in row and "lat" in row and "location" not in row:
            row["location"] = [row.pop("lon"), row.pop("lat")]
        return row

    def device(self, types: Mapping[str, ObservationType]) -> Device:
        """The device, with what it leaves out taken from its first type."""
        first = types[self.types[0]]
        return Device(
            id=self.id,
            types=self.types,
            zone=self.zone,
            domain=self.domain or first.domain,
            interval=self.interval or first.interval,
            name=self.name,
            service=self.service,
            location=self.location,
            labels=self.labels,
        )


class NewDevices(RootModel[NewDevice | list[NewDevice]]):
    """One device, or several at once: all of them are registered, or none."""
