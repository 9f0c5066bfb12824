"""What InfluxDB and the way there answer with, as errors that say what helps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

import aiohttp
from influxdb_client.rest import ApiException

from services.store.errors import StoreError, StoreRefusedError, StoreUnavailableError

LONGEST_WAIT = 600.0
"""No server is waited for longer than this (s) before it is tried again, whatever it asks for."""

_TOO_MANY = (408, 425, 429)
_UNKNOWN = "unauthorized access"
_FULL = "no space left on device"
_SHUT = "opening shard previously failed"


@contextmanager
def told_plainly(url: str, org: str, bucket: str) -> Iterator[None]:
    """Turn what fails inside into :class:`StoreError`."""
    try:
        yield
    except ApiException as error:
        raise store_error(error, url, org, bucket) from error
    except TimeoutError as error:
        raise StoreUnavailableError(f"InfluxDB at {url} did not answer in time") from error
    except (aiohttp.ClientError, OSError) as error:
        raise StoreUnavailableError(f"InfluxDB at {url} can't be reached: {error}") from error


def store_error(error: ApiException, url: str, org: str, bucket: str) -> StoreError:
    """An answer that is no success, told to people."""
    said = reason(error)
    where = f"InfluxDB at {url}"
    if error.status == 401 and said == _UNKNOWN:
        return StoreRefusedError(
            f"{where} does not know the token ({said}): put a valid one into timeseries.token_file;"
            " it is tried again until one works"
        )
    if error.status in (401, 403):
        return StoreRefusedError(
            f"{where} does not let this token do that ({said}): let it read and write bucket {bucket} of"
            f" org {org}, or put one that may into timeseries.token_file"
        )
    if error.status == 404:
        return StoreRefusedError(f"{where}: {said}; check timeseries.org ({org}) and bucket ({bucket})")
    if error.status in _TOO_MANY or error.status >= 500:
        return StoreUnavailableError(f"{where} is not ready: {said}{_advice(said)}", retry_after=_wait(error))
    return StoreRefusedError(f"{where} refuses: {said}")


def reason(error: ApiException) -> str:
    """What the server said, in its own words."""
    try:
        return str(json.loads(error.body)["message"])
    except (TypeError, ValueError, KeyError):
        return f"{error.status} {error.reason}"


def is_its_own(error: ApiException) -> bool:
    """Whether InfluxDB itself said this, not a proxy before it."""
    try:
        said = json.loads(error.body)
    except (TypeError, ValueError):
        return False
    return isinstance(said, dict) and "code" in said and "message" in said


def _advice(said: str) -> str:
    if _SHUT in said:
        return " (InfluxDB opens it again when it is restarted; see that its disk has room first)"
    return " (make room on InfluxDB's disk)" if _FULL in said else ""


def _wait(error: ApiException) -> float | None:
    """Seconds until the server wants to be asked again; a date counts by the server's own clock."""
    headers = error.headers or {}
    asked = headers.get("Retry-After")
    if asked is None:
        return None
    try:
        seconds = float(asked) if _is_number(asked) else _between(headers["Date"], asked)
    except (KeyError, TypeError, ValueError):
        return None
    return min(max(0.0, seconds), LONGEST_WAIT)


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).isdecimal()


def _between(now: str, date: str) -> float:
    return (parsedate_to_datetime(date) - parsedate_to_datetime(now)).total_seconds()
