"""``devices``: who sends, and adding more of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from devices.documents import suggestion
from devices.model import Device, Domain
from services.api import bodies, shapes
from services.api.paging import decode, encode, page
from services.api.parameters import Many, PageQuery, split_many
from services.api.problems import ProblemError, bad_parameter
from services.api.resources.newdevice import NewDevice, NewDevices
from services.api.routes import INTEGRATE, V1, Answer, Body, Call, NoQuery, Route
from services.runtime.ports import NotFoundError


class DevicesQuery(PageQuery):
    """Which devices: any of each given parameter."""

    zone: Many = ()
    domain: Annotated[tuple[Domain, ...], BeforeValidator(split_many)] = ()
    type: Many = Field((), description="Devices that may send one of these types.")
    service: Many = ()
    label: Many = Field((), description="`key=value`; several must all be met.")
    enabled: bool | None = None
    online: bool | None = None


async def list_devices(call: Call[DevicesQuery, None]) -> Answer:
    """Devices by id, disabled ones too."""
    query = call.query
    after = decode(query, str)
    found = heapq.nsmallest(query.limit + 1, _matching(call, after), key=lambda device: device.id)
    shown = found[: query.limit]
    following = encode(query, shown[-1].id) if len(found) > query.limit else None
    return Answer(page([call.deps.registry.describe(device) for device in shown], following))


def _matching(call: Call[DevicesQuery, None], after: str | None) -> Iterator[Device]:
    query, registry, city = call.query, call.deps.registry, call.deps.city
    labels = [_label(text) for text in query.label]
    for device in registry.all():
        if after is not None and device.id <= after:
            continue
        if not _matches(device, query, labels):
            continue
        # What has to be worked out comes last: there may be a million of them.
        if query.service and city.service_of(device) not in query.service:
            continue
        if query.online is None or bool(registry.describe(device)["online"]) is query.online:
            yield device


def _matches(device: Device, query: DevicesQuery, labels: list[tuple[str, str]]) -> bool:
    if query.enabled is not None and device.enabled is not query.enabled:
        return False
    if query.zone and device.zone not in query.zone:
        return False
    if query.domain and device.domain not in query.domain:
        return False
    if query.type and set(query.type).isdisjoint(device.types):
        return False
    return all(device.labels.get(key) == value for key, value in labels)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise bad_parameter("label", f"{text!r} has no value", "key=value")
    return key, value


async def get_device(call: Call[NoQuery, None]) -> Answer:
    """One device."""
    return Answer(call.deps.registry.describe(known(call, call.path("id"))))


def known(call: Call[Any, Any], device_id: str) -> Device:
    """The device of that id.

    Raises:
        NotFoundError: there is none.
    """
    device = call.deps.registry.get(device_id)
    if device is None:
        raise NotFoundError(f"no device {device_id!r} is registered")
    return device


async def add_devices(call: Call[NoQuery, Any]) -> Answer:
    """Register one device, or an array of them. The same again changes nothing and is no error."""
    data = bodies.parse_json(await bodies.read(call.request, bodies.LIMIT))
    many = isinstance(data, list)
    devices = _read(call, data if many else [data], many=many)
    fresh = [device for device in devices if _is_new(call, device)]
    if fresh:
        await _put(call, fresh)
    documents = [call.deps.registry.describe(known(call, device.id)) for device in devices]
    status = 201 if fresh else 200
    if many:
        return Answer(page(documents, None), status=status)
    return Answer(documents[0], status=status, headers={"Location": f"{V1}/devices/{devices[0].id}"})


async def _put(call: Call[NoQuery, Any], devices: list[Device]) -> None:
    try:
        await call.deps.registry.put(devices)
    except ValueError as error:
        raise bodies.invalid([{"path": "", "message": str(error), "allowed": None}]) from None


def _read(call: Call[NoQuery, Any], rows: list[Any], *, many: bool) -> list[Device]:
    """The devices that the body describes, all mistakes of all of them reported together."""
    devices: dict[str, Device] = {}
    errors: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        at = f"[{place}]" if many else ""
        device, wrong = _one(call, row)
        errors += [{**error, "path": f"{at}.{error['path']}".strip(".")} for error in wrong]
        if device is not None and device.id in devices:
            errors.append({"path": f"{at}.id", "message": f"{device.id} stands here twice", "allowed": None})
        elif device is not None:
            devices[device.id] = device
    if errors:
        raise bodies.invalid(errors)
    return list(devices.values())


def _one(call: Call[NoQuery, Any], row: Any) -> tuple[Device | None, list[dict[str, Any]]]:
    try:
        form = bodies.checked(NewDevice, row)
    except ProblemError as problem:
        return None, problem.members["errors"]
    wrong = list(_dangling(call, form))
    return (None, wrong) if wrong else (form.device(call.deps.catalog), [])


def _dangling(call: Call[NoQuery, Any], form: NewDevice) -> Iterator[dict[str, Any]]:
    """Zones, services and types that a device names and that are not there."""
    city = call.deps.city
    named: list[tuple[str, str, Mapping[str, Any]]] = [("zone", form.zone, city.zones)]
    named += [("types", name, call.deps.catalog) for name in form.types]
    if form.service is not None:
        named.append(("service", form.service, city.services))
    for key, name, there in named:
        if name not in there:
            near = suggestion(name, sorted(there))
            allowed = ", ".join(sorted(there)) or "none"
            yield {"path": key, "message": f"there is no {name!r}{near}", "allowed": allowed}


def _is_new(call: Call[NoQuery, Any], device: Device) -> bool:
    """Whether it is to be added; one that is there already must be the same."""
    before = call.deps.registry.get(device.id)
    if before is None:
        return True
    names = ("types", "zone", "domain", "interval", "name", "service", "location", "labels")
    differ = [name for name in names if getattr(before, name) != getattr(device, name)]
    if differ:
        text = f"device {device.id!r} is registered already, with another {', '.join(differ)}"
        raise ProblemError("conflict", text)
    return False


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/devices",
        handler=list_devices,
        summary="Devices, by id",
        tag="registry",
        query=DevicesQuery,
        answer=shapes.Devices,
    ),
    Route(
        method="POST",
        path=f"{V1}/devices",
        handler=add_devices,
        summary="Register a device, or an array of them",
        tag="registry",
        roles=INTEGRATE,
        body=Body(NewDevices, raw=True),
        answer=shapes.Device | shapes.Devices,
        status=201,
        codes=("malformed_json", "invalid_body", "too_large", "conflict"),
    ),
    Route(
        method="GET",
        path=f"{V1}/devices/{{id}}",
        handler=get_device,
        summary="One device",
        tag="registry",
        answer=shapes.Device,
        codes=("not_found",),
        parameters={"id": "Its id."},
    ),
)
