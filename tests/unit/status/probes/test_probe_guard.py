"""No probe reaches the inside, whatever its address looks like, but where the deployment allows it."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from services.status.probes.guard import Guard, is_this_machine
from services.status.probes.model import TroubleError

GUARD = Guard(own=lambda address: False)

INSIDE = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("10.0.0.1", "private"),
    ("10.255.255.255", "private"),
    ("100.64.0.1", "CGNAT"),
    ("100.127.255.255", "CGNAT"),
    ("127.0.0.1", "this machine"),
    ("127.255.255.254", "this machine"),
    ("169.254.0.1", "link-local"),
    ("169.254.169.254", "metadata"),
    ("100.100.100.200", "metadata"),
    ("168.63.129.16", "metadata"),
    ("192.0.0.192", "metadata"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.8", "reserved"),
    ("192.0.2.1", "reserved"),
    ("192.88.99.1", "reserved"),
    ("192.168.1.1", "private"),
    ("198.18.0.1", "reserved"),
    ("198.19.255.255", "reserved"),
    ("198.51.100.1", "reserved"),
    ("203.0.113.1", "reserved"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "unspecified"),
    ("::1", "this machine"),
    ("::127.0.0.1", "reserved"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "private"),
    ("fc00::1", "private"),
    ("fd12:3456::1", "private"),
    ("fd00:ec2::254", "metadata"),
    ("ff02::1", "multicast"),
    ("100::1", "reserved"),
    ("2001::1", "reserved"),
    ("2001:10::1", "reserved"),
    ("2001:db8::1", "reserved"),
    ("3fff::1", "reserved"),
    ("4000::1", "reserved"),
    ("5f00::1", "reserved"),
    ("::ffff:127.0.0.1", "this machine"),
    ("::ffff:10.1.2.3", "private"),
    ("::ffff:169.254.169.254", "metadata"),
    ("::ffff:0:10.1.2.3", "reserved"),
    ("64:ff9b::10.1.2.3", "private"),
    ("64:ff9b::127.0.0.1", "this machine"),
    ("64:ff9b:1::808:808", "reserved"),
    ("2002:0a01:0203::1", "private"),
    ("2002:7f00:0001::1", "this machine"),
    ("2002:a9fe:a9fe::1", "metadata"),
    ("2400:cb00::5efe:10.0.0.1", "private"),
    ("2400:cb00::200:5efe:192.168.0.1", "private"),
]

OUTSIDE = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.169.0.0",
    "223.255.255.255",
    "2400:cb00::1",
    "2001:4860:4860::8888",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2002:0101:0101::1",
]


@pytest.mark.parametrize(("address", "what"), INSIDE)
def test_an_address_of_the_inside_is_refused_and_it_is_said_what_it_is(address: str, what: str) -> None:
    with pytest.raises(TroubleError) as caught:
        GUARD.check(ip_address(address))
    assert f"address {ip_address(address)} refused by the guard" in str(caught.value)
    assert what in str(caught.value)
    assert caught.value.finding.up is None, "nothing was asked, so that nothing is known of the service"


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_outside_passes(address: str) -> None:
    GUARD.check(ip_address(address))


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("10.20.0.0/16", "10.20.3.4"),
        ("10.20.0.0/16", "::ffff:10.20.3.4"),
        ("10.20.0.0/16", "64:ff9b::10.20.3.4"),
        ("127.0.0.0/8", "127.0.0.1"),
        ("fd12:3456::/32", "fd12:3456::7"),
        ("169.254.169.254/32", "169.254.169.254"),
    ],
)
def test_a_network_that_is_allowed_passes(network: str, address: str) -> None:
    Guard((ip_network(network),)).check(ip_address(address))


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("10.20.0.0/16", "10.21.0.1"),
        ("169.254.0.0/16", "169.254.169.254"),
        ("100.64.0.0/10", "100.100.100.200"),
        ("fd00::/8", "fd00:ec2::254"),
    ],
)
def test_no_more_than_what_is_allowed_passes_and_a_metadata_service_only_by_its_own_name(
    network: str, address: str
) -> None:
    with pytest.raises(TroubleError):
        Guard((ip_network(network),)).check(ip_address(address))


def test_an_address_of_this_machine_itself_is_refused_in_whatever_network_it_is() -> None:
    assert is_this_machine(ip_address("127.0.0.1"))
    with pytest.raises(TroubleError, match="this machine itself"):
        Guard(own=lambda address: str(address) == "1.1.1.1").check(ip_address("1.1.1.1"))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.org/", "scheme ftp"),
        ("file:///etc/passwd", "scheme file"),
        ("gopher://example.org/", "scheme gopher"),
        ("example.org", "scheme none"),
        ("http://user@example.org/", "a user"),
        ("http://user:secret@example.org/", "a user"),
        ("http://@example.org/", "a user"),
        ("http:///path", "no host"),
        ("http://example.org\\@10.0.0.1/", "no host"),
        ("http://exa mple.org/", "no host"),
        ("http://example.org:22/", "port 22, not one of 80, 443, 8080, 8443"),
        ("http://example.org:0/", "port 0"),
        ("http://example.org:99999/", "no address of HTTP"),
        ("http://[::1/", "no address of HTTP"),
    ],
)
def test_an_address_of_http_that_no_probe_follows(url: str, why: str) -> None:
    with pytest.raises(TroubleError) as caught:
        GUARD.place(url)
    assert why in str(caught.value)
    assert caught.value.text.th
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host", "port", "secure"),
    [
        ("http://example.org", "example.org", 80, False),
        ("https://example.org/a?b=c", "example.org", 443, True),
        ("HTTPS://Example.org:8443/", "example.org", 8443, True),
        ("http://[2400:cb00::1]:8080/", "2400:cb00::1", 8080, False),
    ],
)
def test_where_an_address_of_http_leads(url: str, host: str, port: int, secure: bool) -> None:
    place = GUARD.place(url)
    assert (place.host, place.port, place.secure) == (host, port, secure)


def test_a_deployment_may_allow_other_ports() -> None:
    assert Guard(ports=frozenset({9000})).place("http://example.org:9000/").port == 9000
