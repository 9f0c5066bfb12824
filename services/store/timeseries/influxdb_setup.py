"""The bucket that readings go to: found, or made, and kept to the configured retention if Nakhon made it."""

from __future__ import annotations

import structlog
from influxdb_client import Bucket, BucketRetentionRules, PatchBucketRequest, PostBucketRequest
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.domain.patch_retention_rule import PatchRetentionRule
from influxdb_client.rest import ApiException
from influxdb_client.service.buckets_service import BucketsService
from influxdb_client.service.organizations_service import OrganizationsService

from services.store.errors import StoreRefusedError

log = structlog.get_logger(__name__)

SHORTEST = 3_600_000
"""InfluxDB keeps nothing for less than an hour (ms)."""

OURS = "Made by Nakhon, which keeps its retention as configured."
"""Description of the buckets that Nakhon made. Whoever takes it away has the retention to himself."""


async def ensure(client: InfluxDBClientAsync, org: str, bucket: str, retention: int | None) -> bool:
    """Make the bucket when it is missing; whether Nakhon made it, now or before.

    One that Nakhon made is brought to this retention (ms; None: for ever). Any other stays as it is, with a
    line in the log when it differs.

    Raises:
        StoreRefusedError: the token may neither see the bucket nor make it.
        influxdb_client.rest.ApiException: as the server answers.
    """
    found = await find(client, org, bucket)
    if found is None:
        await _make(client, org, bucket, retention)
        return True
    await _keep_to(client, found, retention)
    return bool(found.description == OURS)


async def find(client: InfluxDBClientAsync, org: str, bucket: str) -> Bucket | None:
    """The bucket, None when there is none that this token may see.

    Raises:
        influxdb_client.rest.ApiException: as the server answers; a missing organisation is one.
    """
    try:
        found = await BucketsService(client.api_client).get_buckets_async(org=org, name=bucket)
    except ApiException as error:
        if error.status == 404 and b"organization" not in (error.body or b""):
            return None
        raise
    return found.buckets[0] if found.buckets else None


async def _make(client: InfluxDBClientAsync, org: str, bucket: str, retention: int | None) -> None:
    rule = BucketRetentionRules(type="expire", every_seconds=_seconds(retention))
    org_id = await _organisation(client, org, bucket)
    asked = PostBucketRequest(org_id=org_id, name=bucket, description=OURS, retention_rules=[rule])
    try:
        await BucketsService(client.api_client).post_buckets_async(asked)
    except ApiException as error:
        if error.status in (401, 403):
            raise _out_of_reach(bucket, org) from error
        if error.status != 422:
            raise
        if await find(client, org, bucket) is None:  # else another process was first
            raise _out_of_reach(bucket, org) from error


async def _organisation(client: InfluxDBClientAsync, org: str, bucket: str) -> str:
    """The id of an organisation that exists: otherwise looking for the bucket would have failed."""
    found = await OrganizationsService(client.api_client).get_orgs_async(org=org)
    if not found.orgs:
        raise _out_of_reach(bucket, org)
    return str(found.orgs[0].id)


def _out_of_reach(bucket: str, org: str) -> StoreRefusedError:
    return StoreRefusedError(
        f"InfluxDB shows this token no bucket {bucket} in org {org}, and does not let it make one: let the"
        f" token read and write {bucket}; if it is missing, make it first (influx bucket create --org {org}"
        f" --name {bucket}), or let the token read the organisation and write its buckets"
    )


async def _keep_to(client: InfluxDBClientAsync, bucket: Bucket, retention: int | None) -> None:
    rules, wanted = bucket.retention_rules, _seconds(retention)
    kept = int(rules[0].every_seconds or 0) if rules else 0
    if kept == wanted:
        return
    spans = {"bucket": bucket.name, "keeps": _told(kept), "configured": _told(wanted)}
    if bucket.description != OURS:
        log.warning("Nakhon did not make this bucket and leaves its retention alone", **spans)
        return
    rule = PatchRetentionRule(type="expire", every_seconds=wanted)
    try:
        await BucketsService(client.api_client).patch_buckets_id_async(
            bucket.id, PatchBucketRequest(retention_rules=[rule])
        )
    except ApiException as error:
        if error.status not in (401, 403):
            raise
        log.warning("this token may not change the bucket's retention; it stays as it is", **spans)
        return
    log.info("the bucket's retention is changed", **spans)


def _seconds(retention: int | None) -> int:
    return 0 if retention is None else -(-max(retention, SHORTEST) // 1000)


def _told(seconds: int) -> str:
    return f"{seconds / 86_400:g} days" if seconds else "for ever"
