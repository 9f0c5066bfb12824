"""Certificates: which authorities are believed, how long one holds, and what is wrong with one refused."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devices.model import Text
from services.status.probes import words
from services.status.probes.guard import Address
from services.status.probes.model import TroubleError

_DAY = 86_400_000
_MOST_DAYS = 3_650.0
"""The type ServiceProbe takes no more than ten years."""

_LOOK = 3.0
"""Seconds for the second look: what is wrong is known without it, but for the dates."""

_NOT_YET_VALID, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Trust in the machine's authorities, and in those of a file beside them.

    Raises:
        ValueError: the file can't be read, or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(str(ca_file))
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"{ca_file} is no file of certificates: {error}") from None
    return context


def ends(certificate: Mapping[str, Any] | None) -> int | None:
    """When (ms) a certificate ends that was believed, as the ssl module describes it."""
    after = (certificate or {}).get("notAfter")
    return None if after is None else int(ssl.cert_time_to_seconds(after)) * 1000


def days_left(end: int, now: int) -> float:
    """Days from ``now`` to ``end``, below 0 when it is over, within what the type ServiceProbe takes."""
    return round(max(-_MOST_DAYS, min(_MOST_DAYS, (end - now) / _DAY)), 2)


async def not_believed(
    error: ssl.SSLCertVerificationError | ssl.CertificateError,
    address: Address,
    port: int,
    host: str,
    now: int,
) -> TroubleError:
    """What is wrong with a certificate that was refused, with its dates: it is looked at once more."""
    validity = None
    with suppress(OSError, ValueError):
        async with asyncio.timeout(_LOOK):
            validity = await _shown(address, port, host)
    code = getattr(error, "verify_code", _OTHER_NAME)
    left = None if validity is None else days_left(validity[1], now)
    why = getattr(error, "verify_message", None) or str(error)
    return TroubleError(_what_is_wrong(code, why, validity, host, now), certificate=left)


def _what_is_wrong(code: int, why: str, validity: tuple[int, int] | None, host: str, now: int) -> Text:
    begin, end = validity or (0, now)
    if code == _EXPIRED and end <= now:
        return words.certificate_expired(end)
    if code == _NOT_YET_VALID and begin > now:
        return words.certificate_not_yet(begin)
    if code in {_OTHER_NAME, _OTHER_ADDRESS}:
        return words.certificate_of_other(host)
    return words.certificate_not_trusted(why)


async def _shown(address: Address, port: int, host: str) -> tuple[int, int]:
    """The dates of the certificate that a server shows, whether or not it is believed. Nothing is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(str(address), port, ssl=context, server_hostname=host)
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return validity_of(shown or b"")
    finally:
        writer.transport.abort()


def validity_of(der: bytes) -> tuple[int, int]:
    """From when to when (ms) a certificate holds: the Validity of RFC 5280, 4.1.2.5.

    Raises:
        ValueError: these bytes are no certificate.
    """
    try:
        _, start, _ = _element(der, 0)  # Certificate
        _, at, _ = _element(der, start)  # TBSCertificate
        tag, _, end = _element(der, at)
        if tag == _VERSION:
            _, _, end = _element(der, end)  # the serial number, after it
        for _ in ("signature", "issuer"):
            _, _, end = _element(der, end)
        _, at, _ = _element(der, end)
        tag, at, end = _element(der, at)
        begin = _time(tag, der[at:end])
        tag, at, end = _element(der, end)
        return begin, _time(tag, der[at:end])
    except (IndexError, UnicodeDecodeError):
        raise ValueError("no certificate") from None


_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0xA0, 0x17, 0x18


def _element(der: bytes, at: int) -> tuple[int, int, int]:
    """Tag, begin and end of the contents of the DER element at ``at``."""
    tag, length, begin = der[at], der[at + 1], at + 2
    if length >= 0x80:
        count = length & 0x7F
        length = int.from_bytes(der[begin : begin + count], "big")
        begin += count
    if begin + length > len(der):
        raise ValueError("no certificate: it is cut off")
    return tag, begin, begin + length


def _time(tag: int, value: bytes) -> int:
    """Two digits of a year below 50 are of this century (RFC 5280, 4.1.2.5.1)."""
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("no certificate: its dates are none")
    return int(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp() * 1000)
