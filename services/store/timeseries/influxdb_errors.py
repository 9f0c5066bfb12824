"""What InfluxDB and the way there answer with, as errors that say what helps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from influxdb_client.rest import ApiException

from services.store.errors import StoreError, StoreRefusedError, StoreUnavailableError

_TOO_MANY = (429, 502, 503, 504)


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
    if error.status == 401:
        return StoreRefusedError(f"{where} does not know the token: check timeseries.token_file ({said})")
    if error.status == 403:
        return StoreRefusedError(
            f"{where} does not let this token do that: give it read and write on bucket {bucket} of org"
            f" {org}, or use one that has it ({said})"
        )
    if error.status == 404:
        return StoreRefusedError(f"{where}: {said}; check timeseries.org ({org}) and bucket ({bucket})")
    if error.status in _TOO_MANY or error.status >= 500:
        return StoreUnavailableError(f"{where} is not ready: {said}", retry_after=_retry_after(error))
    return StoreRefusedError(f"{where} refuses: {said}")


def reason(error: ApiException) -> str:
    """What the server said, in its own words."""
    try:
        return str(json.loads(error.body)["message"])
    except (TypeError, ValueError, KeyError):
        return f"{error.status} {error.reason}"


def _retry_after(error: ApiException) -> float | None:
    try:
        return max(0.0, float(error.headers["Retry-After"]))
    except (TypeError, ValueError, KeyError):
        return None
