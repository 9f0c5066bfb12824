"""What probes are pointed at, checked as text: URLs, hosts with ports, names, addresses, topic filters.

Each function answers with what is wrong, in words, or None. Nothing is looked up, and no answer quotes a
target: a URL may hold a password.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST_NAME = 253
_LONGEST_URL = 2_000
_LONGEST_FILTER = 65_535
_HIGHEST_PORT = 65_535
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.%]+)\](?::([0-9]+))?")

URL_RULE = "must be a URL such as https://service.example.go.th/health"
ENDPOINT_RULE = "must be host:port such as db.example.go.th:5432 or [2001:db8::1]:443"
NAME_RULE = "must be a host's name such as www.example.go.th"
ADDRESS_RULE = "must be an IP address such as 203.0.113.10 or 2001:db8::1"
FILTER_RULE = "must be a topic filter such as nakhon/v1/+/heartbeat: + a whole level, # only at the end"


def url_problem(text: str) -> str | None:
    """What is wrong with an HTTP(S) URL."""
    if len(text) > _LONGEST_URL or re.search(r"[\s\\\x00-\x1f\x7f]", text):
        return URL_RULE
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        return URL_RULE
    if parts.scheme.lower() not in {"http", "https"} or not host or port == 0:
        return URL_RULE
    if "@" in parts.netloc:
        return "must not carry a user or a password: secrets do not belong in a city's file"
    return None if _is_host(host) else URL_RULE


def endpoint_problem(text: str) -> str | None:
    """What is wrong with ``host:port``."""
    host, port = _split_port(text)
    return None if host is not None and _is_port(port) and _is_host(host) else ENDPOINT_RULE


def name_problem(text: str) -> str | None:
    """What is wrong with a name to look up: an address needs no look-up."""
    return None if _is_name(text) and not _is_address(text) else NAME_RULE


def address_problem(text: str, *, port: bool = False) -> str | None:
    """What is wrong with an IP address, which may have ``:port`` after it when ``port`` is set."""
    if _is_address(text):
        return None
    host, after = _split_port(text) if port else (None, None)
    good = host is not None and _is_address(host) and _is_port(after)
    return None if good else ADDRESS_RULE + (", with :port after it or not" if port else "")


def filter_problem(text: str) -> str | None:
    """What is wrong with an MQTT topic filter (MQTT 5, section 4.7). ``#`` alone would hear everything."""
    levels = text.split("/")
    last = len(levels) - 1
    bad = any(
        (mark in level and level != mark) or (level == "#" and place < last)
        for place, level in enumerate(levels)
        for mark in "+#"
    )
    size = len(text.encode(errors="replace"))
    if bad or not 0 < size <= _LONGEST_FILTER or "\0" in text or text in {"#", "+/#"}:
        return FILTER_RULE
    return None


def _split_port(text: str) -> tuple[str | None, str | None]:
    if match := _BRACKETED.fullmatch(text):
        return match[1], match[2]
    host, colon, port = text.rpartition(":")
    return (host, port) if colon and ":" not in host else (None, None)


def _is_port(text: str | None) -> bool:
    return bool(text and text.isascii() and text.isdigit() and 0 < int(text[:6]) <= _HIGHEST_PORT)


def _is_host(text: str) -> bool:
    return _is_address(text) or _is_name(text)


def _is_name(text: str) -> bool:
    try:
        plain = text.encode("idna").decode("ascii")  # names in Thai letters, too
    except UnicodeError:
        return False
    labels = plain.removesuffix(".").split(".")
    return len(plain) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
