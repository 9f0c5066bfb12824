from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from devices.catalog import Catalog
from devices.city import CityDocuments, CityFolder, parse_city
from devices.documents import Document, ProblemsError, parse
from devices.model import Domain, Expected, ProbeKind, Text
from devices.schemas import city_schema

BUILTIN = Catalog.builtin()
SECOND = 1_000
MINUTE = 60 * SECOND
DAY = 1_440 * MINUTE

CITY = """\
id: c
timezone: Asia/Bangkok
zones: [{id: z, center: [100.5, 13.7], radius: 600m}]
services:
  - {id: permits, domain: governance, needs: {probes: [permits-web]}}
  - {id: water, domain: living}
probes:
  - id: permits-web
    name: {en: Permits, th: คำขออนุญาต}
    zone: z
    every: 30s
    timeout: 5s
    http: https://permits.example.go.th/health?full=1
    expect: {status: [200, 204], contains: ready, certificate: 14d, latency: 2s}
  - {id: water-db, zone: z, service: water, tcp: "[2001:db8::1]:5432", expect: {latency: 500ms}}
  - {id: names, zone: z, dns: www.example.go.th, resolver: 192.0.2.53, expect: {addresses: [203.0.113.10]}}
  - {id: pumps, zone: z, every: 12s, service: water, mqtt: plant/+/alive, expect: {payload: ok}}
"""

DEVICES = "id,type,zone\nmeter-1,WaterPressure,z\nmeter-2,WaterPressure,z\n"


def read(city: str = CITY, devices: str | None = DEVICES) -> CityFolder:
    listed = Document("devices.csv", devices) if devices is not None else None
    return parse_city(CityDocuments(Document("city.yaml", city), listed), BUILTIN)


def problems(city: str, devices: str | None = DEVICES) -> list[tuple[int, str, str]]:
    with pytest.raises(ProblemsError) as refused:
        read(city, devices)
    return [(p.line, p.key, str(p)) for p in refused.value.problems]


def probe(text: str) -> str:
    """A city with one probe."""
    return f"{CITY.partition('services:')[0]}probes:\n  - {{id: p, zone: z, {text}}}\n"


def fits_schema(city: str) -> bool:
    data: Any = parse(Document("city.yaml", city)).data
    return jsonschema.Draft202012Validator(city_schema()).is_valid(data)


def test_a_probe_asks_and_expects() -> None:
    web = read().city.probes["permits-web"]
    assert (web.kind, web.target) == (ProbeKind.HTTP, "https://permits.example.go.th/health?full=1")
    assert (web.name, web.zone) == (Text("Permits", "คำขออนุญาต"), "z")
    assert (web.every, web.timeout) == (30 * SECOND, 5 * SECOND)
    assert web.expected == Expected((200, 204), "ready", 14 * DAY, 2 * SECOND)


def test_every_kind() -> None:
    probes = read().city.probes
    assert [probe.kind for probe in probes.values()] == list(ProbeKind)
    assert probes["water-db"].target == "[2001:db8::1]:5432"
    assert (probes["names"].resolver, probes["names"].expected.addresses) == ("192.0.2.53", ("203.0.113.10",))
    assert probes["pumps"].expected == Expected(payload="ok")


def test_how_often_a_probe_is_asked_when_it_does_not_say() -> None:
    probes = read().city.probes
    assert (probes["names"].every, probes["names"].timeout) == (MINUTE, 10 * SECOND)
    assert (probes["pumps"].every, probes["pumps"].timeout) == (12 * SECOND, 6 * SECOND)


def test_a_probe_belongs_to_the_service_that_names_it_or_that_it_names() -> None:
    city = read().city
    assert city.services["permits"].probes == ("permits-web",)
    assert city.services["water"].probes == ("water-db", "pumps")
    assert {probe.id: probe.service for probe in city.probes.values()} == {
        "permits-web": "permits",
        "water-db": "water",
        "names": None,
        "pumps": "water",
    }


def test_a_probe_is_a_device_after_those_that_are_listed() -> None:
    folder = read()
    assert [device.id for device in folder.devices] == ["meter-1", "meter-2", *folder.city.probes]
    web, database, *_ = folder.devices[2:]
    assert (web.types, web.zone, web.service, web.interval) == (
        ("ServiceProbe",),
        "z",
        "permits",
        30 * SECOND,
    )
    assert (web.name, web.labels, web.enabled, web.location) == ("Permits", {"probe": "http"}, True, None)
    assert (web.domain, database.domain) == (Domain.GOVERNANCE, Domain.LIVING)
    assert (database.name, database.labels) == ("", {"probe": "tcp"})
    assert folder.city.service_of(database) == "water"


