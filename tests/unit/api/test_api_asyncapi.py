"""The description of MQTT and what Nakhon does over MQTT are one."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from devices import topics
from devices.catalog import Catalog
from devices.codecs.native import decode
from devices.codecs.status import decode_status
from devices.model import Device, Domain
from devices.refusal import Code, Refusal
from devices.schemas import payload_schema
from services.api.asyncapi import describe
from services.telemetry.interpret import Interpreted
from services.telemetry.verdicts import verdict
from tests.support.smallcity import small_city
from tests.unit.api.doubles import alert, domain_status

CATALOG = Catalog.builtin()
DOCUMENT = describe(CATALOG)
OF_THE_CITY = ("alerts", "domains", "services", "notifications", "heartbeat")
AIR = "AirQualityObserved"


def fits(message: str, payload: Any) -> bool:
    schema = {**DOCUMENT["components"]["messages"][message]["payload"], "components": DOCUMENT["components"]}
    return Draft7Validator(schema).is_valid(payload)


def address(channel: dict[str, Any]) -> re.Pattern[str]:
    """What an address matches, every parameter by its pattern or its values."""

    def part(match: re.Match[str]) -> str:
        parameter = channel["parameters"][match[1]]
        pattern = parameter.get("x-pattern", "|".join(parameter.get("enum", ())))
        return f"(?:{pattern.removeprefix('^').removesuffix('$')})"

    return re.compile(re.sub(r"\{(\w+)\}", part, channel["address"]))


def channels_of(topic: str) -> list[str]:
    return [name for name, channel in DOCUMENT["channels"].items() if address(channel).fullmatch(topic)]


level = st.from_regex(topics.LEVEL, fullmatch=True)


@given(level, level, level, st.sampled_from(Domain), st.sampled_from(topics.Channel))
def test_every_topic_of_a_device_is_on_its_channel_and_no_other(
    city: str, zone: str, device: str, domain: Domain, channel: topics.Channel
) -> None:
    topic = topics.device_topic(city, Device(device, (AIR,), zone, domain, 1_000), channel)
    assert channels_of(topic) == [channel.value]


@given(level, st.sampled_from(Domain), st.sampled_from(["critical", "major", "minor", "warning"]))
def test_what_nakhon_says_of_the_city_has_channels_of_its_own(
    city: str, domain: Domain, severity: str
) -> None:
    assert channels_of(topics.alerts_topic(city, domain, severity)) == ["alerts"]
    assert channels_of(topics.domains_topic(city, domain)) == ["domains"]
    assert channels_of(topics.services_topic(city, "air-quality")) == ["services"]
    assert channels_of(topics.notifications_topic(city, "duty")) == ["notifications"]
    assert channels_of(topics.heartbeat_topic(city)) == ["heartbeat"]


@given(st.text(max_size=120) | st.from_regex(r"nakhon/v1(/[a-z_A-Z0-9-]*){1,6}", fullmatch=True))
def test_a_topic_that_is_none_is_on_no_channel(topic: str) -> None:
    try:
        known = [topics.parse(topic).channel.value]
    except topics.BadTopicError:
        known = []
    assert [name for name in channels_of(topic) if name not in OF_THE_CITY] == known


def examples() -> list[tuple[str, Any]]:
    return [
        (name, example["payload"])
        for name, message in DOCUMENT["components"]["messages"].items()
        for example in message.get("examples", ())
    ]


@pytest.mark.parametrize(("name", "payload"), examples())
def test_an_example_fits_the_schema_of_its_message(name: str, payload: Any) -> None:
    assert fits(name, payload)


@pytest.mark.parametrize(("name", "payload"), [e for e in examples() if e[0] in CATALOG])
def test_an_example_of_telemetry_is_taken(name: str, payload: Any) -> None:
    decoded = decode(orjson.dumps(payload))
    assert not decoded.refusals
    for reading in decoded.readings:
        checked = CATALOG[name].check(reading.values, index=reading.index, unknown=reading.unknown)
        assert checked.refusal is None, checked.refusal


def test_every_type_has_examples_in_every_form() -> None:
    for name in CATALOG:
        forms = [example["name"] for example in DOCUMENT["components"]["messages"][name]["examples"]]
        assert forms == ["short", "timed", "full", "several"]


def test_the_examples_of_status_are_understood() -> None:
    said = [decode_status(orjson.dumps(payload)) for name, payload in examples() if name == "Status"]
    assert said == [True, False]


values = st.dictionaries(
    st.sampled_from(["pm25", "status", "temperature", "pm26"]),
    st.sampled_from([1, -1, 12.5, 1e9, "ok", "no", True, None]),
    max_size=3,
)
payloads = values | st.builds(lambda inner: {"values": inner}, values) | st.lists(values, max_size=2)


@given(payloads | st.builds(lambda at: {"values": {"pm25": 1}, "location": at}, st.lists(st.just(9))))
def test_the_schema_is_that_of_the_type(payload: Any) -> None:
    assert fits(AIR, payload) is Draft202012Validator(payload_schema(CATALOG[AIR])).is_valid(payload)


def test_a_real_verdict_fits() -> None:
    refusals = [
        Refusal(i, Code.OUT_OF_RANGE, "pm25", -3, "0 to 1000 µg/m³", "AirQualityObserved@1")
        for i in range(200)
    ]
    refusals[0] = Refusal(0, Code.MALFORMED_JSON, "", "{", "JSON", None, also=tuple(refusals[1:3]))
    for found in ([], refusals[:1], refusals):
        told = verdict(1_763_701_200_000, Interpreted(refusals=found))
        assert fits("Verdict", told), told
        assert fits("Verdict", {**told, "coalesced": 3})
    assert not fits("Verdict", {**verdict(0, Interpreted(refusals=refusals[:1])), "accepted": -1})


def test_what_nakhon_says_of_alerts_and_domains_fits() -> None:
    assert fits("AlertTransition", {"change": "firing", **alert(1)})
    assert not fits("AlertTransition", alert(1))
    assert not fits("AlertTransition", {"change": "exploded", **alert(1)})
    assert fits("DomainStatus", domain_status(Domain.ENERGY))
    assert not fits("DomainStatus", {**domain_status(Domain.ENERGY), "status": "fine"})


async def test_it_is_served_with_the_city(api: Any) -> None:
    served = await (await api.call("GET", "/asyncapi.json", role="viewer")).json()
    assert served == await asyncio.to_thread(describe, api.deps.catalog, api.deps.city)
    assert (await api.call("GET", "/asyncapi.json", role=None)).status == 401


def test_every_code_is_in_the_schema_of_the_verdict() -> None:
    refused = DOCUMENT["components"]["schemas"]["Verdict"]["properties"]["rejected"]["items"]
    assert refused["properties"]["code"]["enum"] == list(Code)


def test_operations_tell_the_view_of_devices_and_of_nakhon() -> None:
    seen: dict[str, set[tuple[str, str]]] = {}
    for operation in DOCUMENT["operations"].values():
        (tag,) = operation["tags"]
        channel = operation["channel"]["$ref"].removeprefix("#/channels/")
        seen.setdefault(channel, set()).add((tag["name"], operation["action"]))
    for channel in ("telemetry", "status", "event"):
        assert seen[channel] == {("device", "send"), ("nakhon", "receive")}
    for channel in ("verdict", "command"):
        assert seen[channel] == {("device", "receive"), ("nakhon", "send")}
    for channel in OF_THE_CITY:
        assert seen[channel] == {("nakhon", "send"), ("listener", "receive")}


def test_retained_is_how_things_are_and_never_what_happened() -> None:
    retained = {
        operation["channel"]["$ref"].rpartition("/")[2]
        for operation in DOCUMENT["operations"].values()
        if operation["bindings"]["mqtt"]["retain"]
    }
    assert retained == {"status", "domains", "services", "heartbeat"}


def test_of_a_city_it_names_the_city_and_its_zones() -> None:
    city = small_city().city
    of_city = describe(CATALOG, city)
    parameters = of_city["channels"]["telemetry"]["parameters"]
    assert parameters["city"]["enum"] == [city.id]
    assert parameters["zone"]["enum"] == sorted(city.zones)


def test_no_reference_leads_nowhere() -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [found for value in part.values() for found in references(value)]
        return [found for value in part for found in references(value)] if isinstance(part, list) else []

    found = references(DOCUMENT)
    assert len(found) > 100
    for reference in found:
        part: Any = DOCUMENT
        for key in reference.removeprefix("#/").split("/"):
            part = part[key]
