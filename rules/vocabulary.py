"""What the rules of a city may name: metrics, zones, devices, labels, services, for schemas and editors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from devices.catalog import Catalog
from devices.metrics import Metric
from devices.model import City, Device
from devices.types import ObservationType
from rules.indices import derived_metrics

_TYPE_OR_METRIC = r"^[A-Z][A-Za-z0-9]{0,63}(\.[A-Za-z][A-Za-z0-9_]{0,63})?$"
_GLOB = r"[*?\[]"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names, each with what to say of it. ``closed``: what is not among them is a mistake."""

    on: Mapping[str, str]
    types: Mapping[str, str]
    zones: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    closed: bool = False

    @classmethod
    def builtin(cls) -> Self:
        """The types that Nakhon brings along; a city may have more."""
        return cls.of_catalog(Catalog.builtin())

    @classmethod
    def of_catalog(cls, catalog: Mapping[str, ObservationType]) -> Self:
        """Types and metrics alone."""
        return cls(_on(catalog.values()), _types(catalog.values()))

    @classmethod
    def of_city(cls, city: City, devices: Iterable[Device], catalog: Mapping[str, ObservationType]) -> Self:
        """All that a city has."""
        devices = [device for device in devices if device.enabled]
        labels: dict[str, set[str]] = {}
        for device in devices:
            for label, value in device.labels.items():
                labels.setdefault(label, set()).add(value)
        return cls(
            _on(catalog.values()),
            _types(catalog.values()),
            {zone.id: f"{zone.name.en} · {zone.name.th}" for zone in city.zones.values()},
            {service.id: f"{service.name.en} · {service.name.th}" for service in city.services.values()},
            {device.id: f"{', '.join(device.types)} in {device.zone}" for device in devices},
            {label: sorted(labels[label]) for label in sorted(labels)},
            closed=True,
        )

    def apply(self, definitions: dict[str, Any]) -> None:
        """Write the names into the definitions of a rule file's schema."""
        rule, where = definitions["RuleForm"]["properties"], definitions["WhereForm"]["properties"]
        rule["on"] = _narrowed(rule["on"], self._choice(self.on, _TYPE_OR_METRIC))
        _narrow_type(definitions["ObserveForm"]["properties"], self._choice(self.types))
        if not self.closed:
            return
        for key, names in (("zones", self.zones), ("services", self.services)):
            where[key]["items"] = _choices(names)
        where["devices"]["items"] = {"anyOf": [_choices(self.devices), {"type": "string", "pattern": _GLOB}]}
        labels = where["labels"]
        one = labels.pop("additionalProperties")
        labels["properties"] = {label: _label(values, one) for label, values in self.labels.items()}
        labels["additionalProperties"] = False
        self._apply_zones(definitions)

    def _apply_zones(self, definitions: dict[str, Any]) -> None:
        for form in definitions.values():
            for key, node in form.get("properties", {}).items():
                if (
                    key == "zone"
                    and node.get("type") == "string"
                    and "TestDevice" not in form.get("title", "")
                ):
                    form["properties"][key] = _narrowed(node, _choices(self.zones))

    def _choice(self, names: Mapping[str, str], pattern: str | None = None) -> dict[str, Any]:
        if self.closed:
            return _choices(names)
        other: dict[str, Any] = {"type": "string", **({"pattern": pattern} if pattern else {})}
        return {"anyOf": [_choices(names), other]}


def _choices(names: Mapping[str, str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(names), "markdownEnumDescriptions": list(names.values())}


def _narrowed(node: Mapping[str, Any], choice: Mapping[str, Any]) -> dict[str, Any]:
    """A text that must be one of some names, its help kept."""
    return {**{word: inner for word, inner in node.items() if word not in {"type", "anyOf"}}, **choice}


def _narrow_type(properties: dict[str, Any], choice: Mapping[str, Any]) -> None:
    properties["type"] = _narrowed(properties["type"], choice)


def _label(values: Sequence[str], one: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - the form's own shape
    value = {"type": "string", "enum": list(values)}
    return {"anyOf": [value, {"type": "array", "items": value}]}


def _types(types: Iterable[ObservationType]) -> dict[str, str]:
    return {one.name: f"{one.title.en} · {one.title.th}" for one in types}


def _on(types: Iterable[ObservationType]) -> dict[str, str]:
    found = {}
    for one in types:
        found[one.name] = f"{one.title.en} · {one.title.th}"
        for metric in {**derived_metrics(one), **one.metrics}.values():
            found[f"{one.name}.{metric.name}"] = _told(metric)
    return found


def _told(metric: Metric) -> str:
    return f"{metric.title.en} · {metric.title.th}: {metric.expected}"
