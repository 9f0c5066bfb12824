from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import topics
from devices.model import Device, Domain
from devices.topics import BadTopicError, Channel, Topic

levels = st.from_regex(topics.LEVEL, fullmatch=True)
well_formed = st.builds(Topic, levels, levels, st.sampled_from(Domain), levels, st.sampled_from(Channel))


@given(well_formed)
def test_a_topic_survives_the_round_trip(topic: Topic) -> None:
    assert topics.parse(str(topic)) == topic


@given(st.one_of(st.text(), st.lists(st.text(max_size=8), max_size=9).map("/".join)))
def test_any_text_is_a_topic_or_is_refused(text: str) -> None:
    try:
        topic = topics.parse(text)
    except BadTopicError:
        return
    assert str(topic) == text


@pytest.mark.parametrize(
    ("text", "level", "said"),
    [
        ("nakhon/v1/city/zone/energy/dev", "", "7 levels; this has 6"),
        ("nakhon/v1/city/zone/energy/dev/telemetry/x", "", "this has 8"),
        ("nakhon/v2/city/zone/energy/dev/telemetry", "", "nakhon/v1/"),
        ("/nakhon/v1/city/zone/energy/dev/telemetry", "", "nakhon/v1/"),
        ("", "", "nakhon/v1/"),
        ("nakhon/v1/city/../energy/dev/telemetry", "zone", "a-z, 0-9"),
        ("nakhon/v1/City/zone/energy/dev/telemetry", "city", "a-z, 0-9"),
        ("nakhon/v1//zone/energy/dev/telemetry", "city", "a-z, 0-9"),
        ("nakhon/v1/city/zone/energy/-dev/telemetry", "device", "beginning with a letter or digit"),
        ("nakhon/v1/city/zone/energy/dev\n/telemetry", "device", "a-z, 0-9"),
        ("nakhon/v1/city/zone/energy/" + "d" * 65 + "/telemetry", "device", "1 to 64"),
        ("nakhon/v1/city/zone/energy/๑๒/telemetry", "device", "a-z, 0-9"),
        ("nakhon/v1/city/zone/enrgy/dev/telemetry", "domain", "did you mean energy?"),
        ("nakhon/v1/city/zone/energy/dev/telemetri", "channel", "did you mean telemetry?"),
        ("nakhon/v1/city/_alerts/energy/critical", "", "this has 6"),
    ],
)
def test_what_is_wrong_with_a_topic_is_said(text: str, level: str, said: str) -> None:
    with pytest.raises(BadTopicError) as refused:
        topics.parse(text)
    assert refused.value.level == level
    assert said in str(refused.value)
    assert len(str(refused.value)) < 500


def test_a_topic_as_long_as_mqtt_allows_is_told_in_short() -> None:
    with pytest.raises(BadTopicError) as refused:
        topics.parse("nakhon/v1/" + "x" * 60_000)
    assert len(str(refused.value)) < 500


def test_the_verdict_goes_beside_the_telemetry() -> None:
    topic = topics.parse("nakhon/v1/bkk/samyan/environment/aq-01/telemetry")
    assert topics.sibling(topic, Channel.VERDICT) == "nakhon/v1/bkk/samyan/environment/aq-01/verdict"


def test_topics_that_are_built() -> None:
    device = Device("aq-01", ("AirQualityObserved",), "samyan", Domain.ENVIRONMENT, 300_000)
    built = topics.device_topic("bkk", device, Channel.COMMAND)
    assert built == "nakhon/v1/bkk/samyan/environment/aq-01/command"
    assert topics.alerts_topic("bkk", Domain.ENERGY, "major") == "nakhon/v1/bkk/_alerts/energy/major"
    assert topics.domains_topic("bkk", Domain.PEOPLE) == "nakhon/v1/bkk/_domains/people"
    assert topics.services_topic("bkk", "air-quality") == "nakhon/v1/bkk/_services/air-quality"


@pytest.mark.parametrize("bad", ["a/b", "+", "#", "..", "", "A"])
def test_no_topic_is_built_from_an_id_that_is_none(bad: str) -> None:
    device = Device(bad, ("AirQualityObserved",), "samyan", Domain.ENVIRONMENT, 300_000)
    with pytest.raises(BadTopicError):
        topics.device_topic("bkk", device, Channel.COMMAND)
    with pytest.raises(BadTopicError):
        topics.domains_topic(bad, Domain.PEOPLE)
    with pytest.raises(BadTopicError):
        topics.alerts_topic("bkk", Domain.ENERGY, bad)


@given(well_formed)
def test_nakhon_owns_verdicts_and_commands(topic: Topic) -> None:
    own = topic.channel in {Channel.VERDICT, Channel.COMMAND}
    assert topics.is_own(str(topic)) is own
    assert topics.is_own(str(topic).encode()) is own


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("nakhon/v1/bkk/_alerts/energy/major", True),
        ("nakhon/v1/bkk/_domains/energy", True),
        ("nakhon/v1/bkk/_services/air-quality", True),
        ("nakhon/v1/bkk/_alerts/energy/major/more", False),
        ("nakhon/v1/bkk/_domains/energy/verdict", False),
        ("nakhon/v1/bkk/_other/energy", False),
        ("nakhon/v1/bkk/verdict", False),
        ("other/v1/bkk/samyan/energy/dev/verdict", False),
        ("nakhon/v1/bkk/_zone/energy/dev/telemetry", False),
    ],
)
def test_what_only_looks_like_nakhons_own_is_not(text: str, *, own: bool) -> None:
    assert topics.is_own(text) is own
    assert topics.is_own(text.encode()) is own


@given(st.text())
def test_asking_whose_topic_it_is_never_fails(text: str) -> None:
    assert topics.is_own(text) is topics.is_own(text.encode("utf-8", "surrogatepass"))
