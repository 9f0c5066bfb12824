"""The city's devices, as many as wanted: the ones it lists, fewer of them, or more of the same kind."""

from __future__ import annotations

from dataclasses import replace

from devices.city import CityFolder
from devices.geometry import zone_contains
from devices.model import Device, Position, Zone
from simulators.noise import Noise

_SPREAD = 0.0015


def own_devices(folder: CityFolder) -> list[Device]:
    """The city's devices that send by themselves: not those that are off, nor its probes.

    What a probe finds, Nakhon says itself.
    """
    return [device for device in folder.devices if device.enabled and device.id not in folder.city.probes]


def scaled_devices(folder: CityFolder, count: int) -> list[Device]:
    """``count`` devices: an even choice of the city's own, or all of them and clones in the same zones.

    Clones are called after their original, ``aq-01-2``, and stand near it. The city's registry does not
    know them: whoever asks for them registers them.
    """
    own = own_devices(folder)
    if count <= len(own):
        return [own[place * len(own) // count] for place in range(count)]
    taken = {device.id for device in folder.devices}
    noise = Noise(len(own))
    devices, copy = list(own), 2
    while own and len(devices) < count:
        clones = (_clone(device, copy, folder.city.zones[device.zone], noise) for device in own)
        devices += [clone for clone in clones if clone.id not in taken][: count - len(devices)]
        copy += 1
    return devices


def _clone(device: Device, copy: int, zone: Zone, noise: Noise) -> Device:
    name = f"{device.name} ({copy})" if device.name else ""
    location = None if device.location is None else _near(device.location, device.id, copy, zone, noise)
    return replace(device, id=f"{device.id[:56]}-{copy}", name=name, location=location)


def _near(place: Position, device: str, copy: int, zone: Zone, noise: Noise) -> Position:
    """A position close by in the same zone; the same one when the zone's edge is too near."""
    lon = round(place[0] + noise.between(f"{device}/lon", -_SPREAD, _SPREAD, copy), 5)
    lat = round(place[1] + noise.between(f"{device}/lat", -_SPREAD, _SPREAD, copy), 5)
    return (lon, lat) if zone_contains(zone, lon, lat) else place
