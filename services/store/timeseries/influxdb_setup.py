"""The bucket that readings go to: found, or made."""

from __future__ import annotations

from influxdb_client import BucketRetentionRules, PostBucketRequest
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.rest import ApiException
from influxdb_client.service.buckets_service import BucketsService
from influxdb_client.service.organizations_service import OrganizationsService

from services.store.errors import StoreRefusedError

SHORTEST = 3_600_000
"""InfluxDB keeps nothing for less than an hour (ms)."""


async def ensure(client: InfluxDBClientAsync, org: str, bucket: str, retention: int | None) -> None:
    """Make the bucket when it is missing. One that exists stays as it is.

    Raises:
        StoreRefusedError: there is no such organisation.
        influxdb_client.rest.ApiException: as the server answers.
    """
    if await find(client, org, bucket):
        return
    rule = BucketRetentionRules(type="expire", every_seconds=_seconds(retention))
    asked = PostBucketRequest(org_id=await _organisation(client, org), name=bucket, retention_rules=[rule])
    try:
        await BucketsService(client.api_client).post_buckets_async(asked)
    except ApiException as error:
        if error.status != 422 or not await find(client, org, bucket):  # else another process was first
            raise


async def find(client: InfluxDBClientAsync, org: str, bucket: str) -> bool:
    """Whether the bucket exists, as far as this token may see.

    Raises:
        influxdb_client.rest.ApiException: as the server answers.
    """
    try:
        found = await BucketsService(client.api_client).get_buckets_async(org=org, name=bucket)
    except ApiException as error:
        if error.status == 404 and b"organization" not in (error.body or b""):
            return False
        raise
    return bool(found.buckets)


async def _organisation(client: InfluxDBClientAsync, org: str) -> str:
    found = await OrganizationsService(client.api_client).get_orgs_async(org=org)
    if not found.orgs:
        raise StoreRefusedError(f"InfluxDB has no organisation {org!r}: make it, or correct timeseries.org")
    return str(found.orgs[0].id)


def _seconds(retention: int | None) -> int:
    return 0 if retention is None else -(-max(retention, SHORTEST) // 1000)