def test_one_status_may_be_written_alone() -> None:
    folder = read(probe("http: http://a.example, expect: {status: 301}"))
    assert folder.city.probes["p"].expected.statuses == (301,)


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("every: 1m", "", "needs exactly one of http, tcp, dns, mqtt"),
        ("tcp: 'a:1', dns: a.example", "", "not tcp and dns together"),
        ("htp: http://a.example", ".htp", "did you mean http?"),
        ("http: http://a.example, every: 9s", ".every", "must be at least 10s"),
        ("http: http://a.example, every: 20s, timeout: 20s", ".timeout", "must be less than every (20s)"),
        ("http: http://a.example, timeout: 60s", ".timeout", "must be less than every (1m)"),
        ("http: a.example", ".http", "must be a URL"),
        ("http: ftp://a.example", ".http", "must be a URL"),
        ("http: 'http://'", ".http", "must be a URL"),
        ("http: 'http://a b.example'", ".http", "must be a URL"),
        ("http: 'http://a..example/'", ".http", "must be a URL"),
        ("http: 'http://a.example:99999/'", ".http", "must be a URL"),
        ("http: 'http://a.example:0/'", ".http", "must be a URL"),
        ("http: 'http://[::1/'", ".http", "must be a URL"),
        ("http: 'http://a.example\\@b.example/'", ".http", "must be a URL"),
        ("http: 'https://me:pass@a.example/'", ".http", "secrets do not belong in a city's file"),
        ("http: 'https://me@a.example/'", ".http", "secrets do not belong"),
        ("tcp: a.example", ".tcp", "must be host:port"),
        ("tcp: 'a.example:0'", ".tcp", "must be host:port"),
        ("tcp: 'a.example:65536'", ".tcp", "must be host:port"),
        ("tcp: 'a.example:1000000000000'", ".tcp", "must be host:port"),
        ("tcp: '::1:80'", ".tcp", "must be host:port"),
        ("tcp: ':80'", ".tcp", "must be host:port"),
        ("dns: 10.0.0.1", ".dns", "must be a host's name"),
        ("dns: 'http://a.example'", ".dns", "must be a host's name"),
        ("mqtt: 'a/#/b'", ".mqtt", "must be a topic filter"),
        ("mqtt: 'a+/b'", ".mqtt", "must be a topic filter"),
        ("mqtt: '#'", ".mqtt", "must be a topic filter"),
        ("mqtt: ''", ".mqtt", "must be a topic filter"),
        ("http: 5", ".http", "valid string"),
        ("dns: a.example, resolver: dns.example", ".resolver", "must be an IP address"),
        ("dns: a.example, resolver: '192.0.2.53:0'", ".resolver", "must be an IP address"),
        ("tcp: 'a:1', resolver: 192.0.2.53", ".resolver", "belongs to a probe of kind dns, not of tcp"),
        ("tcp: 'a:1', expect: {status: 200}", ".expect.status", "does not fit a probe of kind tcp"),
        ("mqtt: a, expect: {contains: ok}", ".expect.contains", "allowed: payload"),
        ("dns: a.example, expect: {addresses: [b.example]}", ".expect.addresses[0]", "an IP address"),
        ("http: http://a.example, expect: {certificate: 14d}", ".expect.certificate", "an https URL"),
        ("http: http://a.example, expect: {status: 99}", ".expect.status[0]", "greater than or equal to 100"),
        ("http: http://a.example, expect: {status: []}", ".expect.status", "at least 1 item"),
        ("http: http://a.example, expect: {latency: fast}", ".expect.latency", "span of time"),
        ("http: http://a.example, expect: {statuses: 200}", ".expect.statuses", "did you mean status?"),
        ("http: http://a.example, service: nobody", ".service", "no service 'nobody'"),
    ],
)
def test_a_mistake_in_a_probe(text: str, key: str, said: str) -> None:
    ((line, where, told),) = problems(probe(text))
    assert (line, where) == (5, f"probes[0]{key}")
    assert said in told


