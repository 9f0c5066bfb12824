from __future__ import annotations

import ssl

import pytest

from devices.broker import BrokerAddress, parse_broker


def test_a_url_is_a_target() -> None:
    assert parse_broker("mqtt://127.0.0.1") == BrokerAddress("127.0.0.1", 1883)
    assert parse_broker("mqtt://broker:2883/") == BrokerAddress("broker", 2883)
    assert parse_broker("mqtts://u%40x:p%3A1@broker") == BrokerAddress(
        "broker", 8883, tls=True, username="u@x", password="p:1"
    )


@pytest.mark.parametrize("url", ["broker:1883", "http://broker", "mqtt://", "mqtt://broker:x", "mqtt://b/t"])
def test_what_is_no_address_is_refused_with_how_to_write_one(url: str) -> None:
    with pytest.raises(ValueError, match="write mqtt://HOST:PORT"):
        parse_broker(url)


def test_a_password_is_never_shown() -> None:
    target = parse_broker("mqtts://user:secret@broker")

    assert "secret" not in repr(target) + str(target)
    assert str(target) == "mqtts://broker:8883"


def test_tls_checks_the_broker() -> None:
    context = BrokerAddress(tls=True).ssl_context()

    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert BrokerAddress().ssl_context() is None


@pytest.mark.parametrize(
    "url", ["http://user:secret@broker", "mqtt://user:sec/ret@broker", "mqtt://u:secret@h:x"]
)
def test_a_password_is_not_shown_when_the_address_is_wrong(url: str) -> None:
    with pytest.raises(ValueError, match="is not a broker's address") as error:
        parse_broker(url)
    assert "ret@" not in str(error.value)
