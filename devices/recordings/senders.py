"""The devices of a recording: those of the city, and those that its map makes up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from devices.documents import Problem, ProblemsError
from devices.model import City, Device
from devices.recordings.mapform import RecordingMap
from devices.topics import LEVEL, LEVEL_RULE
from devices.types import ObservationType

_NOT_A_LEVEL = re.compile(r"[^a-z0-9_-]+")


class Senders:
    """Devices by what a recording calls them. ``table`` are those that it uses, in order of appearance."""

    def __init__(self, map_: RecordingMap, city: City, devices: Iterable[Device]) -> None:
        self._map, self._form, self._city = map_, map_.form, city
        self._known = {device.id: device for device in devices}
        self._places: dict[str, int] = {}
        self._named: dict[str, str] = {}
        self._made: set[int] = set()
        self.table: list[Device] = []

    @property
    def made(self) -> tuple[str, ...]:
        """Ids of those that the city does not list."""
        return tuple(self.table[place].id for place in sorted(self._made))

    def place(self, text: str, type_: ObservationType, zone: str | None) -> tuple[int, str]:
        """The place of a device in ``table``; or -1 and what would be right.

        ``text`` is what the recording calls it, ``type_`` what it sends there and ``zone`` what the
        recording says of its zone, for a device that has to be made up.

        Raises:
            ProblemsError: it has to be made up, and its zone is not known.
        """
        name = self._name(text)
        if name in self._places:
            place = self._places[name]
            if place in self._made:
                if wrong := self._unusable(name, text):
                    return -1, wrong
                self._teach(place, type_)
            return place, ""
        device = self._known.get(name)
        if device is None and not self._form.register_:
            return -1, f"a device of {self._city.id}; or register: true in the map"
        if device is None:
            if wrong := self._unusable(name, text):
                return -1, wrong
            device = self._new(name, text, type_, zone)
            self._made.add(len(self.table))
        return self._add(name, device), ""

    def _add(self, name: str, device: Device) -> int:
        place = self._places[name] = len(self.table)
        interval = self._form.interval
        self.table.append(device if interval is None else replace(device, interval=interval))
        return place

    def _name(self, text: str) -> str:
        """The id that a text stands for: the map's; as it is; or, when devices are made up, made to fit."""
        meant = self._form.device.map.get(text, text)
        if not self._form.register_ or meant in self._known or LEVEL.fullmatch(meant):
            return meant
        return _NOT_A_LEVEL.sub("-", meant.casefold()).strip("-_")[:64] or meant

    def _unusable(self, name: str, text: str) -> str:
        """Why a made-up device can't have this id; empty when it can."""
        if LEVEL.fullmatch(name) is None:
            return f"an id of {LEVEL_RULE}: say under device.map which"
        if text not in self._form.device.map and self._named.setdefault(name, text) != text:
            return f"a device of its own: {self._named[name]!r} is {name} already; say under device.map which"
        return ""

    def _new(self, name: str, text: str, type_: ObservationType, zone: str | None) -> Device:
        form = self._form.zone
        meant = None if form is None else form.value or form.map.get(zone or "", zone)
        if meant not in self._city.zones:
            raise ProblemsError([self._zoneless(name, meant)])
        label = text if text != name else ""
        return Device(name, (type_.name,), str(meant), type_.domain, type_.interval, label)

    def _zoneless(self, name: str, zone: str | None) -> Problem:
        zones = ", ".join(self._city.zones)
        message = f"{name} has to be registered, and needs a zone: zone: {{value: …}}"
        if zone:
            message = f"{self._city.id} has no zone {zone!r}, in which the recording has {name}"
        return self._map.parsed.problem(("zone",), message, value=zone, allowed=zones)

    def _teach(self, place: int, type_: ObservationType) -> None:
        """A made-up device that sends another type too."""
        device = self.table[place]
        if type_.name not in device.types:
            self.table[place] = replace(device, types=(*device.types, type_.name))