@pytest.mark.parametrize(
    "text",
    [
        "http: 'HTTPS://a.example:8443/x?y=z#part', expect: {certificate: 1d}",
        "http: 'http://[2001:db8::1]:80/'",
        "http: 'http://ไทย.example/'",
        "http: 'http://localhost:8000'",
        "tcp: 'localhost:1883'",
        "tcp: '192.0.2.1:22'",
        "dns: _sip._tcp.example.",
        "dns: a.example, resolver: '192.0.2.53:5353'",
        "dns: a.example, resolver: '[2001:db8::53]:53'",
        "dns: a.example, resolver: '2001:db8::53'",
        "mqtt: 'a/+/b/#'",
        "mqtt: '$SYS/broker/uptime'",
    ],
)
def test_targets_that_will_do(text: str) -> None:
    city = probe(text)
    assert read(city).city.probes["p"].target
    assert fits_schema(city)


def test_a_password_is_never_repeated() -> None:
    told = problems(probe("http: 'https://me:geheim@a.example/'"))
    assert "geheim" not in str(told)


def test_mistakes_in_probes_and_services_are_told_together() -> None:
    city = CITY.replace("zone: z, dns", "zone: x, dns").replace("every: 12s", "every: 1s")
    told = problems(city.replace("{probes: [permits-web]}", "{probes: [permits-wep]}"))
    assert [(line, key) for line, key, _ in told] == [
        (5, "services[0].needs.probes[0]"),
        (16, "probes[2].zone"),
        (17, "probes[3].every"),
    ]
    assert "did you mean permits-web?" in told[0][2]


def test_an_id_twice_among_probes() -> None:
    ((line, key, said),) = problems(CITY.replace("id: names", "id: water-db"))
    assert (line, key) == (16, "probes[2].id")
    assert "a second time; the first is on line 15" in said


@pytest.mark.parametrize("devices", [DEVICES, DEVICES + "meter-3,Nothing,z\n"])
def test_an_id_that_a_device_has(devices: str) -> None:
    told = problems(CITY.replace("id: names", "id: meter-2"), devices)
    ((line, key, said),) = [problem for problem in told if problem[1].startswith("probes")]
    assert (line, key) == (16, "probes[2].id")
    assert "meter-2 is a device already (devices.csv:3)" in said


def test_a_probe_asks_after_one_service() -> None:
    both = CITY.replace("domain: living}", "domain: living, needs: {probes: [permits-web]}}")
    ((line, key, said),) = problems(both)
    assert (line, key) == (6, "services[1].needs.probes[0]")
    assert "asks after permits already; give water a probe of its own" in said
    other = CITY.replace("id: names, zone: z", "id: names, zone: z, service: permits").replace(
        "domain: living}", "domain: living, needs: {probes: [names]}}"
    )
    assert [key for _, key, _ in problems(other)] == ["services[1].needs.probes[0]"]
    agreed = CITY.replace("    zone: z\n    every: 30s", "    zone: z\n    service: permits\n    every: 30s")
    assert read(agreed).city.services["permits"].probes == ("permits-web",)


SCHEMA_SAYS_SO = [
    "every: 1m",
    "tcp: 'a:1', dns: a.example",
    "htp: http://a.example",
    "http: ftp://a.example",
    "http: 'https://me:pass@a.example/'",
    "tcp: 'a:1', resolver: 192.0.2.53",
    "tcp: 'a:1', expect: {status: 200}",
    "mqtt: a, expect: {contains: ok}",
    "http: http://a.example, expect: {status: 99}",
    "http: http://a.example, expect: {status: []}",
    "http: http://a.example, expect: {latency: fast}",
    "http: http://a.example, every: 10",
]


@pytest.mark.parametrize("text", SCHEMA_SAYS_SO)
def test_the_schema_refuses_what_the_reader_refuses(text: str) -> None:
    assert problems(probe(text))
    assert not fits_schema(probe(text))


def test_the_schema_takes_what_the_reader_takes() -> None:
    assert fits_schema(CITY)


def test_a_city_without_probes_says_nothing_of_its_devices_twice() -> None:
    folder = read(CITY.partition("probes:\n  -")[0].replace(", needs: {probes: [permits-web]}", ""))
    assert folder.city.probes == {}
    assert [device.id for device in folder.devices] == ["meter-1", "meter-2"]
