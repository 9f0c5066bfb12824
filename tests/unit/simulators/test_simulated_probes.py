"""Probes are asked by Nakhon: the simulated city publishes nothing for them."""

from __future__ import annotations

from dataclasses import replace

from devices.city import CityDocuments, CityFolder, parse_city
from devices.documents import Document
from simulators.population import own_devices, scaled_devices

CITY = """\
id: c
timezone: Asia/Bangkok
zones: [{id: z, center: [100.5, 13.7], radius: 600m}]
probes: [{id: portal, zone: z, http: "https://portal.example/"}, {id: mail, zone: z, tcp: "mail.example:25"}]
"""
DEVICES = "id,type,zone\nprobe-1,ServiceProbe,z\nlamp-1,Streetlight,z\n"


def city() -> CityFolder:
    return parse_city(CityDocuments(Document("city.yaml", CITY), Document("devices.csv", DEVICES)))


def test_the_city_knows_its_probes_as_devices_and_the_simulation_leaves_them_out() -> None:
    folder = city()
    assert [device.id for device in folder.devices] == ["probe-1", "lamp-1", "portal", "mail"]
    assert [device.id for device in own_devices(folder)] == ["probe-1", "lamp-1"]


def test_neither_fewer_nor_more_devices_have_probes_among_them() -> None:
    folder = city()
    assert [device.id for device in scaled_devices(folder, 2)] == ["probe-1", "lamp-1"]
    names = [device.id for device in scaled_devices(folder, 6)]
    assert names == ["probe-1", "lamp-1", "probe-1-2", "lamp-1-2", "probe-1-3", "lamp-1-3"]


def test_devices_that_are_off_are_left_out_too() -> None:
    folder = city()
    off = replace(folder.devices[0], enabled=False)
    assert [d.id for d in own_devices(replace(folder, devices=(off, *folder.devices[1:])))] == ["lamp-1"]


def test_the_demo_city_asks_nobody_outside(pilot: CityFolder) -> None:
    assert pilot.city.probes == {}
    assert own_devices(pilot) == list(pilot.devices)
